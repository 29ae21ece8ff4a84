"""Lowers a function of a source text, for tests that ask how long things take."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fenceline.analyzer import ir
from fenceline.analyzer.flow import Flow, flow_of
from fenceline.analyzer.lower import functions_of, lower_function, new_lowering
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.models import Models, load_models
from fenceline.analyzer.project import Definition, Project


@cache
def models() -> Models:
    return load_models()


def flow_in(root: Path, source: str, function: str = "run") -> Flow:
    """The flow of one function of a module that is written to ``root``."""
    path = root / "shop.py"
    path.write_text(source, encoding="utf-8")
    project = Project(root)
    module = project.module_of(path)
    assert module is not None
    (node, owner), *_ = [(node, owner) for name, node, owner in functions_of(module) if name == function]
    holder = Definition("class", module, function.rpartition(".")[0], owner) if owner is not None else None
    return flow_of(lower_function(new_lowering(project, models(), module, {}), node, holder, function))


def facts_in(root: Path, source: str, *kinds: str) -> list[Fact]:
    """The facts of these kinds in ``run``, in the order of the source."""
    return [one for one in flow_in(root, source).lowered.facts if one.kind in kinds]


def inside_lock(flow: Flow) -> set[ir.Op]:
    """The ops between the first lock taken and the last one given back, without those two."""
    order = sorted(flow.places.values(), key=lambda place: place.number)
    first = next(place.number for place in order if isinstance(place.op, ir.Acquire))
    last = max(place.number for place in order if isinstance(place.op, ir.Release))
    return {place.op for place in order if first < place.number < last}
