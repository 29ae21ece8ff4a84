"""How FEN302 (ack-before-work) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.deliveries import Delivery, concerns_another, deliveries_of, works_on
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.pairs import CHANGES, EFFECTS
from fenceline.queries.proposal import Proposal, told_step

_LASTING = (CHANGES | EFFECTS) - {"kv.delete"}


def query(flow: Flow) -> Iterator[Proposal]:
    """Work that comes after its message has been acknowledged."""
    acks = [one for one in flow.lowered.facts if one.kind == "ack" and one.op in flow.places]
    for ack in acks:
        work = next((one for one in _work(flow) if _follows(flow, ack, one)), None)
        if work is not None:
            yield _early(flow, ack, work)
    if acks:
        return
    for way in deliveries_of(flow):
        is_early = way.is_chosen and way.ack in {"before", "none"}
        if is_early or (way.ack == "auto" and way.taken is not None):
            work = next((one for one in _work(flow) if works_on(flow, way, one.op)), None)
            if work is not None:
                yield _automatic(flow, way, work)
                return


def _work(flow: Flow) -> Iterator[Fact]:
    """What lasts of the work: changes of shared state and effects."""
    return (one for one in flow.lowered.facts if one.kind in _LASTING and one.op in flow.places)


def _follows(flow: Flow, ack: Fact, work: Fact) -> bool:
    """Whether the work is done after the ack on the same path, on the same message."""
    if not flow.is_before(ack.op, work.op) or flow.exclude(ack.op, work.op) or concerns_another(flow, work.op):
        return False
    between = [
        one
        for one in flow.lowered.facts
        if one.kind == "receive" and one.op in flow.places and flow.is_before(ack.op, one.op)
    ]
    return not any(flow.is_before(one.op, work.op) for one in between)


def _early(flow: Flow, ack: Fact, work: Fact) -> Proposal:
    steps = (
        told_step("A", ack.op, "ack", "the broker forgets the message"),
        told_step("A", work.op, "crash", text=f"stopped before {work.op.text}"),
        told_step("B", ack.op, "receive", "it is lost", text="nothing is delivered again"),
    )
    return Proposal(
        message=f"{flow.lowered.function} acknowledges the message before the work on it "
        f"({work.verb or work.target}): a crash in between loses it",
        key=f"{flow.lowered.function}|{ack.target}",
        span=ack.op.span,
        path=ack.op.path,
        evidence=ack.evidence,
        related=[(work.op.span, work.op.path, "done after the message counts as done")],
        pair=frozenset({(ack.op, "ack")}),
        trace=steps,
        acts=(ack.op,),
        group=(flow.lowered.node, "ack"),
        premise="a consumer (A) is stopped after the acknowledgement; another (B) takes over",
        consequence="the work is never done",
    )


def _automatic(flow: Flow, way: Delivery, work: Fact) -> Proposal:
    op = way.taken.op if way.taken is not None else None
    span, path = (op.span, op.path) if op is not None else (flow.lowered.node.name_span, flow.lowered.path)
    in_background = "its offset is committed in the background"
    how = in_background if way.ack == "auto" else "it counts as done when it is handed over"
    steps = (
        ir.TraceStep("A", path, span.line, "receive", f"a message of {way.name}", "", how),
        told_step("A", work.op, "crash", text=f"stopped before {work.op.text}"),
        ir.TraceStep("B", path, span.line, "receive", "the next message", "", "this one is lost"),
    )
    related = [(work.op.span, work.op.path, "done after the message may count as done")]
    if way.place is not None:
        related.append((*way.place, "registered here"))
    return Proposal(
        message=f"a message of {way.name} is worked on while {how}: a crash in between loses it",
        key=f"{flow.lowered.function}|{way.name}",
        span=span,
        path=path,
        evidence="shape",
        related=related,
        trace=steps,
        acts=(work.op,),
        group=(flow.lowered.node, "ack"),
        premise="a consumer (A) is stopped while it works; another (B) takes over",
        consequence="the work is never done",
    )
