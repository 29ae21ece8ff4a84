"""What is known of libraries: typed views of the TOML files in ``fenceline/models`` and of those that users add.

A model file says what a library's names *are* (types, objects, functions) and what their calls *do*, in a fixed
vocabulary of operations that the lowering understands (see ``docs/models.md``). No code outside the data knows a
library by name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from fenceline.analyzer.model_shape import ModelError as ModelError  # noqa: PLC0414 - what reading a model file raises
from fenceline.analyzer.model_shape import flaws, line_of, nearest
from fenceline.analyzer.scripts import Script, flaws_of_scripts, normal, scripts_in
from fenceline.analyzer.vocabulary import (
    CHANGES,
    ENTRIES,
    ENTRY_FACTS,
    ENTRY_KINDS,
    LEASES,
    OPERATIONS,
    RESULTS,
    VALUES,
)


@dataclass(frozen=True, slots=True)
class Case:
    """An alternative meaning of a call, chosen by its arguments: parameter → 'absent', 'present', or {equals = value}.

    'present' means given and not the constant None or False.
    """

    when: Mapping[str, object]
    op: str
    roles: Mapping[str, object]
    result: str

    def holds(self, given: Mapping[str, object]) -> bool:
        """Whether it is the meaning for these arguments; ``given`` maps a parameter to its constant or ``...``."""
        return all(_holds(condition, given.get(name)) for name, condition in self.when.items())


@dataclass(frozen=True, slots=True)
class Operation:
    """What a call does.

    ``params`` are the callee's parameters in order, without self; ``*name`` takes the rest of the positional ones.
    ``roles`` maps a role of the vocabulary (key, value, field, delta, …) to the parameter that plays it, or to data.
    ``result`` says what the call returns, in the vocabulary; a type id in angle brackets is an instance of that type.
    """

    name: str
    op: str
    params: tuple[str, ...] = ()
    roles: Mapping[str, object] = field(default_factory=dict)
    result: str = "value"
    cases: tuple[Case, ...] = ()
    is_async: bool = False


@dataclass(frozen=True, slots=True)
class Type:
    """A kind of object: what makes one, what its methods do, what its attributes are.

    ``is_async``: the methods that it inherits are awaited (its own say so themselves, by default they are as the type).
    A method ``*`` stands for all that have no entry. ``namespaces``: modules in which an attribute that has no entry is
    looked up (``db.Column``). ``cases``: other roles, chosen by what the constructor is given;
    ``config``: the parameter that is a dict of further parameters (``{"enable.auto.commit": False}``).
    """

    id: str
    names: tuple[str, ...] = ()
    makers: tuple[str, ...] = ()
    extends: tuple[str, ...] = ()
    store: str = ""
    role: str = ""
    params: tuple[str, ...] = ()
    roles: Mapping[str, object] = field(default_factory=dict)
    methods: Mapping[str, Operation] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    item: str = ""
    enter: str = ""
    is_async: bool = False
    namespaces: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()
    config: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A way in which code is run by somebody else.

    kind: 'decorator', 'base' (methods of a class with that base) or 'call' (the function is argument ``callback``).
    what: task | view | consumer | job | receiver | command | hook | plain (a decorator that changes nothing).
    ``operation`` holds the rest: its parameters, and what they and the library's defaults say of how our code is run.
    """

    name: str
    kind: str
    what: str
    methods: tuple[str, ...] = ()
    result: str = ""
    callback: str = ""
    operation: Operation = field(default_factory=lambda: Operation("entry", "entry"))


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of the project that says how entries of a kind are run.

    ``names``: as they are assigned, as attribute, keyword or key of a dict. ``applies``: which entries, by the names of
    what registers them. ``fact``: what it says; ``value``: with which value of the setting it says so (None: the value
    itself is the fact); ``key``: of a dict that the setting is.
    """

    names: tuple[str, ...]
    applies: tuple[str, ...]
    fact: str
    value: object = None
    says: object = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A setting or class attribute that lists functions of ours to be run.

    ``each``: what its items are: ``mapping`` (name → dict), ``dict`` (a list of dicts), ``tuple`` (a list of tuples),
    ``function`` (a list of functions). ``roles`` map a role to a key of the dict or a place in the tuple.
    """

    names: tuple[str, ...]
    each: str
    operation: Operation
    owner: str = ""  # the name of the class whose attribute it is


@dataclass(frozen=True, slots=True)
class Field:
    """How a model class's field constructor is read: unique by itself, a relation, compared by every UPDATE."""

    name: str
    relation: str = ""
    is_unique: bool = False
    is_version: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What an operation of a migration does to a table, in a word of the vocabulary; ``roles``: role → parameter."""

    name: str
    does: str
    params: tuple[str, ...]
    roles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A parsed model file: what messages call it, its content, whether the project adds it."""

    name: str
    data: Mapping[str, Any]
    is_own: bool = False
    text: str = ""


@dataclass(slots=True)
class Models:
    """All that is known, by qualified name."""

    types: dict[str, Type] = field(default_factory=dict)
    instances: dict[str, str] = field(default_factory=dict)  # class name, maker → type id
    functions: dict[str, Operation] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)  # module-level object → type id
    entries: dict[str, Entry] = field(default_factory=dict)
    settings: list[Setting] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)
    fields: dict[str, Field] = field(default_factory=dict)
    changes: dict[str, Change] = field(default_factory=dict)  # operations of migrations
    migrations: list[dict[str, str]] = field(default_factory=list)  # how their files are kept and written
    model_bases: dict[str, str] = field(default_factory=dict)  # base class → orm family (store)
    raises: dict[str, tuple[str, ...]] = field(default_factory=dict)  # meaning → class names
    values: dict[str, str] = field(default_factory=dict)  # function → fresh | clock | pure
    tokens: set[str] = field(default_factory=set)
    bodies: set[str] = field(default_factory=set)  # by what the body of a request is read as it was sent
    evidence: list[tuple[str, str, str]] = field(default_factory=list)  # package, version, file
    bound: set[str] = field(default_factory=set)  # options of decorators that hand in the task itself
    starts: set[str] = field(default_factory=set)  # methods that start a scheduler in the process
    by_name: dict[str, tuple[str, Operation]] = field(default_factory=dict)  # method known by its name alone → type id
    known_by: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)  # method → type id, its options
    shown_by: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)  # the same, of attributes of a class
    script_files: list[Mapping[str, Any]] = field(default_factory=list, repr=False)
    _scripts: dict[str, Script] = field(default_factory=dict, repr=False)
    _known: dict[tuple[str, str], list[Type]] = field(default_factory=dict, repr=False)
    _counted: int = 0

    @property
    def scripts(self) -> Mapping[str, Script]:
        """The scripts that are known, by their text; of two with one text the one that was added last."""
        if self.script_files:
            files, self.script_files = self.script_files, []
            self._scripts.update({one.text: one for data in files for one in scripts_in(data)})
        return self._scripts

    def script(self, text: str) -> Script | None:
        """The script with this text, however it is indented."""
        return self.scripts.get(normal(text))

    def of_role(self, role: str) -> list[Type]:
        """The types that play a role, in the order of the files."""
        return self._sorted("role", role)

    def saying(self, fact: str) -> list[Type]:
        """The types among whose roles there is this one, in the order of the files."""
        return self._sorted("fact", fact)

    def _sorted(self, by: str, word: str) -> list[Type]:
        if self._counted != len(self.types):
            self._known.clear()
            self._counted = len(self.types)
        found = self._known.get((by, word))
        if found is None:
            found = [one for one in self.types.values() if (one.role == word if by == "role" else word in one.roles)]
            self._known[by, word] = found
        return found

    def type_named(self, qualified: str) -> Type | None:
        """The type that a call or an annotation of this qualified name gives an instance of."""
        found = self.instances.get(qualified)
        return self.types[found] if found else None

    def method(self, type_id: str, name: str) -> Operation | None:
        """What a method of an instance does, looked up through ``extends``."""
        is_awaited = False
        for one in self.lineage(type_id):
            found = one.methods.get(name) or _any_method(one, name)
            if found is not None:
                return replace(found, is_async=True) if is_awaited and not found.is_async else found
            is_awaited = is_awaited or one.is_async
        return None

    def attribute(self, type_id: str, name: str) -> str | None:
        """The type id of an attribute of an instance."""
        for one in self.lineage(type_id):
            if name in one.attributes:
                return one.attributes[name]
        if name.startswith("_"):
            return None
        return next((one.attributes["*"] for one in self.lineage(type_id) if "*" in one.attributes), None)

    def lineage(self, type_id: str) -> Iterator[Type]:
        """The type and those that it extends, nearest first."""
        found = self.types.get(type_id)
        if found is None:
            return
        yield found
        for parent in found.extends:
            yield from self.lineage(parent)

    def is_a(self, type_id: str, ancestor: str) -> bool:
        """Is the type this one, or does it extend it?"""
        return any(one.id == ancestor for one in self.lineage(type_id))


def operation_for(operation: Operation, given: Mapping[str, object]) -> Operation:
    """The meaning of a call when these parameters are given; ``given`` maps a parameter to its constant or ``...``."""
    for case in operation.cases:
        if case.holds(given):
            return replace(operation, op=case.op, roles={**operation.roles, **case.roles}, result=case.result, cases=())
    return operation


def _holds(condition: object, value: object) -> bool:
    present = value is not None and value is not False
    if condition == "present":
        return present
    if condition == "absent":
        return not present
    return isinstance(condition, dict) and value == condition.get("equals")


LISTED = frozenset({"mapping", "dict", "tuple", "function"})
_CALL_KEYS = {"op", "params", "roles", "result", "cases", "async", "aliases", "of"}


def _operation(name: str, data: Mapping[str, Any], where: str, *, is_async: bool = False) -> Operation:
    if not isinstance(data, dict) or "op" not in data:
        raise ModelError(f"{where}: {name}: an operation needs 'op'")
    roles = {key: value for key, value in data.items() if key not in _CALL_KEYS}
    result = str(data.get("result", "value"))
    made = Operation(
        name=name,
        op=str(data["op"]),
        params=tuple(data.get("params", ())),
        roles={**roles, **data.get("roles", {})},
        result=result,
        cases=tuple(_case(case, str(data["op"]), result) for case in data.get("cases", ())),
        is_async=bool(data.get("async", is_async)),
    )
    _check_words(made, f"{where}: {name}")
    return made


def _case(data: Mapping[str, Any], op: str, result: str) -> Case:
    roles = {key: value for key, value in data.items() if key not in {"when", "op", "result", "roles"}}
    return Case(
        when=data["when"],
        op=str(data.get("op", op)),
        roles={**roles, **data.get("roles", {})},
        result=str(data.get("result", result)),
    )


def _unknown(where: str, what: str, said: object, words: Iterable[str]) -> ModelError:
    return ModelError(f"{where}: no such {what}: {said!r}{nearest(said, words)}")


def _check_words(operation: Operation, where: str) -> None:
    for op, result in ((operation.op, operation.result), *((case.op, case.result) for case in operation.cases)):
        if op not in OPERATIONS:
            raise _unknown(where, "operation", op, OPERATIONS)
        if result not in RESULTS and not (result.startswith("<") and result.endswith(">")):
            raise _unknown(where, "result", result, RESULTS)
    for roles in (operation.roles, *(case.roles for case in operation.cases)):
        _check_facts(roles, where)


def _check_facts(roles: Mapping[str, object], where: str) -> None:
    """Facts of entries, consumers and locks are said in a closed set of words."""
    for fact, words in (*ENTRY_FACTS.items(), ("lease", LEASES)):
        said = roles.get(fact)
        if said is not None and said not in words:
            raise _unknown(f"{where}: {fact}", "word", said, words)


def _type(data: Mapping[str, Any], where: str) -> Type:
    if "id" not in data:
        raise ModelError(f"{where}: a type needs 'id'")
    ident = str(data["id"])
    is_async = bool(data.get("async", False))
    methods: dict[str, Operation] = {}
    for name, call in data.get("methods", {}).items():
        methods[name] = _operation(name, call, f"{where}: {ident}", is_async=is_async)
        for alias in call.get("aliases", ()):
            methods[alias] = replace(methods[name], name=alias)
    return Type(
        id=ident,
        names=tuple(data.get("names", ())),
        makers=tuple(data.get("makers", ())),
        extends=tuple(data.get("extends", ())),
        store=str(data.get("store", "")),
        role=str(data.get("role", "")),
        params=tuple(data.get("params", ())),
        roles=dict(data.get("roles", {})),
        methods=methods,
        attributes=dict(data.get("attributes", {})),
        item=str(data.get("item", "")),
        enter=str(data.get("enter", "")),
        is_async=is_async,
        namespaces=tuple(data.get("namespaces", ())),
        cases=tuple(_type_case(case, f"{where}: {ident}") for case in data.get("cases", ())),
        config=str(data.get("config", "")),
    )


def _type_case(data: Mapping[str, Any], where: str) -> Case:
    case = _case(data, "none", "value")
    _check_facts(case.roles, where)
    return case


def add_file(models: Models, data: Mapping[str, Any], where: str) -> None:
    """Adds one parsed model file. Raises ModelError."""
    for flaw in (*flaws(data), *flaws_of_scripts(data)):
        raise ModelError(f"{where}: {flaw}")
    try:
        _add_calls(models, data, where)
        _add_entries(models, data, where)
        _add_settings(models, data, where)
        _add_words(models, data, where)
        models.script_files.extend([data] if "script" in data else [])
        models.evidence.extend((e["package"], e.get("version", ""), where) for e in data.get("evidence", ()))
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{where}: {error!r} is missing or of the wrong kind") from error


def _add_calls(models: Models, data: Mapping[str, Any], where: str) -> None:
    for one in data.get("type", ()):
        made = _type(one, where)
        models.types[made.id] = made
        for name, operation in made.methods.items():
            if operation.op == "schedule.start":
                models.starts.add(name)
            models.bound.update([str(operation.roles["bound"])] if "bound" in operation.roles else [])
            if operation.roles.get("by_name"):
                models.by_name[name] = (made.id, operation)
            for known, options in (
                (models.known_by, operation.roles.get("known_by")),
                (models.shown_by, operation.roles.get("shown_by")),
            ):
                if isinstance(options, list):
                    known[name] = (made.id, frozenset(map(str, options)))
        models.instances.update(dict.fromkeys((*made.names, *made.makers), made.id))
    for one in data.get("function", ()):
        for name in (one["name"], *one.get("aliases", ())):
            call = {k: v for k, v in one.items() if k not in {"name", "aliases"}}
            models.functions[name] = _operation(name, call, where)
    for one in data.get("object", ()):
        models.objects[one["name"]] = one["type"]


def _add_entries(models: Models, data: Mapping[str, Any], where: str) -> None:
    for one in data.get("entry", ()):
        if one["kind"] not in ENTRY_KINDS:
            raise _unknown(f"{where}: {one['names'][0]}", "kind of entry", one["kind"], ENTRY_KINDS)
        if one["what"] not in ENTRIES:
            raise _unknown(f"{where}: {one['names'][0]}", "entry", one["what"], ENTRIES)
        for name in one["names"]:
            call = {key: value for key, value in one.items() if key not in {"names", "kind", "methods"}}
            models.entries[name] = Entry(
                name=name,
                kind=one["kind"],
                what=one["what"],
                methods=tuple(one.get("methods", ())),
                result=one.get("result", ""),
                callback=one.get("callback", ""),
                operation=_operation(name, {"op": "entry", **call}, where),
            )
        models.bound.update([str(one["bound"])] if "bound" in one else [])


def _add_settings(models: Models, data: Mapping[str, Any], where: str) -> None:
    for one in data.get("setting", ()):
        models.settings.append(
            Setting(
                names=tuple(one["names"]),
                applies=tuple(one.get("applies", ())),
                fact=str(one["fact"]),
                value=one.get("value"),
                says=one.get("says"),
                key=str(one.get("key", "")),
            )
        )
        models.tokens.update(one["names"])
    for one in data.get("listing", ()):
        if one["each"] not in LISTED:
            raise _unknown(f"{where}: {one['names'][0]}", "kind of item", one["each"], LISTED)
        call = {key: value for key, value in one.items() if key not in {"names", "each", "owner"}}
        operation = _operation(one["names"][0], {"op": "entry", **call}, where)
        models.listings.append(Listing(tuple(one["names"]), one["each"], operation, str(one.get("owner", ""))))
        models.tokens.update(one["names"])


def _add_words(models: Models, data: Mapping[str, Any], where: str) -> None:
    for one in data.get("field", ()):
        for name in one["names"]:
            models.fields[name] = Field(
                name, one.get("relation", ""), bool(one.get("unique", False)), bool(one.get("version", False))
            )
    for one in data.get("change", ()):
        if one["does"] not in CHANGES:
            raise _unknown(f"{where}: {one['names'][0]}", "change", one["does"], CHANGES)
        roles = {key: str(value) for key, value in one.items() if key not in {"names", "does", "params"}}
        for name in one["names"]:
            models.changes[name] = Change(name, one["does"], tuple(one.get("params", ())), roles)
    models.migrations.extend({key: str(value) for key, value in one.items()} for one in data.get("migrations", ()))
    models.model_bases.update(data.get("model_bases", {}))
    for meaning, names in data.get("raises", {}).items():
        models.raises[meaning] = (*models.raises.get(meaning, ()), *names)
    for meaning, names in data.get("values", {}).items():
        if meaning not in VALUES:
            raise _unknown(where, "value", meaning, VALUES)
        models.values.update(dict.fromkeys(names, meaning))
    models.bodies.update(data.get("requests", {}).get("body", ()))
    models.tokens.update(data.get("tokens", ()))


def _parse(text: str, where: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{where}: {error}") from error


@lru_cache(maxsize=1)
def _shipped() -> tuple[ModelFile, ...]:
    folder = resources.files("fenceline") / "models"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return tuple(ModelFile(f.name, _parse(f.read_text("utf-8"), f.name)) for f in files)


def model_files(extra: Iterable[Path] = ()) -> tuple[ModelFile, ...]:
    """The shipped files and the user's, parsed and not yet checked. Raises ModelError naming the file."""
    return (*_shipped(), *map(_own_file, extra))


def _own_file(path: Path) -> ModelFile:
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ModelError(f"{path}: not UTF-8 (byte {error.start})") from error
    return ModelFile(str(path), _parse(text, str(path)), is_own=True, text=text)


def load_models(extra: Iterable[Path] = ()) -> Models:
    """The shipped models and the user's files. Raises ModelError naming the file and the entry."""
    models = Models()
    for file in model_files(extra):
        add_model(models, file)
    return models


def add_model(models: Models, file: ModelFile) -> None:
    """Adds one model file. Raises ModelError naming the file, the line as far as it can be told, and the entry."""
    try:
        add_file(models, file.data, file.name)
    except ModelError as error:
        flaw = str(error).removeprefix(f"{file.name}: ")
        line = line_of(file.text, flaw)
        raise ModelError(f"{file.name}:{line}: {flaw}" if line else str(error)) from error


def _any_method(kind: Type, name: str) -> Operation | None:
    """A method that has no entry of its own, by the name that it is called by."""
    found = kind.methods.get("*")
    return replace(found, name=name) if found is not None else None
