"""The other functions of a module, as rules ask for them that compare what several functions do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenceline.analyzer.flow import Flow, flow_of
from fenceline.analyzer.lower import functions_of
from fenceline.analyzer.project import ModuleInfo
from fenceline.linking.calls import place_of

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis

MOST = 200


def flows_in(analysis: Analysis, module: ModuleInfo) -> tuple[Flow, ...]:
    """The functions of a module with any op in them, each as it is run by itself; of a large module the first ones."""
    key = ("flows in", module.path)
    known = analysis.memo.get(key)
    if isinstance(known, tuple):
        return known
    found: list[Flow] = []
    for name, node, owner in functions_of(module)[:MOST]:
        lowered = analysis.lowered.at(analysis, place_of(module, name, node, owner))
        if lowered.facts:
            found.append(flow_of(lowered))
    made = analysis.memo[key] = tuple(found)
    analysis.flows.use(analysis.memo, key)
    return made
