"""How FEN407 (process-local-lock) is looked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.holds import Hold, holds_of, inside
from fenceline.queries.proposal import Proposal


def query(flow: Flow, races: Sequence[Proposal]) -> Iterator[Proposal]:
    """Races all of whose ops are held together by a lock that other processes do not see."""
    if not races:
        return
    holds = [(hold, set(inside(flow, hold))) for hold in holds_of(flow) if hold.scope == "local"]
    for race in races:
        ops = {*race.candidate.reads, *race.candidate.acts} if race.candidate is not None else set()
        hold = next((one for one, section in holds if ops and ops <= section), None)
        if hold is not None:
            yield _proposal(hold, race)


def _proposal(hold: Hold, race: Proposal) -> Proposal:
    op = hold.taken.op
    is_one_host = hold.taken.options.get("reach") == ir.Const("host")
    keeps_out = "processes of one host" if is_one_host else "other runs in this process"
    act = race.related[:1]
    return replace(
        race,
        message=f"{hold.named} keeps out {keeps_out} only: {race.message}",
        span=op.span,
        path=op.path,
        related=[*act, (race.span, race.path, "read here, under the lock"), *race.related[1:]],
        is_certain=race.is_certain and not is_one_host,
        suspicion="all processes may run on one host" if is_one_host else race.suspicion,
    )
