"""How FEN304 (publish-before-commit) is looked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from fenceline.analyzer import ir
from fenceline.analyzer.carried import is_carried
from fenceline.analyzer.durations import duration_text, seconds_of
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact, Opened
from fenceline.queries.proposal import Proposal, holding, told_step

_WRITES = frozenset({"row.write", "row.create", "row.delete", "row.upsert"})


def query(flow: Flow) -> Iterator[Proposal]:
    """Sends that are reached with a transaction open and a write made in it, or waiting in memory to be made.

    And files that are removed in the transaction that deletes their row.
    """
    yield from _removals(flow)
    for fact in flow.lowered.facts:
        if fact.kind != "send" or fact.op not in flow.places:
            continue
        assert isinstance(fact.op, ir.Send)
        if fact.op.is_hook:
            continue
        if _is_relay(flow, fact):
            continue
        writes = list(_writes_before(flow, fact))
        if writes:
            yield _proposal(flow, fact, writes, None)
            continue
        writes = list(_writes_of_caller(flow, fact))
        outer = flow.outer_at(fact.op) if writes else None
        if outer is not None:
            yield _proposal(flow, fact, writes, outer)


def _removals(flow: Flow) -> Iterator[Proposal]:
    """Files that are removed with a row of which it is not sure yet that it goes."""
    for fact in flow.lowered.facts:
        if fact.kind != "file.change" or fact.hint not in _REMOVES or fact.op not in flow.places:
            continue
        path = fact.options["path"]
        if "hook" in fact.options:
            continue
        block = flow.transaction(fact.op)
        deletes = [
            one
            for one in flow.lowered.facts
            if one.kind == "row.delete" and one.op in flow.places and flow.transaction(one.op) is block
        ]
        if block is None and flow.entry.what == "receiver" and flow.outer is not None and _is_handed(path):
            yield _removal(fact, None, flow.outer)
        elif block is not None:
            own = [one for one in deletes if _is_file_of(path, one) and not flow.exclude(one.op, fact.op)]
            if own:
                yield _removal(fact, own[-1], None)


_REMOVES = frozenset({"remove", "drop"})


def _is_handed(path: ir.Term) -> bool:
    """Whether a path is made of what the function is called with."""
    if isinstance(path, ir.Apply):
        return any(map(_is_handed, path.args))
    return isinstance(path, ir.Arg) or (isinstance(path, ir.Var) and "." in path.name)


def _is_file_of(path: ir.Term, delete: Fact) -> bool:
    """Whether a path is made of a field of the row that is deleted."""
    if isinstance(path, ir.Apply):
        return any(_is_file_of(one, delete) for one in path.args)
    return delete.row is not None and isinstance(path, ir.Var) and path.name.startswith(f"{delete.row.snapshot}.")


def _removal(fact: Fact, delete: Fact | None, outer: Opened | None) -> Proposal:
    related = [] if delete is None else [(delete.op.span, delete.op.path, "deleted here, not yet committed")]
    if outer is not None:
        related = [(outer.span, outer.path, "runs inside the transaction of the delete")]
    return Proposal(
        message=f"the file {fact.target} is removed before the transaction that deletes its row commits: a rollback "
        "brings the row back without its file",
        key=f"{fact.target}|file",
        span=fact.op.span,
        path=fact.op.path,
        evidence="type",
        related=related,
        pair=frozenset({(fact.op, "removal")}),
        trace=(
            *([told_step("A", delete.op, "write")] if delete else []),
            told_step("A", fact.op, "remove"),
            told_step("A", fact.op, "rollback", "the row is there again", text="ROLLBACK"),
            replace(told_step("B", fact.op, "read", "its file is gone", text="the row"), store=ir.DATABASE),
        ),
        acts=(fact.op,),
        premise="the run that deletes (A) and whoever reads the row afterwards (B)",
        consequence="the row stands for a file that is not there",
    )


def _writes_of_caller(flow: Flow, fact: Fact) -> Iterator[Fact]:
    """What is written before a send, and committed by the function itself only where no caller has a transaction."""
    if isinstance(flow.transaction(fact.op), ir.Begin) or flow.asks_transaction(fact.op):
        return
    for other in flow.lowered.facts:
        if other.kind in _WRITES and other.op in flow.places and flow.is_before(other.op, fact.op):
            if not isinstance(flow.transaction(other.op), ir.Begin) and not flow.exclude(other.op, fact.op):
                yield other


def _writes_before(flow: Flow, fact: Fact) -> Iterator[Fact]:
    here = flow.transaction(fact.op)
    for other in flow.lowered.facts:
        if other.kind not in _WRITES or other.op not in flow.places or flow.exclude(other.op, fact.op):
            continue
        there = flow.transaction(other.op)
        if flow.is_before(other.op, fact.op):
            if there is not None and there is here:
                yield other
            continue
        is_pending = other.row is not None and other.row.snapshot in fact.pending
        if is_pending and there is not None and here in (None, there):
            yield other


def _is_relay(flow: Flow, fact: Fact) -> bool:
    """An outbox relay publishes what it has locked, and marks it in the same transaction."""
    here = flow.transaction(fact.op)
    assert isinstance(fact.op, ir.Send)
    for other in flow.lowered.facts:
        is_claim = other.kind == "row.read" and isinstance(other.op, ir.Atomic) and other.op.row_lock_mode == "skip"
        if is_claim and other.op in flow.places and flow.transaction(other.op) is here:
            return True
    return False


def _proposal(flow: Flow, fact: Fact, writes: list[Fact], outer: Opened | None) -> Proposal:
    assert isinstance(fact.op, ir.Send)
    carried = [one for one in writes if is_carried(one, fact.op.values)]
    write = (carried or writes)[-1]
    model = write.model.label if write.model is not None else "the row"
    block = flow.transaction(fact.op)
    is_elsewhere = outer is None and isinstance(block, ir.Tx) and block.database != ""
    reached = [] if outer is None else [(outer.span, outer.path, "reached inside the transaction that begins here")]
    commit = told_step("A", fact.op, "commit", text="COMMIT or ROLLBACK")
    if outer is not None:
        commit = replace(commit, path=outer.path, line=outer.span.line, note="by the caller")
    receipt = f"{fact.op.what} runs" if fact.hint == "task" else f"the {fact.hint or 'message'} is received"
    steps = holding(
        (
            told_step("A", write.op, "write", "not committed yet"),
            told_step("A", fact.op, "send"),
            told_step("B", fact.op, "receive", "does not see it", text=receipt),
            commit,
        ),
        ir.TRANSACTION,
        A=(0, 3),
    )
    doubt = _doubt(fact, is_carried=bool(carried), is_elsewhere=is_elsewhere)
    inside = "" if outer is None else f", reached inside {outer.text} of {Path(outer.path).name}:{outer.span.line}"
    return Proposal(
        message=f"{fact.target} is sent before the transaction that writes {model} commits{inside}: its "
        "receiver may run first, or for a change that is rolled back",
        key=f"{fact.target}|{model}",
        span=fact.op.span,
        path=fact.op.path,
        evidence=write.evidence,
        related=[(write.op.span, write.op.path, "written here, not yet committed"), *reached],
        pair=frozenset({(fact.op, "send")}),
        is_certain=not doubt,
        trace=steps,
        acts=(fact.op,),
        premise="the request (A) and the worker that takes its message (B)",
        consequence="the message is out before the change can be seen",
        suspicion=doubt,
    )


LONG_AFTER = 5.0
"""Seconds for which a message may be put off so that the transaction has long ended: only a rollback is left."""


def _doubt(fact: Fact, *, is_carried: bool, is_elsewhere: bool) -> str:
    """What speaks against a hazard, '' for nothing."""
    if is_elsewhere:
        return "the transaction is one of another database"
    if not is_carried:
        return "the message does not carry the row that is written"
    delays = [seconds_of(fact.options.get(name)) for name in ("countdown", "delay", "eta")]
    longest = max((one for one in delays if one is not None), default=0.0)
    return f"it is put off by {duration_text(longest)}" if longest >= LONG_AFTER else ""
