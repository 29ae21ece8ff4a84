"""How FEN409 (slow-call-under-lock) is looked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from fenceline.analyzer import ir
from fenceline.analyzer.durations import WorstCase, duration_text, told, worst_case
from fenceline.analyzer.explore_trace import store_of
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.holds import Hold, holds_of, inside
from fenceline.analyzer.lock_names import is_known, lock_name
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.nodes import Span
from fenceline.queries.proposal import Proposal, held_by, holding, told_step

LEAST = 5.0
"""Seconds: what takes no longer is named, and of low confidence."""

_LOCKING = frozenset({"row.write", "row.delete", "row.upsert"})


@dataclass(frozen=True, slots=True)
class _Held:
    """A stretch of a run in which something is held: where it begins, what a message calls it, which ops are in it.

    ``first``: what takes it; ``doubt``: why nobody may be waiting for it; ``is_new``: only rows that nobody knows yet;
    ``is_session``: it began with some statement, and is no block. ``lasts``: the seconds after which it ends by itself.
    """

    span: Span
    path: str
    first: ir.Op
    text: str
    has: Callable[[ir.Op], bool]
    end: str
    doubt: str = ""
    is_new: bool = False
    is_session: bool = False
    lasts: float | None = None


def query(flow: Flow) -> Iterator[Proposal]:
    """Stretches of a run in which something is held, and in which something slow is done."""
    if not any(isinstance(op, ir.External | ir.Slow) for op in flow.places):
        return
    for one in (*_locks(flow), *_transactions(flow)):
        held = one
        worst = worst_case(flow, held.has)
        if held.lasts is not None and (worst.unbounded or worst.seconds >= held.lasts):
            held = replace(held, doubt="the lock has ended by itself before that, which is another hazard")
        if worst.unbounded or worst.seconds > 0:
            slow = worst.unbounded[0][0] if worst.unbounded else max(worst.parts, key=lambda one: one[1])[0]
            places = list(_places(flow, held, slow))
            if places:
                yield _proposal(flow, held, worst, slow, places)


def _places(flow: Flow, held: _Held, slow: ir.Op) -> Iterator[tuple[Span, str, str]]:
    """Where a finding stands, then what belongs to it; none where another function is the one to be told.

    What is held as a block is told where the block is; a session's transaction where something is done in it.
    """
    here = flow.lowered.path
    ends = [(slow.span, slow.path, "slow"), (_head(held.span), held.path, "held from here")]
    taken = (held.first.span, held.first.path, "taken here")
    if held.is_session:
        ends = [ends[0], taken]
    elif held.path != here:
        return
    if all(path != here for _, path, _ in ends):
        return
    yield from sorted(ends, key=lambda one: one[1] != here)
    if not held.is_session:
        yield taken


def _head(span: Span) -> Span:
    """The first line of what begins there: a decorated function is as long as its body."""
    return span if span.end_line == span.line else Span(span.line, span.column, span.line, span.column + 1)


# ------------------------------------------------------------------- what is held


def _locks(flow: Flow) -> Iterator[_Held]:
    """The locks that others wait for. Who is turned away does not wait."""
    for hold in holds_of(flow):
        op = hold.taken.op
        if not isinstance(op, ir.Acquire) or op.scope == "transaction" or not _is_waited_for(op):
            continue
        section = set(inside(flow, hold)) - flow.lowered.hooked
        doubt = "" if _is_used_quickly(flow, hold) else "the lock may be there for this call"
        lasts = (hold.expiry or 0.0) if hold.lease == "ttl" and hold.has_expiry and not hold.renewed else None
        yield _Held(op.span, op.path, op, hold.named, section.__contains__, f"UNLOCK {hold.key}", doubt, lasts=lasts)


def _is_waited_for(op: ir.Acquire) -> bool:
    return op.mode == "wait" or op.limit is not None


def _is_used_quickly(flow: Flow, hold: Hold) -> bool:
    """Whether another function of the module takes the same lock, and does nothing slow under it."""
    assert isinstance(hold.taken.op, ir.Acquire)
    name = lock_name(flow.lowered, hold.taken.op.lock)
    if not is_known(name):
        return False
    for other in flow.siblings:
        if other.lowered.node is flow.lowered.node:
            continue
        for one in holds_of(other):
            op = one.taken.op
            if not isinstance(op, ir.Acquire) or not _is_waited_for(op) or lock_name(other.lowered, op.lock) != name:
                continue
            worst = worst_case(other, set(inside(other, one)).__contains__)
            if not (worst.unbounded or worst.unseen or worst.seconds > LEAST) and op.span != hold.taken.op.span:
                return True
    return False


def _transactions(flow: Flow) -> Iterator[_Held]:
    """Transactions from what they lock or write first."""
    around: dict[object, list[Fact]] = {}
    for fact in flow.lowered.facts:
        if fact.op in flow.places and (_locks_rows(fact) or fact.kind == "row.create"):
            block = _transaction(flow, fact.op)
            if block is not None:
                around.setdefault(block, []).append(fact)
    for block, facts in around.items():
        locking = [one for one in facts if _locks_rows(one)]
        taken = locking or facts
        yield _transaction_held(flow, block, taken, is_new=not locking)
        if locking and len(facts) > len(locking):
            yield _transaction_held(flow, block, facts, is_new=True)


def _transaction(flow: Flow, op: ir.Op) -> object | None:
    """The transaction that is open at an op: the function's own, or that around the request that it is."""
    block = flow.transaction(op)
    if block is None and any(one.word("within") == "transaction" for one in flow.entry.ways()):
        return flow.lowered.node
    if isinstance(block, ir.Tx) and any(one.word("within") == "transaction" for one in flow.entry.ways()):
        return block if block.database else flow.lowered.node
    return block


def _locks_rows(fact: Fact) -> bool:
    """Whether others wait for what an op has changed or locked; not where the rows are new."""
    is_new = fact.row is not None and fact.row.origin == "created"
    if fact.kind == "row.read":
        return isinstance(fact.op, ir.Atomic) and bool(fact.op.row_locks)
    return fact.kind in _LOCKING and not is_new


def _transaction_held(flow: Flow, block: object, facts: list[Fact], *, is_new: bool) -> _Held:
    first = min(facts, key=lambda one: flow.places[one.op].number)
    known = [one.op for one in facts]

    def has(op: ir.Op) -> bool:
        if op in flow.lowered.hooked or _transaction(flow, op) is not block:
            return False
        return op in known or any(_is_held_at(flow, one, op) for one in known)

    model = first.model.label if first.model is not None else "rows"
    place = getattr(block, "span", first.op.span), str(getattr(block, "path", first.op.path))
    if block is flow.lowered.node:
        place = flow.lowered.node.name_span, flow.lowered.path
    verb = "written" if is_new or first.kind != "row.read" else "locked"
    text = f"the transaction that has {verb} {model}"
    return _Held(*place, first.op, text, has, "COMMIT", "", is_new, isinstance(block, ir.Begin))


def _is_held_at(flow: Flow, taken: ir.Op, op: ir.Op) -> bool:
    """Whether what an op has taken is held at another one: it comes after it, or in the next round of a loop."""
    if flow.exclude(taken, op):
        return False
    if flow.is_before(taken, op):
        return True
    inner = flow.places[taken].blocks
    last = max((at for at, one in enumerate(inner) if isinstance(one, ir.Tx)), default=-1)
    loops = [one for one in inner[last + 1 :] if isinstance(one, ir.Loop) and one.kind == "data"]
    return any(one in flow.places[op].blocks for one in loops)


# ----------------------------------------------------------------------- findings


def _proposal(flow: Flow, held: _Held, worst: WorstCase, slow: ir.Op, places: list[tuple[Span, str, str]]) -> Proposal:
    if worst.unbounded:
        reason, how_long = worst.unbounded[0][1], "as long as that takes"
    else:
        reason, how_long = told(worst), f"up to {duration_text(worst.seconds)}"
    if held.is_new:
        effect = f"what it has written is not seen, and its connection is taken, {how_long}"
    else:
        effect = f"whoever needs it waits {how_long}"
    (span, path, _), *related = places
    doubt = _doubt(held, worst)
    return Proposal(
        message=f"{reason} while {held.text} is held: {effect}"
        if "transaction" not in held.text
        else f"{reason} inside {held.text}: {effect}",
        key=held.text,
        span=span,
        path=path,
        evidence="type",
        related=related,
        pair=frozenset({(held.first, "slow")}),
        is_certain=not doubt,
        suspicion=doubt,
        trace=holding(
            (
                told_step("A", held.first, "acquire"),
                told_step("A", slow, "slow", reason),
                told_step(
                    "B", held.first, "wait", "waits for A" if not held.is_new else "does not see what A has written"
                ),
                ir.TraceStep("A", held.path, held.span.line, "release", held.end, store=store_of(held.first)),
            ),
            held_by(held.first),
            A=(0, 3),
        ),
        acts=(slow,),
        premise=f"two {flow.entry.noun} that need the same",
        consequence="the second one stands still until the other side has answered the first",
        group=(held.span, held.path),
    )


def _doubt(held: _Held, worst: WorstCase) -> str:
    """Why it may not matter, '' where it does."""
    if held.doubt:
        return held.doubt
    if worst.unbounded:
        return ""
    if worst.seconds <= LEAST:
        return f"it is short: {duration_text(worst.seconds)}"
    return "nobody waits for rows that are new" if held.is_new else ""
