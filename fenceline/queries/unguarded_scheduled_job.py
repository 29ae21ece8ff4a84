"""How FEN101 (unguarded-scheduled-job) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer.flow import Flow
from fenceline.analyzer.repeats import candidate_for, repeated_effects, told
from fenceline.analyzer.schedules import scheduled, scheduler_name
from fenceline.queries.proposal import Proposal


def query(flow: Flow) -> Iterator[Proposal]:
    """The effects of functions that every process fires by itself."""
    effects = list(repeated_effects(flow, with_sends=True))
    jobs = [one for one in scheduled(flow.entry) if one.word("fires") == "every-process"] if effects else []
    if not jobs:
        return
    job = jobs[0]
    name = scheduler_name(job)
    function = flow.lowered.function
    for fact in effects:
        related = [(fact.op.span, fact.op.path, "this happens once a replica")]
        if job.place is not None:
            related.append((*job.place, "registered here"))
        yield Proposal(
            message=f"{function} is fired by {name} in every process that starts it, and {told(fact)}: "
            "each replica does so",
            key=function,
            span=flow.lowered.node.name_span,
            path=flow.lowered.path,
            evidence=fact.evidence,
            candidate=candidate_for(flow, fact),
            related=related,
            group=flow.lowered.node,
            is_certain=not job.is_by_hand,
            suspicion="the scheduler runs in a process of its own",
            premise=f"two replicas fire {function} for the same time",
            consequence="one run would have done it once",
        )
