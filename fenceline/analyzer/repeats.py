"""What a second run of the same work does again: effects that are not the same when they happen twice."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.choices import as_given
from fenceline.analyzer.computing import accumulates
from fenceline.analyzer.flow import Flow, read_steps, terms_of, written_cells
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.slices import Candidate

_TAKEN_OUT = frozenset({"rest"})
_BY_ITS_OTHER_STEP = frozenset({"with", "moved"})  # what a change of a member is to the whole, and the other way round
_LOSSY = frozenset({"cache"})  # a store that may forget at any time: what is counted there is an estimate


def repeated_effects(flow: Flow, *, with_sends: bool) -> Iterator[Fact]:
    """The effects of a function that happen twice when it runs twice, in the order of the source.

    Not those that are harmless to repeat: absolute values written again, deletes, members of sets, rows with a unique
    key, effects that carry an idempotency key. A message sent again counts only ``with_sends``: where deliveries are at
    least once, its consumer has to bear it anyway.
    """
    known = flow.memo.get("repeated")
    if not isinstance(known, list):
        known = flow.memo["repeated"] = list(_repeated(flow))
    yield from (one for one in known if with_sends or one.kind != "send")


def _repeated(flow: Flow) -> Iterator[Fact]:
    for fact in flow.lowered.facts:
        if fact.op not in flow.places:
            continue
        if fact.kind == "external" and isinstance(fact.op, ir.External):
            if not fact.op.is_repeatable and not is_keyed(flow, fact.op):
                yield fact
        is_change = isinstance(fact.op, ir.Atomic) and any(_adds(flow, fact.op, step) for step in fact.op.steps)
        if fact.kind == "send" or is_change:
            yield fact


def is_keyed(flow: Flow, op: ir.External) -> bool:
    """Whether the effect carries an idempotency key that a second run would send again: none made anew by each run."""
    key = op.idempotency_key
    if key is None or key == ir.Const(None):
        return False
    return not any(_is_fresh(as_given(one)) for one in flow.settled([key]))


def _is_fresh(term: ir.Term) -> bool:
    if isinstance(term, ir.Apply):
        return any(_is_fresh(one) for one in term.args)
    return isinstance(term, ir.Fresh)


def _adds(flow: Flow, op: ir.Atomic, step: ir.Step) -> bool:
    """Whether a step leaves something else behind when it is done twice."""
    match step:
        case ir.Insert():
            return True
        case ir.Modify(cell=cell, value=value, binds_old=binds_old):
            if cell.store in _LOSSY or (isinstance(value, ir.Apply) and value.label in _TAKEN_OUT | _BY_ITS_OTHER_STEP):
                return False
            return not (binds_old and not _is_made_of_old(value)) and _is_made_of_old(value)
        case ir.CompareAndSet(writes=writes):
            return any(cell.store not in _LOSSY and _is_made_of_old(value) for cell, value in writes)
        case ir.Put(cell=cell) if cell.store not in _LOSSY:
            return any(accumulates(flow, op, cell, bind) for bind in _reads_of(flow, cell))
        case _:
            return False


def _is_made_of_old(term: ir.Term) -> bool:
    if isinstance(term, ir.Apply):
        return any(_is_made_of_old(one) for one in term.args)
    return isinstance(term, ir.Old)


def _reads_of(flow: Flow, cell: ir.Cell) -> Iterator[str]:
    """What the reads of a cell bind."""
    for op in flow.places:
        for step in read_steps(op):
            if step.cell == cell and step.bind is not None:
                yield step.bind


def is_kept(effect: Fact, writes: list[Fact]) -> bool:
    """Whether what a call gave back is what is written: a value that is fetched and kept, not something done."""
    if not isinstance(effect.op, ir.External):
        return False
    return any(_mentions(term, effect.op.what) for write in writes for term in terms_of(write.op))


def _mentions(term: ir.Term, label: str) -> bool:
    return isinstance(term, ir.Apply) and (term.label == label or any(_mentions(one, label) for one in term.args))


def candidate_for(flow: Flow, fact: Fact) -> Candidate:
    """One effect, with the reads of shared state that decide on it and that the function itself changes (a mark)."""
    written = {cell for op in flow.places for cell in written_cells(op)}
    reads: list[ir.Op] = []
    cells: set[ir.Cell] = set(written_cells(fact.op))
    for name in sorted(flow.controls(fact.op)):
        op, step = flow.binders.get(name, (None, None))
        if op is None or op not in flow.places or not isinstance(step, ir.Get):
            continue
        if step.cell in written:
            reads.append(op)
            cells.add(step.cell)
    refusals = tuple(_refusals(flow, fact.op))
    cells.update(cell for op in refusals for cell in written_cells(op))
    return Candidate(tuple(dict.fromkeys(reads)), (fact.op,), frozenset(cells), refusals)


def _refusals(flow: Flow, act: ir.Op) -> Iterator[ir.Op]:
    """The writes before an effect that raise in a second run: a row that only one can make, a version that moved on."""
    for op in flow.places:
        if isinstance(op, ir.Atomic) and op is not act and flow.is_before(op, act):
            if any(getattr(step, "conflict", None) is not None for step in op.steps):
                yield op


def told(fact: Fact) -> str:
    """An effect in words: ``a charge``, ``Order is created``."""
    match fact.kind:
        case "external":
            return f"makes a call ({fact.target})"
        case "send":
            return f"sends {fact.target}"
        case "row.create":
            return f"creates {fact.model.label if fact.model is not None else 'a row'}"
        case _:
            what = fact.model.label if fact.model is not None else fact.target
            return f"changes {what} by what it was"
