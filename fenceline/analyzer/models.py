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


class ModelError(Exception):
    """A model file that cannot be used: which file, which entry, what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Case:
    """An alternative meaning of a call, chosen by its arguments: parameter → 'absent', 'present', or {equals = value}.

    'present' means given and not the constant None or False.
    """

    when: Mapping[str, object]
    op: str
    roles: Mapping[str, object]
    result: str


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
    """A kind of object: what makes one, what its methods do, what its attributes are."""

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


@dataclass(frozen=True, slots=True)
class Entry:
    """A way in which code is run by somebody else.

    kind: 'decorator', 'base' (methods of a class with that base) or 'call' (the function is argument ``callback``).
    what: task | view | consumer | job | receiver | command | hook | plain (a decorator that changes nothing).
    """

    name: str
    kind: str
    what: str
    methods: tuple[str, ...] = ()
    result: str = ""
    delivery: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """How a model class's field constructor is read: unique by itself, a relation, automatic."""

    name: str
    relation: str = ""
    is_unique: bool = False


@dataclass(slots=True)
class Models:
    """All that is known, by qualified name."""

    types: dict[str, Type] = field(default_factory=dict)
    instances: dict[str, str] = field(default_factory=dict)  # class name, maker → type id
    functions: dict[str, Operation] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)  # module-level object → type id
    entries: dict[str, Entry] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    model_bases: dict[str, str] = field(default_factory=dict)  # base class → orm family (store)
    raises: dict[str, tuple[str, ...]] = field(default_factory=dict)  # meaning → class names
    values: dict[str, str] = field(default_factory=dict)  # function → fresh | clock | pure
    tokens: set[str] = field(default_factory=set)
    evidence: list[tuple[str, str, str]] = field(default_factory=list)  # package, version, file

    def type_named(self, qualified: str) -> Type | None:
        """The type that a call or an annotation of this qualified name gives an instance of."""
        found = self.instances.get(qualified)
        return self.types[found] if found else None

    def method(self, type_id: str, name: str) -> Operation | None:
        """What a method of an instance does, looked up through ``extends``."""
        for one in self.lineage(type_id):
            if name in one.methods:
                return one.methods[name]
        return None

    def attribute(self, type_id: str, name: str) -> str | None:
        """The type id of an attribute of an instance."""
        for one in self.lineage(type_id):
            if name in one.attributes:
                return one.attributes[name]
        return None

    def lineage(self, type_id: str) -> Iterator[Type]:
        """The type and those that it extends, nearest first."""
        found = self.types.get(type_id)
        if found is None:
            return
        yield found
        for parent in found.extends:
            yield from self.lineage(parent)

    def is_a(self, type_id: str, ancestor: str) -> bool:
        return any(one.id == ancestor for one in self.lineage(type_id))


def operation_for(operation: Operation, given: Mapping[str, object]) -> Operation:
    """The meaning of a call when these parameters are given; ``given`` maps a parameter to its constant or ``...``."""
    for case in operation.cases:
        if all(_holds(condition, given.get(name)) for name, condition in case.when.items()):
            return replace(
                operation, op=case.op, roles={**operation.roles, **case.roles}, result=case.result, cases=()
            )
    return operation


def _holds(condition: object, value: object) -> bool:
    present = value is not None and value is not False
    if condition == "present":
        return present
    if condition == "absent":
        return not present
    return isinstance(condition, dict) and value == condition.get("equals")


_CALL_KEYS = {"op", "params", "result", "cases", "async"}


def _operation(name: str, data: Mapping[str, Any], where: str) -> Operation:
    if not isinstance(data, dict) or "op" not in data:
        raise ModelError(f"{where}: {name}: an operation needs 'op'")
    roles = {key: value for key, value in data.items() if key not in _CALL_KEYS}
    result = str(data.get("result", "value"))
    cases = tuple(
        Case(
            when=case["when"],
            op=str(case.get("op", data["op"])),
            roles={k: v for k, v in case.items() if k not in {"when", "op", "result"}},
            result=str(case.get("result", result)),
        )
        for case in data.get("cases", ())
    )
    return Operation(
        name, str(data["op"]), tuple(data.get("params", ())), roles, result, cases, bool(data.get("async", False))
    )


def _type(data: Mapping[str, Any], where: str) -> Type:
    if "id" not in data:
        raise ModelError(f"{where}: a type needs 'id'")
    ident = str(data["id"])
    methods: dict[str, Operation] = {}
    for name, call in data.get("methods", {}).items():
        methods[name] = _operation(name, call, f"{where}: {ident}")
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
    )


def add_file(models: Models, data: Mapping[str, Any], where: str) -> None:
    """Adds one parsed model file. Raises ModelError."""
    try:
        for one in data.get("type", ()):
            made = _type(one, where)
            models.types[made.id] = made
            models.instances.update(dict.fromkeys((*made.names, *made.makers), made.id))
        for one in data.get("function", ()):
            for name in (one["name"], *one.get("aliases", ())):
                call = {k: v for k, v in one.items() if k not in {"name", "aliases"}}
                models.functions[name] = _operation(name, call, where)
        for one in data.get("object", ()):
            models.objects[one["name"]] = one["type"]
        for one in data.get("entry", ()):
            for name in one["names"]:
                models.entries[name] = Entry(
                    name,
                    one["kind"],
                    one["what"],
                    tuple(one.get("methods", ())),
                    one.get("result", ""),
                    one.get("delivery", ""),
                )
        for one in data.get("field", ()):
            for name in one["names"]:
                models.fields[name] = Field(name, one.get("relation", ""), bool(one.get("unique", False)))
        for name, family in data.get("model_bases", {}).items():
            models.model_bases[name] = family
        for meaning, names in data.get("raises", {}).items():
            models.raises[meaning] = (*models.raises.get(meaning, ()), *names)
        for meaning, names in data.get("values", {}).items():
            models.values.update(dict.fromkeys(names, meaning))
        models.tokens.update(data.get("tokens", ()))
        models.evidence.extend((e["package"], e.get("version", ""), where) for e in data.get("evidence", ()))
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{where}: {error!r} is missing or of the wrong kind") from error


def _parse(text: str, where: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{where}: {error}") from error


@lru_cache(maxsize=1)
def _shipped() -> tuple[tuple[str, Mapping[str, Any]], ...]:
    folder = resources.files("fenceline") / "models"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return tuple((f.name, _parse(f.read_text("utf-8"), f.name)) for f in files)


def load_models(extra: Iterable[Path] = ()) -> Models:
    """The shipped models and the user's files. Raises ModelError naming the file."""
    models = Models()
    for name, data in _shipped():
        add_file(models, data, name)
    for path in extra:
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ModelError(f"{path}: {error}") from error
        add_file(models, _parse(text, str(path)), str(path))
    return models
