"""A project for a machine that does not have it: the files that an examination may read, as one value to be sent.

It is written out there, because which files there are matters as well as what they hold: a name in an import leads to a
file, a directory to a package. What is sent is what any result may depend on (``contents``): the Python files of the
project, links as links, and what links lead to outside of it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from fenceline.analyzer.finding import Finding
from fenceline.analyzer.source import SIZE_LIMIT
from fenceline.contents import MOST_FILES, OUT_OF_REACH
from fenceline.discovery import MIGRATION_DIRECTORIES
from fenceline.executors.executor import ExecutorError
from fenceline.outcomes import FileResult, Settings
from fenceline.records import record_of, value_of

MOST_BYTES = 500_000_000
"""They are in the memory of the scheduler, compressed to a quarter or so."""

_OUTSIDE = ".outside"
"""Beside the project, where it is written out: what links lead to that lies elsewhere."""


@dataclass(slots=True)
class Snapshot:
    """The settings of a run with all that they name. Paths are bytes, relative to the directory that is written out.

    ``base`` is the directory that holds everything, the root or one above it: imports of a package lead out of a root
    that lies inside of it. ``links`` lead to paths of the snapshot; None leads nowhere, and stands for a file that
    cannot be read, too.
    """

    settings: Settings
    base: Path
    files: dict[bytes, bytes] = field(default_factory=dict)
    folders: set[bytes] = field(default_factory=set)
    links: dict[bytes, bytes | None] = field(default_factory=dict)
    models: list[bytes] = field(default_factory=list)

    def holds(self, path: str) -> bool:
        """Whether a file, relative to the root, can be examined elsewhere as it could be here."""
        name = os.fsencode(os.path.relpath(self.settings.root / path, self.base.parent))
        return (self.links.get(name) or name) in self.files


def snapshot_of(settings: Settings) -> Snapshot:
    """All that the workers need. Raises ExecutorError where that is too much, and OSError for a lost model file."""
    base = Path(os.path.commonpath([settings.root, *settings.search]))
    taken = Snapshot(settings, base, models=[path.read_bytes() for path in settings.models])
    _Walk(taken).take_all()
    for path, data in settings.planned.items():
        name = os.fsencode(os.path.relpath(settings.root / path, base.parent))
        taken.links.pop(name, None)
        taken.files[name] = data
    return taken


class _Walk:
    """Every directory is entered once, under the name that is found first."""

    def __init__(self, taken: Snapshot) -> None:
        self.taken = taken
        self.name = os.fsencode(taken.base.name or "project")
        self.places: dict[tuple[int, int], bytes] = {}
        self.met: list[tuple[bytes, bytes]] = []
        self.size = 0
        self.outside = 0

    def take_all(self) -> None:
        self.take_folder(os.fsencode(self.taken.base), self.name)
        while self.met:
            name, path = self.met.pop()
            self.taken.links[name] = self.lead(os.path.realpath(path))

    def take_folder(self, path: bytes, name: bytes) -> None:
        """Everything below a directory, which is called ``name`` where it is written out."""
        pending = [(path, name)]
        while pending:
            path, name = pending.pop()
            identity = _identity(path)
            if identity is not None and identity not in self.places:
                self.places[identity] = name
                pending.extend(self.folders_in(path, name))

    def folders_in(self, path: bytes, name: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The directories to go on with; files are taken on the way."""
        if name.rpartition(b"/")[2] in _MIGRATIONS:
            self.taken.folders.add(name)
        for entry in _entries(path):
            own = name + b"/" + entry.name
            is_file = entry.name.endswith(b".py")
            if not is_file and entry.name in _LEFT_OUT:
                continue
            if entry.is_symlink():
                self.met.append((own, entry.path))
            elif _is_directory(entry):
                yield entry.path, own
            elif is_file:
                self.take_file(entry.path, own)

    def take_file(self, path: bytes, name: bytes) -> None:
        """What a file holds; one that cannot be read, or is not worth it, is there all the same."""
        data = _data(path)
        if data is None:
            self.taken.links[name] = None
            return
        self.taken.files[name] = data
        self.size += len(data)
        if self.size > MOST_BYTES or len(self.taken.files) > MOST_FILES:
            raise ExecutorError(
                f"{self.taken.base}: too much to be sent to workers: more than {MOST_FILES:,} Python files, "
                f"or {MOST_BYTES // 1_000_000} MB of them"
            )

    def lead(self, target: bytes) -> bytes | None:
        """Where a link leads in the snapshot; what lies outside is taken as well."""
        base = os.path.realpath(os.fsencode(self.taken.base))
        inside = self.name + target[len(base) :]
        if target.startswith(base + b"/") and (inside in self.taken.files or inside in self.taken.links):
            return inside
        if (identity := _identity(target)) is None:
            return None
        if identity not in self.places:
            self.outside += 1
            name = os.fsencode(f"{_OUTSIDE}/{self.outside}/") + target.rpartition(b"/")[2]
            if os.path.isdir(target):  # noqa: PTH112 - names are bytes
                self.take_folder(target, name)
            else:
                self.places[identity] = name
                self.take_file(target, name)
        return self.places[identity]


_MIGRATIONS = frozenset(map(os.fsencode, MIGRATION_DIRECTORIES))
_LEFT_OUT = frozenset(map(os.fsencode, OUT_OF_REACH))


def _entries(path: bytes) -> list[os.DirEntry[bytes]]:
    try:
        with os.scandir(path) as listing:
            return sorted(listing, key=lambda entry: entry.name)
    except OSError:
        return []


def _is_directory(entry: os.DirEntry[bytes]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _identity(path: bytes) -> tuple[int, int] | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - names are bytes
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _data(path: bytes) -> bytes | None:
    try:
        status = os.stat(path)  # noqa: PTH116
        if not stat.S_ISREG(status.st_mode) or status.st_size > SIZE_LIMIT:
            return None
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return None


# ------------------------------------------------------------------------------------------------- on another machine


def write_out(snapshot: Snapshot, folder: Path) -> Settings:
    """Write everything below an empty directory; the settings as they are there."""
    top = os.fsencode(folder)
    for name in (*snapshot.folders, *_parents([*snapshot.files, *snapshot.links])):
        os.makedirs(os.path.join(top, name), exist_ok=True)  # noqa: PTH103, PTH118
    for name, data in snapshot.files.items():
        with open(os.path.join(top, name), "wb") as file:  # noqa: PTH118, PTH123
            file.write(data)
    for name, target in snapshot.links.items():
        os.symlink(os.path.join(top, target or b".outside/nowhere"), os.path.join(top, name))  # noqa: PTH118, PTH211
    settings = snapshot.settings
    return replace(
        settings,
        root=_moved(settings.root, snapshot, folder),
        search=tuple(_moved(path, snapshot, folder) for path in settings.search),
        models=tuple(_model(folder / f".models/{n}", *one) for n, one in enumerate(_models(snapshot))),
        planned={},
    )


def _parents(names: Iterable[bytes]) -> set[bytes]:
    return {name.rpartition(b"/")[0] for name in names}


def _moved(path: Path, snapshot: Snapshot, folder: Path) -> Path:
    return folder / (snapshot.base.name or "project") / path.relative_to(snapshot.base)


def _models(snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    return zip((path.name for path in snapshot.settings.models), snapshot.models, strict=True)


def _model(folder: Path, name: str, data: bytes) -> Path:
    folder.mkdir(parents=True)
    (folder / name).write_bytes(data)
    return folder / name


def as_here(result: FileResult, snapshot: Snapshot, folder: Path) -> FileResult:
    """What was found in the files that were written out, as if it had been found in the project itself."""
    there, here = str(folder / (snapshot.base.name or "project")), str(snapshot.base).rstrip("/")
    result.parsed = {here + path.removeprefix(there) if path.startswith(there) else path for path in result.parsed}
    if snapshot.base != snapshot.settings.root:  # what lies outside of the root is called by its whole path
        result.reached = value_of(set[str], _renamed(record_of(result.reached), there, here))
        result.findings = value_of(list[Finding], _renamed(record_of(result.findings), there, here))
    result.errors = [replace(error, message=error.message.replace(there, here)) for error in result.errors]
    return result


def _renamed(record: object, there: str, here: str) -> object:
    """Every string of a record with one path in the place of another."""
    match record:
        case str():
            return record.replace(there, here)
        case list() | tuple():
            return [_renamed(one, there, here) for one in record]
        case dict():
            return {name: _renamed(one, there, here) for name, one in record.items()}
        case _:
            return record
