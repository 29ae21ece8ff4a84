"""What the patterns of a match statement bind and compare with."""

from __future__ import annotations

from fenceline.analyzer import nodes
from fenceline.analyzer.nodes import Expr
from fenceline.analyzer.syntax_dispatch import covering, expression
from fenceline.analyzer.syntax_reader import Cst, Reader, kinds, plain, tokens

_NUMBERS = kinds("integer", "float")
_CONSTANTS = kinds("string", "concatenated_string", "true", "false", "none")
_DOTTED_NAME = kinds("dotted_name")
_COMPLEX = kinds("complex_pattern")
_NAMED = kinds("class_pattern", "keyword_pattern")
_IDENTIFIER = kinds("identifier")


class Pattern:
    """The names that a pattern binds and the values that it compares with, both in source order.

    The class of a class pattern is not among the values: it is not compared with.
    """

    __slots__ = ("_reader", "binds", "values")

    def __init__(self, reader: Reader, patterns: list[Cst]) -> None:
        self._reader = reader
        self.binds: list[str] = []
        self.values: list[Expr] = []
        for pattern in patterns:
            self._read(pattern)

    def _read(self, node: Cst) -> None:
        kind = node.kind_id
        if kind in _DOTTED_NAME:
            self._read_name(node)
        elif kind in _IDENTIFIER:
            self._bind(self._reader.identifier(node))
        elif kind in _CONSTANTS:
            self.values.append(expression(self._reader, node))
        elif kind in _COMPLEX:
            self._complex(node)
        else:
            self._read_inside(plain(node)[1:] if kind in _NAMED else tokens(node))

    def _read_inside(self, children: list[Cst]) -> None:
        sign: Cst | None = None
        for child in children:
            if child.kind_id in _NUMBERS:
                self._number(sign, child)
            elif child.is_named:
                self._read(child)
            sign = child if child.type == "-" else None

    def _complex(self, node: Cst) -> None:
        *left, op, right = tokens(node)
        self._number(left[0] if len(left) > 1 else None, left[-1])
        real = self.values.pop()
        imaginary = expression(self._reader, right)
        self.values.append(nodes.BinOp(self._reader.span(node), real, op.type, imaginary))

    def _number(self, sign: Cst | None, node: Cst) -> None:
        value: Expr = expression(self._reader, node)
        if sign is not None:
            value = nodes.UnaryOp(covering(self._reader.span(sign), value.span), "-", value)
        self.values.append(value)

    def _read_name(self, node: Cst) -> None:
        first, *rest = plain(node)
        if not rest:
            self._bind(self._reader.identifier(first))
            return
        start = self._reader.span(first)
        value: Expr = nodes.Name(start, self._reader.identifier(first))
        for part in rest:
            span = covering(start, self._reader.span(part))
            value = nodes.Attribute(span, value, self._reader.identifier(part))
        self.values.append(value)

    def _bind(self, name: str) -> None:
        if name != "_":
            self.binds.append(name)


def is_irrefutable(pattern: Cst) -> bool:
    """``_``, a bare name, or either in parentheses or before ``as``: a pattern that takes everything."""
    children = tokens(pattern)
    if pattern.type == "dotted_name":
        return len(children) == 1
    if pattern.type == "as_pattern":
        return is_irrefutable(children[0])
    if pattern.type == "tuple_pattern":
        return len(children) == 3 and children[1].is_named and is_irrefutable(children[1])
    if pattern.type == "case_pattern":
        return len(children) == 1 and is_irrefutable(children[0])
    return pattern.type == "_"
