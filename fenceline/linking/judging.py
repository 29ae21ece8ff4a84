"""What the rules propose of a function, and what the oracle says to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fenceline.analyzer import ir
from fenceline.analyzer.beside import program_beside
from fenceline.analyzer.entries import REGISTRY, Entry
from fenceline.analyzer.explore import explore
from fenceline.analyzer.explore_values import Semantics
from fenceline.analyzer.flow import Flow, flow_of
from fenceline.analyzer.lower import Lowered
from fenceline.analyzer.project import ModuleInfo
from fenceline.analyzer.signature import signature_of
from fenceline.analyzer.slices import held_by_caller, program_for
from fenceline.analyzer.suspicion import caller_may_hold, suspicion_of
from fenceline.linking.callers import transaction_around
from fenceline.linking.calls import Place
from fenceline.linking.findings import Hit, place_of_hit
from fenceline.linking.reach import entry_at, ways_to
from fenceline.linking.reconciliation import is_sent_by_a_job
from fenceline.linking.registry import ProjectRegistry
from fenceline.linking.siblings import flows_in
from fenceline.linking.writers import ProjectWriters
from fenceline.queries.proposal import Proposal
from fenceline.rules import all_rules
from fenceline.rules.rule import Rule

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis

WRITERS = "writers"
STATE_CAP = 4_000
CANDIDATES_A_FUNCTION = 40


def flow_in(analysis: Analysis, place: Place, lowered: Lowered) -> Flow:
    """The flow of a function, which asks the project what only the project knows."""
    flow = flow_of(lowered)
    flow.ask_entry = lambda: entry_at(analysis, place)
    flow.ask_siblings = lambda: flows_in(analysis, place.module)
    flow.ask_outer = lambda op: transaction_around(analysis, place, op)
    flow.sent_by_jobs = lambda fact: is_sent_by_a_job(analysis, fact)
    registry = analysis.memo[REGISTRY]
    assert isinstance(registry, ProjectRegistry)
    flow.jobs_of = registry.jobs_of
    writers = analysis.memo[WRITERS]
    assert isinstance(writers, ProjectWriters)
    flow.writers_of = writers
    return flow


def proposals_of(rules: Sequence[Rule], flow: Flow) -> list[tuple[Rule, Proposal]]:
    """What the rules propose; a rule over others is given what those propose, whether or not they are asked for."""
    made: dict[str, list[Proposal]] = {}

    def of(rule: Rule) -> list[Proposal]:
        if rule.code not in made and rule.query is not None:
            below = [proposal for one in all_rules() if one.code in rule.over for proposal in of(one)]
            made[rule.code] = list(rule.query(flow, below) if rule.over else rule.query(flow))
        return made.get(rule.code, [])

    return [(rule, proposal) for rule in rules for proposal in of(rule)]


def judge(
    analysis: Analysis, module: ModuleInfo, rule: Rule, proposal: Proposal, flow: Flow, entry: Entry
) -> Hit | None:
    """Asks the oracle; None when it finds nothing wrong, or nothing that would be shown."""
    lowered = flow.lowered
    if proposal.candidate is None:
        doubt = "" if proposal.is_certain else proposal.suspicion
        return Hit(rule, proposal, lowered, entry, proposal.trace, doubt)
    program = program_for(flow, proposal.candidate, rule.faults)
    if proposal.other is not None:
        program = program_beside(program, proposal.other)
    doubt = suspicion_of(flow, proposal.candidate) or ("" if proposal.is_certain else proposal.suspicion)
    if not doubt and not entry.what:
        doubt = caller_may_hold(flow, proposal.candidate)
        if doubt and _verdict(analysis, held_by_caller(program), proposal.losers_fail).status == "violation":
            doubt = ""  # the lock does not help, whoever holds it
    hit = Hit(rule, proposal, lowered, entry, (), doubt)
    if proposal.needs_entry and not hit.suspicion:
        hit.is_awaited = entry.is_concurrent or ways_to(analysis, place_of_hit(hit, module)).is_concurrent
    if hit.at_most < analysis.least and not rule.over:  # those that it supersedes are not shown either
        return None
    verdict = _verdict(analysis, program, proposal.losers_fail)
    if verdict.status == "safe":
        return None
    hit.trace = verdict.trace
    if proposal.needs_actor and entry.is_concurrent and verdict.status == "violation":
        # what a request or a task answers is not acted on: the second one may say "done" instead of "done already"
        alike = _verdict(analysis, program, proposal.losers_fail, ends_count=False)
        hit.is_awaited = alike.status != "safe"
    if verdict.status == "limit":
        hit.suspicion = verdict.reason or "too large to explore"
    return hit


def _verdict(analysis: Analysis, program: ir.Program, losers_fail: bool, *, ends_count: bool = True) -> ir.Verdict:
    """What the explorer says; equal slices are explored once, whatever led to them."""
    key = ("verdict", signature_of(program), losers_fail, ends_count)
    known = analysis.memo.get(key)
    if not isinstance(known, ir.Verdict):
        semantics = Semantics(refused_runs=not losers_fail, ends_count=ends_count)
        known = explore(program, STATE_CAP, semantics=semantics)
        analysis.memo[key] = known
    return known
