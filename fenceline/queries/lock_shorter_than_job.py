"""How FEN104 (lock-shorter-than-job) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer.durations import duration_text, told, worst_case
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.holds import Hold, holds_of, inside
from fenceline.analyzer.schedules import limit_of, scheduled, scheduler_name
from fenceline.queries.proposal import Proposal, holding, told_step


def query(flow: Flow) -> Iterator[Proposal]:
    """Locks of scheduled jobs that expire before the job must have ended."""
    holds = [one for one in holds_of(flow) if one.expiry is not None and not one.renewed and one.scope != "local"]
    if not holds or not any(scheduled(flow.entry)):
        return
    limit = limit_of(flow.entry)
    for hold in holds:
        ops = set(inside(flow, hold))
        worst = worst_case(flow, ops.__contains__)
        assert hold.expiry is not None
        longest, words = worst.seconds, f"what is done under it may take {told(worst)}"
        if limit is not None and (worst.unbounded or worst.unseen or worst.seconds > limit):
            longest, words = limit, f"a run is stopped only after {duration_text(limit)}"
        elif worst.unbounded:
            continue  # nothing is known to compare with: how long a lock is outlived is another rule's question
        if longest > hold.expiry:
            yield _proposal(flow, hold, words)


def _proposal(flow: Flow, hold: Hold, words: str) -> Proposal:
    job = next(scheduled(flow.entry))
    op = hold.taken.op
    assert hold.expiry is not None
    expires = duration_text(hold.expiry)
    last = hold.given_back[-1].op if hold.given_back else op
    steps = (
        told_step("A", op, "acquire", f"for {expires}"),
        told_step("A", op, "expiry", words, f"{expires} later the lock has expired"),
        told_step("B", op, "acquire", "both work now"),
        told_step("A", last, "release"),
    )
    related = [(job.place[0], job.place[1], "scheduled here")] if job.place is not None else []
    return Proposal(
        message=f"the lock {hold.key} of {flow.lowered.function} expires after {expires}, but {words}: "
        "the next run starts beside it",
        key=f"{hold.key}|{flow.lowered.function}",
        span=op.span,
        path=op.path,
        evidence=hold.taken.evidence,
        related=related,
        pair=frozenset({(op, "lock")}),
        trace=holding(steps, hold.key, A=(0, 1), B=(2, None)),
        acts=(op,),
        premise=f"{scheduler_name(job)} fires {flow.lowered.function} again while a slow run goes on",
        consequence="two runs hold the same lock",
    )
