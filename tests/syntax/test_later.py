"""Bodies of functions are read when they are asked for, and are then what they would have been."""

from __future__ import annotations

import dataclasses

import pytest

from fenceline.analyzer import nodes, syntax
from fenceline.analyzer.source import source_from_text
from fenceline.analyzer.syntax_blocks import block
from fenceline.analyzer.syntax_reader import Reader, deep_spots, parse_tree

FUNCTIONS = {
    "a statement": "def f():\n    a = 1; b = 2  # end\n    # more\n\nx = 1\n",
    "on one line": "def f(): return g(1); pass\n",
    "alternatives": "def f():\n    if a:\n        b()\n    elif c:\n        d()  # d\n    # c\n",
    "else": "def f():\n    for a in b:\n        c()\n    else:\n        d(\n            1\n        )\n",
    "try": "def f():\n    try:\n        a()\n    except B:\n        c()\n    finally:\n        d()\n    # e\n",
    "handler": "def f():\n    try:\n        a()\n    except (B, C) as e:\n        raise D from e\n",
    "match": "def f(a):\n    match a:\n        case 1 if b:\n            c()\n        case _:\n            pass\n",
    "nested": "@a\nasync def f():\n    with b as c:\n        @d\n        def g():\n            class H: i = 1\n\n",
    "docstring alone": 'class A:\n    def f(self):\n        """Text."""\n\n    def g(self):\n        ...\n',
    "wide letters": "def f():\n    ä = 'ö'; ü = ß(ä)\n",
}


def said(tree: object) -> object:
    """All that a tree says, places included."""
    if isinstance(tree, list | tuple):
        return [said(one) for one in tree]
    if isinstance(tree, nodes.Node):
        return type(tree).__name__, *(said(getattr(tree, one.name)) for one in dataclasses.fields(tree))
    return repr(tree)


def at_once(text: str) -> list[nodes.Stmt]:
    data = text.encode()
    tree = parse_tree(data)
    return block(Reader(data, deep_spots(tree)), tree.root_node)


@pytest.mark.parametrize("text", FUNCTIONS.values(), ids=FUNCTIONS)
def test_what_is_read_later_is_what_it_would_have_been(text):
    assert said(syntax.parse(source_from_text(text)).body) == said(at_once(text))


def test_a_body_is_read_when_it_is_asked_for_and_once():
    function = syntax.parse(source_from_text("def f():\n    return 1\n")).body[0]
    assert isinstance(function, nodes.FunctionDef)
    body = function.body
    assert isinstance(body[0], nodes.Return)
    assert function.body is body
    function.body = []
    assert function.body == []


def test_what_nobody_asks_for_is_not_read(monkeypatch):
    read: list[str] = []
    whole = nodes.Later.__init__

    def counted(self, how):
        whole(self, lambda: read.append("body") or how())

    monkeypatch.setattr(nodes.Later, "__init__", counted)
    body = syntax.parse(source_from_text("".join(f"def f{n}():\n    g({n})\n" for n in range(20)))).body
    assert read == []
    assert isinstance(body[3], nodes.FunctionDef)
    assert isinstance(body[3].body[0], nodes.ExprStmt)
    assert read == ["body"]


def test_a_function_that_is_broken_inside_is_told_at_once():
    tree = syntax.parse(source_from_text("def f():\n    return 1 +\n\n\ndef g():\n    return 2\n"))
    assert [one.name for one in tree.broken] == ["f"]


def test_a_chain_of_alternatives_that_is_too_long_is_told_of_every_file():
    chain = "def f(a):\n    if a == 0:\n        b()\n" + "".join(
        f"    elif a == {n}:\n        b({n})\n" for n in range(150)
    )
    source = source_from_text(chain)
    assert [(one.name, one.reason) for one in syntax.parse(source).broken] == [("f", "nested too deeply")]
    assert not syntax.is_whole(source)
    apart = "".join(f"def f{n}(a):\n    if a:\n        b()\n    elif c:\n        d()\n" for n in range(150))
    assert syntax.is_whole(source_from_text(apart))
