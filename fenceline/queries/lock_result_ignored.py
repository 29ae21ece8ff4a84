"""How FEN405 (lock-result-ignored) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow, read_steps, written_cells
from fenceline.analyzer.holds import Hold, holds_of, inside, is_dropped, is_mark
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.ir_walk import ops_in, outer_transactions
from fenceline.analyzer.lower_state import Fact
from fenceline.queries.proposal import Proposal, holding, told_step


def query(flow: Flow) -> Iterator[Proposal]:
    """Attempts whose answer is thrown away, with a section after them."""
    for hold in holds_of(flow):
        if hold.bind is None or not is_dropped(flow, hold) or (hold.is_made and is_mark(flow, hold)):
            continue
        section = [op for op in inside(flow, hold) if _matters(op)]
        if hold.given_back or section:
            yield _proposal(hold, section)
    yield from _rows_not_locked(flow)


def _rows_not_locked(flow: Flow) -> Iterator[Proposal]:
    """Row locks that were meant and are not there: the query is never sent, or its transaction ends with it."""
    for fact in flow.lowered.facts:
        if fact.kind == "lock.unsent" and fact.op in flow.places:
            message = f"the rows of {fact.target} are not locked: the query that would lock them is never sent"
            later = next((one for one in flow.places if flow.is_before(fact.op, one) and _matters(one)), None)
            yield _rows(fact, later, message)
    blocks = outer_transactions(flow.lowered.tree)
    for block in blocks if len(blocks) > 1 else ():  # one that has several is not run inside its caller's
        ops = ops_in(block.body)
        read = next((one for one in flow.lowered.facts if one.op in ops and _locks_rows(one.op)), None)
        if read is None or not all(_only_locks(one) for one in ops) or _is_used(flow, ops):
            continue
        if not _is_all_there_is(flow, block):
            continue
        later = next((one for one in flow.places if flow.is_before(read.op, one) and _matters(one)), None)
        if later is not None:
            model = read.model.label if read.model is not None else "the table"
            yield _rows(read, later, f"the row lock on {model} ends with its transaction, before anything is done")


def _is_all_there_is(flow: Flow, block: ir.Tx) -> bool:
    """Whether the source of a block has one statement, whose value nobody keeps."""
    found = [one for one in walk(flow.lowered.node.body) if isinstance(one, nodes.With)]
    bodies = [one.body for one in found if any(item.span == block.span for item in one.items)]
    return any(len(body) == 1 and isinstance(body[0], nodes.ExprStmt) for body in bodies)


def _locks_rows(op: ir.Op) -> bool:
    return isinstance(op, ir.Atomic) and bool(op.row_locks)


def _only_locks(op: ir.Op) -> bool:
    return isinstance(op, ir.Atomic) and not any(True for _ in written_cells(op))


def _is_used(flow: Flow, ops: list[ir.Op]) -> bool:
    """Whether anything later is decided on, or made of, what was read under the lock."""
    names = {step.bind for op in ops for step in read_steps(op) if step.bind is not None}
    later = [op for op in flow.places if op not in ops]
    return any(names & (flow.controls(op) | flow.values(op)) for op in later)


def _rows(fact: Fact, later: ir.Op | None, message: str) -> Proposal:
    trace = [told_step("A", fact.op, "lock", "locks nothing"), told_step("B", fact.op, "lock", "locks nothing")]
    if later is not None:
        trace += [told_step("A", later, "write"), told_step("B", later, "write", "beside A")]
    return Proposal(
        message=message,
        key=f"{fact.target}|rows",
        span=fact.op.span,
        path=fact.op.path,
        evidence=fact.evidence,
        related=[(later.span, later.path, "done without the lock")] if later is not None else [],
        pair=frozenset({(fact.op, "rows")}),
        trace=tuple(trace),
        acts=(fact.op,),
        premise="two runs that should wait for each other",
        consequence="neither waits",
    )


def _matters(op: ir.Op) -> bool:
    """Whether an op is something that a lock may be there for."""
    return isinstance(op, ir.Send | ir.External | ir.Opaque) or any(True for _ in written_cells(op))


def _freed_at(trace: list[ir.TraceStep]) -> int | None:
    """The step in which the one that was refused gives back what it has not got."""
    return next((number for number, step in enumerate(trace) if step.kind == "release"), None)


def _proposal(hold: Hold, section: list[ir.Op]) -> Proposal:
    op = hold.taken.op
    done = [*section[:1], *(one.op for one in hold.given_back[:1])]
    trace = [told_step("A", op, "acquire"), told_step("B", op, "acquire", "is refused, and does not look")]
    trace += [told_step("B", one, "release" if isinstance(one, ir.Release) else "write") for one in done]
    limit = op.limit if isinstance(op, ir.Acquire) else None
    why = "in time" if limit else "at once"
    return Proposal(
        message=f"{hold.named} may not be got {why}, and the answer is thrown away: what follows runs without it",
        key=hold.key,
        span=op.span,
        path=op.path,
        evidence=hold.taken.evidence,
        related=[(one.span, one.path, "done in either case") for one in done[:1]],
        pair=frozenset({(op, "answer")}),
        severity=Severity.WARNING if hold.scope == "local" else None,
        trace=holding(trace, hold.key, A=(0, _freed_at(trace))),
        acts=(op,),
        premise="A holds the lock, B asks for it",
        consequence="both are in the section at once",
    )
