"""How FEN209 (row-lock-too-late) is looked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_rows import NEEDS_TRANSACTION
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.suspicion import unread_context
from fenceline.queries.proposal import Proposal, told_step


def query(flow: Flow, races: Sequence[Proposal]) -> Iterator[Proposal]:
    """Races on a row that the entry locks, and row locks that the database refuses."""
    for race in races:
        yield from _in_spite_of_lock(flow, race)
    yield from _refused(flow)


def _in_spite_of_lock(flow: Flow, race: Proposal) -> Iterator[Proposal]:
    candidate = race.candidate
    if candidate is None or not candidate.acts:
        return
    rows = {cell.key for cell in candidate.cells}
    read, act = candidate.reads[0], candidate.acts[-1]
    for lock in flow.places:
        if not isinstance(lock, ir.Atomic) or not rows & set(lock.row_locks) or not flow.is_before(lock, act):
            continue
        why = _why_not(flow, lock, read, act)
        if why:
            yield replace(
                race,
                message=f"{why}: {race.message}",
                span=lock.span,
                path=lock.path,
                related=[(act.span, act.path, "changed here"), (race.span, race.path, "read here"), *race.related[1:]],
            )
            return


def _why_not(flow: Flow, lock: ir.Op, read: ir.Op, act: ir.Op) -> str:
    """Why the lock does not keep others from changing the row between the read and the change."""
    if flow.is_before(read, lock):
        return "the row is locked only after it was read"
    if flow.outer is not None:
        return ""
    held = flow.transaction(lock)
    if held is None:
        return "the row is locked outside a transaction, so that the lock ends at once"
    return "" if held is flow.transaction(act) else "the row lock ends with its transaction, before the row is changed"


def _refused(flow: Flow) -> Iterator[Proposal]:
    """Locking queries of a library that refuses them outside a transaction."""
    for fact in flow.lowered.facts:
        if not _is_refused_alone(fact) or fact.op not in flow.places or flow.transaction(fact.op) is not None:
            continue
        if not flow.entry.what or flow.outer is not None or unread_context(flow, fact.op):
            continue
        model = fact.model.label if fact.model is not None else "the table"
        yield Proposal(
            message=f"the rows of {model} are locked outside a transaction: the query is refused",
            key=f"{model}|no transaction",
            span=fact.op.span,
            path=fact.op.path,
            evidence=fact.evidence,
            pair=frozenset({(fact.op, "transaction")}),
            trace=(told_step("A", fact.op, "lock", "no transaction is open that could hold the lock"),),
            acts=(fact.op,),
            premise="the query is sent as it stands",
            consequence="it is refused, unless a test or a caller has opened a transaction around it",
        )


def _is_refused_alone(fact: Fact) -> bool:
    is_locking = isinstance(fact.op, ir.Atomic) and bool(fact.op.row_locks)
    return is_locking and fact.kind == "row.read" and fact.hint == NEEDS_TRANSACTION
