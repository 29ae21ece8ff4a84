"""Attributes of rows in memory: those that are no columns, and those that a class puts in order as it is saved."""

from __future__ import annotations

from fenceline.analyzer import nodes
from fenceline.analyzer.definitions import assignments
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.schema import type_with_role
from fenceline.analyzer.values import Model, Row

_SAVING = frozenset({"row.save", "none"})
"""The operations of rows that a class overrides to have a say in what is saved: the save, and what checks it before."""


def is_no_column(low: Lowering, model: Model, name: str) -> bool:
    """Whether an attribute is only in memory: ``__init__`` sets it, and no column of the class is called so."""
    schema = model.schema
    if schema is None or not schema.is_complete or model.definition is None or name in schema.columns:
        return False
    key = ("set by __init__", model.name)
    if key not in low.memo:
        low.memo[key] = _set_by_init(low, model)
    known = low.memo[key]
    return isinstance(known, frozenset) and name in known


def _set_by_init(low: Lowering, model: Model) -> frozenset[str]:
    assert model.definition is not None
    found: set[str] = set()
    for owner in low.project.mro(model.definition):
        for one in owner.node.body if isinstance(owner.node, nodes.ClassDef) else ():
            if isinstance(one, nodes.FunctionDef) and one.name == "__init__" and one.params:
                found |= {target.attr for target in _set_in(one)}
    return frozenset(one for one in found if low.project.find_attribute(model.definition, one) is None)


def _set_in(node: nodes.FunctionDef) -> list[nodes.Attribute]:
    """What a method sets of its receiver."""
    targets = [target for one in assignments(node.body) for target in one.targets]
    return [
        one
        for one in targets
        if isinstance(one, nodes.Attribute)
        and isinstance(one.value, nodes.Name)
        and one.value.id == node.params[0].name
    ]


def is_being_saved(low: Lowering, row: Row) -> bool:
    """Whether a method of the row's class is at work that stands in place of the save, or of what checks it before."""
    kind = type_with_role(low, "row", row.model.store)
    if kind is None:
        return False
    for node, handed in reversed(low.receipts):
        if not isinstance(node, nodes.FunctionDef) or not handed or not any(one is node for one in low.calls):
            continue
        operation = kind.methods.get(node.name)
        receiver = handed[0]
        if operation is not None and operation.op in _SAVING and isinstance(receiver, Row):
            if receiver.snapshot == row.snapshot:
                return True
    return False
