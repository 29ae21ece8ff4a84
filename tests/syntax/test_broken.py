from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fenceline.analyzer import nodes
from fenceline.analyzer.source import source_from_text
from fenceline.analyzer.syntax import parse


def read(text: str) -> nodes.Module:
    return parse(source_from_text(dedent(text)))


def outline(statements: list[nodes.Stmt]) -> list[str]:
    return [f"{type(item).__name__} {getattr(item, 'name', None) or ''}".strip() for item in statements]


def test_a_broken_function_leaves_the_others():
    module = read(
        """\
        def first():
            return 1

        def second(:
            return 2

        def third():
            return 3
        """
    )
    names = [item.name for item in module.body if isinstance(item, nodes.FunctionDef)]
    assert "first" in names
    assert "third" in names
    assert module.broken
    assert module.broken[0].span.line == 4


def test_a_broken_statement_breaks_its_function_and_only_that():
    module = read(
        """\
        class Shop:
            def good(self):
                return 1

            @decorated
            def bad(self):
                x = = 2
                return x

            def other(self):
                return 3
        """
    )
    (shop,) = module.body
    assert outline(shop.body) == ["FunctionDef good", "Broken bad", "FunctionDef other"]
    (broken,) = module.broken
    assert (broken.name, broken.reason) == ("bad", "syntax error in line 7")
    assert (broken.span.line, broken.span.end_line) == (5, 8)


def test_a_broken_function_in_a_function_breaks_itself_alone():
    module = read(
        """\
        def outer():
            def inner():
                x = = 2
            return inner
        """
    )
    (outer,) = module.body
    assert outline(outer.body) == ["Broken inner", "Return"]


def test_a_broken_statement_at_the_top_leaves_the_rest():
    module = read(
        """\
        x = 1
        y = = 2
        if x:
            z = = 3
            w = 4
        v = 5
        """
    )
    assert outline(module.body) == ["Assign", "Broken", "If", "Assign"]
    assert [item.reason for item in module.broken] == ["syntax error in line 2", "syntax error in line 4"]


def test_what_an_unclosed_bracket_swallows_is_not_taken_for_module_level_code():
    module = read(
        """\
        def f():
            with lock(:
                x = get()
                put(x)

        def g():
            return 1
        """
    )
    assert module.broken
    assert not any(isinstance(item, nodes.ExprStmt | nodes.Assign) for item in module.body)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "1" + ")" * 5000,
        "x = " + "-" * 5000 + "1",
        "x = " + "f(" * 5000 + ")" * 5000,
        "x = " + "[" * 5000,
        "x = " + " + ".join("a" * 5000),
        "x = " + " and ".join("a" * 5000),
        "x = y" + ".a()" * 5000,
        "".join(" " * i + "if x:\n" for i in range(5000)) + " " * 5000 + "pass\n",
        "if x:\n    pass\n" + "elif y:\n    pass\n" * 5000,
        "".join("  " * i + f"def f{i}():\n" for i in range(300)) + "  " * 300 + "pass\n",
        "x: " + "|".join("a" * 3000),
        "match x:\n case " + "(" * 3000 + "1" + ")" * 3000 + ": pass",
        "f'" + "{x:" * 2000 + "}" * 2000 + "'",
        "lambda: " * 3000 + "1",
        "x = " + "y = " * 3000 + "1",
        "x" + " if y else x" * 3000,
    ],
)
def test_deep_nesting_is_reported_not_fatal(text: str):
    module = parse(source_from_text(f"before = 1\n{text}\n\nafter = 2\n"))
    assert isinstance(module, nodes.Module)
    assert depth(module) < 450
    if not module.broken:
        assert "= y =" in text or " and " in text


def test_deep_nesting_spares_the_neighbours():
    deep = "-" * 500 + "1"
    module = read(f"def a():\n    return 1\n\ndef b():\n    return {deep}\n\ndef c():\n    return 2\n")
    assert outline(module.body) == ["FunctionDef a", "Broken b", "FunctionDef c"]
    assert module.broken[0].reason == "nested too deeply"


def test_ordinary_nesting_is_read():
    text = "".join("    " * i + "if x:\n" for i in range(60)) + "    " * 60 + "y = " + " + ".join("a" * 60) + "\n"
    assert read(text).broken == []


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab ()[]{}:=.,'\"\\\n\t#@*+-f1é\r\f;"), max_size=60))
def test_any_text_has_a_tree(text: str):
    assert isinstance(parse(source_from_text(text)), nodes.Module)


TOKENS = """
def class if elif else for in while with as try except finally match case return yield await async lambda print exec
import from global del assert type not and or is None ( ) [ ] { } : = , . * ** -> := f'{x}' 'a' 1 x y @ # +
"""


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*TOKENS.split(), "\n", "\n\t", "\n\t\t"]), max_size=40))
def test_any_tokens_have_a_tree(tokens: list[str]):
    assert isinstance(parse(source_from_text(" ".join(tokens))), nodes.Module)


def depth(node: object) -> int:
    deepest, todo = 0, [(node, 0)]
    while todo:
        item, level = todo.pop()
        deepest = max(deepest, level)
        if isinstance(item, list | tuple):
            todo += [(child, level) for child in item]
        elif isinstance(item, nodes.Node):
            todo += [(getattr(item, name), level + 1) for name in item.__dataclass_fields__]
    return deepest
