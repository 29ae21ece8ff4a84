from __future__ import annotations

from pathlib import Path

from fenceline.analyzer.names import ImportedName, ModuleInfo, dotted_name, imports_of, index_module
from fenceline.analyzer.nodes import FunctionDef, Literal
from fenceline.analyzer.source import source_from_text
from fenceline.analyzer.syntax import parse


def module(text: str, name: str = "shop.stock", *, is_package: bool = False) -> ModuleInfo:
    found = ModuleInfo(name, Path("stock.py"), is_package, parse(source_from_text(text)))
    index_module(found)
    return found


def test_imports_are_absolute():
    text = "import a.b, c.d as e\nfrom . import f\nfrom .g import h as i\nfrom ..j import k\nfrom l import m\n"
    assert module(text, "top.shop.stock").imports == {
        "a": ImportedName("a"),
        "e": ImportedName("c.d"),
        "f": ImportedName("top.shop", "f"),
        "i": ImportedName("top.shop.g", "h"),
        "k": ImportedName("top.j", "k"),
        "m": ImportedName("l", "m"),
    }


def test_a_package_is_its_own_parent():
    assert module("from .a import b", "shop", is_package=True).imports == {"b": ImportedName("shop.a", "b")}


def test_an_import_from_above_the_top_binds_nothing():
    assert module("from ...a import b", "shop.stock").imports == {}


def test_conditional_imports_count():
    text = """
if TYPE_CHECKING:
    from typing import A
try:
    import redis
except ImportError:
    redis = None
try:
    from fast import loads
except ImportError:
    from json import loads
if new:
    from b import C
else:
    from a import C
"""
    found = module(text)
    assert {name: imported.dotted for name, imported in found.imports.items()} == {
        "A": "typing.A",
        "redis": "redis",
        "loads": "fast.loads",
        "C": "b.C",
    }
    assert found.assigns == {}


def test_the_last_assignment_counts_but_no_default_displaces_a_value():
    found = module("a = 1\na = f()\nif x:\n    a = None\nb, c = g(), 2\nd: int\nimport e\ne = traced(e)\n")
    assert sorted(found.assigns) == ["a", "b", "c", "d"]
    declared = found.assigns["d"]
    assert isinstance(declared, Literal)
    assert declared.value is ...
    assert not isinstance(found.assigns["a"], Literal)
    assert list(found.annotations) == ["d"]
    assert found.imports == {"e": ImportedName("e")}


def test_imports_in_a_function():
    found = module("def f():\n    import a\n    if x:\n        from .b import c\n    def g():\n        import d\n")
    function = found.functions["f"]
    assert isinstance(function, FunctionDef)
    assert imports_of(function.body, found) == {"a": ImportedName("a"), "c": ImportedName("shop.b", "c")}


def test_dotted_names():
    names = module("a = b.c.d\ne = f().g\nh = i[0]\n").assigns
    assert [dotted_name(names[key]) for key in "aeh"] == ["b.c.d", None, None]
