"""Locks as a function holds them: where each is taken, where given back, and what lies between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fenceline.analyzer import ir
from fenceline.analyzer.durations import seconds_of
from fenceline.analyzer.flow import Flow, unsigned, written_cells
from fenceline.analyzer.ir_walk import ops_in
from fenceline.analyzer.lower_state import Fact


@dataclass(slots=True, eq=False)
class Hold:
    """One lock of one function, from where it is taken.

    ``taken`` is the fact of the acquisition: of a lock object, or (``is_made``) of a conditional write to a key that
    the function deletes later. ``given_back``: the releases, in the order of the source. ``expiry`` in seconds where it
    is stated; ``has_expiry``: whether there is one at all, None when that is not known.
    """

    taken: Fact
    given_back: tuple[Fact, ...]
    bind: str | None
    is_made: bool
    scope: str
    lease: str
    has_expiry: bool | None
    expiry: float | None
    renewed: bool

    @property
    def key(self) -> str:
        """What the lock is called, for messages."""
        return self.taken.target


def holds_of(flow: Flow) -> Iterator[Hold]:
    """The locks that a function takes, in the order of the source."""
    for fact in flow.lowered.facts:
        if fact.op not in flow.places:
            continue
        if isinstance(fact.op, ir.Acquire):
            yield _library_hold(flow, fact, fact.op)
        elif fact.kind == "kv.insert":
            made = _made_hold(flow, fact)
            if made is not None:
                yield made


def _library_hold(flow: Flow, fact: Fact, op: ir.Acquire) -> Hold:
    later = [one for one in flow.lowered.facts if one.op in flow.places and flow.is_before(op, one.op)]
    releases = tuple(one for one in later if isinstance(one.op, ir.Release) and one.op.lock == op.lock)
    renewed = op.renews or any(isinstance(one.op, ir.Renew) and one.op.lock == op.lock for one in later)
    has_expiry = {"ttl": True, "": None}.get(op.lease, False)
    return Hold(fact, releases, op.bind, False, op.scope, op.lease, has_expiry, op.expiry, renewed)


def _made_hold(flow: Flow, fact: Fact) -> Hold | None:
    """``SET key token NX EX 30`` … ``DEL key``: a key that is never deleted is a mark, not a lock."""
    step = next((one for one in _steps(fact.op) if isinstance(one, ir.PutIfAbsent)), None)
    if step is None or step.cell.field is not None:
        return None
    later = [one for one in flow.lowered.facts if one.op in flow.places and flow.is_before(fact.op, one.op)]
    releases = tuple(one for one in later if frees(one, step.cell))
    if not releases:
        return None
    term = fact.options.get("expiry") or next(
        (one.options.get("expiry") for one in later if one.kind == "kv.expire" and one.bag == step.cell), None
    )
    renewed = any(one.kind == "kv.expire" and one.bag == step.cell and "expiry" in fact.options for one in later)
    lease = "ttl" if term is not None else "none"
    expiry = seconds_of(term) if term is not None else None
    return Hold(fact, releases, step.bind, True, "distributed", lease, term is not None, expiry, renewed)


def _steps(op: ir.Op) -> tuple[ir.Step, ...]:
    return op.steps if isinstance(op, ir.Atomic) else ()


def frees(fact: Fact, cell: ir.Cell) -> bool:
    """Whether an op deletes a key, on a condition (a script that compares) or without."""
    if fact.kind not in {"kv.delete", "kv.script", "kv.write", "kv.update"}:
        return False
    removed = any(isinstance(one, ir.Remove) and one.cell == cell for one in _steps(fact.op))
    return removed or (fact.kind == "kv.script" and cell in set(written_cells(fact.op)))


def inside(flow: Flow, hold: Hold) -> list[ir.Op]:
    """The ops between taking a lock and giving it back for the last time, in order; to the end where it is kept.

    Not those that happen only when it was not got.
    """
    start = flow.places[hold.taken.op].number
    ends = [flow.places[one.op].number for one in hold.given_back]
    last = max(ends, default=len(flow.places))
    found = [op for op, place in flow.places.items() if start < place.number < last]
    return [op for op in found if not is_refused(flow, hold, op)]


def is_refused(flow: Flow, hold: Hold, op: ir.Op) -> bool:
    """Whether an op happens only where the lock was not got."""
    if hold.bind is None:
        return False
    for block in flow.places[op].blocks:
        if isinstance(block, ir.Branch):
            core, is_positive = unsigned(block.guard)
            if isinstance(core, ir.IsTrue) and core.term == ir.Var(hold.bind):
                return (op in ops_in(block.then)) != is_positive
    return False


def is_tested(flow: Flow, hold: Hold) -> bool:
    """Whether the run looks at what the attempt gave back; one that waits or raises need not be looked at."""
    if hold.bind is None:
        return True
    named = {hold.bind} | {
        name for name, lets in flow.lets.items() for term, _ in lets if hold.bind in flow.value_roots(term, set())
    }
    return any(True for name in named for _ in flow.branches_on(name))
