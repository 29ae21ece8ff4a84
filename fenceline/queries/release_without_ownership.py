"""How FEN403 (release-without-ownership) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.class_locks import Attempt, attempts_of, given_up_by
from fenceline.analyzer.durations import duration_text
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.holds import Hold, holds_of, is_by_clock, is_mark, is_owner_read, releases_unheld
from fenceline.analyzer.lower_state import Fact
from fenceline.queries.proposal import Proposal, holding, told_step

_SELDOM = 3600.0
"""An expiry, in seconds, from which on only a hung holder outlives its lock."""


def query(flow: Flow) -> Iterator[Proposal]:
    """Releases that free whoever holds the lock, of locks between processes."""
    yield from _of_others(flow)
    for hold in holds_of(flow):
        if hold.scope != "distributed" or (hold.is_made and is_mark(flow, hold)):
            continue
        for release in hold.given_back:
            if not _frees_anybody(release):
                continue
            is_unheld = releases_unheld(flow, hold, release.op)
            if is_unheld or (hold.has_expiry and not is_by_clock(flow, release.op)):
                yield _proposal(flow, hold, release, is_unheld=is_unheld)


def _of_others(flow: Flow) -> Iterator[Proposal]:
    """Methods that delete, or prolong, the locks of all names that another method of the class has tried."""
    owner = flow.lowered.owner
    freed = [(fact, one) for fact in flow.lowered.facts if fact.op in flow.places for one in given_up_by(fact)]
    if owner is None or not freed:
        return
    own = {key for one in attempts_of(flow) for key in [one.key]}
    methods = [one for one in flow.siblings if one.lowered.owner == owner and one.lowered.node is not flow.lowered.node]
    tried = [attempt for one in methods for attempt in attempts_of(one)]
    for fact, (key, collection) in freed:
        attempt = next((one for one in tried if one.key == key and one.collection == collection), None)
        if attempt is not None and key not in own:
            yield _of_all(fact, attempt)


def _of_all(fact: Fact, attempt: Attempt) -> Proposal:
    is_renewal = fact.kind == "kv.expire"
    verb = "prolongs" if is_renewal else "deletes"
    harm = "the lock of A lasts, though A may be gone" if is_renewal else "the lock of A is gone"
    return Proposal(
        message=f"{verb} the lock {fact.target} of every name that was tried, also of those that another run has got",
        key=f"{fact.target}|{verb}",
        span=fact.op.span,
        path=fact.op.path,
        evidence=fact.evidence,
        related=[(attempt.fact.op.span, attempt.fact.op.path, "taken here, where it is free")],
        pair=frozenset({(fact.op, "owner")}),
        trace=holding(
            (
                told_step("A", attempt.fact.op, "acquire"),
                told_step("B", attempt.fact.op, "acquire", "does not get it, and goes on with the others"),
                told_step("B", fact.op, "release", harm),
            ),
            attempt.fact.target,
            A=(0, None if is_renewal else 2),
        ),
        acts=(fact.op,),
        changed_at=(fact.op.span, fact.op.path),
        premise="A holds one of the locks, B some of the others",
        consequence="the lock stays with nobody who works under it" if is_renewal else "the next run works beside A",
    )


def _frees_anybody(release: Fact) -> bool:
    if isinstance(release.op, ir.Release):
        return not release.op.is_owner_checked
    return release.kind == "kv.delete"


def _proposal(flow: Flow, hold: Hold, release: Fact, *, is_unheld: bool) -> Proposal:
    if is_unheld:
        text = "is deleted also by a run that has not got it"
        trace = [
            told_step("A", hold.taken.op, "acquire"),
            told_step("B", hold.taken.op, "acquire", "does not get it"),
            told_step("B", release.op, "release", "the lock of A is gone"),
        ]
        stretches: dict[str, tuple[int, int | None]] = {"A": (0, 2)}
        premise, consequence = "A holds the lock, B does not get it", "the next run works beside A"
    else:
        is_read = is_owner_read(flow, hold, release.op)
        text = "is deleted " + (
            "apart from the check whose it is: it may have changed hands in between"
            if is_read
            else "without a check whose it is: after its expiry that is the lock of another run"
        )
        note = "looks at the owner, and pauses until it has expired" if is_read else "is late: it has expired"
        trace = [
            told_step("A", hold.taken.op, "acquire"),
            told_step("A", release.op, "expiry", text=note),
            told_step("B", hold.taken.op, "acquire"),
            told_step("A", release.op, "release", "deletes the lock of B"),
        ]
        stretches = {"A": (0, 1), "B": (2, 3)}
        premise, consequence = "A holds the lock for longer than it lasts", "B works on, and the next run beside it"
    return Proposal(
        message=f"{hold.named} {text}",
        key=hold.key,
        span=release.op.span,
        path=release.op.path,
        evidence=hold.taken.evidence,
        related=[(hold.taken.op.span, hold.taken.op.path, "taken here")],
        pair=frozenset({(release.op, "owner")}),
        is_certain=is_unheld or hold.expiry is None or hold.expiry < _SELDOM,
        suspicion=f"a lock of {duration_text(hold.expiry or 0)} is seldom outlived",
        trace=holding(trace, hold.key, **stretches),
        acts=(release.op,),
        premise=premise,
        consequence=consequence,
    )
