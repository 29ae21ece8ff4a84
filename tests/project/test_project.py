from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fenceline.analyzer.nodes import Assign, ClassDef, FunctionDef
from fenceline.analyzer.project import Definition, External, ModuleInfo, Project, Resolution, source_roots
from fenceline.analyzer.source import source_from_text

Write = Callable[[dict[str, str]], Project]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def create(files: dict[str, str]) -> Project:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        paths = [tmp_path / name for name in files]
        return Project(tmp_path, source_roots(paths))

    return create


def module(project: Project, name: str) -> ModuleInfo:
    found = project.module_of(project.root / name)
    assert found is not None
    return found


def told(found: Resolution) -> str | None:
    """A resolution in one line."""
    match found:
        case None:
            return None
        case External(qualified):
            return f"external {qualified}"
        case Definition(kind, rest=rest):
            return f"{kind} {found.qualified}" + "".join(f" .{attribute}" for attribute in rest)


def resolve(project: Project, name: str, dotted: str) -> str | None:
    return told(project.resolve(module(project, name), dotted))


def test_names_of_the_module_itself(write: Write):
    project = write({"a.py": "class C: pass\ndef f(): pass\nx = f()\nD = C\nlocal = C.objects\n"})
    assert resolve(project, "a.py", "C") == "class a.C"
    assert resolve(project, "a.py", "f") == "function a.f"
    assert resolve(project, "a.py", "x") == "assign a.x"
    assert resolve(project, "a.py", "x.y.z") == "assign a.x .y .z"
    assert resolve(project, "a.py", "D.objects") == "class a.C .objects"
    assert resolve(project, "a.py", "local") == "class a.C .objects"
    assert resolve(project, "a.py", "len") is None
    assert resolve(project, "a.py", "nobody.knows") is None


def test_relative_imports(write: Write):
    project = write(
        {
            "shop/__init__.py": "",
            "shop/models.py": "class Stock: pass\n",
            "shop/web/__init__.py": "",
            "shop/web/views.py": "from ..models import Stock\nfrom .. import models as m\nfrom . import forms\n",
            "shop/web/forms.py": "class Form: pass\n",
        }
    )
    assert resolve(project, "shop/web/views.py", "Stock") == "class shop.models.Stock"
    assert resolve(project, "shop/web/views.py", "m.Stock.objects") == "class shop.models.Stock .objects"
    assert resolve(project, "shop/web/views.py", "forms.Form") == "class shop.web.forms.Form"
    assert resolve(project, "shop/web/views.py", "forms") == "module shop.web.forms"


def test_re_exports_and_aliases(write: Write):
    project = write(
        {
            "shop/__init__.py": "from .models import Stock as Item\nfrom redis import Redis\n",
            "shop/models.py": "class Base: pass\nStock = Base\n",
            "main.py": "import shop\nfrom shop import Item, Redis as R\nimport shop.models\nClient = R\n",
        }
    )
    assert resolve(project, "main.py", "Item") == "class shop.models.Base"
    assert resolve(project, "main.py", "shop.Item.x") == "class shop.models.Base .x"
    assert resolve(project, "main.py", "shop.models.Base") == "class shop.models.Base"
    assert resolve(project, "main.py", "Client.from_url") == "external redis.Redis.from_url"


def test_star_imports(write: Write):
    project = write(
        {
            "shop/__init__.py": "from .a import *\nfrom .b import *\n",
            "shop/a.py": "__all__ = ['_shown', 'both']\n_shown = f()\nboth = f()\nhidden = f()\n",
            "shop/b.py": "both = g()\nseen = g()\n_private = g()\n",
            "main.py": "from shop import *\n",
        }
    )
    assert resolve(project, "shop/__init__.py", "_shown") == "assign shop.a._shown"
    assert resolve(project, "main.py", "both") == "assign shop.b.both"
    assert resolve(project, "main.py", "seen") == "assign shop.b.seen"
    for name in ("hidden", "_private", "_shown"):
        assert resolve(project, "main.py", name) is None


@pytest.mark.parametrize(
    "exports",
    [
        "__all__ = ['_a', 'b']\n",
        "__all__ = ('_a',) + ('b',)\n",
        "__all__ = ['_a']\n__all__ += ['b']\n",
        "__all__ = ['_a']\n__all__.extend(['b'])\n",
        "__all__ = ['_a']\n__all__.append('b')\n",
        "from . import more\n__all__ = more.__all__\n",
        "from . import more\n__all__ = ['_a', *more.__all__]\n",
        "from .more import __all__ as others\n__all__ = list(others)\n",
        "import shop.more\n__all__ = [b.__name__]\n__all__ += shop.more.__all__\n",
        "NAMES = ['_a', 'b']\n__all__ = NAMES\n",
    ],
)
def test_the_names_that_a_module_exports(write: Write, exports: str):
    project = write(
        {
            "shop/__init__.py": "from .a import *\n",
            "shop/a.py": f"_a = f()\nclass b: pass\nhidden = f()\n{exports}",
            "shop/more.py": "__all__ = ['_a', 'b']\n",
        }
    )
    assert resolve(project, "shop/__init__.py", "_a") == "assign shop.a._a"
    assert resolve(project, "shop/__init__.py", "b") == "class shop.a.b"
    assert resolve(project, "shop/__init__.py", "hidden") is None


@pytest.mark.parametrize("exports", ["__all__ = names()\n", "__all__ = [*names()]\n", "__all__ = gone.__all__\n"])
def test_exports_that_cannot_be_read_are_none(write: Write, exports: str):
    project = write({"a.py": "from b import *\n", "b.py": f"x = f()\n_y = f()\n{exports}"})
    assert resolve(project, "a.py", "x") == "assign b.x"
    assert resolve(project, "a.py", "_y") is None


def test_modules_that_export_what_the_other_does(write: Write):
    project = write(
        {
            "a.py": "import b\nfrom b import *\n__all__ = ['x', *b.__all__]\nx = f()\n",
            "b.py": "import a\nfrom a import *\n__all__ = ['y', *a.__all__]\ny = f()\n",
            "c.py": "from a import *\n",
        }
    )
    assert resolve(project, "c.py", "x") == "assign a.x"


def test_an_import_whose_module_is_missing_is_the_one_in_its_stead(write: Write):
    project = write(
        {
            "shop/__init__.py": "",
            "shop/slow.py": "client = f()\n",
            "shop/a.py": "try:\n    from ._fast import client\nexcept ImportError:\n    from .slow import client\n",
            "shop/b.py": "try:\n    from .slow import client, gone\nexcept ImportError:\n"
            "    from redis import client, gone\n",
            "shop/c.py": "try:\n    import hiredis as parser\nexcept ImportError:\n    from . import slow as parser\n",
        }
    )
    assert resolve(project, "shop/a.py", "client") == "assign shop.slow.client"
    assert resolve(project, "shop/b.py", "client") == "assign shop.slow.client"
    assert resolve(project, "shop/b.py", "gone") == "external redis.gone"
    assert resolve(project, "shop/c.py", "parser") == "external hiredis"


def test_a_name_that_nobody_binds_comes_from_the_star_import_from_outside(write: Write):
    project = write(
        {
            "models/__init__.py": "from .fields import *\nfrom .own import *\n",
            "models/fields.py": "from django.db.models import *\n",
            "models/own.py": "class Stock(Model): pass\n",
            "main.py": "from models import Stock, CharField\n",
        }
    )
    assert resolve(project, "main.py", "Stock") == "class models.own.Stock"
    assert resolve(project, "main.py", "CharField") == "external django.db.models.CharField"
    assert resolve(project, "models/fields.py", "len") is None


def test_import_cycles_end(write: Write):
    project = write(
        {
            "a.py": "from b import x, y\nfrom b import *\nz = z\nu = v\nv = u\n",
            "b.py": "from a import x\nfrom a import *\ny = f()\n",
        }
    )
    assert resolve(project, "a.py", "x") is None
    assert resolve(project, "a.py", "y") == "assign b.y"
    assert resolve(project, "a.py", "u") == "assign a.v"
    assert resolve(project, "a.py", "nothing") is None


def test_a_package_that_imports_its_own_submodule(write: Write):
    project = write(
        {"p/__init__.py": "from . import q\nfrom p import r\n", "p/q.py": "x = f()\n", "p/r.py": "x = f()\n"}
    )
    assert resolve(project, "p/__init__.py", "q.x") == "assign p.q.x"
    assert resolve(project, "p/__init__.py", "r.x") == "assign p.r.x"


def test_the_src_layout(write: Write):
    project = write({"src/shop/__init__.py": "class A: pass\n", "tests/test_a.py": "from shop import A\n"})
    assert resolve(project, "tests/test_a.py", "A") == "class shop.A"
    assert module(project, "src/shop/__init__.py").name == "shop"


def test_namespace_packages(write: Write):
    project = write(
        {
            "ns/one/__init__.py": "x = f()\n",
            "ns/two/part.py": "from ..one import x\nfrom ns.one import x as y\n",
            "main.py": "import ns.one\nfrom ns import one\nfrom ns.two import part\n",
        }
    )
    assert resolve(project, "main.py", "ns.one.x") == "assign one.x"
    assert resolve(project, "main.py", "one.x") == "assign one.x"
    assert resolve(project, "main.py", "part.y") == "assign one.x"
    assert resolve(project, "ns/two/part.py", "x") == "assign one.x"
    assert module(project, "ns/two/part.py").name == "ns.two.part"


def test_a_folder_without_modules_is_no_package(write: Write):
    project = write({"redis/Dockerfile": "FROM redis\n", "main.py": "import redis\n"})
    assert resolve(project, "main.py", "redis.Redis") == "external redis.Redis"


def test_each_service_sees_its_own_package(write: Write):
    project = write(
        {
            "services/a/app/__init__.py": "",
            "services/a/app/models.py": "class A: pass\n",
            "services/a/app/main.py": "from app.models import A\n",
            "services/b/app/__init__.py": "",
            "services/b/app/models.py": "class B: pass\n",
            "services/b/app/main.py": "from app.models import B\nfrom app.models import A\n",
        }
    )
    assert resolve(project, "services/a/app/main.py", "A") == "class app.models.A"
    assert resolve(project, "services/b/app/main.py", "B") == "class app.models.B"
    assert resolve(project, "services/b/app/main.py", "A") is None


def test_conditional_definitions(write: Write):
    project = write(
        {
            "a.py": (
                "try:\n    import redis\nexcept ImportError:\n    redis = None\n"
                "if TYPE_CHECKING:\n    from b import C\nif x:\n    class D: pass\nelse:\n    D = None\n"
            ),
            "b.py": "class C: pass\n",
        }
    )
    assert resolve(project, "a.py", "redis.Redis") == "external redis.Redis"
    assert resolve(project, "a.py", "C") == "class b.C"
    assert resolve(project, "a.py", "D") == "class a.D"


def test_missing_modules_are_external(write: Write):
    project = write({"shop/__init__.py": "", "shop/a.py": "from .generated_pb2 import M\nimport gone.x as g\n"})
    assert resolve(project, "shop/a.py", "M") == "external shop.generated_pb2.M"
    assert resolve(project, "shop/a.py", "g.y") == "external gone.x.y"


def test_modules_that_cannot_be_read_are_none(write: Write):
    project = write({"a.py": "import b\n"})
    (project.root / "b.py").write_bytes(b"\xff\xfe\0")
    assert project.module_of(project.root / "b.py") is None
    assert project.module_of(project.root / "none.py") is None
    assert project.find_module("b") is None
    assert resolve(project, "a.py", "b.x") == "external b.x"


def test_text_at_hand_replaces_the_file(write: Write):
    project = write({"a.py": "x = f()\n"})
    project.module_from(source_from_text("class x: pass\n", project.root / "a.py"))
    assert resolve(project, "a.py", "x") == "class a.x"


def test_nothing_is_parsed_that_no_name_leads_to(write: Write):
    project = write({"a.py": "import b\nfrom c import x\nimport d\n", "b.py": "", "c.py": "x = f()", "d.py": "y = f()"})
    resolve(project, "a.py", "x")
    assert sorted(path.name for path in project._modules) == ["a.py", "c.py"]


# ------------------------------------------------------------------------ classes


def definition(project: Project, name: str, dotted: str) -> Definition:
    found = project.resolve(module(project, name), dotted)
    assert isinstance(found, Definition)
    return found


def lookup(project: Project, found: Definition, name: str) -> tuple[str, str] | None:
    attribute = project.find_attribute(found, name)
    return attribute and (attribute[0].qualified, type(attribute[1]).__name__)


CLASSES = {
    "base.py": (
        "from django.db import models\n"
        "class Root(models.Model):\n"
        "    def save(self): pass\n"
        "    class Meta: pass\n"
        "class Left(Root):\n    limit: int = 1\n"
        "class Right(Root, Generic[T]):\n    def save(self): pass\n    @property\n    def p(self): pass\n"
        "    @p.setter\n    def p(self, value): pass\n"
    ),
    "main.py": (
        "import base as b\nfrom base import Left\n"
        "class Both(Left, b.Right):\n"
        "    class Meta(Left.Meta): pass\n"
        "    class Inner: pass\n"
        "    class Outer(Inner): pass\n"
    ),
}


def test_bases_and_their_order(write: Write):
    project = write(CLASSES)
    both = definition(project, "main.py", "Both")
    assert [told(base) for base in project.class_bases(both)] == ["class base.Left", "class base.Right"]
    assert [item.qualified for item in project.mro(both)] == ["main.Both", "base.Left", "base.Right", "base.Root"]
    assert project.external_bases(both) == {"django.db.models.Model"}


def test_attributes_are_found_through_bases(write: Write):
    project = write(CLASSES)
    both = definition(project, "main.py", "Both.anything")
    assert lookup(project, both, "save") == ("base.Right", FunctionDef.__name__)
    assert lookup(project, both, "limit") == ("base.Left", Assign.__name__)
    assert lookup(project, both, "Meta") == ("main.Both", ClassDef.__name__)
    assert lookup(project, both, "nothing") is None
    getter = project.find_attribute(both, "p")
    assert getter is not None
    assert isinstance(getter[1], FunctionDef)
    assert len(getter[1].params) == 1


def test_nested_classes(write: Write):
    project = write(CLASSES)
    outer = definition(project, "main.py", "Both.Outer")
    assert [told(base) for base in project.class_bases(outer)] == ["class main.Both.Inner"]


def test_a_class_of_the_name_of_its_base(write: Write):
    project = write({"a.py": "class User: pass\n", "b.py": "from a import User\nclass User(User): pass\n"})
    user = definition(project, "b.py", "User")
    assert [item.qualified for item in project.mro(user)] == ["b.User", "a.User"]


def test_bases_made_by_calls(write: Write):
    project = write(
        {
            "db.py": "from sqlalchemy.orm import declarative_base\nfrom flask_sqlalchemy import SQLAlchemy\n"
            "Base = declarative_base()\ndb = SQLAlchemy()\n",
            "a.py": "from db import Base, db\nimport six\nclass A(Base): pass\nclass B(db.Model): pass\n"
            "class C(six.with_metaclass(M, A)): pass\nclass D(six.namedtuple('D', 'x')): pass\n",
        }
    )
    bases = {name: project.external_bases(definition(project, "a.py", name)) for name in "ABCD"}
    assert bases == {
        "A": {"sqlalchemy.orm.declarative_base()"},
        "B": {"flask_sqlalchemy.SQLAlchemy().Model"},
        "C": {"sqlalchemy.orm.declarative_base()"},
        "D": {"six.namedtuple()"},
    }


def test_inheritance_cycles_and_impossible_orders_end(write: Write):
    project = write(
        {
            "a.py": "from b import B\nclass A(B): pass\nclass X: pass\nclass Y(X): pass\nclass Z(X, Y): pass\n",
            "b.py": "from a import A\nclass B(A): pass\n",
        }
    )
    assert [item.name for item in project.mro(definition(project, "a.py", "A"))] == ["A", "B"]
    assert {item.name for item in project.mro(definition(project, "a.py", "Z"))} == {"X", "Y", "Z"}
    assert lookup(project, definition(project, "a.py", "A"), "x") is None
