"""By which entry points a function is reached: asked only for a function with a finding.

The callers are gone through in rings: those that call the function, those that call these, and so on. An entry point
ends its way; the nearest is told, the others are counted.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from fenceline.analyzer import nodes
from fenceline.analyzer.entries import Entry, entry_of
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.lower import Lowered, new_lowering
from fenceline.analyzer.lower_state import Site
from fenceline.analyzer.names import dotted_name
from fenceline.analyzer.project import Definition
from fenceline.linking.calls import Place, callers_elsewhere, callers_in, calls_in, handing, with_nested

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis

STEPS = 5
"""Calls between an entry point and the function."""

MOST_ASKED = 60
"""Functions that are asked whether they call, for one function with a finding."""


class Link(NamedTuple):
    """A call on a way: the function that makes it, and where."""

    caller: str
    path: str
    line: int


class Way(NamedTuple):
    """An entry point and the calls from it down to the function; none for the function's being one itself."""

    entry: Entry
    place: Place
    links: tuple[Link, ...]


class Ways(NamedTuple):
    """The nearest entry point that runs concurrently, else the nearest other one; how many more were seen.

    ``is_all``: every call in sight comes from an entry point in the end.
    """

    nearest: Way | None = None
    more: int = 0
    is_all: bool = False

    @property
    def is_concurrent(self) -> bool:
        """Whether any of the entry points is run by two at once as a matter of course."""
        return self.nearest is not None and self.nearest.entry.is_concurrent

    @property
    def is_by_hand(self) -> bool:
        """Whether nothing but commands that somebody gives, migrations and tests lead there."""
        return self.is_all and self.nearest is not None and self.nearest.entry.is_alone


class Climb(NamedTuple):
    """What was found above a function: entry points, and whether all calls in sight come from one."""

    ways: list[Way]
    is_whole: bool


def entry_at(analysis: Analysis, place: Place) -> Entry:
    """The entry point that a function is."""
    low = new_lowering(analysis.project, analysis.models, place.module, analysis.memo)
    return entry_of(low, place.node, place.owner)


def ways_to(analysis: Analysis, place: Place) -> Ways:
    """The entry points that lead to a function, itself included."""
    key = ("ways to", place.node, place.owner.qualified if place.owner is not None else "")
    known = analysis.memo.get(key)
    if not isinstance(known, Ways):
        known = analysis.memo[key] = _ways_to(analysis, place)
    return known


def _ways_to(analysis: Analysis, place: Place) -> Ways:
    own = entry_at(analysis, place)
    if own.is_concurrent:
        return Ways(Way(own, place, ()))
    climb = _ways_above(analysis, place)
    found = [*([Way(own, place, ())] if own.what else []), *climb.ways]
    concurrent = [one for one in found if one.entry.is_concurrent]
    chosen = concurrent or found
    if not chosen:
        return Ways()
    return Ways(min(chosen, key=_distance), len(chosen) - 1, is_all=climb.is_whole)


def _distance(way: Way) -> tuple[int, str, int, str]:
    return len(way.links), str(way.place.module.path), way.place.node.span.line, way.place.name


def _ways_above(analysis: Analysis, place: Place) -> Climb:
    found: list[Way] = []
    ring: list[tuple[Place, tuple[Link, ...]]] = [(place, ())]
    seen = {place.node}
    asked = 0
    is_whole = True
    for _ in range(STEPS):
        above: list[tuple[Place, tuple[Link, ...]]] = []
        for below, links in ring:
            is_called = False
            for caller in candidates_for(analysis, below):
                if caller.node in seen:
                    is_called = True
                    continue
                asked += 1
                line = _line_of_call(analysis, caller, below) if asked <= MOST_ASKED else None
                if line is None:
                    is_whole = False
                    continue
                is_called = True
                seen.add(caller.node)
                longer = (Link(caller.name, str(caller.module.path), line), *links)
                entry = entry_at(analysis, caller)
                if entry.what:
                    found.append(Way(entry, caller, longer))
                else:
                    above.append((caller, longer))
            is_whole = is_whole and is_called
        ring = above
    return Climb(found, is_whole and not ring)


def candidates_for(analysis: Analysis, place: Place) -> list[Place]:
    """The functions in which a function is called, or handed over, by its name, as far as there are not too many."""
    near = [*callers_in(analysis, place.module, place.node), *handing(analysis, place.module, place.node)]
    return [*near, *callers_elsewhere(analysis, place)]


def _line_of_call(analysis: Analysis, caller: Place, called: Place) -> int | None:
    """Where a function calls another one; None where it calls something else by that name."""
    for one in walk(caller.node.body):
        if isinstance(one, nodes.Call):
            name = dotted_name(one.func)
            found = analysis.project.resolve(caller.module, name) if name else None
            if isinstance(found, Definition) and found.node is called.node:
                return one.span.line
    inner = {one for one in with_nested(caller.node.body) if isinstance(one, nodes.FunctionDef | nodes.Lambda)}
    lines = [
        one.span.line
        for one in calls_in(analysis, caller).sites
        if one.called is called.node and _is_made_by(one, caller.node, inner)
    ]
    return min(lines, default=None)


def _is_made_by(site: Site, node: nodes.FunctionDef, inner: Collection[object]) -> bool:
    """Whether a function calls something itself, or a function written in it does."""
    if node not in site.stack:
        return False
    return all(one in inner for one in site.stack[site.stack.index(node) + 1 :])


def links_down(lowered: Lowered, node: nodes.FunctionDef, name: str) -> tuple[Link, ...] | None:
    """The calls by which a function that was read leads to another one; None where it does not."""
    sites = [one for one in lowered.sites if one.called is node and lowered.node in one.stack]
    if not sites:
        return None
    site = min(sites, key=lambda one: (len(one.stack), one.span.line))
    links: list[Link] = []
    caller = name
    for depth in range(site.stack.index(lowered.node), len(site.stack)):
        called = site.stack[depth + 1] if depth + 1 < len(site.stack) else node
        for one in lowered.sites:
            if one.called is called and one.stack == site.stack[: depth + 1]:
                links.append(Link(caller, one.path, one.span.line))
                break
        caller = getattr(called, "name", caller)
    return tuple(links)
