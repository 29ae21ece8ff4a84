"""Every name that the shipped model files know exists in the library that it is taken from, with its parameters."""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import inspect
import os
import tomllib
import warnings
from collections.abc import Iterator
from importlib import metadata, resources
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

FILES = {
    file.name: tomllib.loads(file.read_text("utf-8"))
    for file in (resources.files("fenceline") / "models").iterdir()
    if file.name.endswith(".toml")
}

# Callables whose signature Python cannot show, or which take their options through a wrapper that hides them.
WITHOUT_SIGNATURE: set[str] = set()


def modules_of(evidence: dict[str, Any]) -> list[str]:
    return list(evidence.get("modules", [evidence["package"].replace("-", "_")]))


def absent_modules() -> set[str]:
    """Modules of libraries that the test extra does not install, or that nothing can import here."""
    word = "importable" if os.environ.get("FENCELINE_ALL_LIBRARIES") else "installed"
    found = set()
    for data in FILES.values():
        for one in data.get("evidence", ()):
            if not one.get(word, True) or not one.get("importable", True):
                found.update(modules_of(one))
    return found


def other_versions() -> set[tuple[str, str]]:
    """(file, module) of the libraries that are installed in another version than the one that the file speaks of."""
    found = set()
    for file, data in FILES.items():
        for one in data.get("evidence", ()):
            try:
                installed = metadata.version(one["package"])
            except metadata.PackageNotFoundError:
                continue
            if not SpecifierSet(one.get("version", "")).contains(installed, prereleases=True):
                found.update((file, module) for module in modules_of(one))
    return found


ABSENT = absent_modules()
OTHER = other_versions()


def is_absent(name: str, file: str) -> bool:
    parts = name.split(".")
    modules = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
    return any(module in ABSENT or (file, module) in OTHER for module in modules)


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


# Applications with model classes that a model file names, or that what it names imports.
OPTIONAL_APPS = ["django_q", "django_apscheduler"]


def configure_django() -> None:
    settings = importlib.import_module("django.conf").settings
    if not settings.configured:
        apps = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"]
        apps += [one for one in OPTIONAL_APPS if importlib.util.find_spec(one)]
        settings.configure(
            INSTALLED_APPS=apps,
            HUEY={"huey_class": "huey.MemoryHuey"},
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what an application says of its settings is not what is tested
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
    "interval", "schedule", "limit", "soft_limit", "retries", "max_instances", "job_id", "unique", "visibility",
    "coroutine", "minute", "hour", "day", "month", "day_of_week", "expression", "countdown", "eta", "delay",
}  # fmt: skip


def every_entry() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(file, what to call it, entry) of what is registered by a decorator, a call, a base class or a list."""
    for file, data in FILES.items():
        for section in ("entry", "listing"):
            for one in data.get(section, ()):
                for name in one["names"]:
                    yield file, name, one


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


@pytest.mark.parametrize("name", [pytest.param(n, id=f"{f}:{n}") for f, n in NAMES if not is_absent(n, f)])
def test_name_exists(name: str):
    resolve(name)


@pytest.mark.parametrize(
    ("name", "call"), [pytest.param(n, c, id=f"{f}:{n}") for (f, n), c in CALLS if not is_absent(n, f)]
)
def test_call_exists_with_its_parameters(name: str, call: dict[str, Any]):
    found = resolve(name)
    missing = missing_parameters(found, name, call)
    assert not missing, f"{name}{inspect.signature(found)} has no {missing}"


@pytest.mark.parametrize(
    ("name", "kind"), [pytest.param(n, one, id=f"{f}:{n}") for (f, n), one in CONSTRUCTORS if not is_absent(n, f)]
)
def test_constructor_has_its_parameters(name: str, kind: dict[str, Any]):
    found = resolve(name)
    missing = missing_parameters(found, name, kind)
    assert not missing, f"{name}{inspect.signature(found)} has no {missing}"


# Attributes of tasks that Celery asks for with getattr, and that Task itself has not (celery.app.autoretry).
ASKED_FOR = {"autoretry_for"}


@pytest.mark.parametrize(
    ("name", "entry"),
    [pytest.param(n, e, id=f"{f}:{n}") for f, n, e in every_entry() if e.get("params") and not is_absent(n, f)],
)
def test_entry_has_its_parameters(name: str, entry: dict[str, Any]):
    if "each" in entry:
        return  # the keys of a dict are no parameters
    found = resolve(name)
    if entry["kind"] == "base":
        assert [one for one in entry["params"] if not hasattr(found, one) and one not in ASKED_FOR] == []
    else:
        assert missing_parameters(found, name, entry) == []


@pytest.mark.parametrize("file", sorted(FILES))
def test_roles_name_parameters(file: str):
    calls = [(name, call) for f, name, call in (*every_call(), *every_entry()) if f == file and "params" in call]
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
