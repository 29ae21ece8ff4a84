"""The other functions of a module, as rules ask for them that compare what several functions do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenceline.analyzer.flow import Flow, flow_of
from fenceline.analyzer.lower import functions_of, lower_function, new_lowering
from fenceline.analyzer.project import Definition, ModuleInfo

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
        holder = Definition("class", module, name.rpartition(".")[0], owner) if owner is not None else None
        low = new_lowering(analysis.project, analysis.models, module, analysis.memo)
        lowered = lower_function(low, node, holder, name)
        if lowered.facts:
            found.append(flow_of(lowered))
    analysis.memo[key] = tuple(found)
    return tuple(found)
