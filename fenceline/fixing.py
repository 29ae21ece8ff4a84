"""Fixes for what was found: a fixer proposes, the new text is analysed, and only what holds is offered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from fenceline.analyzer import nodes, syntax
from fenceline.analyzer.assigned import HELD
from fenceline.analyzer.entries import REGISTRY
from fenceline.analyzer.explore_values import Semantics
from fenceline.analyzer.finding import Confidence, Edit, Fix
from fenceline.analyzer.flow import Flow, flow_of
from fenceline.analyzer.inference import INFERENCE
from fenceline.analyzer.lower import MODULE_LEVEL, functions_of, lower_function, new_lowering
from fenceline.analyzer.lower_access import USES
from fenceline.analyzer.migrations import MIGRATIONS
from fenceline.analyzer.project import Definition, ModuleInfo
from fenceline.analyzer.source import Source, SourceError, file_bytes, read_source, source_from_text
from fenceline.fixers import all_fixers
from fenceline.fixers.code import Code
from fenceline.fixers.edits import Edit as TextEdit
from fenceline.fixers.edits import edits_between
from fenceline.fixers.fixer import TOLD, TWICE, Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.settings import FixSettings
from fenceline.fixers.verify import Verdict, alone_as_before, verify
from fenceline.linking.analysis import Analysis, import_function
from fenceline.linking.calls import Place, callers_elsewhere, callers_in, calls_in, place_of
from fenceline.linking.findings import Hit, place_of_hit, relative
from fenceline.linking.judging import CANDIDATES_A_FUNCTION, WRITERS, flow_in, judge, proposals_of
from fenceline.linking.reach import entry_at
from fenceline.linking.registry import ProjectRegistry
from fenceline.patches import digest_of
from fenceline.queries.proposal import Proposal
from fenceline.rules import all_rules

_OF_PROJECT = (REGISTRY, USES, HELD, WRITERS, MIGRATIONS, INFERENCE)
"""What the memo holds of the project as a whole: a change in one function does not make it wrong."""

SEVERAL_FILES = "what has to be changed stands in several files"
MOST_AROUND = 12
"""Other functions that are compared as well: those that are edited, and their callers."""

_Found = Counter[tuple[str, str]]


@dataclass(slots=True, eq=False)
class _Case:
    """One hazard that is to be fixed, and what was found in its function before."""

    analysis: Analysis
    hit: Hit
    module: ModuleInfo
    flow: Flow
    subject: Subject
    source: Source
    is_apart: bool  # whether ops of the hazard stand in other files
    found: _Found


def offer(
    analysis: Analysis, hit: Hit, module: ModuleInfo, settings: FixSettings
) -> tuple[Fix | None, tuple[str, ...]]:
    """The first fix that holds, or why none does: one line a fixer. ``module`` is that of the analysed function."""
    fixers = [all_fixers()[name] for name in hit.rule.fixers]
    if not fixers:
        return None, ()
    try:
        case = _case(analysis, hit, module, settings)
    except Refused as refusal:
        return None, (str(refusal),)
    reasons: list[str] = []
    for fixer in fixers:
        if case.is_apart and not fixer.follows_calls:
            reasons.append(f"{fixer.title}: {SEVERAL_FILES}")
            continue
        for rewrite in _proposed(fixer, case.subject, reasons):
            fix, reason = _tried(case, fixer, rewrite)
            if fix is not None:
                return fix, ()
            reasons.append(f"{fixer.title}: {reason}")
    return None, tuple(dict.fromkeys(reasons))


def _proposed(fixer: Fixer, subject: Subject, reasons: list[str]) -> Iterator[Rewrite]:
    try:
        yield from fixer.rewrite(subject)
    except Refused as refusal:
        reasons.append(f"{fixer.title}: {refusal}")


def _case(analysis: Analysis, hit: Hit, module: ModuleInfo, settings: FixSettings) -> _Case:
    proposal = hit.proposal
    flow = flow_in(analysis, place_of_hit(hit, module), hit.lowered)
    edited, is_apart = _edited(analysis, proposal, module)
    try:
        source = read_source(edited.path)
    except SourceError as error:
        raise Refused(error.message) from error
    subject = Subject(
        code=hit.rule.code, flow=flow, module=edited, project=analysis.project, models=analysis.models,
        span=proposal.span, path=proposal.path, related=tuple(proposal.related), candidate=proposal.candidate,
        acts=proposal.acts, settings=settings,
        open_code=lambda: Code.of(source, edited.name.partition(".")[0]),
    )  # fmt: skip
    return _Case(analysis, hit, module, flow, subject, source, is_apart, _found_before(analysis, hit, module, flow))


def _edited(analysis: Analysis, proposal: Proposal, module: ModuleInfo) -> tuple[ModuleInfo, bool]:
    """The module in which the reads of the hazard are, or all of it, and whether other ops are in other files."""
    pair = proposal.candidate
    reads, acts = (pair.reads, pair.acts) if pair is not None else ((), proposal.acts)
    paths = list(dict.fromkeys(one.path for one in (*reads, *acts))) or [proposal.path]
    if len({one.path for one in reads or acts}) > 1:
        raise Refused(SEVERAL_FILES)
    found = module if paths[0] == str(module.path) else analysis.project.module_of(Path(paths[0]))
    if found is None:
        raise Refused("the file cannot be read")
    return found, len(paths) > 1


# ------------------------------------------------------------------ one rewriting


def _tried(case: _Case, fixer: Fixer, rewrite: Rewrite) -> tuple[Fix | None, str]:
    source = source_from_text(rewrite.text, case.source.path)
    reason = _unusable(case.source, source)
    if reason:
        return None, reason
    around, gaps = _around(case, edits_between(case.source.text, rewrite.text))
    with case.analysis.project.with_text(source):
        verdict = _judged(case, rewrite)
        if not verdict.reason:
            verdict = _judged_around(case, around, rewrite, replace(verdict, gaps=gaps))
    if verdict.reason:
        return None, verdict.reason
    return _fix(case, fixer, rewrite, verdict), ""


def _unusable(old: Source, new: Source) -> str:
    """What is wrong with a text before anybody asks what it does, '' for nothing."""
    if new.text == old.text:
        return "nothing would change"
    if not syntax.is_whole(new) and syntax.is_whole(old):
        return "the new text would not parse"
    try:
        new.text.encode(old.encoding)
    except UnicodeEncodeError:
        return f"the new text cannot be written as {old.encoding}"
    return ""


def _judged(case: _Case, rewrite: Rewrite) -> Verdict:
    """The verdict on a text that stands in the project for that of its file."""
    analysis = replace(case.analysis, memo=_memo_for(case), least=Confidence.LOW)
    place = _same_function(case)
    if place is None:
        return Verdict("the function would be gone")
    if rewrite.reschedules:
        analysis.memo[REGISTRY] = ProjectRegistry(analysis)
    registry = analysis.memo[REGISTRY]
    assert isinstance(registry, ProjectRegistry)
    registry.stand_for(place.node, case.hit.lowered.node)
    low = new_lowering(analysis.project, analysis.models, place.module, analysis.memo)
    flow = _asking_as(flow_of(lower_function(low, place.node, place.owner, place.name)), case)
    if rewrite.reschedules:
        now = entry_at(analysis, place)
        flow.ask_entry = lambda: now
    hit = case.hit
    pair, faults = hit.proposal.candidate, hit.rule.faults
    verdict = verify(
        case.flow,
        flow,
        pair,
        faults,
        rewrite.declares,
        rewrite.own,
        rewrite.cures,
        hit.proposal.other,
        assumes_true=rewrite.assumes_true,
    )
    if verdict.reason:
        return verdict
    return replace(verdict, reason=_still_found(case, _found_in(analysis, hit, place.module, flow), rewrite))


def _around(case: _Case, edits: list[TextEdit]) -> tuple[list[tuple[Place, Flow]], tuple[str, ...]]:
    """The other functions in which something is edited, and those in sight that call one of them, as they are now.

    And what of them will not be compared, in words: callers in which the edited function could not be read, where the
    hazard is about a row that they hand in, of which the function itself does not know what it is.
    """
    analysis, edited = case.analysis, case.subject.module
    lines = [(line, end_line) for line, _, end_line, _, _ in edits]
    flows: dict[nodes.FunctionDef, tuple[Place, Flow]] = {}
    unread: list[str] = []
    for name, node, cls in functions_of(edited):
        if not any(line <= node.span.end_line and node.span.line <= end_line for line, end_line in lines):
            continue
        here = place_of(edited, name, node, cls)
        flows[node] = here, _flow_at(analysis, here)
        for caller in chain(callers_in(analysis, edited, node), callers_elsewhere(analysis, here)):
            if not any(called is node for called, _ in calls_in(analysis, caller).receipts):
                continue
            if caller.node not in flows and len(flows) < MOST_AROUND:
                flows[caller.node] = caller, _flow_at(analysis, caller)
            if caller.node not in flows or not _is_read_in(flows[caller.node][1], flows[node][1], here):
                unread.append(caller.name)
    flows.pop(case.hit.lowered.node, None)
    gap = f"what {', '.join(dict.fromkeys(unread))} hands in could not be compared"
    return list(flows.values()), (gap,) if unread and _is_handed_in(case) else ()


def _is_read_in(flow: Flow, own: Flow, place: Place) -> bool:
    """Whether what a function does is part of what a caller does; ``own`` is the function by itself."""
    path, span = str(place.module.path), place.node.span

    def inside(one: Flow) -> bool:
        return any(op.path == path and span.line <= op.span.line <= span.end_line for op in one.places)

    return inside(flow) or not inside(own)


def _is_handed_in(case: _Case) -> bool:
    """Whether the hazard is about a row that the analysed function was handed."""
    pair = case.hit.proposal.candidate
    facts = map(case.subject.fact_of, (*pair.reads, *pair.acts) if pair is not None else ())
    return case.hit.proposal.entry_row or any(
        one is not None and (one.entry or (one.row is not None and one.row.origin == "entry")) for one in facts
    )


def _flow_at(analysis: Analysis, place: Place) -> Flow:
    low = new_lowering(analysis.project, analysis.models, place.module, analysis.memo)
    return flow_of(lower_function(low, place.node, place.owner, place.name))


def _judged_around(case: _Case, around: list[tuple[Place, Flow]], rewrite: Rewrite, verdict: Verdict) -> Verdict:
    """The verdict, unless one of the functions around does something else than before."""
    analysis = replace(case.analysis, memo=_memo_for(case))
    semantics = Semantics(may_hold_falsehood=not rewrite.assumes_true)
    for place, old in around:
        now = _now(case, place)
        if now is None:
            return Verdict(f"{place.name} would be gone")
        found = alone_as_before(old, _flow_at(analysis, now), rewrite.own, semantics)
        if found.reason:
            return Verdict(f"in {place.name}, {found.reason}")
        gaps = (f"{place.name} is too large to be compared",) if found.is_partial else ()
        verdict = replace(verdict, states=verdict.states + found.states, gaps=(*verdict.gaps, *gaps))
    return verdict


def _memo_for(case: _Case) -> dict[object, object]:
    """What is known of the project, and not of functions."""
    memo = case.analysis.memo
    return {key: memo[key] for key in _OF_PROJECT if key in memo}


def _same_function(case: _Case) -> Place | None:
    """The function of the hazard as it is now."""
    return _now(case, place_of_hit(case.hit, case.module))


def _now(case: _Case, old: Place) -> Place | None:
    """A function as it is now."""
    module = case.analysis.project.module_of(old.module.path)
    if module is None:
        return None
    if old.name == MODULE_LEVEL:
        return Place(module, import_function(module), None, MODULE_LEVEL)
    same = [(name, node, cls) for name, node, cls in functions_of(module) if name == old.name]
    index = [node for name, node, _ in functions_of(old.module) if name == old.name].index(old.node)
    if len(same) <= index:
        return None
    name, node, cls = same[index]
    owner = Definition("class", module, name.rpartition(".")[0], cls) if isinstance(cls, nodes.ClassDef) else None
    return Place(module, node, owner, name)


def _asking_as(flow: Flow, case: _Case) -> Flow:
    """The flow, with what the project knows of the function as it is on the disk: nobody who calls it has changed."""
    old = case.flow
    flow.ask_entry = lambda: case.hit.entry
    flow.ask_outer = lambda _: old.outer
    flow.ask_siblings = lambda: tuple(
        flow if one.lowered.function == old.lowered.function else one for one in old.siblings
    )
    flow.sent_by_jobs, flow.jobs_of, flow.writers_of = old.sent_by_jobs, old.jobs_of, old.writers_of
    return flow


# --------------------------------------------------------------- the rules again


def _found_before(analysis: Analysis, hit: Hit, module: ModuleInfo, flow: Flow) -> _Found:
    """What all rules say of the function, at any confidence; found once a function."""
    key = ("found in", hit.lowered)
    known = analysis.memo.get(key)
    if not isinstance(known, Counter):
        known = analysis.memo[key] = _found_in(replace(analysis, least=Confidence.LOW), hit, module, flow)[0]
    return known


def _found_in(
    analysis: Analysis, hit: Hit, module: ModuleInfo, flow: Flow
) -> tuple[_Found, dict[tuple[str, str], Hit]]:
    """What all rules say of a function: how often each says the same, and one of each."""
    rules = [one for one in all_rules() if one.query is not None and (one.default_on or one is hit.rule)]
    if hit.lowered.function == MODULE_LEVEL:
        rules = [one for one in rules if one.on_import]
    counts: _Found = Counter()
    hits: dict[tuple[str, str], Hit] = {}
    for rule, proposal in proposals_of(rules, flow)[:CANDIDATES_A_FUNCTION]:
        found = judge(analysis, module, rule, proposal, flow, flow.entry)
        if found is not None:
            counts[rule.code, proposal.key] += 1
            hits.setdefault((rule.code, proposal.key), found)
    return counts, hits


def _still_found(case: _Case, now: tuple[_Found, dict[tuple[str, str], Hit]], rewrite: Rewrite) -> str:
    """What the rules say of the new text that they must not, '' for nothing."""
    counts, hits = now
    rule, key = case.hit.rule, case.hit.proposal.key
    allowed = case.found - Counter({(rule.code, key): 1})
    for what, count in counts.items():
        if count <= allowed[what]:
            continue
        if what[0] == rule.code:
            return "the rule would still find it"
        hit = hits[what]
        is_declared = bool(rewrite.declares) and hit.rule.code in _FOLLOWS
        if what not in case.found and hit.confidence > Confidence.LOW and not is_declared:
            return f"it would make a {hit.rule.code} {hit.rule.name} of it"
    return ""


_FOLLOWS = frozenset({"FEN104", "FEN401", "FEN409"})
"""What a lock with an expiry may bring, where the fixer has declared what happens after it."""


# ---------------------------------------------------------------------- the offer


def _fix(case: _Case, fixer: Fixer, rewrite: Rewrite, verdict: Verdict) -> Fix:
    path = relative(case.analysis, str(case.source.path))
    told = [rewrite.why_unsafe, *(TOLD[one] for one in sorted(rewrite.declares)), *verdict.gaps]
    if verdict.is_partial:
        told.append("the function is too large to be compared as a whole")
    applicability = rewrite.applicability
    if applicability is Applicability.SAFE and (any(told) or TWICE in rewrite.cures):
        applicability = Applicability.UNSAFE
    return Fix(
        fixer=fixer.name,
        applicability=str(applicability),
        title=rewrite.title,
        edits=tuple(Edit(path, *one) for one in edits_between(case.source.text, rewrite.text)),
        verified=True,
        states=verdict.states,
        notes=rewrite.notes,
        why_unsafe="; ".join(one for one in told if one) if applicability is not Applicability.SAFE else "",
        digest=((path, digest_of(file_bytes(case.source.path))),),
    )
