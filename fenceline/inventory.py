"""What the model files know, sorted by the library that it is of."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fenceline.analyzer.model_shape import TABLES, title_of
from fenceline.analyzer.models import ModelFile
from fenceline.selection import nearest

_T = TypeVar("_T")

PYTHON = "python"
"""What the builtins and the standard library are called as a library."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts of a library come from.

    ``version``: the range of versions that they hold for, '' if the file does not say. ``modules``: the dotted names
    below which the library's names are. ``is_declared``: there is an ``[[evidence]]`` for it. ``is_expected``: the
    tests install the library; ``is_importable``: what is installed of it can be imported. ``django_settings``: what
    its modules need of Django to be imported.
    """

    library: str
    file: str
    is_own: bool
    version: str = ""
    modules: tuple[str, ...] = ()
    is_declared: bool = True
    is_expected: bool = True
    is_importable: bool = True
    django_settings: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a model file, as far as it is of one library: its section, what it is called, names and content.

    ``names`` of a type are those of its classes and makers.
    """

    section: str
    title: str
    names: tuple[str, ...]
    data: Mapping[str, Any]
    source: Source


@dataclass(slots=True)
class Library:
    """What is known of one library, and from where."""

    name: str
    sources: list[Source] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)

    def of(self, section: str) -> list[Item]:
        """Its entries of one section."""
        return [item for item in self.items if item.section == section]


class UnknownLibraryError(Exception):
    """A name that is no library's."""


class Inventory:
    """Which library a name belongs to, and what there is of each.

    A name belongs to the evidence of its own file with the longest module that it lies below; if there is none, to that
    of another file, then to Python itself, then to a library that is called as its top-level module.
    """

    def __init__(self, files: Sequence[ModelFile]) -> None:
        self.files = files
        self.libraries: dict[str, Library] = {}
        self._declared = {file.name: [_source(file, one) for one in file.data.get("evidence", ())] for file in files}
        self._elsewhere = {source.library: source.modules for sources in self._declared.values() for source in sources}
        self._assumed: dict[tuple[str, str], Source] = {}
        for sources in self._declared.values():
            for source in sources:
                self._library(source.library).sources.append(source)
        for file in files:
            for item in self._items(file):
                self._library(item.source.library).items.append(item)
        self.libraries = dict(sorted(self.libraries.items()))

    def source_of(self, file: ModelFile, name: str) -> Source:
        """Where a name that a file knows comes from."""
        found = _nearest(name, ((module, one) for one in self._declared[file.name] for module in one.modules))
        return found or self._assume(file, self._library_of(name))

    def called(self, name: str) -> Library:
        """The library whose package or module has this name. Raises UnknownLibraryError."""
        plain = {_plain(one.name): one for one in self.libraries.values()}
        modules = {_plain(module): one for one in plain.values() for source in one.sources for module in source.modules}
        found = plain.get(_plain(name)) or modules.get(_plain(name))
        if found is None:
            raise UnknownLibraryError(f"nothing is known of a library {name!r}{nearest(name, self.libraries)}")
        return found

    def _library_of(self, name: str) -> str:
        below = ((module, library) for library, modules in self._elsewhere.items() for module in modules)
        top = name.partition(".")[0]
        is_python = hasattr(builtins, name) if "." not in name else top in sys.stdlib_module_names
        return _nearest(name, below) or (PYTHON if is_python else top)

    def _assume(self, file: ModelFile, library: str) -> Source:
        """The source of facts that their file gives no evidence for."""
        if (file.name, library) not in self._assumed:
            modules = self._elsewhere.get(library, () if library == PYTHON else (library,))
            made = Source(library, file.name, file.is_own, modules=modules, is_declared=False)
            self._assumed[file.name, library] = made
            self._library(library).sources.append(made)
        return self._assumed[file.name, library]

    def _library(self, name: str) -> Library:
        return self.libraries.setdefault(name, Library(name))

    def _items(self, file: ModelFile) -> Iterator[Item]:
        for section, entries in file.data.items():
            if section in TABLES:
                yield from self._words(file, section, entries)
            elif section != "evidence" and isinstance(entries, list):
                for one in entries:
                    if isinstance(one, dict):
                        yield from self._entry(file, section, one)

    def _entry(self, file: ModelFile, section: str, data: Mapping[str, Any]) -> Iterator[Item]:
        """The entry once for each library that one of its names is of."""
        names = names_of(section, data)
        title = title_of(data)
        if not names:
            yield Item(section, title, (), data, self._source_of_nameless(file, data))
        for source, own in self.by_source(file, names):
            yield Item(section, title, own, data, source)

    def _words(self, file: ModelFile, section: str, table: Mapping[str, Any]) -> Iterator[Item]:
        for meaning, said in table.items():
            names = (meaning,) if section == "model_bases" else tuple(name for name in said if is_qualified(name))
            title = str(said) if section == "model_bases" else meaning
            for source, own in self.by_source(file, names):
                yield Item(section, title, own, {}, source)

    def items(self) -> Iterator[Item]:
        """All entries; one that is of several libraries comes once for each."""
        return (item for library in self.libraries.values() for item in library.items)

    def by_source(self, file: ModelFile, names: Iterable[str]) -> list[tuple[Source, tuple[str, ...]]]:
        """Names that a file knows, with where they come from."""
        found: dict[int, tuple[Source, list[str]]] = {}
        for name in names:
            source = self.source_of(file, name)
            found.setdefault(id(source), (source, []))[1].append(name)
        return [(source, tuple(own)) for source, own in found.values()]

    def _source_of_nameless(self, file: ModelFile, data: Mapping[str, Any]) -> Source:
        """Types without names, settings and listings: by what they say themselves, or by what gives such a type.

        Else they are of the library that the file is about, which is the first that it gives evidence for.
        """
        declared = self._declared[file.name]
        for hint in (*_hints(data), *_givers(file, str(data.get("id", "")))):
            top = hint.partition(".")[0]
            for source in declared:
                if top in {source.library, *(module.partition(".")[0] for module in source.modules)}:
                    return source
        return declared[0] if declared else self._assume(file, title_of(data).partition(".")[0])


def _hints(data: Mapping[str, Any]) -> Iterator[str]:
    """What says of an entry without qualified names which library it is of."""
    calls = data.get("methods", {})
    owners = [call["of"] for call in calls.values() if "of" in call] if isinstance(calls, dict) else []
    yield from (str(hint) for hint in (data.get("package"), *data.get("applies", ()), data.get("id"), *owners) if hint)


def _givers(file: ModelFile, type_id: str) -> Iterator[str]:
    """The names of functions and classes of a file that give an instance of a type."""
    for section in ("function", "type"):
        for one in file.data.get(section, ()):
            calls = (one, *one.get("cases", ()), *one.get("methods", {}).values())
            given = {str(call.get("result", "")).strip("<>") for call in calls} | {*one.get("attributes", {}).values()}
            if type_id and type_id in given:
                yield from names_of(section, one)


def _plain(name: str) -> str:
    """Names of packages and modules are compared like this."""
    return name.lower().replace("_", "-")


def names_of(section: str, data: Mapping[str, Any]) -> tuple[str, ...]:
    """The qualified names that an entry is about; the names of settings and listings are none."""
    if section in {"setting", "listing"}:
        return ()
    single = (data["name"],) if isinstance(data.get("name"), str) else ()
    others = () if section == "function" else (*data.get("names", ()), *data.get("makers", ()))
    return (*single, *data.get("aliases", ()), *others)


def is_qualified(name: str) -> bool:
    """``[raises]`` also has bare names of attributes; ``[values]`` has builtins."""
    return "." in name or hasattr(builtins, name)


def _source(file: ModelFile, evidence: Mapping[str, Any]) -> Source:
    package = str(evidence["package"])
    return Source(
        library=package,
        file=file.name,
        is_own=file.is_own,
        version=str(evidence.get("version", "")),
        modules=tuple(evidence.get("modules", [package.replace("-", "_").lower()])),
        is_expected=bool(evidence.get("installed", True)),
        is_importable=bool(evidence.get("importable", True)),
        django_settings=evidence.get("django_settings"),
    )


def _nearest(name: str, modules: Iterable[tuple[str, _T]]) -> _T | None:
    """What the longest module stands for that the name is or lies below."""
    found = max(
        ((module, one) for module, one in modules if name == module or name.startswith(f"{module}.")),
        key=lambda pair: len(pair[0]),
        default=None,
    )
    return found[1] if found else None
