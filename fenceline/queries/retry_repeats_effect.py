"""How FEN303 (retry-repeats-effect) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.entries import Entry
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.repeats import candidate_for, repeated_effects, told
from fenceline.analyzer.slices import Candidate
from fenceline.queries.proposal import Proposal


def query(flow: Flow) -> Iterator[Proposal]:
    """External effects of retried tasks with something after them that can fail."""
    effects = [one for one in repeated_effects(flow, with_sends=False) if one.kind == "external"]
    way = _retried(flow) if effects else None
    if way is None:
        return
    for fact in effects:
        for later in _failing_after(flow, fact):
            yield _proposal(flow, way, fact, later)


def _retried(flow: Flow) -> Entry | None:
    """The way in which the function is retried: by the library, or by its own call for it."""
    for way in flow.entry.ways():
        if way.what in {"task", "job", "consumer"} and way.word("retried") == "on-error" and way.number("retries") != 0:
            return way
    asks = any(one.kind == "send" and one.hint == "retry" for one in flow.lowered.facts)
    return next((one for one in flow.entry.ways() if one.what == "task"), None) if asks else None


def _failing_after(flow: Flow, effect: Fact) -> Iterator[Fact]:
    """The steps after an effect that leave the process, and so may fail."""
    for other in flow.lowered.facts:
        if other.op not in flow.places or not flow.is_before(effect.op, other.op):
            continue
        is_sent = other.kind == "send" and other.hint != "retry"
        is_waited_for = other.kind == "time" and isinstance(other.op, ir.Slow) and other.op.what != "sleep"
        if isinstance(other.op, ir.External | ir.Opaque) or is_sent or is_waited_for:
            yield other


def _proposal(flow: Flow, way: Entry, fact: Fact, later: Fact) -> Proposal:
    function = flow.lowered.function
    base = candidate_for(flow, fact)
    return Proposal(
        message=f"{function} {told(fact)}, and then {later.op.text} can fail: {way.name} retries the task, "
        "and the effect happens again",
        key=function,
        span=fact.op.span,
        path=fact.op.path,
        evidence="shape" if fact.evidence == "type" else fact.evidence,
        candidate=Candidate(base.reads, base.acts, base.cells, (later.op,)),
        related=[(later.op.span, later.op.path, "can fail here")],
        pair=frozenset({(fact.op, "repeat")}),
        group=flow.lowered.node,
        is_certain=not isinstance(later.op, ir.Opaque),
        suspicion=f"it is not seen whether {later.op.text} can fail",
        premise=f"one attempt of {function} (A) fails after the effect, the retry (B) begins again",
        consequence="one attempt would have done it once",
    )
