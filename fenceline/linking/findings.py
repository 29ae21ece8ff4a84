"""What the oracle did not refuse, how sure that is, and the finding that is told of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.entries import Entry
from fenceline.analyzer.finding import READ_HERE, Confidence, Finding, Hop, Place, Reached, fingerprint_of
from fenceline.analyzer.lower import Lowered
from fenceline.analyzer.project import ModuleInfo
from fenceline.analyzer.wording import wording_at
from fenceline.linking.calls import Place as FunctionPlace
from fenceline.linking.calls import function_around
from fenceline.linking.reach import Link, Way, links_down, ways_to
from fenceline.linking.routes import route_of
from fenceline.queries.proposal import Proposal
from fenceline.rules.rule import Rule

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis


@dataclass(slots=True, eq=False)
class Hit:
    """A proposal that the oracle did not refuse."""

    rule: Rule
    proposal: Proposal
    lowered: Lowered
    entry: Entry
    trace: tuple[ir.TraceStep, ...]
    suspicion: str
    is_awaited: bool = True  # whether somebody waits for the run, where that matters
    is_reached: bool = False  # whether an entry point that calls the function has the hazard as well
    own_key: str | None = None  # the key that the function of its place has for the cell by itself

    @property
    def at_most(self) -> Confidence:
        """How sure it can become when it is asked who calls the function."""
        is_open = not self.entry.what and self.confidence == Confidence.MEDIUM and self.proposal.evidence == "type"
        return Confidence.HIGH if is_open else self.confidence

    @property
    def confidence(self) -> Confidence:
        """How sure: what confirmed it, how the receivers are known, who runs the entry."""
        if self.suspicion or self.proposal.evidence == "name" or self._is_alone:
            return Confidence.LOW
        if not self.is_awaited:
            return Confidence.LOW
        if (self.entry.is_concurrent or self.is_reached) and self.proposal.evidence == "type":
            return Confidence.HIGH
        return Confidence.MEDIUM

    @property
    def _is_alone(self) -> bool:
        """Whether nothing runs beside the entry: what another entry does at that time needs no second run of it."""
        has_other = self.proposal.other is not None and self.entry.what != "migration"
        return self.entry.is_alone and not has_other


def place_of_hit(hit: Hit, module: ModuleInfo) -> FunctionPlace:
    """The function that was analysed."""
    return FunctionPlace(module, hit.lowered.node, hit.lowered.owner, hit.lowered.function)


def finding_of(analysis: Analysis, hit: Hit, module: ModuleInfo) -> Finding:
    """What is reported of a hit in a module."""
    proposal = hit.proposal
    span, where = proposal.span, proposal.path
    related = list(proposal.related)
    if where != str(module.path) and proposal.candidate is not None and related[0][1] == str(module.path):
        act_span, act_path, _ = related[0]
        related = [(span, where, READ_HERE), *related[1:]]
        span, where = act_span, act_path
    function = function_in(analysis, where, span) or hit.lowered.function
    key = hit.own_key if where == proposal.path else proposal.key if is_own(analysis, hit, where, span) else None
    wording = _wording(analysis, where, span, related)
    return Finding(
        rule=hit.rule.code,
        name=hit.rule.name,
        path=relative(analysis, where),
        line=span.line,
        column=span.column,
        end_line=span.end_line,
        end_column=span.end_column,
        function=function,
        severity=proposal.severity or hit.rule.severity,
        confidence=hit.confidence,
        message=proposal.message,
        fingerprint=fingerprint_of(hit.rule.code, function, *(("", wording) if key is None else (key,))),
        related=tuple(
            Place(relative(analysis, place), one.line, one.end_line, one.column, one.end_column, text)
            for one, place, text in related
        ),
        trace=tuple(_relative_step(analysis, one) for one in hit.trace),
        premise=proposal.premise or f"two {hit.entry.noun} run {_signature(hit.lowered)} at once",
        consequence=_consequence(hit),
        reached=_reached(analysis, hit, module, where, span),
        wording=wording,
        is_own=key is not None,
    )


def is_own(analysis: Analysis, hit: Hit, path: str, span: nodes.Span) -> bool:
    """Whether a place lies in the very function that was analysed: others have their own words for a cell."""
    around = _function(analysis, path, span)
    return around is None or around is hit.lowered.node


def _wording(analysis: Analysis, path: str, span: nodes.Span, related: list[tuple[nodes.Span, str, str]]) -> str:
    """What the statements say at a place and, if it is in the same function, at the first related one."""
    module = analysis.project.module_of(Path(path))
    if module is None:
        return ""
    places = [span]
    next_one = next((one for one, where, _ in related[:1] if where == path), None)
    if next_one is not None and _function(analysis, path, next_one) is _function(analysis, path, span):
        places.append(next_one)
    return ":".join(wording_at(module.tree, one) for one in places)


def _function(analysis: Analysis, path: str, span: nodes.Span) -> nodes.FunctionDef | None:
    found = function_around(analysis, path, span)
    return found.node if found is not None else None


def _reached(analysis: Analysis, hit: Hit, module: ModuleInfo, where: str, span: nodes.Span) -> Reached | None:
    """By which entry point the place of a finding is reached."""
    if hit.confidence < analysis.least:
        return None
    start = place_of_hit(hit, module)
    around = function_around(analysis, where, span)
    here = start if around is None or around.node is start.node else around
    links: tuple[Link, ...] = ()
    if here.node is not start.node:
        down = links_down(hit.lowered, here.node, start.name)
        if down is None:
            here = start
        else:
            links = down
    ways = ways_to(analysis, start)
    if ways.nearest is None:
        return None
    return _told(analysis, ways.nearest, links, here, max(ways.more, ways_to(analysis, here).more if links else 0))


def _told(analysis: Analysis, way: Way, links: tuple[Link, ...], here: FunctionPlace, more: int) -> Reached:
    hops = [Hop(relative(analysis, one.path), one.line, one.caller) for one in (*way.links, *links)]
    hops.append(Hop(relative(analysis, str(here.module.path)), here.node.name_span.line, here.name))
    method, route = route_of(analysis, way.place, way.entry)
    return Reached(way.entry.what, way.place.name, tuple(hops), more, method, route)


def _consequence(hit: Hit) -> str:
    text = hit.proposal.consequence or f"no serial order of the two {hit.entry.noun} ends like this"
    return f"{text} (suspected: {hit.suspicion})" if hit.suspicion else text


def _signature(lowered: Lowered) -> str:
    params = [one for one in lowered.params if one not in {"self", "cls"}]
    return f"{lowered.function}({', '.join(params)})"


def function_in(analysis: Analysis, path: str, span: nodes.Span) -> str | None:
    """The qualified name of the innermost function of a file around a place."""
    found = function_around(analysis, path, span)
    return found.name if found is not None else None


def relative(analysis: Analysis, path: str) -> str:
    """A path as it is reported: below the root, with ``/`` between its parts."""
    try:
        return Path(path).relative_to(analysis.project.root).as_posix()
    except ValueError:
        return path


def _relative_step(analysis: Analysis, step: ir.TraceStep) -> ir.TraceStep:
    return replace(step, path=relative(analysis, step.path), value=step.value.removeprefix("→ "))
