"""Which parentheses an expression needs where it is put."""

from __future__ import annotations

import libcst as cst

_ATOM, _AWAIT, _POWER, _UNARY, _COMPARISON, _NOT, _AND, _OR, _CONDITIONAL, _LAMBDA, _LOOSE = (
    16,
    15,
    14,
    13,
    6,
    5,
    4,
    3,
    2,
    1,
    0,
)
_BINARY: dict[type[cst.BaseBinaryOp], int] = {
    cst.BitOr: 7,
    cst.BitXor: 8,
    cst.BitAnd: 9,
    cst.LeftShift: 10,
    cst.RightShift: 10,
    cst.Add: 11,
    cst.Subtract: 11,
    cst.Power: _POWER,
}
_PRODUCT = 12
_STATEMENT_SLOTS = {
    (cst.Assign, "value"),
    (cst.AnnAssign, "value"),
    (cst.AugAssign, "value"),
    (cst.Return, "value"),
    (cst.Expr, "value"),
    (cst.Raise, "exc"),
}
_LOOSE_SLOTS = {
    (cst.Arg, "value"),
    (cst.If, "test"),
    (cst.While, "test"),
    (cst.Assert, "test"),
    (cst.Index, "value"),
    (cst.Element, "value"),
    (cst.DictElement, "value"),
    (cst.DictElement, "key"),
    (cst.WithItem, "item"),
    (cst.Decorator, "decorator"),
    (cst.Param, "default"),
    (cst.Param, "annotation"),
}


def fitted(
    new: cst.BaseExpression, parent: cst.CSTNode | None, field: str, *, is_bracketed: bool = False
) -> cst.BaseExpression:
    """The expression as it can stand in that field of that node; ``is_bracketed``: some bracket around it is open."""
    if new.lpar:
        return new
    is_open = is_bracketed or _stands_alone(new)
    if _level(new) < _required(parent, field) or _is_odd(new, parent, field) or not is_open:
        return in_parentheses(new)
    return new


def in_parentheses(new: cst.BaseExpression) -> cst.BaseExpression:
    """The expression in one more pair of parentheses."""
    changed = new.with_changes(lpar=[cst.LeftParen(), *new.lpar], rpar=[*new.rpar, cst.RightParen()])
    assert isinstance(changed, cst.BaseExpression)
    return changed


def _level(node: cst.BaseExpression) -> int:
    """How tightly the expression holds together, without parentheses."""
    match node:
        case cst.BinaryOperation():
            return _BINARY.get(type(node.operator), _PRODUCT)
        case cst.UnaryOperation():
            return _NOT if isinstance(node.operator, cst.Not) else _UNARY
        case cst.BooleanOperation():
            return _AND if isinstance(node.operator, cst.And) else _OR
        case cst.Comparison():
            return _COMPARISON
        case cst.IfExp():
            return _CONDITIONAL
        case cst.Lambda():
            return _LAMBDA
        case cst.Await():
            return _AWAIT
        case cst.NamedExpr() | cst.Yield() | cst.Tuple() | cst.StarredElement() | cst.GeneratorExp():
            return _LOOSE
    return _ATOM


def _required(parent: cst.CSTNode | None, field: str) -> int:
    """How tightly what stands in that field must hold together."""
    match parent:
        case None:
            return _LOOSE
        case cst.BinaryOperation():
            level = _BINARY.get(type(parent.operator), _PRODUCT)
            if level == _POWER:
                return _AWAIT if field == "left" else _UNARY
            return level if field == "left" else level + 1
        case cst.UnaryOperation():
            return _NOT if isinstance(parent.operator, cst.Not) else _UNARY
        case cst.BooleanOperation():
            level = _AND if isinstance(parent.operator, cst.And) else _OR
            return level if field == "left" else level + 1
        case cst.Comparison() | cst.ComparisonTarget():
            return _COMPARISON + 1
        case cst.IfExp():
            return _CONDITIONAL if field == "orelse" else _OR
        case cst.Lambda():
            return _LAMBDA
    if (type(parent), field) in _STATEMENT_SLOTS:
        return _LOOSE
    return _LAMBDA if (type(parent), field) in _LOOSE_SLOTS else _ATOM


def _is_odd(new: cst.BaseExpression, parent: cst.CSTNode | None, field: str) -> bool:
    """What the levels do not say: a walrus that is a statement, an attribute of a number."""
    match new:
        case cst.NamedExpr() | cst.GeneratorExp() | cst.StarredElement():
            return True
        case cst.Integer() | cst.Float():
            return isinstance(parent, cst.Attribute)
        case cst.Tuple():
            return not isinstance(parent, cst.Assign | cst.Return | cst.Expr | cst.For) or field == "target"
    return False


def _stands_alone(new: cst.BaseExpression) -> bool:
    """Whether it can be read without the brackets that it may have been taken from."""
    code = cst.Module([]).code_for_node(new)
    if "\n" not in code and "\r" not in code:
        return True
    try:
        cst.parse_expression(code)
    except cst.ParserSyntaxError:
        return False
    return True
