"""How the whole project runs its functions: registrations in other modules, lists in settings, options in settings.

Built once a process, when it is first asked: files in which a word of the model files for a registration occurs are
read, and of those the functions and top levels in which it is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fenceline.analyzer import nodes
from fenceline.analyzer.consulted import digest_of
from fenceline.analyzer.entries import Entry, entry_without_registry, is_main, made_of
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.lower import MODULE_LEVEL, functions_of, lower_function, module_function, new_lowering
from fenceline.analyzer.lower_access import USES
from fenceline.analyzer.lower_schedules import REGISTERED, Registration, closure_of, constant, node_of
from fenceline.analyzer.models import Listing
from fenceline.analyzer.names import dotted_name
from fenceline.analyzer.project import Definition, External, ModuleInfo
from fenceline.analyzer.values import Value
from fenceline.linking.mapped_methods import mapped_methods
from fenceline.linking.parts import definitions_below, entry_of_record, record_of_entry, record_of_span
from fenceline.linking.registering_words import Words
from fenceline.linking.settings_read import assigned, classes_of, items_of, last_name, said_by, top_level_of
from fenceline.linking.uses import ProjectUses
from fenceline.sources import MOST_FILES

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis

CALLS_OF_REGISTERING = 2
"""How many calls within calls are read for what a function registers; what it calls is read for itself as well."""

WAYS = "ways"
SETTING = "setting"
JOBS = "jobs"
TASK = "task called"
"""The kinds of the questions how functions of a name are run, what a setting says, how many jobs a scheduler has, and
which functions a decorator gives a name."""

_Named = tuple[str, nodes.Span]
_Known = tuple[Path, nodes.FunctionDef]


class ProjectRegistry:
    """See :class:`fenceline.analyzer.entries.Registry`."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._words = Words(analysis.models)
        self._ways: dict[_Named, list[tuple[Path, Entry]]] | None = None
        self._settings: dict[tuple[str, str], object] | None = None
        self.is_building = False
        self.failed: dict[Path, Exception] = {}  # what went wrong in files that may register something
        self._unread: set[str] = set()
        self._called: dict[str, list[tuple[str, list[int]]]] | None = None
        self._numbers: dict[tuple[str, ...], int] = {}
        self._answers: dict[str, str] = {}
        self._standing: dict[int, tuple[nodes.FunctionDef, nodes.FunctionDef]] = {}
        self._own: dict[ModuleInfo, frozenset[int]] = {}

    def ways_of(self, node: nodes.FunctionDef) -> tuple[Entry, ...]:
        """The entries that registrations elsewhere make of a function; none while these are being gathered."""
        if self._ways is None:
            if self.is_building:
                return ()
            self.prepare()
        assert self._ways is not None
        _, node = self._standing.get(id(node), (node, node))
        self._consult((WAYS, node.name))
        known = self._ways.get((node.name, node.span), ())
        return tuple(entry for path, entry in known if self._is_in(path, node))

    def stand_for(self, new: nodes.FunctionDef, old: nodes.FunctionDef) -> None:
        """Takes a function that is read anew for the one that it was: what it is registered with still calls it."""
        _, old = self._standing.get(id(old), (old, old))
        self._standing[id(new)] = new, old

    def setting(self, entry: str, fact: str) -> object | None:
        """What the settings of the project say of all entries made by something of this name; None for nothing."""
        if self._settings is None:
            if self.is_building:
                return None
            self.prepare()
        assert self._settings is not None
        self._consult((SETTING, entry, fact))
        return self._settings.get((entry, fact))

    def jobs_of(self, type_id: str) -> tuple[int, int]:
        """How many registrations with a kind of scheduler lead to functions of ours, and how many do not."""
        self.prepare()
        if not self.is_building:
            self._consult((JOBS, type_id))
        return self._jobs(type_id)

    def answer(self, question: tuple[str, ...]) -> str | None:
        """What is answered to a question now; None for one that is not asked here."""
        if question[0] == TASK:
            return digest_of(repr((path, span)) for path, span in self._tasks_called(question[1]))
        self.prepare()
        match question:
            case ("ways", name):
                return self._answers_by_name().get(name, "")
            case ("setting", entry, fact):
                return repr((self._settings or {}).get((entry, fact)))
            case ("jobs", type_id):
                return repr(self._jobs(type_id))
            case _:
                return None

    def _answers_by_name(self) -> dict[str, str]:
        if self._ways is not None and not self._answers:
            by_name: dict[str, list[str]] = {}
            for (name, span), known in self._ways.items():
                by_name.setdefault(name, []).append(repr((span, self._told_of(known))))
            self._answers = {name: digest_of(found) for name, found in by_name.items()}
        return self._answers

    def _told_of(self, known: list[tuple[Path, Entry]]) -> list[Any]:
        below = self._analysis.project.layout.below_root
        return [(below(path), record_of_entry(entry, below)) for path, entry in known]

    def prepare(self) -> None:
        """Gather what is registered, unless that is known or being done. Nothing of it is noted by who asks."""
        if self._ways is None and not self.is_building:
            with self._analysis.project.notebook.apart():
                self._build()

    def _consult(self, question: tuple[str, ...]) -> None:
        number = self._numbers.get(question)
        notebook = self._analysis.project.notebook
        if number is None:
            number = self._numbers[question] = notebook.number_of(question, self.answer(question) or "")
        notebook.note(number)

    def _jobs(self, type_id: str) -> tuple[int, int]:
        kinds = {one.id for one in self._analysis.models.lineage(type_id)}
        names = [one.name for known in (self._ways or {}).values() for _, one in known]
        read, unread = (sum(name.rpartition(".")[0] in kinds for name in one) for one in (names, self._unread))
        return read, unread

    def _is_in(self, path: Path, node: nodes.FunctionDef) -> bool:
        """Whether a function stands in a file as it is on the disk."""
        module = self._analysis.project.read_from_disk(path)
        if module is None:
            return False
        if module not in self._own:
            self._own[module] = frozenset(map(id, definitions_below(module)))
        return id(node) in self._own[module]

    # ------------------------------------------------------------------ building

    def _build(self) -> None:
        self.is_building = True
        uses = self._analysis.memo[USES]
        assert isinstance(uses, ProjectUses)
        layout = self._analysis.project.layout
        try:
            uses.prepare()  # always now: while it reads, no function is known to be registered
            functions = self._analysis.indexes.of_mentioned(sorted(self._words.functions))
            files = list(self._analysis.indexes.matching(self._words.pattern(functions)))[:MOST_FILES]
            named = [(path, layout.below_root(path)) for path in files]
            self._settings = _agreed(self._part("settings", *one, self._settings_in) or [] for one in named)
            made = [self._part("registered", *one, self._registered_in) or [[], []] for one in named]
            self._ways, self._unread = {}, set()
            known: set[str] = set()
            for identity, one in chain.from_iterable(registered for registered, _ in made):
                if identity not in known:
                    known.add(identity)
                    self._take(one)
            for one in chain.from_iterable(listed for _, listed in made):
                self._take(one)
        finally:
            self.is_building = False

    def _part(self, kind: str, path: Path, name: str, work_out: Callable[[Path], list[Any]]) -> list[Any] | None:
        """What a module adds; None where the analysis fails, told of the file, and nothing is taken from others."""
        try:
            part: list[Any] | None = self._analysis.parts.of(kind, name, partial(work_out, path))
        except Exception as error:  # noqa: BLE001 - one bad file must not end the run
            self.failed.setdefault(path, error)
            return None
        return part

    def _take(self, said: list[Any]) -> None:
        """Keeps what one part says of a function, or the name of what registers something that cannot be read."""
        if len(said) == 1:
            self._unread.add(said[0])
            return
        below, name, span, record = said
        root = self._analysis.project.root
        entry = entry_of_record(record, root)
        assert self._ways is not None
        known = self._ways.setdefault((name, nodes.Span(*span)), [])
        if (root / below, entry) not in known:
            known.append((root / below, entry))

    def _registered_in(self, path: Path) -> list[Any]:
        """What a module registers, each with what it is known by; then what it lists and maps."""
        analysis = self._analysis
        known: dict[tuple[Any, ...], Registration] = {}
        analysis.memo[REGISTERED] = known
        module = analysis.project.module_of(path)
        if module is None:
            return [[], []]
        self._lower_registering(module)
        analysis.memo[REGISTERED] = {}
        registered = [[self._identity(key, one), said] for key, one in known.items() for said in self._said_by(one)]
        listed = [*self._listings_in(module)]
        for where, node, entry in mapped_methods(analysis, module):
            listed.append(self._told(where, node, entry))
        return [registered, listed]

    def _identity(self, key: tuple[Any, ...], one: Registration) -> str:
        """What tells a registration from others, in whichever run."""
        path, span, name, other = key
        closure = closure_of(one.target)
        if closure is not None and node_of(one.target) is not None:
            other = f"{closure.module.path} {closure.node.span}"
        return digest_of([self._analysis.project.layout.below_root(Path(path)), repr(span), name, other])

    def _told(self, path: Path, node: nodes.FunctionDef, entry: Entry) -> list[Any]:
        below = self._analysis.project.layout.below_root
        return [below(path), node.name, record_of_span(node.span), record_of_entry(entry, below)]

    def _lower_registering(self, module: ModuleInfo) -> None:
        """Lowers what registers functions, for the registrations that this leaves in the memo."""
        analysis = self._analysis
        if self._registers(module, top_level_of(module)):
            low = new_lowering(analysis.project, analysis.models, module, analysis.memo)
            lower_function(low, module_function(module, module.tree.body), None, MODULE_LEVEL)
        for holder in classes_of(module):
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
            return last_name(func) in self._words.calls
        if func.attr not in self._words.calls:
            return False
        first, _, rest = (dotted_name(func) or "").partition(".")
        if first in local:
            return True
        meant = self._analysis.project.resolve(module, f"{first}.{rest}") if first else None
        return isinstance(meant, External) and meant.qualified in self._words.functions

    def _said_by(self, one: Registration) -> Iterator[list[Any]]:
        if one.operation.roles.get("command"):
            yield from self._commanded_by(one)
            return
        found = _function_in(one.target) or self._named(one.target)
        if found is None:
            yield [one.name]
            return
        where, node = found
        module = self._analysis.project.module_of(Path(one.path))
        if module is None:
            return
        low = new_lowering(self._analysis.project, self._analysis.models, module, self._analysis.memo)
        closure = closure_of(one.target)
        made = made_of(low, one.name, one.operation, one.given, node, closure.module if closure is not None else None)
        if made is not None and made.what != "plain":
            entry = replace(made, place=(one.span, one.path), is_by_hand=self._is_by_hand(module, one))
            yield self._told(where, node, entry)

    def _commanded_by(self, one: Registration) -> Iterator[list[Any]]:
        """A command that somebody's code gives is run by whoever runs that code."""
        stated = constant(one.target)
        module = self._analysis.project.module_of(Path(one.path))
        if not isinstance(stated, str) or module is None or one.caller is None:
            return
        made = self._entry_of_caller(module, one)
        if made is None or not made.is_concurrent:
            return
        for path in self._analysis.indexes.named(stated.replace("-", "_"), str(one.operation.roles["command"])):
            given = self._analysis.project.module_of(path)
            for _, node, owner in functions_of(given) if given is not None else ():
                if owner is not None and node.name in self._words.commands:
                    yield self._told(path, node, replace(made, place=(one.span, one.path)))

    def _entry_of_caller(self, module: ModuleInfo, one: Registration) -> Entry | None:
        for name, node, owner in functions_of(module):
            if node is one.caller:
                holder = Definition("class", module, name.rpartition(".")[0], owner) if owner is not None else None
                low = new_lowering(self._analysis.project, self._analysis.models, module, self._analysis.memo)
                return entry_without_registry(low, node, holder)
        return None

    def _is_by_hand(self, module: ModuleInfo, one: Registration) -> bool:
        """Whether only a command that somebody gives gets to the registration."""
        if one.caller is None or one.caller.name == MODULE_LEVEL:
            return any(is_main(part) and _encloses(part.span, one.span) for part in module.tree.body)
        made = self._entry_of_caller(module, one)
        return made is not None and made.is_alone

    # -------------------------------------------------------------------- strings

    def _named(self, target: Value) -> _Known | None:
        """The function that a text names: ``pkg.module:function``, ``pkg.module.function``, or its decorator's name."""
        stated = constant(target)
        if not isinstance(stated, str):
            return None
        return self._function_named(stated.replace(":", ".")) or self._function_called(stated)

    def _function_called(self, name: str) -> _Known | None:
        """The only function whose decorator calls it by this name (``@app.task(name="nightly")``)."""
        found = self._tasks_called(name)
        asked = digest_of(repr((path, span)) for path, span in found)
        self._analysis.project.notebook.consult((TASK, name), asked)
        if len(found) != 1:
            return None
        ((below, span),) = found
        path = self._analysis.project.root / below
        module = self._analysis.project.module_of(path)
        functions = functions_of(module) if module is not None else ()
        return next(((path, node) for _, node, _ in functions if node.span == nodes.Span(*span)), None)

    def _tasks_called(self, name: str) -> list[tuple[str, list[int]]]:
        if self._called is None:
            self._called = {}
            analysis, below = self._analysis, self._analysis.project.layout.below_root
            pattern = re.compile(rb"@[\w.]*\b(?:" + b"|".join(map(_escaped, sorted(self._words.naming))) + rb")\s*\(")
            with analysis.project.notebook.apart():
                for path in list(analysis.indexes.matching(pattern))[:MOST_FILES]:
                    given = analysis.parts.of("names given", below(path), partial(self._names_given_in, path))
                    for called, span in given:
                        self._called.setdefault(called, []).append((below(path), span))
        return self._called.get(name, [])

    def _names_given_in(self, path: Path) -> list[Any]:
        module = self._analysis.project.module_of(path)
        functions = functions_of(module) if module is not None else ()
        return [
            [self._name_given(module, one), record_of_span(node.span)]
            for _, node, _ in functions
            for one in node.decorators
            if module is not None
        ]

    def _name_given(self, module: ModuleInfo, decorator: nodes.Expr) -> str:
        if not isinstance(decorator, nodes.Call):
            return ""
        given = self._words.naming.get(last_name(decorator.func))
        node = next((one.value for one in decorator.keywords if given and one.name == given), None)
        if node is None:
            return ""
        low = new_lowering(self._analysis.project, self._analysis.models, module, self._analysis.memo)
        stated = constant(low.aside(module).evaluate(node))
        return stated if isinstance(stated, str) else ""

    def _function_named(self, dotted: str) -> _Known | None:
        module_name, _, name = dotted.rpartition(".")
        if not module_name:
            return None
        project = self._analysis.project
        found = project.find_module(module_name)
        if found is not None:
            resolved = project.resolve(found, name)
            if isinstance(resolved, Definition) and isinstance(resolved.node, nodes.FunctionDef):
                return resolved.module.path, resolved.node
            return None
        holder_name, _, owner = module_name.rpartition(".")
        holder = project.find_module(holder_name) if holder_name else None
        cls = holder.classes.get(owner) if holder is not None else None
        methods = cls.body if isinstance(cls, nodes.ClassDef) else []
        found_ = next((one for one in methods if isinstance(one, nodes.FunctionDef) and one.name == name), None)
        return (holder.path, found_) if holder is not None and found_ is not None else None

    # ------------------------------------------------------------------- listings

    def _listings_in(self, module: ModuleInfo) -> Iterator[list[Any]]:
        for listing in self._analysis.models.listings:
            for value, span in assigned(self._analysis, module, listing.names, listing.owner):
                for item in items_of(listing, value):
                    yield from self._listed(module, listing, item, span)

    def _listed(
        self, module: ModuleInfo, listing: Listing, item: dict[str, Value], span: nodes.Span
    ) -> Iterator[list[Any]]:
        roles = listing.operation.roles
        target = item.get(str(roles.get("target"))) or item.get(str(roles.get("callback")))
        found = None if target is None else _function_in(target) or self._named(target)
        if found is None:
            return
        where, node = found
        low = new_lowering(self._analysis.project, self._analysis.models, module, self._analysis.memo)
        made = made_of(low, listing.names[0], listing.operation, item, node)
        if made is not None:
            yield self._told(where, node, replace(made, place=(span, str(module.path))))

    # ------------------------------------------------------------------- settings

    def _settings_in(self, path: Path) -> list[Any]:
        """What each setting says in a module: the place of the setting among all, the entry, the fact, what is said."""
        module = self._analysis.project.module_of(path)
        return [
            [index, entry, setting.fact, said]
            for index, setting in enumerate(self._analysis.models.settings)
            for value, _ in (assigned(self._analysis, module, setting.names, "") if module is not None else ())
            if (said := said_by(setting, value)) is not None and isinstance(said, str | int | float)
            for entry in setting.applies
        ]


def _agreed(parts: Iterable[list[Any]]) -> dict[tuple[str, str], object]:
    """What each setting says, where all its assignments in the project say the same."""
    found: dict[tuple[str, str], set[object]] = {}
    for _, entry, fact, said in sorted((one for part in parts for one in part), key=lambda one: int(one[0])):
        found.setdefault((entry, fact), set()).add(said)
    return {key: next(iter(values)) for key, values in found.items() if len(values) == 1}


def _function_in(target: Value) -> tuple[Path, nodes.FunctionDef] | None:
    """The function of ours that a value is, and the file that it stands in."""
    closure, node = closure_of(target), node_of(target)
    return (closure.module.path, node) if closure is not None and node is not None else None


def _escaped(word: str) -> bytes:
    return re.escape(word).encode()


def _encloses(outer: nodes.Span, inner: nodes.Span) -> bool:
    return outer.line <= inner.line <= outer.end_line
