"""What callers bring, asked only when it matters: the rows that they hand in, the transactions that they have open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.entries import entry_of
from fenceline.analyzer.lower import new_lowering
from fenceline.analyzer.lower_state import Opened
from fenceline.analyzer.values import Row
from fenceline.linking.calls import FUNCTIONS, Calls, Place, callers_elsewhere, callers_in, calls_in

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis

ROW_STEPS = 3  # the direct callers, and two above those that only hand on what they were handed
TRANSACTION_STEPS = 4


class Receipt(NamedTuple):
    """A call in sight: the function that makes it, and the rows that it hands in."""

    caller: Place
    rows: tuple[Row, ...]


Receipts = Mapping[object, list[Receipt]]


def is_handed_locked(analysis: Analysis, place: Place, receipts: Receipts, steps: int = ROW_STEPS) -> bool:
    """Whether every call in sight hands in a row that is locked or new; False when there is no call.

    ``receipts`` are the calls in the function's own module; ``steps`` is how many callers in a row are asked, 0 for
    those of the module alone. A caller that only hands on what it was handed is no answer: its own callers are.
    """
    return _is_locked_by_all(analysis, place, receipts, steps, (place.node,))


def _is_locked_by_all(
    analysis: Analysis, place: Place, receipts: Receipts, steps: int, below: tuple[nodes.FunctionDef, ...]
) -> bool:
    handed_on: dict[nodes.FunctionDef, Receipt] = {}
    is_called = False
    for one in _calls_of(analysis, place, receipts, steps):
        is_called = True
        if any(_is_protected(row) for row in one.rows):
            continue
        if steps <= 1 or not any(row.origin == "entry" for row in one.rows):
            return False
        if one.caller.node not in below:  # who calls itself hands in what it was handed
            handed_on[one.caller.node] = one
    for one in handed_on.values():
        above = one.caller
        low = new_lowering(analysis.project, analysis.models, above.module, analysis.memo)
        if entry_of(low, above.node, above.owner).what:
            return False
        near = receipts if above.module is place.module else _receipts_around(analysis, above)
        if not _is_locked_by_all(analysis, above, near, steps - 1, (*below, above.node)):
            return False
    return is_called


def _is_protected(row: Row) -> bool:
    return bool(row.lock) or row.is_below_lock or row.origin == "created"


def _calls_of(analysis: Analysis, place: Place, receipts: Receipts, steps: int) -> Iterator[Receipt]:
    """The calls of a function: those of its module, then those in other modules and in inherited methods."""
    yield from receipts.get(place.node, ())
    if steps > 0:
        for candidate in callers_elsewhere(analysis, place):
            yield from _handed_by(analysis, candidate, place.node)


def _receipts_around(analysis: Analysis, place: Place) -> Receipts:
    """The calls of a function in its own module."""
    around = islice(callers_in(analysis, place.module, place.node), FUNCTIONS)
    return {place.node: list(chain.from_iterable(_handed_by(analysis, one, place.node) for one in around))}


def _handed_by(analysis: Analysis, candidate: Place, node: nodes.FunctionDef) -> Iterator[Receipt]:
    for called, handed in calls_in(analysis, candidate).receipts:
        if called is node:
            yield Receipt(candidate, handed)


def transaction_around(
    analysis: Analysis, place: Place, op: ir.Op | None = None, steps: int = TRANSACTION_STEPS
) -> Opened | None:
    """A transaction in which the function is run: of whoever runs it, of a caller, or around one of its callers.

    The first that is found; other callers may have none. None where no caller in sight has one open. ``op`` is done
    by the function: a caller that calls it in such a way that this is not done does not count.
    """
    done = None if op is None else (op.path, op.span)
    key = ("transaction around", place.node, place.owner.qualified if place.owner is not None else "", done)
    if key not in analysis.memo:
        analysis.memo[key] = _transaction_around(analysis, place, op, steps)
    known = analysis.memo[key]
    return known if isinstance(known, Opened) else None


def _transaction_around(analysis: Analysis, place: Place, op: ir.Op | None, steps: int) -> Opened | None:
    """In rings, from the function outwards: what is found does not depend on who was asked about before."""
    ring, seen = [place], {place.node}
    for _ in range(steps):
        above: list[Place] = []
        for one in ring:
            low = new_lowering(analysis.project, analysis.models, one.module, analysis.memo)
            way = entry_of(low, one.node, one.owner)
            if any(each.word("within") == "transaction" for each in way.ways()):
                return Opened(one.node.name_span, str(one.module.path), f"the transaction around the {way.what}")
            if way.word("within") == "none":
                continue
            for caller in (*callers_in(analysis, one.module, one.node), *callers_elsewhere(analysis, one)):
                calls = calls_in(analysis, caller)
                around = [opened for called, opened in calls.opened if called is one.node]
                if caller.node in seen or (op is not None and _is_left_out(calls, place, op)):
                    continue
                found = next((opened for opened in around if opened is not None), None)
                if found is not None:
                    return found
                if around:
                    seen.add(caller.node)
                    above.append(caller)
        ring = above
    return None


def _is_left_out(calls: Calls, place: Place, op: ir.Op) -> bool:
    """Whether a caller has read the function in place of its call, and what it does there is not in it.

    ``save(notify=False)``: with these arguments the branch is not taken.
    """
    if (op.path, op.span) in calls.done:
        return False
    own, path = place.node.span, str(place.module.path)
    return any(where == path and own.line <= span.line <= own.end_line for where, span in calls.done)
