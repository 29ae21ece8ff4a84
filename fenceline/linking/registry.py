"""How the whole project runs its functions: registrations in other modules, lists in settings, options in settings.

Built once a process, when it is first asked: files in which a word of the model files for a registration occurs are
read, and of those the functions and top levels in which it is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fenceline.analyzer import nodes
from fenceline.analyzer.durations import seconds_of
from fenceline.analyzer.entries import Entry, entry_without_registry, is_main, made_of
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.lower import MODULE_LEVEL, functions_of, lower_function, module_function, new_lowering
from fenceline.analyzer.lower_schedules import REGISTERED, Registration, closure_of, constant, node_of
from fenceline.analyzer.models import Listing, Models, Operation, Setting
from fenceline.analyzer.names import dotted_name
from fenceline.analyzer.project import Definition, External, ModuleInfo
from fenceline.analyzer.values import Fields, Items, Value, term_of
from fenceline.linking.mapped_methods import mapped_methods, words_that_map
from fenceline.sources import modules_with, packages_mentioned, sources_of

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis

CALLS_OF_REGISTERING = 2
"""How many calls within calls are read for what a function registers; what it calls is read for itself as well."""

_Places = dict[int, list[tuple[nodes.FunctionDef, Entry]]]


class ProjectRegistry:
    """See :class:`fenceline.analyzer.entries.Registry`."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._words = _Words(analysis.models)
        self._ways: _Places | None = None
        self._settings: dict[tuple[str, str], object] | None = None
        self.is_building = False
        self._unread: set[str] = set()
        self._called: dict[str, list[nodes.FunctionDef]] | None = None

    def prepare(self) -> None:
        """Gather what is registered, unless that is done, or being done."""
        if self._ways is None and not self.is_building:
            self._build()

    def ways_of(self, node: nodes.FunctionDef) -> tuple[Entry, ...]:
        """The entries that registrations elsewhere make of a function; none while these are being gathered."""
        if self._ways is None:
            if self.is_building:
                return ()
            self._build()
        assert self._ways is not None
        return tuple(entry for known, entry in self._ways.get(id(node), ()) if known is node)

    def stand_for(self, new: nodes.FunctionDef, old: nodes.FunctionDef) -> None:
        """Takes a function that is read anew for the one that it was: what it is registered with still calls it."""
        if self._ways is not None and id(old) in self._ways:
            self._ways[id(new)] = [(new, entry) for known, entry in self._ways[id(old)] if known is old]

    def setting(self, entry: str, fact: str) -> object | None:
        """What the settings of the project say of all entries made by something of this name; None for nothing."""
        if self._settings is None:
            if self.is_building:
                return None
            self._build()
        assert self._settings is not None
        return self._settings.get((entry, fact))

    def jobs_of(self, type_id: str) -> tuple[int, int]:
        """How many registrations with a kind of scheduler lead to functions of ours, and how many do not."""
        if self._ways is None and not self.is_building:
            self._build()
        kinds = {one.id for one in self._analysis.models.lineage(type_id)}
        names = [one.name for known in (self._ways or {}).values() for _, one in known]
        read, unread = (sum(name.rpartition(".")[0] in kinds for name in one) for one in (names, self._unread))
        return read, unread

    # ------------------------------------------------------------------ building

    def _build(self) -> None:
        self.is_building = True
        try:
            functions = packages_mentioned(self._analysis, self._words.functions)
            modules = list(modules_with(self._analysis, self._words.pattern(functions)))
            self._settings = self._read_settings(modules)
            self._ways = {}
            for module in modules:
                self._lower_registering(module)
            known = self._analysis.memo.get(REGISTERED, {})
            assert isinstance(known, dict)
            for one in list(known.values()):
                self._add(one)
            for module in modules:
                self._read_listings(module)
                for node, entry in mapped_methods(self._analysis, module):
                    self._keep(node, entry)
        finally:
            self.is_building = False

    def _lower_registering(self, module: ModuleInfo) -> None:
        """Lowers what registers functions, for the registrations that this leaves in the memo."""
        analysis = self._analysis
        if self._registers(module, _top_level(module)):
            low = new_lowering(analysis.project, analysis.models, module, analysis.memo)
            lower_function(low, module_function(module, module.tree.body), None, MODULE_LEVEL)
        for holder in _classes(module):
            values = [one.value for one in holder.body if isinstance(one, nodes.Assign) and one.value is not None]
            for value in values:
                if self._registers(module, value):
                    new_lowering(analysis.project, analysis.models, module, analysis.memo).aside(module).evaluate(value)
        for name, node, owner in functions_of(module):
            if self._registers(module, node.body):
                holder_ = Definition("class", module, name.rpartition(".")[0], owner) if owner is not None else None
                low = new_lowering(analysis.project, analysis.models, module, analysis.memo)
                low.deepest = CALLS_OF_REGISTERING
                lower_function(low, node, holder_, name)

    def _registers(self, module: ModuleInfo, part: object) -> bool:
        inside = walk(part)
        imports = (one for one in inside if isinstance(one, nodes.Import | nodes.ImportFrom))
        local = {(alias.asname or alias.name).partition(".")[0] for one in imports for alias in one.names}
        return any(isinstance(one, nodes.Call) and self._may_register(module, one.func, local) for one in inside)

    def _may_register(self, module: ModuleInfo, func: nodes.Expr, local: set[str]) -> bool:
        """A method is known by its name alone; a function of a library is what the names before the dots lead to."""
        if not isinstance(func, nodes.Attribute) or func.attr in self._words.methods:
            return _last(func) in self._words.calls
        if func.attr not in self._words.calls:
            return False
        first, _, rest = (dotted_name(func) or "").partition(".")
        if first in local:
            return True
        meant = self._analysis.project.resolve(module, f"{first}.{rest}") if first else None
        return isinstance(meant, External) and meant.qualified in self._words.functions

    def _add(self, one: Registration) -> None:
        if one.operation.roles.get("command"):
            self._add_command(one)
            return
        node = node_of(one.target) or self._named(one.target)
        if node is None:
            self._unread.add(one.name)
            return
        module = self._analysis.project.module_of(Path(one.path))
        if module is None:
            return
        low = new_lowering(self._analysis.project, self._analysis.models, module, self._analysis.memo)
        closure = closure_of(one.target)
        made = made_of(low, one.name, one.operation, one.given, node, closure.module if closure is not None else None)
        if made is not None and made.what != "plain":
            self._keep(node, replace(made, place=(one.span, one.path), is_by_hand=self._is_by_hand(module, one)))

    def _add_command(self, one: Registration) -> None:
        """A command that somebody's code gives is run by whoever runs that code."""
        stated = constant(one.target)
        module = self._analysis.project.module_of(Path(one.path))
        if not isinstance(stated, str) or module is None or one.caller is None:
            return
        made = self._entry_of_caller(module, one)
        if made is None or not made.is_concurrent:
            return
        for path in sources_of(self._analysis):
            if path.stem == stated.replace("-", "_") and path.parent.name == one.operation.roles["command"]:
                given = self._analysis.project.module_of(path)
                for _, node, owner in functions_of(given) if given is not None else ():
                    if owner is not None and node.name in self._words.commands:
                        self._keep(node, replace(made, place=(one.span, one.path)))

    def _entry_of_caller(self, module: ModuleInfo, one: Registration) -> Entry | None:
        for name, node, owner in functions_of(module):
            if node is one.caller:
                holder = Definition("class", module, name.rpartition(".")[0], owner) if owner is not None else None
                low = new_lowering(self._analysis.project, self._analysis.models, module, self._analysis.memo)
                return entry_without_registry(low, node, holder)
        return None

    def _keep(self, node: nodes.FunctionDef, entry: Entry) -> None:
        assert self._ways is not None
        known = self._ways.setdefault(id(node), [])
        if all(other != entry for _, other in known):
            known.append((node, entry))

    def _is_by_hand(self, module: ModuleInfo, one: Registration) -> bool:
        """Whether only a command that somebody gives gets to the registration."""
        if one.caller is None or one.caller.name == MODULE_LEVEL:
            return any(is_main(part) and _encloses(part.span, one.span) for part in module.tree.body)
        made = self._entry_of_caller(module, one)
        return made is not None and made.is_alone

    # -------------------------------------------------------------------- strings

    def _named(self, target: Value) -> nodes.FunctionDef | None:
        """The function that a text names: ``pkg.module:function``, ``pkg.module.function``, or its decorator's name."""
        stated = constant(target)
        if not isinstance(stated, str):
            return None
        return self._function_named(stated.replace(":", ".")) or self._function_called(stated)

    def _function_called(self, name: str) -> nodes.FunctionDef | None:
        """The only function whose decorator calls it by this name (``@app.task(name="nightly")``)."""
        if self._called is None:
            self._called = {}
            pattern = re.compile(rb"@[\w.]*\b(?:" + b"|".join(map(_escaped, sorted(self._words.naming))) + rb")\s*\(")
            for module in modules_with(self._analysis, pattern):
                for _, node, _ in functions_of(module):
                    for one in node.decorators:
                        self._called.setdefault(self._name_given(module, one), []).append(node)
        found = self._called.get(name, [])
        return found[0] if len(found) == 1 else None

    def _name_given(self, module: ModuleInfo, decorator: nodes.Expr) -> str:
        if not isinstance(decorator, nodes.Call):
            return ""
        given = self._words.naming.get(_last(decorator.func))
        node = next((one.value for one in decorator.keywords if given and one.name == given), None)
        if node is None:
            return ""
        low = new_lowering(self._analysis.project, self._analysis.models, module, self._analysis.memo)
        stated = constant(low.aside(module).evaluate(node))
        return stated if isinstance(stated, str) else ""

    def _function_named(self, dotted: str) -> nodes.FunctionDef | None:
        module_name, _, name = dotted.rpartition(".")
        if not module_name:
            return None
        project = self._analysis.project
        found = project.find_module(module_name)
        if found is not None:
            resolved = project.resolve(found, name)
            if isinstance(resolved, Definition) and isinstance(resolved.node, nodes.FunctionDef):
                return resolved.node
            return None
        holder_name, _, owner = module_name.rpartition(".")
        holder = project.find_module(holder_name) if holder_name else None
        cls = holder.classes.get(owner) if holder is not None else None
        methods = cls.body if isinstance(cls, nodes.ClassDef) else []
        return next((one for one in methods if isinstance(one, nodes.FunctionDef) and one.name == name), None)

    # ------------------------------------------------------------------- listings

    def _read_listings(self, module: ModuleInfo) -> None:
        for listing in self._analysis.models.listings:
            for value, span in _assigned(self._analysis, module, listing.names, listing.owner):
                for item in _items(listing, value):
                    self._add_listed(module, listing, item, span)

    def _add_listed(self, module: ModuleInfo, listing: Listing, item: dict[str, Value], span: nodes.Span) -> None:
        roles = listing.operation.roles
        target = item.get(str(roles.get("target"))) or item.get(str(roles.get("callback")))
        node = None if target is None else node_of(target) or self._named(target)
        if node is None:
            return
        low = new_lowering(self._analysis.project, self._analysis.models, module, self._analysis.memo)
        made = made_of(low, listing.names[0], listing.operation, item, node)
        if made is not None:
            self._keep(node, replace(made, place=(span, str(module.path))))

    # ------------------------------------------------------------------- settings

    def _read_settings(self, modules: list[ModuleInfo]) -> dict[tuple[str, str], object]:
        """What each setting says, where all its assignments in the project say the same."""
        found: dict[tuple[str, str], set[object]] = {}
        for setting in self._analysis.models.settings:
            for module in modules:
                for value, _ in _assigned(self._analysis, module, setting.names, ""):
                    said = _said(setting, value)
                    if said is not None:
                        for entry in setting.applies:
                            found.setdefault((entry, setting.fact), set()).add(said)
        return {key: next(iter(values)) for key, values in found.items() if len(values) == 1}


@dataclass(slots=True)
class _Words:
    """The words by which registrations, lists and settings are found in the bytes of a file."""

    models: Models
    calls: set[str] = field(default_factory=set)  # the last parts of all names
    methods: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)  # the whole names of what is no method
    commands: set[str] = field(default_factory=set)  # the methods of classes that are commands
    naming: dict[str, str] = field(default_factory=dict)  # decorator → its option that names what it decorates

    def __post_init__(self) -> None:
        roles = ("callback", "target", "coroutine")
        for kind in self.models.types.values():
            for name, operation in kind.methods.items():
                if operation.op == "entry" and any(isinstance(operation.roles.get(one), str) for one in roles):
                    self.methods.add(name)
                self._add_naming(name, operation)
        for name, entry in self.models.entries.items():
            if entry.kind == "call":
                self.functions.add(name)
            if entry.kind == "base" and entry.what == "command":
                self.commands.update(entry.methods)
            self._add_naming(name.rpartition(".")[2], entry.operation)
        for name, operation in self.models.functions.items():
            if operation.op == "entry":
                self.functions.add(name)
        self.calls = self.methods | {name.rpartition(".")[2] for name in self.functions}

    def pattern(self, functions: Iterable[str]) -> re.Pattern[bytes]:
        """What is looked for where of the functions of libraries only these can be meant."""
        calls = self.methods | {name.rpartition(".")[2] for name in functions}
        names = [one for item in self.models.listings for one in item.names]
        names += [one for setting in self.models.settings for one in setting.names]
        words = [rf"\b{re.escape(one)}\s*\(" for one in sorted(calls)]
        words += [rf"\b{re.escape(one)}\b" for one in sorted(set(names))]
        words += [rf"\b{re.escape(one)}\s*\(\s*[^\s)]" for one in sorted(words_that_map(self.models))]
        return re.compile("|".join(words or ["(?!)"]).encode())

    def _add_naming(self, name: str, operation: Operation) -> None:
        option = operation.roles.get("named")
        if isinstance(option, str):
            self.naming[name] = option


def _escaped(word: str) -> bytes:
    return re.escape(word).encode()


def _top_level(module: ModuleInfo) -> list[nodes.Stmt]:
    return [one for one in module.tree.body if not isinstance(one, nodes.FunctionDef | nodes.ClassDef)]


def _classes(module: ModuleInfo) -> list[nodes.ClassDef]:
    return [one for one in module.tree.body if isinstance(one, nodes.ClassDef)]


def _encloses(outer: nodes.Span, inner: nodes.Span) -> bool:
    return outer.line <= inner.line <= outer.end_line


def _last(func: nodes.Expr) -> str:
    return func.attr if isinstance(func, nodes.Attribute) else getattr(func, "id", "")


def _assigned(
    analysis: Analysis, module: ModuleInfo, names: tuple[str, ...], owner: str
) -> Iterator[tuple[Value, nodes.Span]]:
    """The values that a setting of one of these names is given: by assignment, keyword, or key of a dict."""
    key = ("settings in", module.path)
    known = analysis.memo.get(key)
    if not isinstance(known, list):
        known = analysis.memo[key] = list(_assignments(module))
    for name, holder, node in known:
        if name in names and (not owner or holder == owner):
            low = new_lowering(analysis.project, analysis.models, module, analysis.memo)
            yield low.aside(module).evaluate(node), node.span


def _assignments(module: ModuleInfo) -> Iterator[tuple[str, str, nodes.Expr]]:
    """Every name that is given a value anywhere in a module: the name, the class around it, the value."""
    parts: list[tuple[str, object]] = [("", _top_level(module))]
    parts += [(one.name, [part for part in one.body if isinstance(part, nodes.Assign)]) for one in _classes(module)]
    parts += [("", node.body) for _, node, _ in functions_of(module)]
    for holder, part in parts:
        for one in walk(part):
            if isinstance(one, nodes.Assign) and one.value is not None:
                for target in one.targets:
                    name = _target_name(target)
                    if name:
                        yield name, holder, one.value
                    if isinstance(target, nodes.Subscript):
                        yield _last(target.value), holder, _item(target, one.value)
            elif isinstance(one, nodes.Call):
                if isinstance(one.func, nodes.Attribute) and one.func.attr == "update" and len(one.args) == 1:
                    yield _last(one.func.value), holder, one.args[0]
                for keyword in one.keywords:
                    if keyword.name is not None:
                        yield keyword.name, holder, keyword.value
            elif isinstance(one, nodes.Mapping):
                for name_node, value in one.items:
                    if isinstance(name_node, nodes.Literal) and isinstance(name_node.value, str):
                        yield name_node.value, holder, value


def _item(target: nodes.Subscript, value: nodes.Expr) -> nodes.Mapping:
    """``name[key] = value`` as the dict of one item that it adds; a key that is computed is named by its place."""
    key = target.index
    if not isinstance(key, nodes.Literal):
        key = nodes.Literal(span=key.span, value=f"at {key.span.line}")
    return nodes.Mapping(span=target.span, items=[(key, value)])


def _target_name(target: nodes.Expr) -> str:
    if isinstance(target, nodes.Subscript):
        stated = target.index.value if isinstance(target.index, nodes.Literal) else None
        return stated if isinstance(stated, str) else ""
    return _last(target)


def _said(setting: Setting, value: Value) -> object | None:
    """What a setting with this value says; None for nothing that is known."""
    if setting.key:
        inner = value.items.get(setting.key) if isinstance(value, Fields) else None
        if inner is None:
            return None
        value = inner
    stated = constant(value)
    if stated is ...:
        stated = seconds_of(term_of(value))  # 30 * 60
    if stated is ... or stated is None:
        return None
    if setting.value is not None and stated != setting.value:
        return None
    return setting.says if setting.says is not None else stated


def _items(listing: Listing, value: Value) -> Iterator[dict[str, Value]]:
    """What is listed, each item by its keys, or by its places as texts."""
    match listing.each, value:
        case "mapping", Fields(items=items):
            yield from (dict(one.items) for one in items.values() if isinstance(one, Fields))
        case "dict", Items(items=listed):
            yield from (dict(one.items) for one in listed if isinstance(one, Fields))
        case "tuple", Items(items=listed):
            for one in listed:
                if isinstance(one, Items):
                    yield {str(index): part for index, part in enumerate(one.items)}
        case "function", Items(items=listed):
            role = str(listing.operation.roles.get("target") or listing.operation.roles.get("callback") or "0")
            yield from ({role: one} for one in listed)
        case _:
            pass
