"""Who calls a function with which rows: asked only for a hazard on a row that was handed in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from fenceline.analyzer import nodes
from fenceline.analyzer.entries import entry_of
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.lower import functions_of, lower_function, new_lowering
from fenceline.analyzer.project import Definition, ModuleInfo
from fenceline.analyzer.values import Row, Value
from fenceline.called import call_index
from fenceline.discovery import project_sources

if TYPE_CHECKING:
    from fenceline.analysis import Analysis

FILES = 12
FUNCTIONS = 16
STEPS = 4
_Function = tuple[str, nodes.FunctionDef, nodes.ClassDef | None]


def handed_rows(
    analysis: Analysis, module: ModuleInfo, node: nodes.FunctionDef, owner: Definition | None
) -> list[list[Row]]:
    """The rows that each call in sight, in other modules and in inherited methods, hands to the function."""
    found: list[list[Row]] = []
    for where, caller, holder, name in _candidates(analysis, module, node, owner):
        for called, handed in _receipts(analysis, where, caller, holder, name):
            if called is node:
                found.append([one for one in handed if isinstance(one, Row)])
    return found


def is_run_by_hand(
    analysis: Analysis, module: ModuleInfo, node: nodes.FunctionDef, owner: Definition | None, steps: int = STEPS
) -> bool:
    """Whether the function is called, and in the end by nothing but commands that somebody gives."""
    paths = _index(analysis).get(node.name.encode(), ())
    if owner is not None or len(paths) > FILES:
        return False
    is_called = False
    for path in paths:
        where = analysis.project.module_of(path)
        called = [] if where is None else _callers_in(analysis, where, node)
        if where is None or (not called and where is not module):
            return False
        for name, caller, cls in called:
            holder = Definition("class", where, name.rpartition(".")[0], cls) if cls is not None else None
            low = new_lowering(analysis.project, analysis.models, where, analysis.memo)
            entry = entry_of(low, caller, holder)
            is_reached = not entry.what and steps > 1 and caller is not node
            if not entry.is_alone and not (is_reached and is_run_by_hand(analysis, where, caller, holder, steps - 1)):
                return False
            is_called = True
    return is_called


def _callers_in(analysis: Analysis, where: ModuleInfo, node: nodes.FunctionDef) -> list[_Function]:
    """The functions of a module, but for this one, in which its name is called."""
    return [one for one in _callers_by_name(analysis, where).get(node.name, ()) if one[1] is not node]


def _callers_by_name(analysis: Analysis, where: ModuleInfo) -> dict[str, list[_Function]]:
    """Every name that is called in the functions of a module, with those functions."""
    known = analysis.memo.get(("called in", where.path))
    if isinstance(known, dict):
        return known
    found: dict[str, list[_Function]] = {}
    for one in functions_of(where):
        for name in _called_names(one[1]):
            found.setdefault(name, []).append(one)
    analysis.memo["called in", where.path] = found
    return found


def is_run_by_many(
    analysis: Analysis, module: ModuleInfo, node: nodes.FunctionDef, owner: Definition | None, steps: int = STEPS
) -> bool:
    """Whether a request, a task or a consumer calls the function, directly or through a few others."""
    key = ("run by many", module.name, node.name, owner.qualified if owner is not None else "")
    if key not in analysis.memo:
        analysis.memo[key] = False  # a function that leads back to itself says nothing
        analysis.memo[key] = _is_run_by_many(analysis, module, node, owner, steps)
    return bool(analysis.memo[key])


def _is_run_by_many(
    analysis: Analysis, module: ModuleInfo, node: nodes.FunctionDef, owner: Definition | None, steps: int
) -> bool:
    around = [
        (module, caller, Definition("class", module, name.rpartition(".")[0], cls) if cls is not None else None, name)
        for name, caller, cls in _callers_in(analysis, module, node)
    ]
    for where, caller, holder, name in (*around, *_candidates(analysis, module, node, owner)):
        low = new_lowering(analysis.project, analysis.models, where, analysis.memo)
        entry = entry_of(low, caller, holder)
        if not (entry.is_concurrent or (steps > 1 and not entry.what)):
            continue
        if any(called is node for called, _ in _receipts(analysis, where, caller, holder, name)):
            if entry.is_concurrent or is_run_by_many(analysis, where, caller, holder, steps - 1):
                return True
    return False


def _receipts(
    analysis: Analysis, where: ModuleInfo, caller: nodes.FunctionDef, holder: Definition | None, name: str
) -> list[tuple[object, list[Value]]]:
    key = ("receipts", where.name, name, holder.qualified if holder is not None else "")
    if key not in analysis.memo:
        low = new_lowering(analysis.project, analysis.models, where, analysis.memo)
        analysis.memo[key] = lower_function(low, caller, holder, name).receipts
    known = analysis.memo[key]
    return known if isinstance(known, list) else []


_Candidate = tuple[ModuleInfo, nodes.FunctionDef, Definition | None, str]


def _candidates(
    analysis: Analysis, module: ModuleInfo, node: nodes.FunctionDef, owner: Definition | None
) -> Iterator[_Candidate]:
    yield from islice(chain(_inherited(analysis, node, owner), _elsewhere(analysis, module, node)), FUNCTIONS)


def _inherited(analysis: Analysis, node: nodes.FunctionDef, owner: Definition | None) -> Iterator[_Candidate]:
    """Methods of the bases that call this one on self: it runs where they do, with what they hand in."""
    if owner is None:
        return
    for base in analysis.project.mro(owner)[1:]:
        if not isinstance(base.node, nodes.ClassDef):
            continue
        for method in base.node.body:
            if isinstance(method, nodes.FunctionDef) and node.name in _called_names(method):
                nearest = analysis.project.find_attribute(owner, method.name)
                if nearest is not None and nearest[1] is method:
                    yield base.module, method, owner, f"{owner.name}.{method.name}"


def _elsewhere(analysis: Analysis, module: ModuleInfo, node: nodes.FunctionDef) -> Iterator[_Candidate]:
    """Functions of other modules in which the function's name is called."""
    paths = [path for path in _index(analysis).get(node.name.encode(), ()) if path != module.path]
    if len(paths) > FILES:
        return
    for path in paths:
        where = analysis.project.module_of(path)
        if where is None:
            continue
        for name, caller, cls in _callers_in(analysis, where, node):
            holder = Definition("class", where, name.rpartition(".")[0], cls) if cls is not None else None
            yield where, caller, holder, name


def _called_names(caller: nodes.FunctionDef) -> list[str]:
    """The last names of what is called in a function, each once."""
    funcs = [one.func for one in walk(caller.body) if isinstance(one, nodes.Call)]
    names = [one.attr if isinstance(one, nodes.Attribute) else getattr(one, "id", "") for one in funcs]
    return list(dict.fromkeys(names))


def _index(analysis: Analysis) -> dict[bytes, list[Path]]:
    """Every called name of the project's sources with the files in which it is called."""
    known = analysis.memo.get("calls")
    if isinstance(known, dict):
        return known
    found = call_index(project_sources(analysis.project.root))
    analysis.memo["calls"] = found
    return found
