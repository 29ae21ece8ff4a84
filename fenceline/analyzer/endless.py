"""Whether a function goes on until its process is stopped, or ends when its work is done."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import nodes
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.names import ModuleInfo
from fenceline.analyzer.values import Closure

_DEPTH = 3
"""Calls within calls that are followed to where the loop stands."""


def loops_for_ever(node: nodes.FunctionDef) -> bool:
    """``while True:``, which is left on a sign from outside at most: not when what it reads is at an end."""
    return any(
        isinstance(one, nodes.While)
        and isinstance(one.test, nodes.Literal)
        and bool(one.test.value)
        and not _ends(one.body, frozenset(_bound(one.body)))
        for one in walk(node.body)
    )


def goes_on(low: Lowering, node: nodes.FunctionDef, home: ModuleInfo, depth: int = _DEPTH) -> bool:
    """Whether a function, or one that it always calls, loops for ever or starts itself again.

    ``home`` is the module that the function stands in.
    """
    if loops_for_ever(node) or starts_itself(node):
        return True
    for one in _always_called(node.body) if depth > 0 else ():
        called = low.aside(home).evaluate(one)
        if isinstance(called, Closure) and isinstance(called.node, nodes.FunctionDef) and called.node is not node:
            if goes_on(low, called.node, called.module, depth - 1):
                return True
    return False


def _always_called(body: list[nodes.Stmt]) -> Iterator[nodes.Name | nodes.Attribute]:
    """What is called by the statements of a body itself, under no condition; the names and dotted names only."""
    for one in body:
        value: nodes.Expr | None = None
        match one:
            case nodes.ExprStmt(value=value) | nodes.Return(value=value) | nodes.Assign(value=value):
                pass
            case nodes.Try(body=inner) | nodes.With(body=inner):
                yield from _always_called(inner)
            case _:
                pass
        while isinstance(value, nodes.Await):
            value = value.value
        if isinstance(value, nodes.Call) and isinstance(value.func, nodes.Name | nodes.Attribute):
            yield value.func


def starts_itself(node: nodes.FunctionDef) -> bool:
    """``Timer(60, tick).start()`` inside ``tick``: a loop with other means."""
    return any(
        isinstance(arg, nodes.Name | nodes.Attribute) and getattr(arg, "id", getattr(arg, "attr", "")) == node.name
        for one in walk(node.body)
        if isinstance(one, nodes.Call)
        for arg in (*one.args, *(keyword.value for keyword in one.keywords))
    )


def _bound(body: list[nodes.Stmt]) -> Iterator[str]:
    """The names that a round of a loop gives a value to; not what it counts (errors until it gives up)."""
    for one in walk(body):
        if isinstance(one, nodes.Assign):
            targets = list(one.targets)
        elif isinstance(one, nodes.NamedExpr | nodes.For):
            targets = [one.target]
        else:
            continue
        for target in targets:
            yield from (part.id for part in walk(target) if isinstance(part, nodes.Name))


def _ends(body: list[nodes.Stmt], bound: frozenset[str]) -> bool:
    """Whether a loop is left by a test of what the round has read."""
    return any(
        isinstance(one, nodes.If)
        and any(isinstance(part, nodes.Name) and part.id in bound for part in walk(one.test))
        and (_leaves(one.body) or _leaves(one.orelse))
        for one in _statements(body)
    )


def _leaves(side: list[nodes.Stmt]) -> bool:
    return bool(side) and isinstance(side[-1], nodes.Break | nodes.Return)


def _statements(body: list[nodes.Stmt]) -> Iterator[nodes.Stmt]:
    """The statements of a round, those of blocks in it too; not of loops in it, nor of what follows an error."""
    for one in body:
        yield one
        match one:
            case nodes.If(body=then, orelse=orelse) | nodes.Try(body=then, orelse=orelse):
                yield from _statements([*then, *orelse])
            case nodes.With(body=inner):
                yield from _statements(inner)
            case _:
                pass
