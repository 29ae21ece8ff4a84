"""How FEN307 (dual-write) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.carried import is_carried
from fenceline.analyzer.deliveries import deliveries_of
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact
from fenceline.queries.proposal import Proposal, told_step

_WRITES = frozenset({"row.write", "row.create", "row.delete", "row.upsert"})


def query(flow: Flow) -> Iterator[Proposal]:
    """Sends behind the commit of what they carry, in functions that nobody runs again after a crash."""
    sends = [one for one in flow.lowered.facts if one.kind == "send" and one.op in flow.places]
    if not sends or any(one.delivery == "at-least-once" for one in deliveries_of(flow)):
        return
    for fact in sends:
        write = _committed_before(flow, fact)
        if write is not None and fact.hint != "retry" and not flow.sent_by_jobs(fact):
            yield _proposal(flow, fact, write)


def _committed_before(flow: Flow, fact: Fact) -> Fact | None:
    """The last write of what a message carries that is committed before it is sent; None where that is not sure."""
    assert isinstance(fact.op, ir.Send)
    found: Fact | None = None
    for other in flow.lowered.facts:
        if other.kind not in _WRITES or other.op not in flow.places or flow.exclude(other.op, fact.op):
            continue
        if not is_carried(other, fact.op.values):
            continue
        if fact.op.is_hook or _is_committed(flow, other, fact):
            found = other
    return found


def _is_committed(flow: Flow, write: Fact, send: Fact) -> bool:
    """Whether what is written is committed when the message is sent: by the end of a block, or by itself."""
    there = flow.transaction(write.op)
    is_open = there is not None and flow.transaction(send.op) is there
    return flow.is_before(write.op, send.op) and flow.outer is None and not is_open


def _proposal(flow: Flow, fact: Fact, write: Fact) -> Proposal:
    model = write.model.label if write.model is not None else "the row"
    what = f"the {fact.hint or 'message'}"
    return Proposal(
        message=f"{model} is committed, and then {fact.target} is sent: a crash in between leaves the change without "
        f"{what}, and nothing sends it later",
        key=f"{fact.target}|{model}",
        span=fact.op.span,
        path=fact.op.path,
        evidence="shape" if write.evidence == "type" else write.evidence,  # outboxes and logs may be out of sight
        related=[(write.op.span, write.op.path, "written here")],
        pair=frozenset({(fact.op, "lost")}),
        trace=(
            told_step("A", write.op, "write"),
            told_step("A", fact.op, "commit", "the change is there", text="COMMIT"),
            told_step("A", fact.op, "crash", f"before {fact.op.text}", text="stopped"),
            told_step("B", fact.op, "wait", "it never comes", text=f"waits for {what}"),
        ),
        acts=(fact.op,),
        premise=f"one process (A) runs {flow.lowered.function} and is stopped after the commit; the receiver (B)",
        consequence="the change stays, and its message is never sent",
    )
