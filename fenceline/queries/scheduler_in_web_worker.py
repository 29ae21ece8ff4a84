"""How FEN103 (scheduler-in-web-worker) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer.flow import Flow
from fenceline.analyzer.holds import holds_of, inside
from fenceline.analyzer.lower import MODULE_LEVEL
from fenceline.queries.proposal import Proposal, told_step


def query(flow: Flow) -> Iterator[Proposal]:
    """Starts of schedulers that each worker process goes through."""
    starts = [one for one in flow.lowered.facts if one.kind == "schedule.start" and one.op in flow.places]
    if not starts:
        return
    where, is_web = _where(flow)
    held = {op for hold in holds_of(flow) if hold.scope != "local" for op in inside(flow, hold)}
    for fact in starts if where else ():
        read, unread = flow.jobs_of(fact.hint)
        if fact.op in held or (read and not unread):
            continue
        is_switched = bool(flow.places[fact.op].guards)
        steps = tuple(told_step(actor, fact.op, "start", "fires every job") for actor in ("A", "B"))
        yield Proposal(
            message=f"{fact.target} is started {where}: every worker process of a web server starts its own, "
            "and each fires every job",
            key=fact.target,
            span=fact.op.span,
            path=fact.op.path,
            evidence=fact.evidence,
            is_certain=is_web and not is_switched,
            trace=steps,
            acts=(fact.op,),
            premise="two worker processes of one web server",
            consequence="each job is fired once a worker",
            suspicion="it is behind a switch" if is_switched else "it is not seen who imports the module",
        )


def _where(flow: Flow) -> tuple[str, bool]:
    """Where a function starts what it starts, and whether that is surely the web application."""
    has_app = "router" in flow.lowered.made
    if flow.lowered.function == MODULE_LEVEL:
        return ("when the web application is imported", True) if has_app else ("when the module is imported", False)
    if has_app:
        return "where the web application is made", True
    return ("in a start-up hook", True) if flow.entry.what == "hook" else ("", False)
