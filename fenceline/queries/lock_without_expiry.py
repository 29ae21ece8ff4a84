"""How FEN402 (lock-without-expiry) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.entries import Entry
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.holds import Hold, holds_of, is_mark, is_taken_over, is_tested
from fenceline.queries.proposal import Proposal, holding, told_step


def query(flow: Flow) -> Iterator[Proposal]:
    """Locks between processes that are known to have no expiry."""
    if flow.lowered.node.decorators and any(_is_kept_by_task(one) for one in flow.entry.ways()):
        yield _of_task(flow)
    for hold in holds_of(flow):
        if hold.scope != "distributed" or hold.lease != "none" or hold.has_expiry is not False:
            continue
        if hold.is_made and (is_mark(flow, hold) or is_taken_over(flow, hold) or not is_tested(flow, hold)):
            continue  # a key that nobody asks for is a note, not a lock
        yield _proposal(hold)


def _is_kept_by_task(way: Entry) -> bool:
    """Whether the library lets one run of a task at a time by a key that stays until the run has ended."""
    return way.word("overlap") == "guarded" and way.word("lease") == "none"


def _of_task(flow: Flow) -> Proposal:
    node, path, name = flow.lowered.node, flow.lowered.path, flow.lowered.function
    line = node.name_span.line
    return Proposal(
        message=f"the lock that lets {name} run once at a time never expires: when its worker dies, "
        "it never runs again",
        key=name,
        span=node.name_span,
        path=path,
        evidence="type",
        pair=frozenset({(node, "expiry")}),
        trace=holding(
            (
                ir.TraceStep("A", path, line, "acquire", f"the lock of {name}", "", "has no expiry", ir.LOCKS),
                ir.TraceStep("A", path, line, "crash", "is killed before the task has ended"),
                ir.TraceStep(
                    "B", path, line, "acquire", f"the lock of {name}", "", "is refused, now and for ever", ir.LOCKS
                ),
            ),
            name,
            A=(0, None),
        ),
        premise=f"the worker (A) of {name} dies, and the task is sent again (B)",
        consequence="the key stays until somebody deletes it by hand",
    )


def _proposal(hold: Hold) -> Proposal:
    op = hold.taken.op
    waits = isinstance(op, ir.Acquire) and op.mode == "wait"
    trace = (
        told_step("A", op, "acquire", "has no expiry"),
        told_step("A", op, "crash", text="is killed before it gives the lock back"),
        told_step("B", op, "acquire", "waits for ever" if waits else "is refused, now and for ever"),
    )
    return Proposal(
        message=f"{hold.named} never expires: when its holder dies, nobody gets it any more",
        key=hold.key,
        span=op.span,
        path=op.path,
        evidence=hold.taken.evidence,
        related=[(one.op.span, one.op.path, "given back here, if the holder lives") for one in hold.given_back[:1]],
        pair=frozenset({(op, "expiry")}),
        trace=holding(trace, hold.key, A=(0, None)),
        acts=(op,),
        premise="the holder of the lock (A) dies, another run (B) wants it",
        consequence="the lock stays taken until somebody deletes it by hand",
    )
