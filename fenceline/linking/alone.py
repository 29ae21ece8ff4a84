"""What a function has by itself, and what only those who call it make of it.

A hazard is proposed for a function as if anybody might run it. Two questions go further, and both are put to other
functions of the project: whether a hazard that a caller leads to is there without that caller, and whether the callers
take away what the function has by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.lower import Lowered
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.lowering import TAKING
from fenceline.analyzer.project import ModuleInfo
from fenceline.linking.calls import Place, callers_elsewhere, callers_in, calls_in, function_around, handing
from fenceline.linking.findings import Hit, place_of_hit
from fenceline.queries.proposal import Proposal
from fenceline.rules.rule import Rule

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis

STEPS = 3
"""How many callers, one above the other, are asked whether they keep two runs of a function apart."""
CALLERS = 8
"""How many callers of one function are asked; where it has more nobody is."""

Judge: TypeAlias = "Callable[[Analysis, Place, Rule], tuple[Lowered | None, list[Hit]]]"
"""What one rule says of one function."""

_Start: TypeAlias = tuple[str, nodes.Span]


@dataclass(frozen=True, slots=True)
class _Judged:
    """The places of a function's facts, of those that take a lock, and what a rule says by the place it starts at."""

    facts: frozenset[_Start]
    locks: frozenset[_Start]
    hits: Mapping[_Start, Hit]


def stands_alone(analysis: Analysis, rule: Rule, proposal: Proposal, judge: Judge) -> bool:
    """Whether the function in which a hazard stands has it by itself, whoever calls it."""
    place = function_around(analysis, proposal.path, proposal.span)
    return place is not None and (proposal.path, proposal.span) in _judged(analysis, place, rule, judge).hits


def key_alone(analysis: Analysis, hit: Hit, judge: Judge) -> str | None:
    """The key that the function in which a hazard stands has for its cell, None where it has no such hazard."""
    place = function_around(analysis, hit.proposal.path, hit.proposal.span)
    own = _judged(analysis, place, hit.rule, judge).hits.get(_start(hit)) if place is not None else None
    return own.proposal.key if own is not None else None


def is_had_by(analysis: Analysis, hit: Hit, place: Place, judge: Judge) -> bool:
    """Whether a function that leads to a hazard has it as well: what it does before takes nothing away."""
    return _start(hit) in _judged(analysis, place, hit.rule, judge).hits


def is_kept_apart(analysis: Analysis, hit: Hit, module: ModuleInfo, judge: Judge, steps: int = STEPS) -> bool:
    """Whether nothing runs a function of this module but callers in which the hazard is none.

    They hold a lock, or the cell is named by a value that is made anew for each call, so that no two runs meet there.

    Each caller in sight has to take a lock, and to have read the function in place of its call, so that what it holds
    was weighed. Of a caller that is itself only called, its callers are asked.
    """
    if hit.entry.what or hit.proposal.candidate is None or hit.rule.faults:
        return False
    place = place_of_hit(hit, module)
    callers = [*callers_in(analysis, module, place.node), *callers_elsewhere(analysis, place)]
    if len(callers) > CALLERS:
        return False
    callers = [one for one in callers if any(node is place.node for node, _ in calls_in(analysis, one).receipts)]
    if not callers:
        return False
    own = _judged(analysis, place, hit.rule, judge).locks
    named = frozenset[str]() if handing(analysis, module, place.node) else _named_by(hit)
    for caller in callers:
        judged = _judged(analysis, caller, hit.rule, judge)
        if _start(hit) not in judged.facts:
            return False
        above = judged.hits.get(_start(hit))
        is_own_cell = not named.isdisjoint(calls_in(analysis, caller).new.get(place.node, ()))
        if above is None and not judged.locks - own and not is_own_cell:  # nothing is said for another reason
            return False
        if above is not None and (steps <= 1 or not is_kept_apart(analysis, above, caller.module, judge, steps - 1)):
            return False
    return True


def _named_by(hit: Hit) -> frozenset[str]:
    """The parameters of which the names of a race's cells are made; none where it is a race with another function."""
    candidate = hit.proposal.candidate
    cells = candidate.cells if candidate is not None and hit.proposal.other is None else ()
    found = [frozenset(_arguments_in(one.key)) for one in cells]
    return frozenset.intersection(*found) if found else frozenset()


def _arguments_in(terms: tuple[ir.Term, ...]) -> Iterator[str]:
    for one in terms:
        if isinstance(one, ir.Arg):
            yield one.name
        elif isinstance(one, ir.Apply):
            yield from _arguments_in(one.args)


def _start(hit: Hit) -> _Start:
    return hit.proposal.path, hit.proposal.span


def _takes_lock(fact: Fact) -> bool:
    return fact.kind in TAKING or (isinstance(fact.op, ir.Atomic) and bool(fact.op.row_locks))


def _judged(analysis: Analysis, place: Place, rule: Rule, judge: Judge) -> _Judged:
    key = ("judged", place.node, place.owner.qualified if place.owner is not None else "", rule.code)
    known = analysis.memo.get(key)
    if not isinstance(known, _Judged):
        lowered, hits = judge(analysis, place, rule)
        facts = lowered.facts if lowered is not None else []
        known = _Judged(
            frozenset((one.op.path, one.op.span) for one in facts),
            frozenset((one.op.path, one.op.span) for one in facts if _takes_lock(one)),
            {_start(one): one for one in sorted(hits, key=lambda one: one.proposal.key, reverse=True)},
        )
        analysis.memo[key] = known
    return known
