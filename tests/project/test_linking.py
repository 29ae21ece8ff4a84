"""What is called where it is not written: through modules, classes, callbacks and registrations of a project."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project.typing_table import Line, facts_in

WORK = "import redis\nclient = redis.Redis()\ndef bump(n=1):\n    client.incrby('hits', n)\n"
COUNTER = """
import redis
client = redis.Redis()
class Base:
    def bump(self):
        client.incr('hits')
class Mixin:
    def bump(self):
        return super().bump()
"""
MODEL = "from django.db import models\nclass Stock(models.Model):\n    left = models.IntegerField()\n"
STOCK = "row.write UPDATE Stock(pk=1) SET left"

LINES = [
    Line("lazy import", "def run():\n    from app.work import bump\n    bump()\n", files={"app/work.py": WORK}),
    Line("lazy module", "def run():\n    import app.work\n    app.work.bump()\n", files={"app/work.py": WORK}),
    Line("lazy alias", "def run():\n    from . import work as w\n    w.bump()\n", files={"app/work.py": WORK}),
    Line("src layout", "from shop.work import bump\ndef run():\n    bump()\n", files={"src/shop/work.py": WORK}),
    Line(
        "namespace package",
        "from company.shop.work import bump\ndef run():\n    bump()\n",
        files={"company/shop/work.py": WORK},
    ),
    Line(
        "several roots",
        "from shop.work import bump\ndef run():\n    bump()\n",
        files={"services/shop/shop/__init__.py": "", "services/shop/shop/work.py": WORK},
    ),
    Line(
        "import_module",
        "import importlib\ndef run():\n    importlib.import_module('app.work').bump()\n",
        files={"app/work.py": WORK},
    ),
    Line(
        "import_string",
        "from django.utils.module_loading import import_string\ndef run():\n    import_string('app.work.bump')()\n",
        files={"app/work.py": WORK},
    ),
    Line(
        "module's __getattr__ aside",
        "from app import work\ndef run():\n    work.bump()\n",
        files={"app/work.py": WORK + "def __getattr__(name):\n    raise AttributeError(name)\n"},
    ),
    Line(
        "inherited method",
        "from .work import Base\nclass A(Base):\n    pass\ndef run():\n    A().bump()\n",
        files={"app/work.py": COUNTER},
    ),
    Line(
        "super",
        "from .work import Base\nclass A(Base):\n    def run(self):\n        super().bump()\n",
        files={"app/work.py": COUNTER},
    ),
    Line(
        "super of a mixin",
        "from .work import Base, Mixin\nclass A(Mixin, Base):\n    def run(self):\n        self.bump()\n",
        files={"app/work.py": COUNTER},
    ),
    Line(
        "super with arguments",
        "from .work import Base\nclass A(Base):\n    def run(self):\n        super(A, self).bump()\n",
        files={"app/work.py": COUNTER},
    ),
    Line(
        "method of a base by its name",
        "from .work import Base\nclass A(Base):\n    def run(self):\n        Base.bump(self)\n",
        files={"app/work.py": COUNTER},
    ),
    Line(
        "method that a subclass writes",
        """
        from .work import client
        class Template:
            def go(self):
                self.step()
            def step(self):
                raise NotImplementedError
        class A(Template):
            def step(self):
                client.incr('hits')
            def run(self):
                self.go()
        """,
        files={"app/work.py": COUNTER},
    ),
    Line(
        "property",
        "from .work import client\nclass A:\n    @property\n    def n(self):\n        return client.incr('hits')\n"
        "def run():\n    return A().n\n",
        files={"app/work.py": COUNTER},
    ),
    Line(
        "classmethod",
        "from .work import client\nclass A:\n    @classmethod\n    def bump(cls):\n        cls.go()\n"
        "    @staticmethod\n    def go():\n        client.incr('hits')\ndef run():\n    A.bump()\n",
        files={"app/work.py": COUNTER},
    ),
    Line(
        "partial",
        "from functools import partial\nfrom .work import bump\ndef run():\n    partial(bump, 2)()\n",
        files={"app/work.py": WORK},
    ),
    Line(
        "partial at the top",
        "from functools import partial\nfrom .work import bump\ntwice = partial(bump, n=2)\ndef run():\n    twice()\n",
        files={"app/work.py": WORK},
    ),
    Line("lambda", "from .work import bump\nf = lambda: bump(2)\ndef run():\n    f()\n", files={"app/work.py": WORK}),
    Line(
        "function as an argument",
        "from .work import bump\ndef twice(f):\n    f()\n    f()\ndef run():\n    twice(bump)\n",
        files={"app/work.py": WORK},
    ),
    Line(
        "bound method as an argument",
        "from .work import Base\ndef once(f):\n    f()\ndef run():\n    once(Base().bump)\n",
        files={"app/work.py": COUNTER},
    ),
    Line(
        "table of functions",
        "from .work import bump\nTABLE = {'bump': bump}\ndef run():\n    TABLE['bump']()\n",
        files={"app/work.py": WORK},
    ),
    Line(
        "get of a table of functions",
        "from .work import bump\nTABLE = {'bump': bump}\ndef run():\n    TABLE.get('bump')()\n",
        files={"app/work.py": WORK},
    ),
    Line(
        "callable object",
        "from .work import client\nclass Bump:\n    def __call__(self):\n        client.incr('hits')\n"
        "bump = Bump()\ndef run():\n    bump()\n",
        files={"app/work.py": COUNTER},
    ),
    Line(
        "nested function",
        "from .work import client\ndef run():\n    def inner():\n        client.incr('hits')\n    inner()\n",
        files={"app/work.py": COUNTER},
    ),
    Line(
        "getattr by a text",
        "from . import work\ndef run():\n    getattr(work, 'bump')()\n",
        files={"app/work.py": WORK},
    ),
    # ---------------------------------------------------------------- callbacks
    Line(
        "on_commit",
        "from django.db import transaction\nfrom .work import bump\n"
        "def run():\n    transaction.on_commit(lambda: bump())\n",
        files={"app/work.py": WORK},
    ),
    Line(
        "on_commit of a partial",
        "from functools import partial\nfrom django.db import transaction\nfrom .work import bump\n"
        "def run():\n    transaction.on_commit(partial(bump, 1))\n",
        files={"app/work.py": WORK},
    ),
    Line(
        "to_thread",
        "import asyncio\nfrom .work import bump\nasync def run():\n    await asyncio.to_thread(bump, 1)\n",
        files={"app/work.py": WORK},
    ),
    Line(
        "run_in_executor",
        "import asyncio\nfrom .work import bump\nasync def run():\n"
        "    await asyncio.get_running_loop().run_in_executor(None, bump, 1)\n",
        files={"app/work.py": WORK},
    ),
    Line(
        "sync_to_async",
        "from asgiref.sync import sync_to_async\nfrom .work import bump\n"
        "async def run():\n    await sync_to_async(bump)()\n",
        files={"app/work.py": WORK},
    ),
    Line(
        "gather",
        "import asyncio\nfrom .work import bump\nasync def run():\n    await asyncio.gather(bump())\n",
        files={"app/work.py": WORK.replace("def bump", "async def bump")},
    ),
    # ------------------------------------------------------------------- models
    Line(
        "get_model",
        "from django.apps import apps\ndef run():\n"
        "    apps.get_model('shop', 'Stock').objects.filter(pk=1).update(left=2)\n",
        fact=STOCK,
        files={"shop/__init__.py": "", "shop/models.py": MODEL},
    ),
    Line(
        "get_model by one text",
        "from django.apps import apps\ndef run():\n"
        "    Stock = apps.get_model('shop.Stock')\n    Stock.objects.filter(pk=1).update(left=2)\n",
        fact=STOCK,
        files={"shop/__init__.py": "", "shop/models.py": MODEL},
    ),
]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_what_is_called_is_read(line: Line, tmp_path: Path):
    assert line.fact in facts_in(tmp_path.resolve(), line)
