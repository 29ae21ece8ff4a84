"""The analysis of one file: from its path to its findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fenceline.analyzer import nodes
from fenceline.analyzer.assigned import HELD
from fenceline.analyzer.consulted import Memo
from fenceline.analyzer.entries import REGISTRY, Entry, is_main
from fenceline.analyzer.file_facts import FileFacts
from fenceline.analyzer.finding import Confidence, Finding, Fix
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.lower import (
    MODULE_LEVEL,
    Lowered,
    functions_of,
    module_function,
)
from fenceline.analyzer.lower_access import USES
from fenceline.analyzer.migrations import MIGRATIONS
from fenceline.analyzer.models import Models
from fenceline.analyzer.project import ModuleInfo, Project
from fenceline.discovery import left_out_as
from fenceline.kept import Kept
from fenceline.linking.alone import is_had_by, is_kept_apart, key_alone, stands_alone
from fenceline.linking.callers import ROW_STEPS, Receipt, Receipts, is_handed_locked
from fenceline.linking.calls import Place as FunctionPlace
from fenceline.linking.calls import note_calls, place_of, rows_in
from fenceline.linking.findings import Hit, finding_of, function_in, is_own, place_of_hit, relative
from fenceline.linking.held import ProjectHeld
from fenceline.linking.indexes import Indexes
from fenceline.linking.judging import CANDIDATES_A_FUNCTION, WRITERS, flow_in, judge, proposals_of
from fenceline.linking.lowered import LoweredFunctions, Recent
from fenceline.linking.migrated import ProjectMigrations
from fenceline.linking.parts import Parts
from fenceline.linking.reach import ways_to
from fenceline.linking.registry import ProjectRegistry
from fenceline.linking.uses import ProjectUses
from fenceline.linking.writers import ProjectWriters
from fenceline.queries.proposal import Proposal
from fenceline.rules.rule import Rule
from fenceline.timings import Timings


@dataclass(slots=True, eq=False)
class Analysis:
    """What the analysis of all files of a run shares; each worker process has its own."""

    root: Path
    models: Models
    project: Project
    indexes: Indexes
    parts: Parts
    memo: dict[object, object]
    least: Confidence = Confidence.LOW
    offer: Offer | None = None
    lowered: LoweredFunctions = field(default_factory=LoweredFunctions)
    flows: Recent = field(default_factory=lambda: Recent(1))  # of whole modules


Offer = Callable[[Analysis, Hit, ModuleInfo], tuple[Fix | None, tuple[str, ...]]]
"""The fix of a hit in a module, or a line a fixer that says why it has none."""


def open_project(
    root: Path,
    models: Models,
    search: Sequence[Path] = (),
    least: Confidence = Confidence.LOW,
    offer: Offer | None = None,
    kept: Kept | None = None,
) -> Analysis:
    """What is shared: ``search`` are the directories that imports start from; below ``least`` nothing is asked for.

    Without ``offer`` no fixes are looked for. ``kept`` is what earlier runs have found out that still holds.
    """
    project = Project(root, search)
    kept = kept or Kept()
    packages = frozenset(one.partition(".")[0] for one in (*models.entries, *models.functions))
    facts = FileFacts(project.root, kept.digests, kept.facts)
    indexes = Indexes(project.layout, facts, packages, kept.answers)
    parts = Parts(project.notebook, kept.parts)
    analysis = Analysis(root, models, project, indexes, parts, Memo(project.notebook), least, offer)
    analysis.memo[REGISTRY] = ProjectRegistry(analysis)
    analysis.memo[USES] = ProjectUses(analysis)
    analysis.memo[HELD] = ProjectHeld(analysis)
    analysis.memo[WRITERS] = ProjectWriters(analysis)
    analysis.memo[MIGRATIONS] = ProjectMigrations(analysis)
    return analysis


def analyse_file(
    analysis: Analysis, path: str, rules: Sequence[Rule], timings: Timings, reached: set[str] | None = None
) -> list[Finding]:
    """The findings of these rules in one file, in no particular order; ``path`` is relative to the project's root.

    ``timings`` gets the time of each phase (``lower``, ``propose``, ``explore``) and of each candidate; ``reached``
    the files, this one or others, in which something may be found at some confidence, by some rule.
    """
    with timings.phase("parse"):
        module = analysis.project.module_of(analysis.root / path)
    if module is None:
        return []
    asked = [rule for rule in rules if rule.query is not None]
    hits: list[Hit] = []
    receipts: dict[object, list[Receipt]] = {}
    places: set[str] = set()
    for name, node, owner in (*functions_of(module), *_on_import(analysis, module)):
        about = [rule for rule in asked if rule.on_import] if name == MODULE_LEVEL else asked
        found = _analyse_function(analysis, module, name, node, owner, about, timings, places, is_leading=True)
        if found is not None:
            lowered, more = found
            hits.extend(more)
            for called, handed in lowered.receipts:
                if called is not node:
                    here = FunctionPlace(module, node, lowered.owner, name)
                    receipts.setdefault(called, []).append(Receipt(here, rows_in(handed)))
    if reached is not None:
        reached.update(relative(analysis, one) for one in places)
    kept = _distinct(analysis, _without_protected(analysis, module, hits, receipts), str(module.path))
    _name_alike(analysis, kept, hits)
    return [_with_fix(analysis, hit, module, timings) for hit in kept]


def _with_fix(analysis: Analysis, hit: Hit, module: ModuleInfo, timings: Timings) -> Finding:
    finding = finding_of(analysis, hit, module)
    if analysis.offer is None or not hit.rule.is_fixable or finding.confidence < analysis.least:
        return finding
    with timings.phase("fix"):
        fix, unfixed = analysis.offer(analysis, hit, module)
    return replace(finding, fix=fix, unfixed=unfixed)


def _on_import(
    analysis: Analysis, module: ModuleInfo
) -> Iterator[tuple[str, nodes.FunctionDef, nodes.ClassDef | None]]:
    """The top level of a module that may start a scheduler, but for what only a script does."""
    function = import_function(module)
    skipped = nodes.FunctionDef | nodes.ClassDef
    done = walk([part for part in function.body if not isinstance(part, skipped)])
    called = [one.func for one in done if isinstance(one, nodes.Call)]
    if any(isinstance(one, nodes.Attribute) and one.attr in analysis.models.starts for one in called):
        yield MODULE_LEVEL, function, None


def import_function(module: ModuleInfo) -> nodes.FunctionDef:
    """What importing a module runs, as a function: not what it does only as a script."""
    skipped = nodes.FunctionDef | nodes.ClassDef
    return module_function(module, [one for one in module.tree.body if isinstance(one, skipped) or not is_main(one)])


def _name_alike(analysis: Analysis, kept: Sequence[Hit], hits: Sequence[Hit]) -> None:
    """What callers lead to, and what the function shows itself, is known by the key that the function has for it."""
    own: dict[object, str] = {}
    for hit in hits:
        if is_own(analysis, hit, hit.proposal.path, hit.proposal.span):
            place = (hit.rule.code, hit.proposal.path, hit.proposal.span)
            own[place] = min(own.get(place, hit.proposal.key), hit.proposal.key)
    for hit in kept:
        place = (hit.rule.code, hit.proposal.path, hit.proposal.span)
        hit.own_key = own[place] if place in own else key_alone(analysis, hit, _judge_place)


def _analyse_function(
    analysis: Analysis,
    module: ModuleInfo,
    name: str,
    node: nodes.FunctionDef,
    owner: nodes.ClassDef | None,
    rules: Sequence[Rule],
    timings: Timings,
    places: set[str],
    *,
    is_leading: bool = False,
) -> tuple[Lowered, list[Hit]] | None:
    """What one function leads to; ``places`` gets the files that proposals may speak of, found true or not.

    ``is_leading``: not the hazards of other files that those have by themselves.
    """
    around = place_of(module, name, node, owner)
    with timings.phase("lower"):
        lowered = analysis.lowered.at(analysis, around)
    note_calls(analysis, around, lowered)
    if not lowered.facts:
        return lowered, []
    with timings.phase("propose"):
        flow = flow_in(analysis, around, lowered)
        proposals = proposals_of(rules, flow)
    places |= {fact.op.path for fact in lowered.facts}  # a rule that is not asked now may propose these
    for _, one in proposals:
        places.update((one.path, *(path for _, path, _ in one.related)))
    if not proposals:
        return lowered, []
    entry = flow.entry
    proposals = proposals[:CANDIDATES_A_FUNCTION]
    hits: dict[int, Hit] = {}
    for number in _to_judge(analysis, module, proposals, hits, is_leading=is_leading):
        rule, proposal = proposals[number]
        place = f"{module.path}:{proposal.span.line}"
        with timings.phase("explore"), timings.candidate(place):
            hit = judge(analysis, module, rule, proposal, flow, entry)
        if hit is not None:
            hits[number] = hit
    return lowered, _superseded([hits[number] for number in sorted(hits)])


def _to_judge(
    analysis: Analysis,
    module: ModuleInfo,
    proposals: Sequence[tuple[Rule, Proposal]],
    hits: Mapping[int, Hit],
    *,
    is_leading: bool,
) -> Iterator[int]:
    """The proposals to ask the oracle of: no hazard that is told where it stands, unless a hit may give way to it.

    ``hits`` are those of the proposals that have been asked of.
    """
    told: list[int] = []
    for number, (rule, proposal) in enumerate(proposals):
        if is_leading and _is_told_elsewhere(analysis, rule, proposal, str(module.path)):
            told.append(number)
        else:
            yield number
    below = {hit.rule.code for hit in hits.values()}
    yield from (number for number in told if not below.isdisjoint(proposals[number][0].supersedes))


def _superseded(hits: list[Hit]) -> list[Hit]:
    """Of two rules on one pair, the one that supersedes the other."""
    kept: list[Hit] = []
    for hit in hits:
        others = [other for other in hits if other.rule is not hit.rule] + [one for one in kept if one.rule is hit.rule]
        if not any(hit.rule.code in other.rule.supersedes and _is_one_pair(hit, other) for other in others):
            kept.append(hit)
    return kept


def _is_one_pair(hit: Hit, other: Hit) -> bool:
    """Whether two hazards are one pair of ops: they read and change the same, or other columns of the same row."""
    if hit.proposal.pair & other.proposal.pair:
        return True
    one, two = hit.proposal.candidate, other.proposal.candidate
    if one is None or two is None or other.confidence < hit.confidence:
        return False
    return one.reads == two.reads and {*one.acts, *one.effects} <= {*two.acts, *two.effects}


def _without_protected(analysis: Analysis, module: ModuleInfo, hits: list[Hit], receipts: Receipts) -> Iterator[Hit]:
    """Drops what is said of a row that was handed in where every caller in sight hands in a locked or new row."""
    for hit in hits:
        if hit.proposal.entry_row:
            steps = ROW_STEPS if hit.confidence > Confidence.LOW else 0
            if is_handed_locked(analysis, place_of_hit(hit, module), receipts, steps):
                continue
        if is_kept_apart(analysis, hit, module, _judge_place):
            continue
        if not hit.entry.what and hit.confidence > Confidence.LOW:
            left_out = left_out_as(relative(analysis, str(module.path)))
            ways = ways_to(analysis, place_of_hit(hit, module))
            if left_out or ways.is_by_hand:
                hit.entry = Entry(left_out or "command")
            elif ways.nearest is not None and ways.is_concurrent and hit.proposal.evidence == "type":
                hit.is_reached = is_had_by(analysis, hit, ways.nearest.place, _judge_place)
        yield hit


def _distinct(analysis: Analysis, hits: Iterator[Hit], path: str) -> list[Hit]:
    """One finding a hazard, however many callers lead to it: the surest, then the one nearest to the code."""
    best: dict[object, Hit] = {}
    for hit in hits:
        if _is_told_elsewhere(analysis, hit.rule, hit.proposal, path):
            continue
        acted = hit.proposal.changed_at or _act_of(hit.proposal)
        key: object = (hit.rule.code, acted, hit.proposal.key.split("|")[0].rsplit(".", 1)[-1])
        if hit.proposal.group is not None:
            key = (hit.rule.code, hit.proposal.group)
        known = best.get(key)
        if known is None or _rank(hit) > _rank(known):
            best[key] = hit
    places: dict[object, Hit] = {}
    for hit in best.values():
        where = (hit.rule.code, hit.proposal.path, hit.proposal.span.line)
        if where not in places or _rank(hit) > _rank(places[where]):
            places[where] = hit
    return list(places.values())


def _act_of(proposal: Proposal) -> tuple[nodes.Span, str]:
    """Where the other end of a pair stands."""
    return proposal.related[0][:2] if proposal.related else (proposal.span, proposal.path)


def _is_told_elsewhere(analysis: Analysis, rule: Rule, proposal: Proposal, path: str) -> bool:
    """Whether a hazard whose ends stand elsewhere does not need this file, which neither brings them together nor more.

    Both in one function are found where that function is, if it is a hazard however the function is run: not if it
    takes the task, the job, the transaction around the call.
    """
    act, where = _act_of(proposal)
    if path in {proposal.path, where}:
        return False
    if proposal.path != where or function_in(analysis, where, proposal.span) != function_in(analysis, where, act):
        return False
    return stands_alone(analysis, rule, proposal, _judge_place)


def _judge_place(analysis: Analysis, place: FunctionPlace, rule: Rule) -> tuple[Lowered | None, list[Hit]]:
    """What one rule says of one function, at any confidence."""
    analysis = replace(analysis, least=Confidence.LOW)
    owner = place.owner.node if place.owner is not None else None
    cls = owner if isinstance(owner, nodes.ClassDef) else None
    found = _analyse_function(analysis, place.module, place.name, place.node, cls, [rule], Timings(), set())
    return found if found is not None else (None, [])


def _rank(hit: Hit) -> tuple[Confidence, bool, int]:
    return hit.confidence, not hit.proposal.entry_row, -hit.lowered.node.span.line
