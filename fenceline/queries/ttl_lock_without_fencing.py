"""How FEN401 (ttl-lock-without-fencing) is looked for."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.durations import WorstCase, duration_text, told, worst_case
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.holds import Hold, holds_of, inside, is_mark
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.pairs import Pair, changes_cell, pairs_of, reads_for
from fenceline.analyzer.slices import Candidate
from fenceline.queries.proposal import Proposal, weakest


def query(flow: Flow) -> Iterator[Proposal]:
    """Reads and writes that depend on them, both under a lock that may have expired before the write."""
    for hold in holds_of(flow):
        if hold.scope != "distributed" or hold.lease != "ttl" or hold.renewed or not hold.has_expiry:
            continue
        if hold.is_made and is_mark(flow, hold):
            continue
        section = set(inside(flow, hold))
        if not section or _is_bounded(flow, hold):
            continue
        for pair in pairs_of(flow):
            acts = [one for one in pair.acts if one.op in section and changes_cell(one, pair.cell)]
            if pair.read.op not in section or not acts or pair.cell == hold.cell:
                continue
            proposal = _proposal(flow, hold, pair, acts, section)
            if proposal is not None:
                yield proposal


def _is_bounded(flow: Flow, hold: Hold) -> bool:
    """Whether whoever runs the entry stops it before the lock expires."""
    limit = flow.entry.number("limit")
    return limit is not None and hold.expiry is not None and limit <= hold.expiry


def _proposal(flow: Flow, hold: Hold, pair: Pair, acts: list[Fact], section: set[ir.Op]) -> Proposal | None:
    last = max(acts, key=lambda one: flow.places[one.op].number)
    before = {op for op in section if flow.is_before(op, last.op)}
    worst = worst_case(flow, before.__contains__)
    why = _too_long(hold, worst)
    suspicion = ""
    if not why:
        hidden: list[ir.Op] = [op for op in flow.places if op in before and isinstance(op, ir.Unread)]
        hidden = [op for op in hidden if op.text.partition(".")[0] not in sys.stdlib_module_names]
        hidden += [op for op, _ in worst.unseen]
        if not hidden:
            return None
        first = next((one for one in hidden if not one.text.startswith(".")), hidden[0])
        why = f"nobody sees how long {first.text} takes (line {first.span.line})"
        suspicion = f"{first.text} could not be read"
    candidate = Candidate(
        reads_for(flow, pair, acts),
        tuple(one.op for one in acts),
        frozenset({pair.cell}),
        tuple(one.op for one in pair.decided if one.op in section and one not in acts),
        leases=frozenset({hold.cell}) if hold.is_made and hold.cell is not None else frozenset(),
    )
    lasts = f" after {duration_text(hold.expiry)}" if hold.expiry is not None else ""
    return Proposal(
        message=f"{hold.named} expires{lasts}, but {why}: {last.op.text} may come when another run holds it",
        key=hold.key,
        span=hold.taken.op.span,
        path=hold.taken.op.path,
        evidence=weakest(hold.taken, pair.read, last),
        candidate=candidate,
        related=[(last.op.span, last.op.path, "written here, perhaps too late")],
        pair=frozenset({(hold.taken.op, "lock")}),
        is_certain=not suspicion,
        suspicion=suspicion,
        consequence="two runs were in the section at once, and no serial order of them ends like this",
    )


def _too_long(hold: Hold, worst: WorstCase) -> str:
    """What takes longer than the lock lasts, as a message says it; '' where nothing is known to."""
    if worst.unbounded:
        op, text = worst.unbounded[0]
        return f"{text} (line {op.span.line}) may take longer"
    if hold.expiry is not None and worst.seconds >= hold.expiry:
        return f"what comes before may take {told(worst)}"
    return ""
