"""How FEN404 (lock-not-released) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.durations import duration_text
from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.holds import Hold, holds_of, is_mark
from fenceline.analyzer.leaks import Leak, leaks_of
from fenceline.queries.proposal import Proposal, holding, told_step

_SOON = 60.0
"""An expiry, in seconds, that whoever sets it may rely on where something fails."""


def query(flow: Flow) -> Iterator[Proposal]:
    """Locks that are given back, but not on every way out."""
    for hold in holds_of(flow):
        if not hold.given_back or hold.scope == "transaction" or hold.lease == "transaction" or is_mark(flow, hold):
            continue
        leak = _worst(flow, hold)
        if leak is not None:
            yield _proposal(flow, hold, leak)


def _worst(flow: Flow, hold: Hold) -> Leak | None:
    """The way out to speak of: one that the source spells out before one that only a failure takes."""
    releases = [one.op for one in hold.given_back]
    leaks = leaks_of(_function_of(flow, hold), hold.taken.op, releases, hold.bind)
    last = max(one.span.line for one in releases)
    if any(one.how == "end" or (one.how == "return" and one.span and one.span.line > last) for one in leaks):
        return None  # it is handed on
    return min((one for one in leaks if not _is_giving_back(flow, hold, one)), key=_rank, default=None)


def _is_giving_back(flow: Flow, hold: Hold, leak: Leak) -> bool:
    """Whether what fails is itself part of giving the lock back: it stands in the helper that does so."""
    if leak.op is None:
        return False
    frames = _frames(flow, leak.op)
    around = _frames(flow, hold.taken.op)
    return any(frames and frames == _frames(flow, one.op) and frames[-1] not in around for one in hold.given_back)


def _frames(flow: Flow, op: ir.Op) -> list[ir.Frame]:
    return [one for one in flow.places[op].blocks if isinstance(one, ir.Frame)]


def _function_of(flow: Flow, hold: Hold) -> ir.Seq:
    """The function in which the lock is taken, where it is given back there too; else all of the entry."""
    frames = _frames(flow, hold.taken.op)
    if frames and all(frames[-1] in flow.places[one.op].blocks for one in hold.given_back):
        return ir.Seq([frames[-1]])
    return flow.lowered.tree


def _rank(leak: Leak) -> tuple[bool, bool]:
    return leak.op is not None, isinstance(leak.op, ir.Unread)


def _proposal(flow: Flow, hold: Hold, leak: Leak) -> Proposal:
    op, where = hold.taken.op, leak.span or hold.taken.op.span
    path = leak.op.path if leak.op is not None else op.path
    function = flow.lowered.node.span
    is_here = flow.lowered.path == op.path and function.line <= where.line <= function.end_line
    if leak.op is not None:
        text, happens = f"when {leak.op.text} (line {where.line}) fails", f"{leak.op.text} fails"
    elif not is_here:
        text, happens, where = "when what is called under it raises", "an exception", op.span
    elif leak.how == "raise":
        text, happens = f"when line {where.line} raises", "raises"
    elif leak.how == "continue":
        text, happens = f"when the loop goes on to its next round (line {where.line})", "goes on to the next round"
    else:
        text, happens = f"when the function returns in line {where.line}", "returns"
    lasting = (
        "until it expires"
        if hold.has_expiry
        else "until the process ends"
        if hold.scope == "local"
        else "until its session ends"
        if hold.lease == "session"
        else "for ever"
    )
    trace = (
        told_step("A", op, "acquire"),
        ir.TraceStep("A", path, where.line, "fail" if leak.op is not None else leak.how, happens, "", "keeps the lock"),
        told_step("B", op, "acquire", f"is kept out {lasting}"),
    )
    return Proposal(
        message=f"{hold.named} is not given back {text}",
        key=hold.key,
        span=op.span,
        path=op.path,
        evidence=hold.taken.evidence,
        related=[
            (where, path, "left here"),
            *((one.op.span, one.op.path, "given back here") for one in hold.given_back[:1]),
        ],
        pair=frozenset({(op, "release")}),
        severity=Severity.WARNING if hold.scope == "local" or hold.has_expiry else None,
        is_certain=leak.how != "raise" or not hold.has_expiry or (hold.expiry is not None and hold.expiry > _SOON),
        suspicion="the lock ends by itself" + (f" after {duration_text(hold.expiry)}" if hold.expiry else ""),
        trace=holding(trace, hold.key, A=(0, None)),
        acts=(op,),
        premise="one run (A) leaves early, another (B) wants the lock",
        consequence=f"the lock is held {lasting}, and nobody is in the section",
    )
