"""How FEN406 (lock-released-before-commit) is looked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from fenceline.analyzer import ir
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.holds import Hold, commits_late, holds_of, inside, lines_of
from fenceline.analyzer.lower_state import Opened
from fenceline.queries.proposal import Proposal


def query(flow: Flow, races: Sequence[Proposal]) -> Iterator[Proposal]:
    """Races whose reads are under a lock that is given back before what they change is committed."""
    if not races:
        return
    holds = [(hold, set(inside(flow, hold))) for hold in holds_of(flow) if hold.scope == "distributed"]
    for race in races:
        if race.candidate is None:
            continue
        for hold, section in holds:
            acts = [op for op in race.candidate.acts if op in section or _is_changed_inside(flow, hold, race)]
            if not acts or not set(race.candidate.reads) <= section:
                continue
            if commits_late(flow, hold, acts):
                yield _proposal(hold, race, None)
                break
            if hold.given_back and not _begins(flow) and flow.outer is not None:
                yield _proposal(hold, race, flow.outer)
                break


def _begins(flow: Flow) -> bool:
    """Whether the function has units of work of its own, which it commits by hand."""
    return any(isinstance(one, ir.Begin | ir.Commit) for one in flow.places)


def _is_changed_inside(flow: Flow, hold: Hold, race: Proposal) -> bool:
    """Whether a row is changed in memory under the lock, to be written by a flush that comes later."""
    if not isinstance(race.changed_at, tuple):
        return False
    span, path = race.changed_at
    return path == hold.taken.op.path and span.line in lines_of(flow, hold)


def _proposal(hold: Hold, race: Proposal, outer: Opened | None) -> Proposal:
    release = hold.given_back[-1].op
    inside = "" if outer is None else f" (reached inside {outer.text} of {Path(outer.path).name}:{outer.span.line})"
    return replace(
        race,
        candidate=replace(race.candidate, within=outer) if race.candidate is not None else None,
        message=f"{hold.named} is given back before the transaction commits{inside}: {race.message}",
        span=hold.taken.op.span,
        path=hold.taken.op.path,
        related=[
            *race.related[:1],
            (race.span, race.path, "read here, under the lock"),
            (release.span, release.path, "given back here, not committed yet"),
            *([] if outer is None else [(outer.span, outer.path, "the transaction that is open begins here")]),
            *race.related[1:],
        ],
    )
