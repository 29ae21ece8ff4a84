"""How a function uses the variable that it keeps a row in."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Refused
from fenceline.fixers.positions import walk
from fenceline.fixers.scopes import bindings

_INNER = (cst.FunctionDef, cst.Lambda, cst.ClassDef, cst.BaseComp)
_LOOPS = (cst.For, cst.While)


def variable_of(code: Code, read: cst.CSTNode) -> str:
    """The name that what is read is bound to, the only one that the function gives it."""
    value: cst.CSTNode = read
    above = code.parent(value)
    while isinstance(above, cst.Await) or (
        isinstance(above, cst.Attribute | cst.Call) and not isinstance(value, cst.Arg)
    ):
        value, above = above, code.parent(above)  # session.execute(…).scalar_one()
    name = _bound(above, value)
    function = code.function_of(read)
    if function is None or name is None:
        raise Refused("the row is not kept in a variable")
    if sum(one == name for one, _ in bindings(function)) != 1:
        raise Refused(f"{name} is given a value in several places")
    return name


def _bound(above: cst.CSTNode | None, value: cst.CSTNode) -> str | None:
    match above:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))]):
            return name
        case cst.AnnAssign(target=cst.Name(value=name)) | cst.NamedExpr(target=cst.Name(value=name)):
            return name
        case cst.For(target=cst.Name(value=name), iter=iterable) if iterable is value:
            return name
    return None


def is_binding(code: Code, use: cst.Name) -> bool:
    """Whether the name is given its value there."""
    above = code.parent(use)
    if isinstance(above, cst.AnnAssign | cst.NamedExpr | cst.For):
        return above.target is use
    return isinstance(above, cst.AssignTarget)


def uses_of(code: Code, function: cst.FunctionDef, name: str) -> Iterator[cst.Name]:
    """Every place where the name stands, but for names of attributes and keywords."""
    for one in walk(function):
        if isinstance(one, cst.Name) and one.value == name:
            above = code.parent(one)
            is_attribute = isinstance(above, cst.Attribute) and above.attr is one
            is_keyword = isinstance(above, cst.Arg) and above.keyword is one
            if not is_attribute and not is_keyword:
                yield one


def is_after(code: Code, node: cst.CSTNode, other: cst.CSTNode) -> bool:
    """Whether a node stands below another."""
    start, end = code.span_of(node), code.span_of(other)
    return (start.line, start.column) >= (end.end_line, end.end_column)


def loop_of(code: Code, node: cst.CSTNode) -> cst.CSTNode | None:
    """The innermost loop of the function that runs the node again and again."""
    below: cst.CSTNode = node
    for one in code.ancestors(node):
        if isinstance(one, cst.FunctionDef):
            return None
        if isinstance(one, _LOOPS) and below is not getattr(one, "iter", None) and below is not one.orelse:
            return one
        below = one
    return None


def is_captured(code: Code, function: cst.FunctionDef, node: cst.CSTNode) -> bool:
    """Whether a use is in an inner function, which may run at any time."""
    for one in code.ancestors(node):
        if one is function:
            return False
        if isinstance(one, _INNER):
            return True
    return True
