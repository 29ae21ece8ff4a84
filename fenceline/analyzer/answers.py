"""Whether a write could make a test of the value that was there before come out otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.flow import Flow, leaves, terms_of
from fenceline.analyzer.ir_walk import ops_in
from fenceline.analyzer.values import vars_of


def keeps_answers(flow: Flow, op: ir.Op, cell: ir.Cell, bind: str) -> bool:
    """Whether an op writes a constant with which all tests of the value come out as they did on the way to the op.

    ``bind`` is what a read has called the value of the cell: ``if not user.active: return`` … ``user.active = True``.
    """
    written = list(terms_of(op, cell))
    constants = [one for one in written if isinstance(one, ir.Const)]
    branches = list(flow.branches_from(bind))
    if not branches or len(constants) != len(written):
        return False
    for branch in branches:
        side = _side(flow, branch, op)
        if side is None or bind not in vars_of(branch.guard):
            return False
        for atom, holds in _settled(branch.guard, side):
            if bind in vars_of(atom) and not all(_answer(atom, bind, one) is holds for one in constants):
                return False
    return True


def _side(flow: Flow, branch: ir.Branch, op: ir.Op) -> bool | None:
    """Whether the guard of a branch holds where the op is; None where that cannot be told."""
    place = flow.places[op]
    if branch in place.blocks:
        return op in ops_in(branch.then)
    if not any(one is branch.guard for one in place.guards) or leaves(branch.then) == leaves(branch.orelse):
        return None
    return leaves(branch.orelse)


def _settled(guard: ir.Guard, holds: bool) -> Iterator[tuple[ir.Guard, bool]]:
    """What is known of the parts of a guard; a part that stays open is yielded as it is."""
    if isinstance(guard, ir.Not):
        yield from _settled(guard.guard, not holds)
    elif isinstance(guard, ir.AllOf if holds else ir.AnyOf):
        for one in guard.guards:
            yield from _settled(one, holds)
    else:
        yield guard, holds


def _answer(atom: ir.Guard, bind: str, value: ir.Const) -> bool | None:
    """What a plain test of the value says of a constant; None for any other test."""
    match atom:
        case ir.IsTrue(term=ir.Var(name=name)) if name == bind:
            return bool(value.value)
        case ir.IsEqual(term=ir.Var(name=name), value=other) if name == bind:
            return value == other
        case ir.IsAbsent(term=ir.Var(name=name)) if name == bind:
            return value.value is None
        case _:
            return None
