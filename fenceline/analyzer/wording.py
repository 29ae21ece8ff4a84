"""What a statement says, however it is written: the same for any line breaks, quotes, parentheses and comments."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator

from fenceline.analyzer import nodes

_NOT_SAID = frozenset({"span", "name_span"})
_BLOCKS = frozenset({"body", "orelse", "finalbody", "handlers", "cases"})


def wording_at(tree: nodes.Module, span: nodes.Span) -> str:
    """12 hexadecimal digits for the innermost statement around the beginning of a place, '' where there is none.

    Of a statement with a body its head counts alone, of a definition not its name.
    """
    found = _innermost(tree, span)
    return "" if found is None else hashlib.sha256(_said(found).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _innermost(tree: nodes.Module, span: nodes.Span) -> nodes.Node | None:
    found: nodes.Node | None = None
    inside: list[nodes.Node] = list(tree.body)
    while inside:
        around = next((one for one in inside if _is_around(one.span, span)), None)
        if around is None:
            break
        found = around
        inside = list(_blocks_of(around))
    return found


def _is_around(outer: nodes.Span, inner: nodes.Span) -> bool:
    begins = (inner.line, inner.column)
    return (outer.line, outer.column) <= begins < (outer.end_line, outer.end_column)


def _blocks_of(statement: nodes.Node) -> Iterator[nodes.Node]:
    """The statements in a statement; those of a handler or a case count as its own."""
    for name in _BLOCKS:
        part = getattr(statement, name, ())
        yield from part if isinstance(part, list) else ()


_CLOSED = object()


def _said(statement: nodes.Node) -> str:
    """A tree as text, without places and without the bodies of statements; with a stack, as trees may be deep."""
    parts: list[str] = []
    todo: list[object] = [statement]
    while todo:
        one = todo.pop()
        if one is _CLOSED:
            parts.append(")")
        elif isinstance(one, list | tuple):
            parts.append("(")
            todo += [_CLOSED, *reversed(one)]
        elif isinstance(one, nodes.Node):
            parts.append(f"{type(one).__name__}(")
            todo += [_CLOSED, *reversed(_said_of(one))]
        else:
            parts.append(repr(one))
    return " ".join(parts)


def _said_of(node: nodes.Node) -> list[object]:
    """The fields of a node that say something."""
    names = [field.name for field in dataclasses.fields(node) if field.name not in _NOT_SAID]
    if isinstance(node, nodes.FunctionDef | nodes.ClassDef):
        names.remove("name")
    values = {name: getattr(node, name) for name in names}
    is_statement = any(isinstance(values.get(name), list) for name in _BLOCKS)
    return [value for name, value in values.items() if not (is_statement and name in _BLOCKS)]
