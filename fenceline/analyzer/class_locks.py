"""Locks by name that one method of a class tries to take, each of many, and that another gives back or renews."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fenceline.analyzer import ir
from fenceline.analyzer.flow import Flow, leaves
from fenceline.analyzer.lower_state import Fact


@dataclass(frozen=True, slots=True)
class Attempt:
    """Each of many keys is taken where it is free: the key as it is made of ``MEMBER``, and of what a member is."""

    fact: Fact
    key: tuple[ir.Term, ...]
    collection: ir.Term


MEMBER = ir.Shared("member")


def attempts_of(flow: Flow) -> Iterator[Attempt]:
    """The conditional writes of a function to one key a member, after which it goes on with the others."""
    for fact in flow.lowered.facts:
        if fact.kind != "kv.insert" or fact.op not in flow.places or not isinstance(fact.op, ir.Atomic):
            continue
        for step in fact.op.steps:
            if isinstance(step, ir.PutIfAbsent) and step.cell.field is None:
                key, collection = by_member(step.cell)
                if collection is not None and not _gives_up(flow, step.bind):
                    yield Attempt(fact, key, collection)


def _gives_up(flow: Flow, bind: str | None) -> bool:
    """Whether the function ends, or leaves its loop, where one of the keys is taken."""
    return bind is None or any(
        leaves(side) and not _goes_round(side)
        for branch, _ in flow.branches_on(bind)
        for side in (branch.then, branch.orelse)
    )


def _goes_round(side: ir.Seq) -> bool:
    return any(isinstance(one, ir.Continue) for one in side.items)


def given_up_by(fact: Fact) -> Iterator[tuple[tuple[ir.Term, ...], ir.Term]]:
    """The keys that an op deletes, or gives a new expiry, as they are made of members of a collection."""
    cells: list[ir.Cell] = []
    if fact.kind == "kv.expire" and fact.bag is not None:
        cells = [fact.bag]
    elif fact.kind == "kv.delete" and isinstance(fact.op, ir.Atomic):
        cells = [one.cell for one in fact.op.steps if isinstance(one, ir.Remove)]
    for cell in cells:
        key, collection = by_member(cell)
        if collection is not None:
            yield key, collection


def by_member(cell: ir.Cell) -> tuple[tuple[ir.Term, ...], ir.Term | None]:
    """A key with its one member of a collection as :data:`MEMBER`, and that collection; None where there is none."""
    found: list[ir.Term] = []
    key = tuple(_replaced(one, found) for one in cell.key)
    return key, found[0] if len(set(found)) == 1 else None


def _replaced(term: ir.Term, found: list[ir.Term]) -> ir.Term:
    match term:
        case ir.Apply(label="each", args=(collection,)):
            found.append(collection)
            return MEMBER
        case ir.Apply(label="next", args=(ir.Apply(label="iter", args=(collection,)), *_)):
            found.append(collection)
            return MEMBER
        case ir.Apply(label=label, args=args):
            return ir.Apply(label, tuple(_replaced(one, found) for one in args))
    return term
