"""Under which method and path a function answers requests: told with a finding, and decided on by nothing.

A route is said by a decorator (``@api.post("/orders")``), by a call that names the function or its class
(``path("orders/", views.order)``, ``router.register("orders", Orders)``), and by what the parts are mounted under
(``include("shop.urls")``, ``include_router(api, prefix="/v1")``). The model files say which calls these are: ``route``,
``prefix`` and ``mounts`` are roles of their parameters, ``verbs`` that of the methods of a request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.entries import Entry
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.lower import new_lowering
from fenceline.analyzer.lower_schedules import constant
from fenceline.analyzer.models import Operation
from fenceline.analyzer.names import dotted_name
from fenceline.analyzer.project import Definition, ModuleInfo
from fenceline.analyzer.values import Data, External, Instance, Method, Value
from fenceline.linking.calls import Place
from fenceline.sources import MOST_FILES

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis

VERBS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "WEBSOCKET"})
UNKNOWN = "…"
DEEPEST = 6
"""Parts that are mounted in one another."""

ROUTE = "route"
MOUNTED = "mounted"
"""The kinds of the questions what calls say of a function or its class, and as what a holder is mounted."""

_TABLE = "route table"


class Part(NamedTuple):
    """A piece of a path as it is written, '…' where it is computed; for which methods; and what holds it.

    ``holder`` is a router by its qualified name, or a module of routes by ``module:`` and its name. ``replaces``: it
    stands in for the prefix that the mounted router was made with.
    """

    path: str
    verbs: tuple[str, ...]
    holder: str
    replaces: bool = False


class Said(NamedTuple):
    """What a decorator says: its operation, the piece of a path, and whether that is below one object's."""

    operation: Operation
    part: Part
    is_detail: bool


Where = tuple[str, str, tuple[int, ...]]
"""A function or a class: its file, relative to the root, its name, its place in the file."""


class Named(NamedTuple):
    """A function or class that a call names; of a class those above it too, in the project."""

    own: Where
    above: frozenset[Where]
    part: Part


class Table(NamedTuple):
    """``named`` are in the order of the calls; ``mounts``: holder → the parts it is mounted as."""

    named: list[Named]
    mounts: dict[str, list[Part]]


def route_of(analysis: Analysis, place: Place, entry: Entry) -> tuple[str, str]:
    """The method (``POST``, ``GET, POST``) and the path by which a function is asked for; '' for what is not known."""
    if entry.what not in {"view", "consumer"}:
        return "", ""
    decorated = list(_decorators(analysis, place))
    verbs = next((one.part.verbs for one in decorated if one.part.verbs), ())
    own = next((one for one in decorated if one.operation.roles.get("route")), None)
    if place.owner is not None:
        return _of_method(analysis, place, entry, own, verbs)
    part = own.part if own is not None else _named(analysis, place)
    if part is None:
        return ", ".join(verbs), ""
    return ", ".join(part.verbs or verbs), _whole(analysis, part)


def _of_method(
    analysis: Analysis, place: Place, entry: Entry, own: Said | None, verbs: tuple[str, ...]
) -> tuple[str, str]:
    """That of a method of a class of views: the path of its class, and what is added for this method."""
    roles = _roles_of_base(analysis, entry)
    stated, details, name = roles.get("verbs"), roles.get("details"), place.node.name
    verb = str(stated.get(name, "")) if isinstance(stated, dict) else ""
    verb = verb or (name.upper() if name.upper() in VERBS else "") or ", ".join(verbs)
    part = _named(analysis, place)
    if part is None:
        return verb, ""
    pieces = [_whole(analysis, part)]
    if own.is_detail if own is not None else isinstance(details, list) and name in details:
        pieces.append("{pk}/")
    if own is not None:
        pieces.append(f"{own.part.path or name}/")
    return verb or ", ".join(part.verbs), joined(pieces)


def _roles_of_base(analysis: Analysis, entry: Entry) -> dict[str, object]:
    base = analysis.models.entries.get(entry.name)
    return dict(base.operation.roles) if base is not None else {}


def _decorators(analysis: Analysis, place: Place) -> Iterator[Said]:
    """What each decorator says that a model file knows to say something of routes."""
    for one in place.node.decorators:
        target = one.func if isinstance(one, nodes.Call) else one
        operation, receiver = _operation_of(analysis, place.module, target)
        if operation is None or not operation.roles.keys() & {"route", "verbs", "default_verb"}:
            continue
        given = _bound(operation, one) if isinstance(one, nodes.Call) else {}
        path = _text(analysis, place.module, given.get(str(operation.roles.get("route"))))
        verbs = _verbs(analysis, place.module, operation, given)
        detail = given.get(str(operation.roles.get("detail")))
        is_detail = isinstance(detail, nodes.Literal) and detail.value is True
        yield Said(operation, Part(path, verbs, _holder_of(receiver, place.module)), is_detail)


def _named(analysis: Analysis, place: Place) -> Part | None:
    """What a call elsewhere says of a function, or of the class whose method it is, derived classes included."""
    own = [_where(analysis, place.module, place.node)]
    if place.owner is not None:
        own.append(_where(analysis, place.owner.module, place.owner.bare.node))
    found = _part_of(analysis, own)
    question = ROUTE, *(str(part) for one in own for part in one)
    analysis.project.notebook.consult(question, repr(found))
    return found


def _part_of(analysis: Analysis, own: list[Where]) -> Part | None:
    named = _table(analysis).named
    near = (one.part for one in named if one.own in own)
    derived = (one.part for one in named if own[-1] in one.above)
    return next(near, None) or next(derived, None)


def _where(analysis: Analysis, module: ModuleInfo, node: nodes.Node) -> Where:
    span = node.span
    place = (span.line, span.column, span.end_line, span.end_column)
    return analysis.project.layout.below_root(module.path), str(getattr(node, "name", "")), place


def answer(analysis: Analysis, question: tuple[str, ...]) -> str | None:
    """What is answered to a question now; None for one that is not asked here."""
    match question:
        case ("route", *words):
            places = [(words[n], words[n + 1], _numbers(words[n + 2])) for n in range(0, len(words), 3)]
            return repr(_part_of(analysis, places))
        case ("mounted", holder):
            return repr(next(iter(_table(analysis).mounts.get(holder, ())), None))
        case _:
            return None


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(one) for one in text.strip("()").split(","))


def _whole(analysis: Analysis, part: Part) -> str:
    """The path from the root: what it is mounted under, of several the first."""
    table = _table(analysis)
    pieces = [part.path]
    holder = part.holder
    for _ in range(DEEPEST):
        above = next(iter(table.mounts.get(holder, ())), None)
        analysis.project.notebook.consult((MOUNTED, holder), repr(above))
        if above is None or not above.replaces:
            pieces.append(_prefix_of(analysis, holder))
        if above is None:
            break
        pieces.append(above.path)
        holder = above.holder
    return joined(reversed(pieces))


def joined(pieces: Iterator[str] | list[str]) -> str:
    """One path of its pieces: ``api/``, ``^orders/$`` → ``/api/orders/``."""
    plain = [one.removeprefix("^").removesuffix("$") for one in pieces]
    plain = [one for one in plain if one]
    text = "/".join(one.strip("/") for one in plain if one.strip("/"))
    ending = "/" if plain and plain[-1].endswith("/") and text else ""
    return f"/{text}{ending}"


def _prefix_of(analysis: Analysis, holder: str) -> str:
    """The prefix that a router was made with."""
    module_name, _, name = holder.rpartition(".")
    module = analysis.project.find_module(module_name) if module_name and ":" not in holder else None
    made = module.assigns.get(name) if module is not None else None
    if module is None or not isinstance(made, nodes.Call):
        return ""
    value = _value(analysis, module, made.func)
    kind = analysis.models.type_named(value.qualified) if isinstance(value, External) else None
    prefix = kind.roles.get("prefix") if kind is not None else None
    given = next((one.value for one in made.keywords if one.name == prefix), None) if prefix else None
    return _text(analysis, module, given)


# ---------------------------------------------------------------------- the table


def _table(analysis: Analysis) -> Table:
    known = analysis.memo.get(_TABLE)
    if not isinstance(known, Table):
        with analysis.project.notebook.apart():
            known = analysis.memo[_TABLE] = _read(analysis)
    return known


def _read(analysis: Analysis) -> Table:
    table = Table([], {})
    by_name = _by_name(analysis)
    words = b"|".join(re.escape(one.encode()) for one in sorted(by_name))
    pattern = re.compile(rb"\b(?:" + words + rb")\s*\(")
    for path in list(analysis.indexes.matching(pattern))[:MOST_FILES]:
        name = analysis.project.layout.below_root(path)
        named, mounts = analysis.parts.of("routes", name, partial(_read_in, analysis, path))
        for own, above, (route, verbs, holder, replaces) in named:
            part = Part(route, tuple(verbs), holder, replaces)
            table.named.append(Named(_where_of(own), frozenset(map(_where_of, above)), part))
        for mounted, (route, verbs, holder, replaces) in mounts:
            table.mounts.setdefault(mounted, []).append(Part(route, tuple(verbs), holder, replaces))
    return table


def _where_of(record: list[Any]) -> Where:
    path, name, span = record
    return path, name, tuple(span)


def _read_in(analysis: Analysis, path: Path) -> list[Any]:
    """What the calls in a module name, and what they mount."""
    by_name = _by_name(analysis)
    module = analysis.project.module_of(path)
    said = _Said([], [])
    below: dict[int, str] = {}  # a call inside another one's list of routes → what that one is mounted as
    for call in _calls(module.tree.body) if module is not None else ():
        name = call.func.attr if isinstance(call.func, nodes.Attribute) else getattr(call.func, "id", "")
        if name in by_name and module is not None:
            _add(analysis, said, module, call, by_name[name], below)
    return [said.named, said.mounts]


class _Said(NamedTuple):
    """What the calls of one module say, as values that JSON has."""

    named: list[list[Any]]
    mounts: list[list[Any]]


def _add(
    analysis: Analysis,
    said: _Said,
    module: ModuleInfo,
    call: nodes.Call,
    unseen: Operation | None,
    below: dict[int, str],
) -> None:
    """Keeps what one call says; ``unseen`` is what its name alone means, where nothing is known of the object."""
    operation, receiver = _operation_of(analysis, module, call.func)
    if operation is None and _is_unseen(module, call.func, receiver):
        operation = unseen
    if operation is None or not _targets_of(operation):
        return
    given = _bound(operation, call)
    written = given.get(str(operation.roles.get("route", operation.roles.get("prefix"))))
    path = _text(analysis, module, written)
    outer = below.get(id(call))
    path = joined([outer, path]).lstrip("/") if outer is not None else path
    replaces = written is not None and operation.roles.get("replaces") is True
    part = Part(path, _verbs(analysis, module, operation, given), _holder_of(receiver, module), replaces)
    for role in _targets_of(operation):
        target = given.get(role)
        if target is None:
            continue
        inner = [one for one in walk(target) if isinstance(one, nodes.Call)]
        within = [one for one in inner if _targets_of(_operation_of(analysis, module, one.func)[0])]
        if within:
            below.update((id(one), path) for one in within)
            continue
        for found in _meant(analysis, module, target):
            if isinstance(found, str):
                said.mounts.append([found, list(part)])
            else:
                above = analysis.project.mro(found) if found.kind == "class" else ()
                places = [list(_where(analysis, one.module, one.node)) for one in above]
                said.named.append([list(_where(analysis, found.module, found.node)), places, list(part)])


def _is_unseen(module: ModuleInfo, func: nodes.Expr, receiver: Value) -> bool:
    """Whether a method is called on something of which nothing is known: a local name, an argument."""
    first = (dotted_name(func) or "").partition(".")[0]
    return isinstance(receiver, Data) or (isinstance(func, nodes.Attribute) and first not in module.imports)


def _targets_of(operation: Operation | None) -> list[str]:
    """The parameters of a call that hold what answers under its path."""
    if operation is None or not operation.roles.keys() & {"route", "prefix"}:
        return []
    roles = operation.roles.get("mounts", operation.roles.get("callback"))
    return [str(one) for one in roles] if isinstance(roles, list) else [str(roles)] if roles else []


def _meant(analysis: Analysis, module: ModuleInfo, node: nodes.Expr, depth: int = 0) -> Iterator[Definition | str]:
    """The functions and classes of ours, the routers and the modules of routes that an expression names."""
    if isinstance(node, nodes.Literal) and isinstance(node.value, str) and depth:
        found = analysis.project.find_module(node.value, module)
        if found is not None:
            yield f"module:{found.name}"
        return
    name = dotted_name(node.func) if isinstance(node, nodes.Call) else dotted_name(node)
    meant = analysis.project.resolve(module, name) if name else None
    if isinstance(meant, Definition):
        if meant.kind in {"function", "class"}:
            yield meant.bare
        else:
            yield f"module:{meant.module.name}" if meant.kind == "module" else meant.qualified
    elif isinstance(node, nodes.Call) and depth < DEEPEST:
        for one in (*node.args, *(keyword.value for keyword in node.keywords)):
            yield from _meant(analysis, module, one, depth + 1)
    elif isinstance(node, nodes.Sequence) and depth < DEEPEST:
        for one in node.items:
            yield from _meant(analysis, module, one, depth + 1)


def _by_name(analysis: Analysis) -> dict[str, Operation | None]:
    """The last parts of the names of all calls that say routes; what a method means by its name alone, if one thing.

    Of functions only those of libraries that the project mentions.
    """
    models = analysis.models
    found: dict[str, Operation | None] = {}
    for kind in models.types.values():
        for name, operation in kind.methods.items():
            if _targets_of(operation):
                found[name] = None if name in found and found[name] != operation else operation
    functions = [name for name, one in models.entries.items() if one.kind == "call" and _targets_of(one.operation)]
    functions += [name for name, operation in models.functions.items() if _targets_of(operation)]
    for name in analysis.indexes.of_mentioned(functions):
        found.setdefault(name.rpartition(".")[2], None)
    return found


# -------------------------------------------------------------------- expressions


def _operation_of(analysis: Analysis, module: ModuleInfo, func: nodes.Expr) -> tuple[Operation | None, Value]:
    """What a called or decorating expression means to a model file, and the object whose method it is."""
    value = _value(analysis, module, func)
    if isinstance(value, Method):
        return value.operation, value.receiver
    if isinstance(value, External):
        entry = analysis.models.entries.get(value.qualified)
        return (entry.operation if entry is not None else analysis.models.functions.get(value.qualified)), value
    return None, value


def _value(analysis: Analysis, module: ModuleInfo, node: nodes.Expr) -> Value:
    return new_lowering(analysis.project, analysis.models, module, analysis.memo).aside(module).evaluate(node)


def _holder_of(receiver: Value, module: ModuleInfo) -> str:
    if isinstance(receiver, Instance) and isinstance(receiver.ident, ir.Shared):
        return receiver.ident.label
    return f"module:{module.name}"


def _bound(operation: Operation, call: nodes.Call) -> dict[str, nodes.Expr]:
    given = {one.name: one.value for one in call.keywords if one.name is not None}
    given.update(zip(operation.params, call.args, strict=False))
    return given


def _text(analysis: Analysis, module: ModuleInfo, node: nodes.Expr | None) -> str:
    if node is None:
        return ""
    stated = constant(_value(analysis, module, node))
    return stated if isinstance(stated, str) else UNKNOWN


def _verbs(
    analysis: Analysis, module: ModuleInfo, operation: Operation, given: dict[str, nodes.Expr]
) -> tuple[str, ...]:
    """The methods of a request: those given, that which the call is named after, or the usual one."""
    stated = given.get(str(operation.roles.get("verbs")))
    items = stated.items if isinstance(stated, nodes.Sequence) else [stated] if stated is not None else []
    texts = [_text(analysis, module, one).upper() for one in items]
    named = operation.name.rpartition(".")[2].rpartition("_")[2].upper()
    if not texts and named in VERBS:
        return (named,)
    usual = operation.roles.get("default_verb")
    return tuple(one for one in texts if one in VERBS) or ((str(usual),) if usual else ())


def _calls(body: object) -> Iterator[nodes.Call]:
    """All calls of a module in its order, the outer before the inner."""
    for one in walk(body):
        if isinstance(one, nodes.Call):
            yield one
        elif isinstance(one, nodes.FunctionDef | nodes.Lambda | nodes.ClassDef):
            yield from _calls(one.body)
