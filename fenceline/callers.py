"""Who calls a function with which rows: asked only for a hazard on a row that was handed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fenceline.analyzer import nodes
from fenceline.analyzer.entries import entry_of
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.lower import functions_of, lower_function, new_lowering
from fenceline.analyzer.lower_state import Opened
from fenceline.analyzer.project import Definition, ModuleInfo
from fenceline.analyzer.values import Row, Value
from fenceline.called import call_index
from fenceline.discovery import project_sources

if TYPE_CHECKING:
    from fenceline.analysis import Analysis

FILES = 12
FUNCTIONS = 16
STEPS = 4
ROW_STEPS = 3  # the direct callers, and two above those that only hand on what they were handed
_Function = tuple[str, nodes.FunctionDef, nodes.ClassDef | None]
_Place = tuple[ModuleInfo, nodes.FunctionDef, Definition | None]
_Candidate = tuple[ModuleInfo, nodes.FunctionDef, Definition | None, str]


class Receipt(NamedTuple):
    """A call in sight: the function that makes it, and the rows that it hands in."""

    where: ModuleInfo
    caller: nodes.FunctionDef
    holder: Definition | None
    rows: list[Row]


Receipts = Mapping[object, list[Receipt]]


def receipt_of(where: ModuleInfo, caller: nodes.FunctionDef, holder: Definition | None, handed: list[Value]) -> Receipt:
    """What a function hands in with one call."""
    return Receipt(where, caller, holder, [one for one in handed if isinstance(one, Row)])


def is_handed_locked(
    analysis: Analysis,
    module: ModuleInfo,
    node: nodes.FunctionDef,
    owner: Definition | None,
    receipts: Receipts,
    steps: int = ROW_STEPS,
) -> bool:
    """Whether every call in sight hands in a row that is locked or new; False when there is no call.

    ``receipts`` are the calls in the function's own module; ``steps`` is how many callers in a row are asked, 0 for
    those of the module alone. A caller that only hands on what it was handed is no answer: its own callers are.
    """
    return _is_locked_by_all(analysis, (module, node, owner), receipts, steps, (node,))


def _is_locked_by_all(
    analysis: Analysis, place: _Place, receipts: Receipts, steps: int, below: tuple[nodes.FunctionDef, ...]
) -> bool:
    handed_on: dict[nodes.FunctionDef, Receipt] = {}
    is_called = False
    for one in _calls_of(analysis, place, receipts, steps):
        is_called = True
        if any(_is_protected(row) for row in one.rows):
            continue
        if steps <= 1 or not any(row.origin == "entry" for row in one.rows):
            return False
        if one.caller not in below:  # who calls itself hands in what it was handed
            handed_on[one.caller] = one
    for one in handed_on.values():
        low = new_lowering(analysis.project, analysis.models, one.where, analysis.memo)
        if entry_of(low, one.caller, one.holder).what:
            return False
        above = (one.where, one.caller, one.holder)
        near = receipts if one.where is place[0] else _receipts_around(analysis, above)
        if not _is_locked_by_all(analysis, above, near, steps - 1, (*below, one.caller)):
            return False
    return is_called


def _is_protected(row: Row) -> bool:
    return bool(row.lock) or row.is_below_lock or row.origin == "created"


def _calls_of(analysis: Analysis, place: _Place, receipts: Receipts, steps: int) -> Iterator[Receipt]:
    """The calls of a function: those of its module, then those in other modules and in inherited methods."""
    module, node, owner = place
    yield from receipts.get(node, ())
    if steps > 0:
        for where, caller, holder, name in _candidates(analysis, module, node, owner):
            yield from _handed_by(analysis, (where, caller, holder, name), node)


def _receipts_around(analysis: Analysis, place: _Place) -> Receipts:
    """The calls of a function in its own module."""
    module, node, _ = place
    found: list[Receipt] = []
    for name, caller, cls in islice(_callers_in(analysis, module, node), FUNCTIONS):
        holder = Definition("class", module, name.rpartition(".")[0], cls) if cls is not None else None
        found += _handed_by(analysis, (module, caller, holder, name), node)
    return {node: found}


def _handed_by(analysis: Analysis, candidate: _Candidate, node: nodes.FunctionDef) -> Iterator[Receipt]:
    where, caller, holder, name = candidate
    for called, handed in _receipts(analysis, where, caller, holder, name):
        if called is node:
            yield receipt_of(where, caller, holder, handed)


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
    for where, caller, holder, name in callers_of(analysis, module, node, owner):
        low = new_lowering(analysis.project, analysis.models, where, analysis.memo)
        entry = entry_of(low, caller, holder)
        if not (entry.is_concurrent or (steps > 1 and not entry.what)):
            continue
        if any(called is node for called, _ in _receipts(analysis, where, caller, holder, name)):
            if entry.is_concurrent or is_run_by_many(analysis, where, caller, holder, steps - 1):
                return True
    return False


def callers_of(
    analysis: Analysis, module: ModuleInfo, node: nodes.FunctionDef, owner: Definition | None
) -> Iterator[_Candidate]:
    """The functions that may call this one, by its name: of its module, then of others; with holder and name."""
    for name, caller, cls in _callers_in(analysis, module, node):
        holder = Definition("class", module, name.rpartition(".")[0], cls) if cls is not None else None
        yield module, caller, holder, name
    yield from _candidates(analysis, module, node, owner)


def transaction_around(
    analysis: Analysis, module: ModuleInfo, node: nodes.FunctionDef, owner: Definition | None, steps: int = STEPS
) -> Opened | None:
    """A transaction in which the function is run: of whoever runs it, of a caller, or around one of its callers.

    The first that is found; other callers may have none. None where no caller in sight has one open.
    """
    key = ("transaction around", module.name, node, owner.qualified if owner is not None else "")
    if key not in analysis.memo:
        analysis.memo[key] = None  # a function that leads back to itself says nothing
        analysis.memo[key] = _transaction_around(analysis, module, node, owner, steps)
    known = analysis.memo[key]
    return known if isinstance(known, Opened) else None


def _transaction_around(
    analysis: Analysis, module: ModuleInfo, node: nodes.FunctionDef, owner: Definition | None, steps: int
) -> Opened | None:
    low = new_lowering(analysis.project, analysis.models, module, analysis.memo)
    way = entry_of(low, node, owner)
    if any(one.word("within") == "transaction" for one in way.ways()):
        return Opened(node.name_span, str(module.path), f"the transaction around the {way.what}")
    if way.word("within") == "none":
        return None
    bare: list[_Candidate] = []
    for one in callers_of(analysis, module, node, owner):
        where, caller, holder, name = one
        around = [opened for called, opened in _opened(analysis, where, caller, holder, name) if called is node]
        found = next((opened for opened in around if opened is not None), None)
        if found is not None:
            return found
        if around:
            bare.append(one)
    for where, caller, holder, _ in bare if steps > 1 else ():
        found = transaction_around(analysis, where, caller, holder, steps - 1)
        if found is not None:
            return found
    return None


def _opened(
    analysis: Analysis, where: ModuleInfo, caller: nodes.FunctionDef, holder: Definition | None, name: str
) -> list[tuple[object, Opened | None]]:
    """The functions that a caller calls, with the transaction open around each call."""
    _receipts(analysis, where, caller, holder, name)
    known = analysis.memo.get(("opened", where.name, name, holder.qualified if holder is not None else ""))
    return known if isinstance(known, list) else []


def _receipts(
    analysis: Analysis, where: ModuleInfo, caller: nodes.FunctionDef, holder: Definition | None, name: str
) -> list[tuple[object, list[Value]]]:
    key = ("receipts", where.name, name, holder.qualified if holder is not None else "")
    if key not in analysis.memo:
        low = new_lowering(analysis.project, analysis.models, where, analysis.memo)
        lowered = lower_function(low, caller, holder, name)
        analysis.memo[key] = lowered.receipts
        analysis.memo["opened", *key[1:]] = lowered.opened
    known = analysis.memo[key]
    return known if isinstance(known, list) else []


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
    is_common = len(paths) > FILES
    if is_common:
        paths = _that_import(analysis, module, paths)
    if len(paths) > FILES:
        return
    for path in paths:
        where = analysis.project.module_of(path)
        if where is None:
            continue
        for name, caller, cls in _callers_in(analysis, where, node):
            if is_common and not _reaches(analysis, where, caller, module, node.name):
                continue
            holder = Definition("class", where, name.rpartition(".")[0], cls) if cls is not None else None
            yield where, caller, holder, name


def _that_import(analysis: Analysis, module: ModuleInfo, paths: list[Path]) -> list[Path]:
    """Of too many files in which a common name is called, those that write the module's name as an import would."""
    known = analysis.memo.setdefault(("naming", module.name), {})
    assert isinstance(known, dict)
    *_, package, last = ("", *module.name.split("."))
    dotted = f"{package}.{last}".encode() if package else last.encode()
    for path in paths:
        if path not in known:
            try:
                text = path.read_bytes()
            except OSError:
                text = b""
            known[path] = dotted in text or (path.parent == module.path.parent and last.encode() in text)
    return [path for path in paths if known[path]]


def _reaches(analysis: Analysis, where: ModuleInfo, caller: nodes.FunctionDef, module: ModuleInfo, name: str) -> bool:
    """Whether a call of that name starts at something that the caller's module has from the other one."""
    for one in walk(caller.body):
        if not isinstance(one, nodes.Call) or getattr(one.func, "attr", getattr(one.func, "id", "")) != name:
            continue
        root: nodes.Expr = one.func
        while isinstance(root, nodes.Call | nodes.Attribute):
            root = root.func if isinstance(root, nodes.Call) else root.value
        found = analysis.project.resolve(where, root.id) if isinstance(root, nodes.Name) else None
        if isinstance(found, Definition) and found.module is module:
            return True
    return False


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
