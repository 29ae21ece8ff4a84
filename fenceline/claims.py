"""What the model files claim of libraries, name by name, and where a file contradicts itself.

A section or key that is not spoken of here claims nothing that can be looked up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fenceline.analyzer.model_shape import TABLES, title_of
from fenceline.analyzer.models import ModelFile
from fenceline.inventory import Inventory, Source, is_qualified, names_of

PARAMETER_ROLES = frozenset(
    {
        "key", "keys", "field", "value", "mapping", "member", "expiry", "delta", "func", "watches", "numkeys", "rest",
        "script", "args", "blocking", "blocking_timeout", "timeout", "source", "defaults", "objs", "update_fields",
        "entity", "entities", "ident", "instance", "instances", "statement", "table", "text", "sql", "callback",
        "nowait", "skip_locked", "with_for_update", "populate_existing", "idempotency_key", "transaction",
        "interval", "schedule", "limit", "soft_limit", "retries", "max_instances", "job_id", "visibility", "coroutine",
        "seconds", "headers", "options", "expression", "unique", "minute", "hour", "day", "month", "day_of_week",
        "countdown", "eta", "delay",
    }
)  # fmt: skip
"""Roles that a parameter plays; the other roles are, or may be, data."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A name exists, and takes these parameters.

    ``entry`` is what the entry of the file is called that claims it; ``params`` None: nothing is claimed of parameters.
    ``is_ordered``: they are the first of those that are given by position. ``formerly``: those of them that not every
    version of the library has.
    """

    source: Source
    entry: str
    name: str
    params: tuple[str, ...] | None = None
    is_ordered: bool = False
    formerly: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What is wrong with a file whatever is installed."""

    source: Source
    entry: str
    text: str


def claims(inventory: Inventory) -> Iterator[Claim]:
    """All that can be looked up in the libraries."""
    for file in inventory.files:
        for claimed in _claims_of_file(file):
            yield Claim(
                inventory.source_of(file, claimed.name),
                claimed.entry,
                claimed.name,
                claimed.params,
                is_ordered=claimed.is_ordered,
                formerly=claimed.formerly,
            )


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A claim of a file, before it is known of which library its name is."""

    entry: str
    name: str
    params: tuple[str, ...] | None = None
    is_ordered: bool = True
    formerly: frozenset[str] = frozenset()


def _claims_of_file(file: ModelFile) -> Iterator[_Claimed]:
    for section in ("type", "function", "object", "entry", "field", "change"):
        for one in file.data.get(section, ()):
            title = title_of(one)
            yield from (_Claimed(title, name) for name in names_of(section, one))
            if section == "type":
                yield from _claims_of_type(title, one)
            elif section in {"function", "entry"}:
                yield from _claims_of_callables(title, one, names_of(section, one))
    for section in TABLES:
        for meaning, said in file.data.get(section, {}).items():
            names = (meaning,) if section == "model_bases" else said
            yield from (_Claimed(f"[{section}]", name) for name in names if is_qualified(name))


def _claims_of_type(title: str, data: Mapping[str, Any]) -> Iterator[_Claimed]:
    if "config" not in data:
        yield from (_called(title, name, data) for name in data.get("names", ()))
    for method, call in data.get("methods", {}).items():
        if method == "*":
            continue
        for owner in (call["of"],) if "of" in call else data.get("names", ()):
            yield from (_called(title, f"{owner}.{name}", call) for name in (method, *call.get("aliases", ())))


def _called(title: str, name: str, call: Mapping[str, Any]) -> _Claimed:
    return _Claimed(title, name, tuple(call.get("params", ())), formerly=frozenset(call.get("formerly", ())))


def _claims_of_callables(title: str, data: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[_Claimed]:
    """What is claimed of functions, and of what registers our code. What a base takes are its class attributes."""
    if data.get("kind") == "base":
        attributes = [param for param in data.get("params", ()) if param not in data.get("undeclared", ())]
        yield from (_Claimed(title, f"{name}.{attribute}") for name in names for attribute in attributes)
    elif "params" in data:
        yield from (_called(title, name, data) for name in names)
    elif data.get("kind") == "call" and "callback" in data:
        yield from (_Claimed(title, name, (data["callback"],), is_ordered=False) for name in names)


def contradictions(inventory: Inventory) -> Iterator[Contradiction]:
    """Roles that name no parameter, types that no file has, and evidence for a library that nothing is said of."""
    for library in inventory.libraries.values():
        if not library.items:
            text = "nothing is said of it; when its modules are called otherwise than itself, say modules = […]"
            yield from (Contradiction(source, "[[evidence]]", text) for source in library.sources)
    known = {str(one["id"]) for file in inventory.files for one in file.data.get("type", ())}
    for item in inventory.items():
        for text in (*_strays_of(item.data), *_unknown_types(item.section, item.data, known)):
            yield Contradiction(item.source, item.title, text)


def _strays_of(data: Mapping[str, Any]) -> Iterator[str]:
    if "params" in data and "config" not in data:
        is_type = "op" not in data and "kind" not in data
        yield from _strays({key: data[key] for key in ("params", "roles", "cases") if key in data} if is_type else data)
    if isinstance(data.get("methods"), dict):
        for name, call in data["methods"].items():
            yield from (f"{name}: {text}" for text in _strays(call))


def _strays(call: Mapping[str, Any]) -> Iterator[str]:
    params = set(call.get("params", ()))
    for source in (call, *call.get("cases", ())):
        for role, value in {**source, **source.get("roles", {})}.items():
            if role in PARAMETER_ROLES and isinstance(value, str) and value not in params:
                yield f"{role} = {value!r} is no parameter of {_listed(params)}"
        for name in source.get("when", {}):
            if name not in params:
                yield f"when {name!r}: no such parameter of {_listed(params)}"


def _listed(params: Iterable[str]) -> str:
    return f"({', '.join(sorted(params))})"


def _unknown_types(section: str, data: Mapping[str, Any], known: set[str]) -> Iterator[str]:
    used = {data.get("type"), *_types_given(data)}
    if section == "type":
        used |= {*data.get("extends", ()), *data.get("attributes", {}).values(), data.get("item"), data.get("enter")}
        used |= {name for call in data.get("methods", {}).values() for name in _types_given(call)}
    for name in sorted(one for one in used if isinstance(one, str)):
        ident = name.removeprefix("<").removesuffix(">")
        if (name != ident or "." in name) and ident not in known:
            yield f"there is no type {ident!r}"


def _types_given(call: Mapping[str, Any]) -> Iterator[object]:
    """What a call returns, and what it passes to our function, in each of its cases."""
    for one in (call, *call.get("cases", ())):
        yield from (one.get("result"), *one.get("passes", ()))
