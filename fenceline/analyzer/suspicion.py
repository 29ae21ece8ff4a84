"""What keeps a race from being certain: calls, context managers and decorators that could not be read."""

from __future__ import annotations

from fenceline.analyzer import ir
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.slices import Candidate


def suspicion_of(flow: Flow, candidate: Candidate) -> str:
    """Why a confirmed race is only suspected; '' when nothing unread stands in the way."""
    if flow.lowered.hints:
        return f"the decorator {flow.lowered.hints[0]} could not be read"
    read = (candidate.reads or candidate.acts)[0]
    act = candidate.acts[-1]
    around = unread_context(flow, read)
    if around:
        return f"the context manager {around} could not be read"
    for fact in flow.lowered.facts:
        if fact.kind == "opaque" and _may_guard(flow, fact, candidate, act):
            return f"{fact.target or fact.op.text} could not be read"
    return ""


def caller_may_hold(flow: Flow, candidate: Candidate) -> str:
    """Why a race is only suspected in a function whose callers are not seen; '' when they do not matter.

    A row is locked, and no transaction is open that would hold the lock: the caller has one, or the lock is an error.
    """
    keys = {cell.key for cell in candidate.cells}
    if any(isinstance(op, ir.Begin) for op in flow.places):
        return ""
    for op, place in flow.places.items():
        if isinstance(op, ir.Atomic) and op.row_locks and not any(isinstance(one, ir.Tx) for one in place.blocks):
            if (op in candidate.reads or keys & set(op.row_locks)) and flow.is_before(op, candidate.acts[-1]):
                return "the row is locked, in a transaction that the caller may hold"
    return ""


def unread_context(flow: Flow, op: ir.Op) -> str:
    """A context manager around an op of which nothing is known, '' for none: it may lock, or open a transaction."""
    around = (one for one in flow.lowered.facts if one.kind == "context" and _encloses(flow, one, op))
    return next((one.target or one.op.text for one in around), "")


def _encloses(flow: Flow, fact: Fact, op: ir.Op) -> bool:
    """Whether the unread context opens before the op and ends after it."""
    if fact.op not in flow.places or not flow.is_before(fact.op, op):
        return False
    for other in flow.lowered.facts:
        if other.kind == "context end" and other.target == fact.target and other.op in flow.places:
            if flow.is_before(fact.op, other.op) and flow.is_before(other.op, op):
                return False
    return True


def _may_guard(flow: Flow, fact: Fact, candidate: Candidate, act: ir.Op) -> bool:
    """An unread call named like a guard, or one of the project's that is handed what the race is about."""
    if fact.op not in flow.places or not flow.is_before(fact.op, act):
        return False
    if fact.hint:
        return True
    if not isinstance(fact.op, ir.Opaque) or fact.target == "SQL":
        return False
    keys = {term for cell in candidate.cells for term in cell.key}
    return fact.verb == "project" and any(one in keys for one in fact.op.receives)
