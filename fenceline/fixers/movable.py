"""Which expressions may be evaluated at another moment than where they stand."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

_PURE = frozenset({"int", "str", "float", "len", "repr", "bytes", "min", "max", "abs", "round", "sorted", "tuple"})


def is_movable(node: cst.BaseExpression, *, but: Callable[[str], bool] = lambda _: False) -> bool:
    """Whether an expression may be evaluated earlier, or once more: it does nothing, and asks nobody.

    ``but`` says which names have not their value yet.
    """
    match node:
        case cst.Name(value=name):
            return not but(name)
        case cst.Attribute(value=value):
            return is_movable(value, but=but)
        case cst.Integer() | cst.Float() | cst.SimpleString() | cst.ConcatenatedString():
            return True
        case cst.FormattedString(parts=parts):
            inner = [one for one in parts if isinstance(one, cst.FormattedStringExpression)]
            return all(is_movable(one.expression, but=but) for one in inner)
        case cst.BinaryOperation(left=left, right=right):
            return is_movable(left, but=but) and is_movable(right, but=but)
        case cst.UnaryOperation(expression=inner):
            return is_movable(inner, but=but)
        case cst.IfExp(test=test, body=body, orelse=orelse):
            return all(is_movable(one, but=but) for one in (test, body, orelse))
        case cst.BooleanOperation(left=left, right=right):
            return is_movable(left, but=but) and is_movable(right, but=but)
        case cst.Comparison(left=left, comparisons=targets):
            return all(is_movable(one, but=but) for one in (left, *(target.comparator for target in targets)))
        case cst.Subscript(value=value, slice=[cst.SubscriptElement(slice=cst.Index(value=index))]):
            return is_movable(value, but=but) and is_movable(index, but=but)
        case cst.Call(func=func, args=args):
            is_pure = isinstance(func, cst.Name) and func.value in _PURE
            return (is_pure or _is_plain_method(func, but)) and all(is_movable(one.value, but=but) for one in args)
    return False


_METHODS = frozenset({"dumps", "encode", "isoformat", "hex", "format", "lower", "upper", "strip", "join"})


def _is_plain_method(func: cst.BaseExpression, but: Callable[[str], bool]) -> bool:
    return isinstance(func, cst.Attribute) and func.attr.value in _METHODS and is_movable(func.value, but=but)
