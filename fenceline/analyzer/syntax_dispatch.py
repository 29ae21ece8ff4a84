"""Which function converts which kind of concrete expression node."""

from __future__ import annotations

from collections.abc import Callable

from fenceline.analyzer import nodes
from fenceline.analyzer.nodes import Expr, Span
from fenceline.analyzer.syntax_reader import EXTRAS, Cst, Reader, kinds, plain

Converter = Callable[[Reader, Cst], Expr]

_TABLE: dict[int, Converter] = {}


def converts(*names: str) -> Callable[[Converter], Converter]:
    """Declare what converts the nodes of these kinds."""

    def register(converter: Converter) -> Converter:
        _TABLE.update(dict.fromkeys(kinds(*names), converter))
        return converter

    return register


def expression(reader: Reader, node: Cst) -> Expr:
    """Any expression, target or type of the concrete tree."""
    return _TABLE.get(node.kind_id, unknown)(reader, node)


def expressions(reader: Reader, children: list[Cst]) -> list[Expr]:
    """The same for several, comments left out."""
    table = _TABLE
    return [table.get(kind, unknown)(reader, child) for child in children if (kind := child.kind_id) not in EXTRAS]


def only(reader: Reader, node: Cst) -> Expr:
    """The one expression in parentheses, after a star, in a type, …"""
    children = node.named_children
    inner = children[0] if len(children) == 1 else plain(node)[0]
    return _TABLE.get(inner.kind_id, unknown)(reader, inner)


def unknown(reader: Reader, node: Cst) -> nodes.Unknown:
    """What has no node of its own, with the expressions inside."""
    return nodes.Unknown(reader.span(node), node.type, list(expressions(reader, node.named_children)))


def star_outside(outer: Expr, first: str) -> Expr:
    """Python's reading of what the grammar reads as an operation on ``*a``: ``*a.b`` is a star before ``a.b``.

    ``first`` is the field of the first operand.
    """
    inner = getattr(outer, first)
    if type(inner) is not nodes.Starred:
        return outer
    setattr(outer, first, inner.value)
    star, outer.span = outer.span, covering(inner.value.span, outer.span)
    return nodes.Starred(star, outer)


def covering(first: Span, last: Span) -> Span:
    """From where one begins to where the other ends."""
    return Span(first.line, first.column, last.end_line, last.end_column)


converts("parenthesized_expression", "type", "as_pattern_target")(only)
