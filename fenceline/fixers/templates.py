"""Pieces of source with holes: ``{name}`` is where a node is put, with the parentheses that it needs there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from textwrap import dedent

import libcst as cst

from fenceline.fixers.positions import Statement, children, walk
from fenceline.fixers.precedence import fitted

Filling = str | cst.CSTNode | Sequence[cst.CSTNode]
"""What a hole takes: an expression, as a node or written; statements or arguments where such a thing stands."""

_HOLE = re.compile(r"\{(\w+)\}")
_MARK = "_hole_of_fenceline_"


def expression(template: str, fillings: Mapping[str, Filling]) -> cst.BaseExpression:
    """One expression. In a call, ``{name}`` may be arguments."""
    whole = cst.Expr(cst.parse_expression(_marked(template, fillings))).visit(_Fill(fillings))
    assert isinstance(whole, cst.Expr)
    filled = whole.value
    assert isinstance(filled, cst.BaseExpression)
    return filled


def statements(template: str, fillings: Mapping[str, Filling], newline: str = "\n") -> list[Statement]:
    """The statements of a template, which is written with four spaces a level and may be indented as a whole.

    A hole that is a statement of its own may be statements.
    """
    text = dedent(template).strip("\n")
    module = cst.parse_module(_marked(text, fillings).replace("\n", newline) + newline)
    filled = module.visit(_Fill(fillings))
    found = [one for one in filled.body if isinstance(one, Statement)]
    if found and module.header:
        found[0] = found[0].with_changes(leading_lines=[*module.header, *found[0].leading_lines])
    return found


def placed(
    new: cst.BaseExpression, parent: cst.CSTNode | None, old: cst.CSTNode, *, is_bracketed: bool = False
) -> cst.BaseExpression:
    """``new`` as it can stand where ``old`` does, in the parentheses that ``old`` has."""
    if isinstance(old, cst.BaseExpression) and old.lpar and not new.lpar:
        changed = new.with_changes(lpar=old.lpar, rpar=old.rpar)
        assert isinstance(changed, cst.BaseExpression)
        return changed
    field = next((name for name, child in children(parent) if child is old), "") if parent is not None else ""
    return fitted(new, parent, field, is_bracketed=is_bracketed)


def _marked(template: str, fillings: Mapping[str, Filling]) -> str:
    return _HOLE.sub(lambda hole: _MARK + hole[1] if hole[1] in fillings else hole[0], template)


class _Fill(cst.CSTTransformer):
    """Puts fillings into the holes; text that only looks like a hole is given back as it was."""

    def __init__(self, fillings: Mapping[str, Filling]) -> None:
        super().__init__()
        self.fillings = fillings

    def on_leave(  # type: ignore[override] # what libcst declares is the union of all that any node may become
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> object:
        match updated_node:
            case cst.SimpleStatementLine([cst.Expr(value=cst.Name(value=name))]) if self._is_block(name):
                return cst.FlattenSentinel(self._block(name))
            case cst.Call():
                return self._call(original_node, updated_node)
            case cst.SimpleString() | cst.FormattedStringText():
                return self._string(updated_node)
        return self._expressions(original_node, updated_node)

    def _filling(self, name: str) -> Filling | None:
        return self.fillings.get(name.removeprefix(_MARK)) if name.startswith(_MARK) else None

    def _is_block(self, name: str) -> bool:
        filling = self._filling(name)
        return isinstance(filling, cst.BaseStatement | cst.BaseSmallStatement) or (
            isinstance(filling, Sequence) and not isinstance(filling, str)
        )

    def _block(self, name: str) -> list[cst.BaseStatement]:
        filling = self._filling(name)
        given = [filling] if isinstance(filling, cst.CSTNode) else filling
        assert given is not None
        return [as_statement(one) for one in given if isinstance(one, cst.CSTNode)]

    def _call(self, original: cst.CSTNode, updated: cst.Call) -> cst.CSTNode:
        args: list[cst.Arg] = []
        for arg in updated.args:
            name = arg.value.value if isinstance(arg.value, cst.Name) and arg.keyword is None else ""
            filling = self._filling(name)
            if isinstance(filling, cst.Arg):
                args.append(filling.deep_clone())
            elif isinstance(filling, Sequence) and not isinstance(filling, str):
                args += [one.deep_clone() for one in filling if isinstance(one, cst.Arg)]
            else:
                args.append(arg)
        return self._expressions(original, updated.with_changes(args=_separated(args)))

    def _string(self, node: cst.SimpleString | cst.FormattedStringText) -> cst.CSTNode:
        return node.with_changes(value=re.sub(_MARK + r"(\w+)", r"{\1}", node.value)) if _MARK in node.value else node

    def _expressions(self, _original: cst.CSTNode, updated: cst.CSTNode) -> cst.CSTNode:
        """The node with its own holes filled, each child fitted into its field."""
        for field, child in list(children(updated)):
            if isinstance(child, cst.Name) and (node := self._expression(child)) is not None:
                new = fitted(node, updated, field)
                value = getattr(updated, field)
                if value is child:
                    updated = updated.with_changes(**{field: new})
                else:
                    updated = updated.with_changes(**{field: [new if one is child else one for one in value]})
        return updated

    def _expression(self, hole: cst.Name) -> cst.BaseExpression | None:
        filling = self._filling(hole.value)
        if isinstance(filling, str):
            filling = cst.parse_expression(filling)
        if isinstance(filling, cst.Arg | cst.Expr):
            filling = filling.value
        if isinstance(filling, cst.BaseExpression):
            return filling.deep_clone()
        return None


def as_statement(node: cst.CSTNode) -> Statement:
    """A small statement, or an expression, on a line of its own; any other statement as it is."""
    if isinstance(node, cst.BaseExpression):
        node = cst.Expr(node)
    if isinstance(node, cst.BaseSmallStatement):
        return cst.SimpleStatementLine([node.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)])
    assert isinstance(node, Statement)
    return node


def _separated(args: list[cst.Arg]) -> list[cst.Arg]:
    """Arguments with a comma after each but the last."""
    return [
        arg.with_changes(comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")))
        if position < len(args) - 1 and not isinstance(arg.comma, cst.Comma)
        else arg
        for position, arg in enumerate(args)
    ]


def comments_of(node: cst.CSTNode) -> list[str]:
    """The comments in a tree, sorted."""
    return sorted(one.value for one in walk(node) if isinstance(one, cst.Comment))
