"""How FEN306 (visibility-shorter-than-work) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.deliveries import Delivery, deliveries_of, works_on
from fenceline.analyzer.durations import duration_text, seconds_of, told, worst_case
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.schedules import limit_of
from fenceline.queries.proposal import Proposal, told_step


def query(flow: Flow) -> Iterator[Proposal]:
    """Work, and delays, that are longer than a message stays with the one who took it."""
    is_extended = any(one.kind == "extend" for one in flow.lowered.facts)
    for way in deliveries_of(flow):
        if way.visibility is not None and way.delivery == "at-least-once" and not is_extended:
            longer = _longer(flow, way, way.visibility)
            if longer:
                yield _work(flow, way, way.visibility, longer)
                break
    for fact in flow.lowered.facts:
        if fact.kind == "send" and fact.op in flow.places:
            delays = [seconds_of(fact.options.get(name)) for name in ("countdown", "delay", "eta")]
            delay = next((one for one in delays if one is not None), None)
            visible = seconds_of(fact.options.get("visibility"))
            if delay is not None and visible is not None and delay > visible:
                yield _delay(fact, delay, visible)


def _longer(flow: Flow, way: Delivery, visibility: float) -> str:
    """In which way the work may take longer, '' when nothing says that it may."""
    if way.ack == "before":
        return ""
    limit = limit_of(flow.entry) if way.taken is None else None
    if limit is not None and limit > visibility:
        return f"it is stopped only after {duration_text(limit)}"
    # without the acknowledgement, so that a loop over messages with one in it counts for one message
    ops = {op for op in flow.places if works_on(flow, way, op) and not isinstance(op, ir.Ack)}
    worst = worst_case(flow, ops.__contains__)
    if worst.seconds > visibility and (limit is None or worst.seconds <= limit):
        return f"the work may take {told(worst)}"
    return ""


def _work(flow: Flow, way: Delivery, visibility: float, longer: str) -> Proposal:
    lowered, taken = flow.lowered, way.taken
    span, path = (taken.op.span, taken.op.path) if taken else (lowered.node.name_span, lowered.path)
    after = duration_text(visibility)
    steps = (
        ir.TraceStep("A", path, span.line, "receive", f"a message of {way.name}", "", f"hidden for {after}"),
        ir.TraceStep("A", path, span.line, "work", f"after {after} still at work", "", longer),
        ir.TraceStep("B", path, span.line, "receive", "the same message", "", "begins beside A"),
    )
    return Proposal(
        message=f"a message of {way.name} is delivered again after {after}, but {longer}: "
        f"two workers run {flow.lowered.function} for it",
        key=f"{flow.lowered.function}|{way.name}",
        span=span,
        path=path,
        evidence="type",
        related=[(*way.place, "registered here")] if way.place is not None else [],
        trace=steps,
        group=(flow.lowered.node, "visibility"),
        premise="one worker (A) takes long, the broker hands its message to another (B)",
        consequence="both do the work",
    )


def _delay(fact: Fact, delay: float, visible: float) -> Proposal:
    op = fact.op
    steps = (
        told_step("A", op, "send", f"to be run in {duration_text(delay)}"),
        told_step("B", op, "receive", text="takes it, and keeps it until it is due"),
        ir.TraceStep(
            "B", op.path, op.span.line, "redelivery", f"after {duration_text(visible)} it is delivered again", "",
            "and again, each time to be run",
        ),
    )  # fmt: skip
    return Proposal(
        message=f"{fact.target} is put off by {duration_text(delay)}, but the broker delivers again what is not "
        f"acknowledged after {duration_text(visible)}: it runs several times",
        key=f"{fact.target}|delay",
        span=op.span,
        path=op.path,
        evidence=fact.evidence,
        trace=steps,
        acts=(op,),
        premise="the sender (A) and a worker (B) that holds the task until it is due",
        consequence="the task runs once for each time that it was delivered",
    )
