"""Answers, in the Python that it runs in, what is installed there and which names exist with which parameters.

It is handed as text to another interpreter (``python -c``), from 3.8 on, in which nothing of ours is installed: so it
imports the standard library alone and is written for an old Python. Importing libraries runs their code: they print,
they raise SystemExit, they start threads, they crash. The answers go, a line of JSON each and at once, to what was
standard output; what libraries print goes nowhere. Modules of the project itself are not imported.

Standard input holds one JSON object: ``packages`` [[distribution, [module, …]], …] to be looked up without importing
anything, ``names`` to be resolved, ``project`` (a directory, or null), ``django`` (settings, or null).
"""

from __future__ import annotations

import builtins
import importlib
import importlib.metadata
import importlib.util
import inspect
import json
import os
import platform
import re
import sys
import sysconfig
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.machinery import ModuleSpec


class ProjectError(Exception):
    """The name is of the project, whose code is not run."""


def look_up(package: str, modules: list[str], project: str | None, asked: set[str]) -> dict[str, Any]:
    """What is installed of a package: its version ('' when nobody says it), or that it is absent.

    A distribution of another name may bring its modules (a fork, a binary build), unless that one is ``asked`` for too.
    ``apps``: the modules that are Django apps, for a package that needs Django to be installed; else null.
    """
    tops = sorted({module.partition(".")[0] for module in modules})
    try:
        found = importlib.metadata.distribution(package)
    except Exception:  # noqa: BLE001 - metadata that cannot be read are none
        found = None
    if found is not None:
        return {"package": package, "version": found.version, "apps": apps_of(found.requires or (), tops)}
    for module in tops:
        origin = origin_of(module)
        bringers = bringers_of(module) if origin is not None else set()
        if origin is not None and not asked & {plain_name(one) for one in bringers}:
            version = importlib.metadata.version(bringers.pop()) if len(bringers) == 1 else ""
            return {"package": package, "version": version, "is_project": is_below(origin, project)}
    return {"package": package, "is_absent": True}


def apps_of(requirements: Iterable[str], modules: list[str]) -> list[str] | None:
    """Which of the modules of a distribution are Django apps; None when it does not require Django."""
    named = {re.split(r"[^A-Za-z0-9_.-]", one, maxsplit=1)[0].lower() for one in requirements if "extra ==" not in one}
    if "django" not in named:
        return None
    places = {module: getattr(spec_of(module), "submodule_search_locations", None) or () for module in modules}
    parts = ("apps.py", "models.py", "models")
    return [
        module
        for module, folders in places.items()
        if any((Path(folder) / part).exists() for folder in folders for part in parts)
    ]


def bringers_of(module: str) -> set[str]:
    """The distributions that a top-level module comes with."""
    return set(all_bringers().get(module, ()))


@lru_cache(maxsize=None)  # noqa: UP033 - Python 3.8 has no cache
def all_bringers() -> dict[str, list[str]]:
    """Top-level module → distributions. It takes long; before Python 3.10 nobody can say it."""
    return dict(getattr(importlib.metadata, "packages_distributions", dict)())


def plain_name(package: str) -> str:
    """The name of a distribution as it is compared."""
    return re.sub(r"[-_.]+", "-", package).lower()


def spec_of(module: str) -> ModuleSpec | None:
    """How a top-level module would be imported; None when there is none."""
    try:
        return importlib.util.find_spec(module)
    except Exception:  # noqa: BLE001 - finders that libraries install may do anything
        return None


def origin_of(module: str) -> str | None:
    """The file of a top-level module; None when there is none, or only a directory that packages share."""
    spec = spec_of(module)
    return None if spec is None else spec.origin


def is_below(origin: str, project: str | None) -> bool:
    """Whether a file is of the project itself: below its directory, and not where packages are installed."""
    if not project or not Path(origin).is_absolute():
        return False
    path = Path(origin).resolve()
    installed = {"site-packages", "dist-packages"} & set(path.parts)
    is_standard = Path(sysconfig.get_path("stdlib")).resolve() in path.parents
    return Path(project).resolve() in path.parents and not installed and not is_standard


def resolve(name: str, project: str | None) -> tuple[Any, Any]:
    """The object with a qualified name, and the one before its last dot. Raises what importing raises."""
    if "." not in name:
        return getattr(builtins, name), builtins
    parts = name.split(".")
    if is_below(origin_of(parts[0]) or "", project):
        raise ProjectError
    for length in range(len(parts), 0, -1):
        module = ".".join(parts[:length])
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError as error:
            if length == 1 or not is_part(error.name or "", module):
                raise
            continue
        except AttributeError as error:  # of the library's own code
            raise ImportError(described(error)) from error
        owner: Any = None
        for part in parts[length:]:
            owner, found = found, getattr(found, part)
        return found, owner
    raise AttributeError(name)


def is_part(missing: str, module: str) -> bool:
    """Whether it is the module itself, or one that it would be in, that does not exist."""
    return bool(missing) and (module == missing or module.startswith(missing + "."))


def answer(name: str, project: str | None) -> dict[str, Any]:
    """What there is under a name: its parameters, or what is missing."""
    try:
        found, owner = resolve(name, project)
    except ProjectError:
        return {"is_project": True}
    except ModuleNotFoundError as error:
        return {"needs": error.name or str(error)}
    except ImportError as error:
        reason = error.__cause__ or error.__context__  # a library may say in its own words what it needs
        if isinstance(reason, ModuleNotFoundError):
            return {"needs": reason.name or str(reason)}
        return {"failed": described(error)}
    except AttributeError as error:
        return {"missing": one_line(error)}
    except BaseException as error:  # noqa: BLE001 - SystemExit too: nothing that a library does may end this
        return {"failed": described(error)}
    try:
        return {"parameters": parameters_of(found, owner, name.rpartition(".")[2])}
    except BaseException:  # noqa: BLE001 - callables of C code, and objects that object to being looked at
        return {"parameters": None}


def parameters_of(found: Any, owner: Any, name: str) -> list[list[str]] | None:
    """[name, kind] of each parameter, without the instance that a method is called on; None when they are hidden."""
    if not callable(found):
        return None
    listed = [[one.name, one.kind.name] for one in inspect.signature(found).parameters.values()]
    raw = inspect.getattr_static(owner, name, None) if inspect.isclass(owner) else None
    is_method = inspect.isroutine(raw) and not isinstance(raw, (classmethod, staticmethod))
    takes_instance = bool(listed) and listed[0][1] in {"POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD"}
    return listed[1:] if is_method and takes_instance else listed


def prepare_django(settings: dict[str, Any]) -> dict[str, Any]:
    """Configure it, without which modules that use it cannot be imported; apps that are not installed are left out."""
    try:
        configuration = importlib.import_module("django.conf").settings
        apps = [app for app in settings.get("INSTALLED_APPS", ()) if spec_of(app.partition(".")[0]) is not None]
        configuration.configure(**dict(settings, INSTALLED_APPS=list(dict.fromkeys(apps))))
        importlib.import_module("django").setup()
    except ModuleNotFoundError as error:
        return {"needs": error.name or str(error)}
    except BaseException as error:  # noqa: BLE001 - as for names
        return {"failed": described(error)}
    return {}


def described(error: BaseException) -> str:
    """The kind of an error, and the beginning of its message."""
    return "{}: {}".format(type(error).__name__, one_line(error)).rstrip(": ")  # noqa: UP032 - as old as it may be


def one_line(error: BaseException) -> str:
    """The beginning of a message, in one line."""
    return " ".join(str(error).split())[:150]


def main() -> None:
    """Read the request, answer it, and leave without waiting for threads that libraries have started."""
    request = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    output = os.fdopen(os.dup(1), "wb", 0)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)

    def say(values: dict[str, Any]) -> None:
        output.write(json.dumps(values).encode("ascii") + b"\n")

    project = request.get("project")
    say({"python": platform.python_version()})
    packages = request.get("packages", ())
    asked = {plain_name(package) for package, _ in packages}
    for package, modules in packages:
        say(look_up(package, modules, project, asked))
    if request.get("django") is not None:
        say({"django": prepare_django(request["django"])})
    for name in request.get("names", ()):
        say(dict(answer(name, project), name=name))
    say({"done": True})
    os._exit(0)


if __name__ == "__main__":
    main()
