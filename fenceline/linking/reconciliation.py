"""Whether a scheduled job sends what a function sends: then a message that was lost goes out later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.entries import Entry
from fenceline.analyzer.lower import functions_of
from fenceline.analyzer.lower_state import Fact
from fenceline.linking.calls import Place, place_of, with_nested
from fenceline.linking.reach import entry_at, ways_to
from fenceline.sources import MOST_FILES

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis

MOST = 16
"""Functions that name a task and are asked whether a job runs them."""


def is_sent_by_a_job(analysis: Analysis, fact: Fact) -> bool:
    """Whether some function that is run by a schedule sends the same task. Not known of messages without a task."""
    task = fact.runs
    if not isinstance(task, nodes.FunctionDef):
        return False
    key = ("sent by a job", task)
    if key not in analysis.memo:
        analysis.memo[key] = any(_is_job_that_sends(analysis, one, task) for one in _naming(analysis, task)[:MOST])
    return bool(analysis.memo[key])


def _naming(analysis: Analysis, task: nodes.FunctionDef) -> list[Place]:
    """The functions in which the name of a task stands."""
    modules = map(analysis.project.module_of, analysis.indexes.written(task.name)[:MOST_FILES])
    return [
        place_of(module, name, node, owner)
        for module in modules
        if module is not None
        for name, node, owner in functions_of(module)
        if node is not task and any(_names(one, task.name) for one in with_nested(node.body))
    ]


def _names(node: nodes.Node, name: str) -> bool:
    return getattr(node, "id", getattr(node, "attr", "")) == name


def _is_job_that_sends(analysis: Analysis, place: Place, task: nodes.FunctionDef) -> bool:
    nearest = ways_to(analysis, place).nearest
    if not (_is_job(entry_at(analysis, place)) or (nearest is not None and _is_job(nearest.entry))):
        return False
    lowered = analysis.lowered.at(analysis, place)
    return any(isinstance(one.op, ir.Send) and one.runs is task for one in lowered.facts)


def _is_job(entry: Entry) -> bool:
    return any(way.what == "job" for way in entry.ways())
