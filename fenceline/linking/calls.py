"""Which functions of the project call a function: by the words in the sources first, then by what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fenceline.analyzer import nodes
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.lower import Lowered, functions_of
from fenceline.analyzer.lower_state import Opened, Site
from fenceline.analyzer.project import Definition, ModuleInfo
from fenceline.analyzer.values import Row, Value

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis

FILES = 12
FUNCTIONS = 16


class Place(NamedTuple):
    """A function of the project: its module, its node, the class whose method it is, its qualified name."""

    module: ModuleInfo
    node: nodes.FunctionDef
    owner: Definition | None
    name: str


class Calls(NamedTuple):
    """What a function calls: with which rows, in which transactions, and where; the places of all that is done.

    ``new``: the parameters that each call gives a value that is made anew, by function.
    """

    receipts: tuple[tuple[object, tuple[Row, ...]], ...]
    opened: tuple[tuple[object, Opened | None], ...]
    sites: tuple[Site, ...]
    done: frozenset[tuple[str, nodes.Span]]
    new: Mapping[object, frozenset[str]]


def place_of(module: ModuleInfo, name: str, node: nodes.FunctionDef, cls: nodes.ClassDef | None) -> Place:
    """A function as :func:`functions_of` gives it."""
    owner = Definition("class", module, name.rpartition(".")[0], cls) if cls is not None else None
    return Place(module, node, owner, name)


def function_around(analysis: Analysis, path: str, span: nodes.Span) -> Place | None:
    """The innermost function of a file around a place."""
    module = analysis.project.module_of(Path(path))
    found = _by_line(analysis, module).get(span.line) if module is not None else None
    return place_of(module, *found) if module is not None and found is not None else None


_Function = tuple[str, nodes.FunctionDef, nodes.ClassDef | None]


def _by_line(analysis: Analysis, module: ModuleInfo) -> dict[int, _Function]:
    """The innermost function at each line of a module: every step of every finding in it is asked for its own."""
    key = ("functions by line", module.tree)
    if key not in analysis.memo:
        analysis.memo[key] = {
            line: one for one in functions_of(module) for line in range(one[1].span.line, one[1].span.end_line + 1)
        }
    known = analysis.memo[key]
    assert isinstance(known, dict)
    return known


def calls_in(analysis: Analysis, place: Place) -> Calls:
    """What a function calls, directly and in what is read in place of its calls; read once."""
    key = _key(place)
    known = analysis.memo.get(key)
    if not isinstance(known, Calls):
        known = note_calls(analysis, place, analysis.lowered.at(analysis, place))
    return known


def note_calls(analysis: Analysis, place: Place, lowered: Lowered) -> Calls:
    """Keep what a function calls, which was lowered for whatever reason."""
    receipts = ((called, rows_in(handed)) for called, handed in lowered.receipts)
    done = frozenset((one.op.path, one.op.span) for one in lowered.facts)
    opened, sites = tuple(dict.fromkeys(lowered.opened)), tuple(dict.fromkeys(lowered.sites))
    calls = Calls(tuple(receipts), opened, sites, done, lowered.handed_new)
    analysis.memo[_key(place)] = calls
    return calls


def rows_in(handed: list[Value]) -> tuple[Row, ...]:
    """What of the values that are handed in with a call is rows."""
    return tuple(one for one in handed if isinstance(one, Row))


def _key(place: Place) -> object:
    return "calls in", place.node, place.owner.qualified if place.owner is not None else ""


def callers_in(analysis: Analysis, where: ModuleInfo, node: nodes.FunctionDef) -> list[Place]:
    """The functions of a module, but for this one, in which its name is called."""
    return [one for one in _callers_by_name(analysis, where).get(node.name, ()) if one.node is not node]


def handing(analysis: Analysis, where: ModuleInfo, node: nodes.FunctionDef) -> list[Place]:
    """The functions of a module, but for this one, in which its name is handed to a call."""
    known = analysis.memo.get(("handed in", where.path))
    if not isinstance(known, dict):
        found: dict[str, list[Place]] = {}
        for name, caller, cls in functions_of(where):
            for handed in _handed_names(caller):
                found.setdefault(handed, []).append(place_of(where, name, caller, cls))
        known = analysis.memo["handed in", where.path] = found
    return [one for one in known.get(node.name, ()) if one.node is not node]


def _callers_by_name(analysis: Analysis, where: ModuleInfo) -> dict[str, list[Place]]:
    """Every name that is called in the functions of a module, with those functions."""
    known = analysis.memo.get(("called in", where.path))
    if isinstance(known, dict):
        return known
    found: dict[str, list[Place]] = {}
    for name, node, cls in functions_of(where):
        for called in _called_names(node):
            found.setdefault(called, []).append(place_of(where, name, node, cls))
    analysis.memo["called in", where.path] = found
    return found


def callers_elsewhere(analysis: Analysis, place: Place) -> Iterator[Place]:
    """The functions of other modules, and inherited methods, in which the name of a function is called."""
    yield from islice(chain(_inherited(analysis, place), _elsewhere(analysis, place)), FUNCTIONS)


def _inherited(analysis: Analysis, place: Place) -> Iterator[Place]:
    """Methods of the bases that call this one on self: it runs where they do, with what they hand in."""
    node, owner = place.node, place.owner
    if owner is None:
        return
    for base in analysis.project.mro(owner)[1:]:
        if not isinstance(base.node, nodes.ClassDef):
            continue
        for method in base.node.body:
            if isinstance(method, nodes.FunctionDef) and node.name in _called_names(method):
                nearest = analysis.project.find_attribute(owner, method.name)
                if nearest is not None and nearest[1] is method:
                    yield Place(base.module, method, owner, f"{owner.name}.{method.name}")


def _elsewhere(analysis: Analysis, place: Place) -> Iterator[Place]:
    """Functions of other modules in which the function's name is called."""
    module, node = place.module, place.node
    calling = analysis.indexes.calling(node.name)
    is_common = len(calling) - (module.path in calling[: FILES + 1]) > FILES
    paths = analysis.indexes.importing(module.name, module.path.parent, node.name) if is_common else calling
    paths = [path for path in paths if path != module.path]
    if len(paths) > FILES:
        return
    for path in paths:
        where = analysis.project.module_of(path)
        if where is None:
            continue
        for one in callers_in(analysis, where, node):
            if not is_common or _reaches(analysis, where, one.node, module, node.name):
                yield one


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
    funcs = [one.func for one in with_nested(caller.body) if isinstance(one, nodes.Call)]
    names = [one.attr if isinstance(one, nodes.Attribute) else getattr(one, "id", "") for one in funcs]
    return list(dict.fromkeys(names))


def _handed_names(caller: nodes.FunctionDef) -> list[str]:
    """The last names of what is handed to calls in a function, each once."""
    calls = [one for one in with_nested(caller.body) if isinstance(one, nodes.Call)]
    given = [value for one in calls for value in (*one.args, *(keyword.value for keyword in one.keywords))]
    names = [one.attr if isinstance(one, nodes.Attribute) else getattr(one, "id", "") for one in given]
    return list(dict.fromkeys(names))


def with_nested(body: object) -> Iterator[nodes.Node]:
    """All nodes of a body, those of definitions in it too."""
    for one in walk(body):
        yield one
        if isinstance(one, nodes.FunctionDef | nodes.Lambda):
            yield from with_nested(one.body)
