"""Whether a fix is offered: what the rewritten function does, compared with what the function does.

Accepted is what satisfies all of these; the first that fails is told to the user as the reason:

1. *Nothing is lost*: every effect and change of the function is still there, and no call that cannot be read is new.
2. *The same serial outcomes*: one run, and two in either order, end alike and leave the same cells and effects under
   the same answers to guards, but for cells that are the fixer's own.
3. *The hazard is gone*: no interleaving of two runs, under the faults of the rule, has an outcome that no serial order
   has. Here no attribution helps: a run that lost its race in any way counts.
4. *Under one fault nothing new*: a run that is cut, a run that is cut and delivered again, an op that fails leave
   nothing that they could not leave before, unless the fixer declares it; then a person has to agree.

Whether the rules are silent about the new text, and whether it compiles, is asked by who calls this.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from fenceline.analyzer import ir
from fenceline.analyzer.beside import Other, program_beside
from fenceline.analyzer.explore import ALL_ON, explore
from fenceline.analyzer.explore_compare import (
    CRASH,
    FAILURE,
    REDELIVERY,
    Comparison,
    TooLargeError,
    compare,
    compare_alone,
)
from fenceline.analyzer.explore_values import Semantics
from fenceline.analyzer.flow import Flow, written_cells
from fenceline.analyzer.ir_walk import cells_of
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.pairs import CHANGES, EFFECTS
from fenceline.analyzer.prune import prune
from fenceline.analyzer.slices import Candidate, program_for
from fenceline.fixers.fixer import MAY_LOSE, MAY_OVERLAP, MAY_SKIP, MAY_UNDO, TWICE

STATE_CAP = 20_000
_NUMBERED = re.compile(r"#\d+")
_STRICT = Semantics(attribution=False)
_ALLOWS = {CRASH: {MAY_LOSE, MAY_SKIP}, REDELIVERY: {MAY_LOSE, MAY_SKIP}, FAILURE: {MAY_UNDO, MAY_LOSE, MAY_SKIP}}
"""Fault → the declarations of which one must have been made for what is new under it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reason`` is '' where the fix is accepted; ``states`` counts those that were explored and compared."""

    reason: str = ""
    states: int = 0
    faults: frozenset[str] = frozenset()  # under which something is new that was declared
    is_partial: bool = False  # only what concerns the hazard was compared: the function as a whole is too large
    gaps: tuple[str, ...] = ()  # what could not be compared, in words


def verify(
    old: Flow,
    new: Flow,
    candidate: Candidate | None,
    faults: frozenset[str],
    declares: frozenset[str] = frozenset(),
    own: Callable[[ir.Cell], bool] = lambda _: False,
    cures: frozenset[str] = frozenset(),
    other: Other | None = None,
    *,
    assumes_true: bool = False,
) -> Verdict:
    """The verdict on a function that is to be ``new`` in place of ``old``.

    ``candidate`` is the pair of ops that the hazard is about, None for a hazard that is no race; ``faults`` are those
    of its rule; ``cures`` those under which another outcome is the point of the fix. ``other`` is what runs beside it,
    where that is no second run of the same function. ``assumes_true``: no empty or false value is held at first.
    """
    reason = _lost(old, new)
    if reason:
        return Verdict(reason)
    semantics = Semantics(may_hold_falsehood=not assumes_true)
    alone = alone_as_before(old, new, own, semantics)
    if alone.reason:
        return alone
    before, after = _program(old, candidate), _program(new, _candidate_in(new, candidate))
    try:
        found = compare(before, after, own, is_redelivered=bool(faults & {"crash"}), semantics=semantics)
    except TooLargeError as error:
        return Verdict(f"too large to compare: {error}")
    verdict = replace(alone, reason=_undeclared(found, declares, cures), faults=_faults(found))
    states = alone.states + found.states
    if not verdict.reason and TWICE in cures:
        apart = _apart(before, after, own, semantics)
        verdict, states = replace(verdict, reason=apart.reason), states + apart.states
    if not verdict.reason and candidate is not None:
        left = _races(new, candidate, faults, declares, other)
        verdict, states = replace(verdict, reason=left.reason), states + left.states
    return replace(verdict, states=states)


def _apart(before: ir.Program, after: ir.Program, own: Callable[[ir.Cell], bool], semantics: Semantics) -> Verdict:
    """Two runs in order that have nothing in common: where one message that comes twice is to count once, two count."""
    try:
        found = compare(before, after, own, semantics=replace(semantics, equal_args=False))
    except TooLargeError as error:
        return Verdict(f"too large to compare: {error}")
    reasons = (f"of two messages, {one.text}" for one in found.differences if not one.fault)
    return Verdict(next(reasons, ""), found.states)


def alone_as_before(
    old: Flow, new: Flow, own: Callable[[ir.Cell], bool] = lambda _: False, semantics: Semantics = ALL_ON
) -> Verdict:
    """One run of the whole function, nothing of it left out, compared with one of the new one."""
    try:
        found = compare_alone(_whole(old), _whole(new), own, semantics=semantics)
    except TooLargeError:
        return Verdict(is_partial=True)
    return Verdict(next((one.text for one in found.differences), ""), found.states)


def _whole(flow: Flow) -> ir.Program:
    """All of a function but for what nothing that it does depends on: how a value is made that it only gives back."""
    return ir.Program(prune(flow.lowered.tree, frozenset()))


def _faults(found: Comparison) -> frozenset[str]:
    return frozenset(one.fault for one in found.differences)


def _undeclared(found: Comparison, declares: frozenset[str], cures: frozenset[str]) -> str:
    for one in found.differences:
        if one.fault not in cures and (not one.fault or not _ALLOWS[one.fault] & declares):
            return one.text
    return ""


# ------------------------------------------------------------------ nothing lost


def _lost(old: Flow, new: Flow) -> str:
    """What of the old function is no more in the new one, '' for nothing."""
    effects, kept = _effects(old), _effects(new)
    gone = [what for what in effects if kept[what] < effects[what]]
    if gone:
        return f"{gone[0][1]} would be gone"
    more = [what for what in kept if kept[what] > effects[what]]
    if more:
        return f"{more[0][1]} would be done once more"
    unread = _unread(new) - _unread(old)
    if unread:
        return f"{next(iter(unread))} cannot be read"
    return ""


def _effects(flow: Flow) -> Counter[tuple[str, str]]:
    return Counter(
        (one.kind, one.op.what if isinstance(one.op, ir.Send | ir.External) else one.target)
        for one in _facts(flow, EFFECTS)
    )


def _unread(flow: Flow) -> Counter[str]:
    facts = _facts(flow, frozenset({"opaque", "context"}))
    return Counter([*(one.target or one.op.text for one in facts), *flow.lowered.hints])


def _facts(flow: Flow, kinds: frozenset[str]) -> Iterator[Fact]:
    return (one for one in flow.lowered.facts if one.kind in kinds and one.op in flow.places)


# -------------------------------------------------------------------- programs


def _program(flow: Flow, candidate: Candidate | None) -> ir.Program:
    """All that the function changes and does, with what that depends on."""
    cells = set(candidate.cells) if candidate is not None else set()
    changes = [one.op for one in _facts(flow, CHANGES)]
    for op in changes:
        cells |= set(written_cells(op))
    whole = Candidate(
        reads=tuple(dict.fromkeys([*(candidate.reads if candidate is not None else ()), *_reading(flow, cells)])),
        acts=tuple(dict.fromkeys(changes)),
        cells=frozenset(cells),
        effects=tuple(dict.fromkeys(one.op for one in _facts(flow, EFFECTS))),
        acked_at_end=candidate.acked_at_end if candidate is not None else False,
        leases=candidate.leases if candidate is not None else frozenset(),
        within=candidate.within if candidate is not None else None,
        besides=candidate.besides if candidate is not None else {},
    )
    return program_for(flow, whole)


def _reading(flow: Flow, cells: set[ir.Cell]) -> Iterator[ir.Op]:
    for op in flow.places:
        if isinstance(op, ir.Atomic) and any(isinstance(s, ir.Get) and s.cell in cells for s in op.steps):
            yield op


def _candidate_in(flow: Flow, candidate: Candidate | None) -> Candidate | None:
    """The pair of the old function as far as the new one has it: the ops that read and change the same cells."""
    if candidate is None:
        return None
    shapes = {_shape(one) for one in candidate.cells}
    cells = frozenset(cell for op in flow.places for cell in cells_of(op) if _shape(cell) in shapes)
    acted = {_shape(cell) for op in (*candidate.acts, *candidate.effects) for cell in written_cells(op)} | shapes
    said = {_said(op) for op in (*candidate.acts, *candidate.effects)}
    return replace(
        candidate,
        reads=tuple(_reading(flow, set(cells))),
        acts=tuple(op for op in flow.places if _is_one(op, acted, [_said(one) for one in candidate.acts])),
        cells=cells or candidate.cells,
        effects=tuple(op for op in flow.places if _said(op) in said),
        besides={},
    )


def _is_one(op: ir.Op, cells: set[str], said: list[tuple[str, str]]) -> bool:
    """Whether an op changes one of the cells, or is one of the effects."""
    if isinstance(op, ir.Send | ir.External):
        return _said(op) in said
    return any(_shape(cell) in cells for cell in written_cells(op))


def _said(op: ir.Op) -> tuple[str, str]:
    return type(op).__name__, getattr(op, "what", "") or _NUMBERED.sub("#", op.text)


def _shape(cell: ir.Cell) -> str:
    """What a cell is, whatever its names are numbered."""
    return _NUMBERED.sub("#", repr(cell))


# ----------------------------------------------------------------------- races


def _races(
    flow: Flow, candidate: Candidate, faults: frozenset[str], declares: frozenset[str], other: Other | None
) -> Verdict:
    """Whether any interleaving is left that no serial order ends like."""
    pair = _candidate_in(flow, candidate)
    assert pair is not None
    if not pair.acts and not pair.effects and other is None:
        return Verdict("what the hazard is about would be gone")
    asked = faults - {"expiry"} if MAY_OVERLAP in declares else faults
    program = program_for(flow, pair, asked)
    if other is not None:
        program = program_beside(program, other)
    verdict = explore(program, STATE_CAP, semantics=_STRICT)
    if verdict.status == "violation":
        return Verdict("the race would still be there", verdict.states)
    if verdict.status == "limit":
        return Verdict(f"too large to prove: {verdict.reason}", verdict.states)
    return Verdict("", verdict.states)
