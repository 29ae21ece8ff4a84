"""How FEN102 (overlapping-scheduled-job) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.durations import WorstCase, duration_text, told, worst_case
from fenceline.analyzer.entries import Entry
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.holds import holds_of, inside
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.repeats import repeated_effects
from fenceline.analyzer.repeats import told as effect_told
from fenceline.analyzer.schedules import limit_of, may_overlap, scheduled, scheduler_name
from fenceline.queries.proposal import Proposal, told_step


def query(flow: Flow) -> Iterator[Proposal]:
    """Jobs that are due again before their longest run has ended."""
    if not any(True for _ in repeated_effects(flow, with_sends=False)):
        return
    for job in scheduled(flow.entry):
        interval = job.number("interval")
        if interval is None or not may_overlap(job, flow.entry):
            continue
        effect = next(iter(_unguarded(flow)), None)
        if effect is None:
            return
        limit, worst = limit_of(flow.entry), worst_case(flow, lambda _: True)
        known = limit if limit is not None else worst.seconds
        is_open = limit is None and bool(worst.unbounded or worst.unseen)
        if known > interval or (is_open and worst.unbounded):
            yield _proposal(flow, job, effect, interval, limit, worst, is_certain=known > interval)
        return


def _unguarded(flow: Flow) -> Iterator[Fact]:
    """The effects that no lock of the function keeps apart."""
    held: set[ir.Op] = set()
    for hold in holds_of(flow):
        if hold.scope != "local":
            held.update(inside(flow, hold))
    claims = (ir.PutIfAbsent, ir.CompareAndSet)
    for fact in repeated_effects(flow, with_sends=False):
        decided = [flow.binders[name][1] for name in flow.controls(fact.op) if name in flow.binders]
        if fact.op not in held and not any(isinstance(one, claims) for one in decided):
            yield fact


def _proposal(
    flow: Flow, job: Entry, effect: Fact, interval: float, limit: float | None, worst: WorstCase, *, is_certain: bool
) -> Proposal:
    node, path = flow.lowered.node, flow.lowered.path
    longest = f"its time limit is {duration_text(limit)}" if limit is not None else f"a run may take {told(worst)}"
    place = job.place or (node.name_span, path)
    steps = (
        ir.TraceStep("A", path, node.name_span.line, "start", "the job is due", "", longest),
        told_step("A", effect.op, "effect", "not marked as done yet"),
        ir.TraceStep("B", path, node.name_span.line, "start", f"due again after {duration_text(interval)}"),
        told_step("B", effect.op, "effect", "side by side with A"),
    )
    return Proposal(
        message=f"{flow.lowered.function} is due every {duration_text(interval)} ({scheduler_name(job)}), "
        f"but {longest}: runs overlap, and each {effect_told(effect)}",
        key=flow.lowered.function,
        span=node.name_span,
        path=path,
        evidence=effect.evidence,
        related=[(effect.op.span, effect.op.path, "done by both runs"), (*place, "scheduled here")],
        is_certain=is_certain,
        trace=steps,
        acts=(effect.op,),
        premise=f"one run of {flow.lowered.function} (A) is slow, the next (B) starts on time",
        consequence="nothing makes the second run wait or skip",
        suspicion="nothing bounds a run of it",
    )
