"""Every name that the shipped model files know exists in the library that it is taken from, with its parameters."""

from __future__ import annotations

import builtins
import importlib
import inspect
import os
import tomllib
import warnings
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest

FILES = {
    file.name: tomllib.loads(file.read_text("utf-8"))
    for file in (resources.files("fenceline") / "models").iterdir()
    if file.name.endswith(".toml")
}

# Callables whose signature Python cannot show, or which take their options through a wrapper that hides them.
WITHOUT_SIGNATURE: set[str] = set()


def absent_modules() -> set[str]:
    """Top-level modules of libraries that the test extra does not install."""
    found = set()
    for data in FILES.values():
        for one in data.get("evidence", ()):
            if not one.get("installed", True):
                found.update(one.get("modules", [one["package"].replace("-", "_")]))
    return found


ABSENT = set() if os.environ.get("FENCELINE_ALL_LIBRARIES") else absent_modules()


def is_absent(name: str) -> bool:
    return name.partition(".")[0] in ABSENT


def resolve(name: str) -> Any:
    """The object with this qualified name. Raises AttributeError naming the part that does not exist."""
    if "." not in name:
        return getattr(builtins, name)
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            with warnings.catch_warnings(action="ignore"):  # what a library imports is its own affair
                found = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            found = getattr(found, part)
        return found
    raise AttributeError(name)


def configure_django() -> None:
    settings = importlib.import_module("django.conf").settings
    if not settings.configured:
        apps = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"]
        settings.configure(
            INSTALLED_APPS=apps, DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
        )
        importlib.import_module("django").setup()


configure_django()


def signature_of(found: Any, name: str) -> inspect.Signature | None:
    if name in WITHOUT_SIGNATURE:
        return None
    try:
        return inspect.signature(found)
    except (ValueError, TypeError):
        return None


def missing_parameters(found: Any, name: str, call: dict[str, Any]) -> list[str]:
    signature = signature_of(found, name)
    if signature is None:
        return []
    kinds = {p.name: p.kind for p in signature.parameters.values()}
    if inspect.Parameter.VAR_KEYWORD in kinds.values():
        return []
    known = {*kinds, *call.get("formerly", ())}
    return [p for p in call.get("params", ()) if p.lstrip("*") not in known]


def strays(call: dict[str, Any], where: str) -> list[str]:
    """Roles that are meant to name a parameter but name none."""
    params = set(call.get("params", ()))
    found = []
    for source in (call, *call.get("cases", ())):
        for role, value in {**source, **source.get("roles", {})}.items():
            if role in PARAMETER_ROLES and isinstance(value, str) and value not in params:
                found.append(f"{where}: {role} = {value!r} is no parameter of {sorted(params)}")
        found += [f"{where}: when {name!r}: no such parameter" for name in source.get("when", {}) if name not in params]
    return found


PARAMETER_ROLES = {
    "key", "keys", "field", "value", "mapping", "member", "expiry", "delta", "func", "watches", "numkeys", "rest",
    "script", "args", "blocking", "blocking_timeout", "timeout", "source", "defaults", "objs", "update_fields",
    "entity", "entities", "ident", "instance", "instances", "statement", "table", "text", "sql", "callback",
    "nowait", "skip_locked", "with_for_update", "populate_existing", "idempotency_key", "transaction",
}  # fmt: skip


def every_call() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(file, qualified name, call) of each function, and of each method under each class that has it."""
    for file, data in FILES.items():
        for one in data.get("function", ()):
            for name in (one["name"], *one.get("aliases", ())):
                yield file, name, one
        for one in data.get("type", ()):
            for method, call in one.get("methods", {}).items():
                if method == "*":
                    continue
                owners = [call["of"]] if "of" in call else one.get("names", ())
                for owner in owners:
                    for name in (method, *call.get("aliases", ())):
                        yield file, f"{owner}.{name}", call


def every_constructor() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(file, class, what the type says) of each type that says what its constructor takes."""
    for file, data in FILES.items():
        for one in data.get("type", ()):
            if one.get("params"):
                yield from ((file, name, one) for name in one.get("names", ()))


def every_name() -> Iterator[tuple[str, str]]:
    """(file, qualified name) of what is no call: classes, makers, objects, entries, fields, bases, raises, values."""
    for file, data in FILES.items():
        for one in data.get("type", ()):
            yield from ((file, name) for name in (*one.get("names", ()), *one.get("makers", ())))
        for one in data.get("object", ()):
            yield file, one["name"]
        for section in ("entry", "field"):
            yield from ((file, name) for one in data.get(section, ()) for name in one["names"])
        yield from ((file, name) for name in data.get("model_bases", {}))
        yield from ((file, n) for names in data.get("raises", {}).values() for n in names if "." in n)
        yield from ((file, name) for names in data.get("values", {}).values() for name in names)


CALLS = sorted({(file, name): call for file, name, call in every_call()}.items())
CONSTRUCTORS = sorted({(file, name): one for file, name, one in every_constructor()}.items())
NAMES = sorted(set(every_name()))


@pytest.mark.parametrize("name", [pytest.param(n, id=f"{f}:{n}") for f, n in NAMES if not is_absent(n)])
def test_name_exists(name: str):
    resolve(name)


@pytest.mark.parametrize(
    ("name", "call"), [pytest.param(n, c, id=f"{f}:{n}") for (f, n), c in CALLS if not is_absent(n)]
)
def test_call_exists_with_its_parameters(name: str, call: dict[str, Any]):
    found = resolve(name)
    missing = missing_parameters(found, name, call)
    assert not missing, f"{name}{inspect.signature(found)} has no {missing}"


@pytest.mark.parametrize(
    ("name", "kind"), [pytest.param(n, one, id=f"{f}:{n}") for (f, n), one in CONSTRUCTORS if not is_absent(n)]
)
def test_constructor_has_its_parameters(name: str, kind: dict[str, Any]):
    found = resolve(name)
    missing = missing_parameters(found, name, kind)
    assert not missing, f"{name}{inspect.signature(found)} has no {missing}"


@pytest.mark.parametrize("file", sorted(FILES))
def test_roles_name_parameters(file: str):
    calls = [(name, call) for f, name, call in every_call() if f == file]
    assert [line for name, call in calls for line in strays(call, name)] == []


def types_named(call: dict[str, Any]) -> Iterator[str]:
    """The type ids of what an operation returns, and of what it passes to our function, in each of its cases."""
    for one in (call, *call.get("cases", ())):
        yield from (one.get("result", ""), *one.get("passes", ()))


@pytest.mark.parametrize("file", sorted(FILES))
def test_type_ids_exist(file: str):
    known = {one["id"] for data in FILES.values() for one in data.get("type", ())}
    data = FILES[file]
    used = [one["type"] for one in data.get("object", ())]
    for one in data.get("type", ()):
        used += [
            *one.get("extends", ()),
            *one.get("attributes", {}).values(),
            one.get("item", ""),
            one.get("enter", ""),
        ]
        used += [name for call in one.get("methods", {}).values() for name in types_named(call)]
    used += [name for section in ("function", "entry") for one in data.get(section, ()) for name in types_named(one)]
    named = {name.strip("<>") for name in used if name.startswith("<") or "." in name}
    assert named - known == set()
