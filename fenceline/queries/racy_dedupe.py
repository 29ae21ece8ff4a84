"""How FEN305 (racy-dedupe) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.flow import Flow, atoms_of
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.pairs import EFFECTS, Pair, changes_cell, pairs_of, reads_for, value_depends, writers_of
from fenceline.analyzer.repeats import is_kept, repeated_effects, told
from fenceline.analyzer.slices import Candidate
from fenceline.queries.proposal import Proposal, place_of_read, weakest

_MARKED_BY = frozenset({"kv.write", "kv.insert", "row.create"})


def query(flow: Flow) -> Iterator[Proposal]:
    """Reads of whether a mark is there, on which an effect and the writing of the mark depend."""
    pairs = [one for one in pairs_of(flow) if one.read.kind in {"kv.read", "bag.read"}]
    if not pairs:
        return
    repeated = {one.op: one for one in repeated_effects(flow, with_sends=True)}
    for pair in pairs:
        marks = [one for one in writers_of(flow, pair.cell) if _is_mark(flow, pair, one)]
        if not marks or not _asks_for_presence(flow, pair.bind):
            continue
        guarded = [repeated[one.op] for one in pair.decided if one.op in repeated and not changes_cell(one, pair.cell)]
        effects = [one for one in guarded if one.kind in EFFECTS and not is_kept(one, marks)]
        if pair.cell.is_bag and not _is_deduplication(flow, marks, effects):
            continue
        if effects:
            yield _proposal(flow, pair, marks, effects)


def _is_mark(flow: Flow, pair: Pair, fact: Fact) -> bool:
    """Whether an op says from then on that it was done, whatever was read."""
    if fact.kind not in _MARKED_BY or not flow.is_before(pair.read.op, fact.op):
        return False
    return not value_depends(fact, pair.cell, pair.bind, flow)


def _asks_for_presence(flow: Flow, bind: str) -> bool:
    """Whether branches ask only whether the mark is there, not what it is."""
    guards = [atom for branch, _ in flow.branches_on(bind) for atom in atoms_of(branch.guard)]
    asked = [one for one in guards if isinstance(one, ir.IsAbsent | ir.IsTrue)]
    return bool(asked)


def _is_deduplication(flow: Flow, marks: list[Fact], effects: list[Fact]) -> bool:
    """A row is a mark where the effect comes before it, or where messages are what is looked for."""
    if any(flow.is_before(effect.op, mark.op) for effect in effects for mark in marks):
        return True
    return bool(effects) and flow.entry.what in {"task", "consumer"}


def _proposal(flow: Flow, pair: Pair, marks: list[Fact], effects: list[Fact]) -> Proposal:
    mark, effect = marks[0], effects[0]
    target = pair.read.target or (pair.read.model.label if pair.read.model is not None else "the mark")
    span, path = place_of_read(flow, pair.read, pair.bind)
    return Proposal(
        message=f"{target} is looked at and set by separate steps, and the function {told(effect)} in between: "
        "two runs both find that it was not done",
        key=f"{target}|{effect.target}",
        span=span,
        path=path,
        evidence=weakest(pair.read, mark),
        candidate=Candidate(
            reads_for(flow, pair, marks),
            tuple(one.op for one in marks),
            frozenset({pair.cell}),
            tuple(one.op for one in effects),
        ),
        related=[(mark.op.span, mark.op.path, "marked here"), (effect.op.span, effect.op.path, "done twice")],
        pair=frozenset({(pair.read.op, pair.cell)}),
    )
