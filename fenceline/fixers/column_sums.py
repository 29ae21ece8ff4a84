"""A column of a row in memory that becomes a sum or difference of what it was: where that stands, and as SQL."""

from __future__ import annotations

import libcst as cst

from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Refused
from fenceline.fixers.positions import walk
from fenceline.fixers.scopes import dotted

ONLY_SUMS = "only a sum or difference of the old value is the same in the database"


def change_in(function: cst.CSTNode, name: str, column: str) -> cst.Assign | cst.AugAssign:
    """The one statement that gives the attribute its new value. Raises Refused where there are several."""
    found = [one for one in walk(function) if _sets(one, name, column)]
    if len(found) != 1 or not isinstance(found[0], cst.Assign | cst.AugAssign):
        raise Refused(f"{name}.{column} is not set in one place")
    change = found[0]
    if isinstance(change, cst.Assign) and len(change.targets) != 1:
        raise Refused("the new value is given to several names")
    if isinstance(change, cst.AugAssign) and not isinstance(change.operator, cst.AddAssign | cst.SubtractAssign):
        raise Refused("only sums and differences are the same in the database")
    return change


def computed_change(code: Code, change: cst.Assign | cst.AugAssign, old: str, column: str) -> cst.Assign:
    """The statement with the database's ``column`` in place of the ``old`` value."""
    match change:
        case cst.AugAssign(operator=operator, value=value):
            sign = "+" if isinstance(operator, cst.AddAssign) else "-"
            new = code.expression(f"{column} {sign} {{value}}", value=checked(value, {old}))
            return cst.Assign([cst.AssignTarget(change.target)], new)
    return cst.Assign([change.targets[0]], computed(code, change.value, {old}, column))


def _sets(node: cst.CSTNode, name: str, column: str) -> bool:
    match node:
        case cst.AssignTarget() | cst.For() | cst.WithItem() | cst.NamedExpr() | cst.Del():
            return False
        case cst.Assign(targets=targets):
            return any(dotted(part) == f"{name}.{column}" for one in targets for part in walk(one))
        case cst.AugAssign(target=target) | cst.AnnAssign(target=target):
            return dotted(target) == f"{name}.{column}"
    return False


def computed(code: Code, value: cst.BaseExpression, old: set[str], column: str) -> cst.BaseExpression:
    """The sum or difference with the column where the value in memory was."""
    places = _terms(value, old)
    if len(places) != 1:
        raise Refused(ONLY_SUMS)
    made = code.expression(column)
    new = value.deep_replace(places[0], made.with_changes(lpar=places[0].lpar, rpar=places[0].rpar))
    assert isinstance(new, cst.BaseExpression)
    return new


def _terms(value: cst.BaseExpression, old: set[str]) -> list[cst.BaseExpression]:
    """The places of the old value among the terms of a sum."""
    if dotted(value) in old:
        return [value]
    if isinstance(value, cst.BinaryOperation) and isinstance(value.operator, cst.Add | cst.Subtract):
        return [*_terms(value.left, old), *_terms(value.right, old)]
    checked(value, old)
    return []


def checked(value: cst.BaseExpression, old: set[str]) -> cst.BaseExpression:
    """An operand that does not depend on the old value, and is not plainly a fraction; keys may be texts."""
    keys = {inner for one in walk(value) if isinstance(one, cst.SubscriptElement) for inner in walk(one)}
    for one in walk(value):
        if isinstance(one, cst.Attribute | cst.Name) and dotted(one) in old:
            raise Refused(ONLY_SUMS)
        is_text = isinstance(one, cst.BaseString) and one not in keys
        if is_text or isinstance(one, cst.Float | cst.Divide | cst.Await | cst.NamedExpr):
            raise Refused("the database may round another way, or the operand is no plain number")
    return value
