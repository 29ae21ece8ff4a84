"""What files come to, taken from an earlier run where nothing has changed since.

A result is kept under everything that it may depend on: the bytes of all Python files of the project, the settings of
the run, the model files, the program itself and what it reads code with. So whatever changes, nothing old is found
any more, and no result has to be taken back; and a run over some files finds what a run over all of them has kept.
Beside that there is one state for each combination of the rest, of the time of the last run: from it those results are
taken that the changes since then do not reach (:mod:`fenceline.incremental`).

What is kept is one file a combination, below the directory that ``cache-dir`` names: a digest of the rest in the first
line, then JSON. It is put in place in one step, so that runs at the same time and runs that are killed leave a whole
file or none. Of two runs at once that examine different files of one project, one may find its results gone: they are
examined again. The entries that were used last are kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fenceline.activity import goes_on_with
from fenceline.analyzer.finding import Finding
from fenceline.contents import Contents, contents_of, digest_of_files
from fenceline.outcomes import FileResult, Progress, Settings
from fenceline.program import versions
from fenceline.records import record_of, value_of
from fenceline.report.document import RunError
from fenceline.stamps import Stamps
from fenceline.suppressions import Suppression

if TYPE_CHECKING:
    from fenceline.executors.executor import Executor
    from fenceline.incremental import Left

OFF_VARIABLE = "FENCELINE_NO_CACHE"

FORMAT = 1
"""The form of the entries; the next number says that older ones are not read."""

MOST_ENTRIES = 40
MOST_STATES = 10
"""States hold what single files say as well, and are the larger ones."""
MOST_BYTES = 100_000_000
MOST_BYTES_OF_ONE = 200_000_000
"""A larger entry is not kept: reading it takes more memory than examining what has changed."""
SECONDS_OF_WRITING = 3_600
"""What is still being written after that time is not: its run was killed."""

_ENTRY = re.compile(r"[0-9a-f]{32}\.json")
_TEMPORARY = re.compile(r"[0-9a-f]{32}\.[0-9a-f]{16}\.tmp")
_OURS = frozenset({"results", "states", "stamps", ".gitignore", "CACHEDIR.TAG"})
_BESIDE = {
    ".gitignore": "# Made by fenceline: results of earlier runs. It can be removed at any time.\n*\n",
    "CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n# Made by fenceline; see https://bford.info/cachedir/\n",
}


class Results:
    """The results of files, kept ones where nothing has changed. ``folder`` is where they are kept, None for nowhere.

    Others are examined by the executor; without one, by processes of this machine, ``jobs`` of them, None for as many
    as pay. ``named`` are files that are looked at although they may lie where no others are, relative to the root.
    """

    def __init__(
        self,
        root: Path,
        folder: Path | None,
        jobs: int | None = None,
        named: Sequence[str] = (),
        executor: Executor | None = None,
    ) -> None:
        self._root = root
        is_kept = folder is not None and not os.environ.get(OFF_VARIABLE)
        self._store = Store(folder) if folder is not None and is_kept else None
        self._states = Store(folder, "states", MOST_STATES) if folder is not None and is_kept else None
        of_root = folder is not None and folder.is_relative_to(root)  # or it is that of another project, or of a copy
        self._stamps = Stamps(folder / "stamps" if folder is not None and self._store and of_root else None)
        self._jobs = jobs
        self._executor = executor
        self._named = named
        self._contents: Contents | None = None

    def of(self, settings: Settings, paths: Sequence[str], progress: Progress | None = None) -> list[FileResult]:
        """The results of these files, in their order. Raises ModelError."""
        key = self._key(settings)
        if self._store is None or key is None:
            return self._examined(settings, paths, progress)
        kept = self._store.load(key)
        if any(path not in kept for path in paths):
            kept = self._with_new(settings, key, kept, paths, progress)
        return [kept[path] for path in paths]

    def _with_new(
        self,
        settings: Settings,
        key: str,
        kept: dict[str, FileResult],
        paths: Sequence[str],
        progress: Progress | None,
    ) -> dict[str, FileResult]:
        """What is kept, with the results of all these files: those that still count, and those that are examined."""
        assert self._store is not None
        assert self._states is not None
        state_key = self._key(settings, of_state=True) or key
        asked = [path for path in paths if path not in kept]
        left, taken = self._left(settings, self._states.read(state_key), asked)
        missing = [path for path in asked if path not in taken]
        new = {one.path: one for one in self._examined(settings, missing, progress, left)}
        whole = {**kept, **taken, **new}
        if self._is_unchanged():
            good = {path: one for path, one in new.items() if _may_be_kept(one)}
            self._store.save(key, {path: one for path, one in whole.items() if path not in new or path in good})
            learned = {path: (_record(one), one.learned) for path, one in good.items() if one.learned is not None}
            self._states.write(state_key, left.with_more(learned).body())
            self._stamps.save()
        return whole

    def _left(self, settings: Settings, body: object, paths: Sequence[str]) -> tuple[Left, dict[str, FileResult]]:
        """What still counts of a state, and those results of these files that do; of a broken one there is nothing."""
        # only here: where nothing has changed, nothing is asked
        from fenceline.incremental import Left, State  # noqa: PLC0415

        assert self._contents is not None
        try:
            left = Left(State(body), self._contents, settings)
            found = {path: left.record_of(path) for path in paths}
            return left, {path: _result(path, record) for path, record in found.items() if record is not None}
        except Exception:  # noqa: BLE001 - whatever somebody has put there, results can be examined
            return Left(State(None), self._contents, settings), {}

    def _examined(
        self, settings: Settings, paths: Sequence[str], progress: Progress | None, left: Left | None = None
    ) -> list[FileResult]:
        if not paths:
            return []
        # only here: what is kept needs nothing that analyses
        from fenceline.executors.local import Local  # noqa: PLC0415
        from fenceline.workers import examine_files  # noqa: PLC0415

        executor = self._executor or Local(self._jobs)
        if left is None:
            return examine_files(settings, paths, executor, progress)
        if executor.workers(len(paths)):
            return examine_files(replace(settings, kept=left.kept), paths, executor, progress)
        return examine_files(settings, paths, executor, progress, left.answers.examiner)

    def _key(self, settings: Settings, *, of_state: bool = False) -> str | None:
        """What the results of this run are kept under; None where they cannot be kept.

        ``of_state``: that under which the state of the project is kept, whatever its files hold.
        """
        if self._store is None or settings.planned:
            return None
        if self._contents is None:
            goes_on_with("reading what has changed")
            self._contents = contents_of(self._root, self._named, self._stamps)
        models = _bytes_of(settings.models)
        if self._contents is None or models is None:
            return None
        key = key_of(settings, "any" if of_state else self._contents.digest, models, self._stamps)
        self._stamps.save()
        return key

    def _is_unchanged(self) -> bool:
        """Whether no file was written while others were read: then what was read is what the key stands for."""
        return self._contents is not None and contents_of(self._root, self._named, self._stamps) == self._contents


def _may_be_kept(result: FileResult) -> bool:
    """A fault of ours may be gone the next time; that a file cannot be read is a part of the contents."""
    return all(error.kind != "internal" for error in result.errors)


def _bytes_of(paths: Sequence[Path]) -> list[bytes] | None:
    try:
        return [path.read_bytes() for path in paths]
    except OSError:
        return None


def key_of(settings: Settings, contents: str, models: Sequence[bytes], stamps: Stamps | None = None) -> str:
    """The name of everything that a result may depend on, 32 hexadecimal digits."""
    search = (os.path.relpath(path, settings.root) for path in settings.search)
    parts = [
        ("format", str(FORMAT)),
        ("program", " ".join(versions(stamps or Stamps(None)).values())),
        ("contents", contents),
        ("codes", " ".join(sorted(settings.codes))),
        ("least", str(settings.least)),
        ("search", "\0".join(search)),
        ("fixes", repr(astuple(settings.fixes)) if settings.fixes is not None else ""),
    ]
    files = [(name, value.encode("utf-8", "surrogateescape")) for name, value in parts]
    return digest_of_files([*files, *(("model", data) for data in models)])


class Store:
    """The entries below a directory. Nothing that goes wrong with it is an error: results are examined instead."""

    def __init__(self, folder: Path, name: str = "results", most: int = MOST_ENTRIES) -> None:
        self._folder = folder
        self._entries = folder / name
        self._most = most

    def load(self, key: str) -> dict[str, FileResult]:
        """The results that are kept under a key, by path; none where the entry is not as it was written."""
        try:
            return {name: _result(name, record) for name, record in (self.read(key) or {}).items()}
        except (ValueError, TypeError, AttributeError, RecursionError):
            return {}

    def read(self, key: str) -> Any | None:
        """What is kept under a key, None where the entry is not as it was written."""
        path = self._path(key)
        try:
            digest, _, body = path.read_bytes().partition(b"\n")
        except OSError:
            return None
        if digest != _digest_of(body):
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            return None

    def save(self, key: str, results: Mapping[str, FileResult]) -> None:
        """Keep these results, and nothing else under this key."""
        self.write(key, {path: _record(one) for path, one in sorted(results.items())})

    def write(self, key: str, value: object) -> None:
        """Keep a value that JSON has, and nothing else under this key; one that is too large is not kept."""
        body = json.dumps(value, separators=(",", ":")).encode()
        if len(body) > MOST_BYTES_OF_ONE:
            return
        with contextlib.suppress(OSError):
            self._prepare()
            beside = self._entries / f"{key}.{secrets.token_hex(8)}.tmp"
            try:
                beside.write_bytes(_digest_of(body) + b"\n" + body)
                beside.replace(self._path(key))
            except BaseException:
                beside.unlink(missing_ok=True)
                raise
            self._trim()

    def _path(self, key: str) -> Path:
        return self._entries / f"{key}.json"

    def _prepare(self) -> None:
        """Make the directory, and tell git and backups to leave it out, unless it holds other things as well."""
        self._entries.mkdir(parents=True, exist_ok=True)
        if {one.name for one in self._folder.iterdir()} <= _OURS:
            for name, text in _BESIDE.items():
                path = self._folder / name
                with contextlib.suppress(FileExistsError), path.open("x", encoding="utf-8") as file:
                    try:
                        file.write(text)
                    except BaseException:
                        path.unlink(missing_ok=True)
                        raise

    def _trim(self) -> None:
        """Remove what was not used for longest, and what killed runs have left."""
        entries: list[tuple[float, int, Path]] = []
        for path in self._entries.iterdir():
            with contextlib.suppress(OSError):
                status = path.stat()
                if _ENTRY.fullmatch(path.name):
                    entries.append((status.st_mtime, status.st_size, path))
                elif _TEMPORARY.fullmatch(path.name) and status.st_mtime < time.time() - SECONDS_OF_WRITING:
                    path.unlink()
        size = 0
        for number, (_, bytes_, path) in enumerate(sorted(entries, reverse=True)):
            size += bytes_
            if number and (number >= self._most or size > MOST_BYTES):
                path.unlink(missing_ok=True)


def _digest_of(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).hexdigest().encode()


def _record(result: FileResult) -> object:
    """The number of lines alone for a file of which there is nothing else to tell."""
    parts = (result.findings, result.errors, result.reached, result.suppressions)
    return [result.lines, *map(record_of, parts)] if any(parts) else result.lines


def _result(path: str, record: object) -> FileResult:
    """Raises what a record that is none of ours leads to."""
    if type(record) is int:
        return FileResult(path, lines=record, is_cached=True)
    lines, findings, errors, reached, suppressions = value_of(list[Any], record)
    return FileResult(
        path,
        findings=value_of(list[Finding], findings),
        errors=value_of(list[RunError], errors),
        lines=value_of(int, lines),
        reached=value_of(set[str], reached),
        suppressions=value_of(tuple[Suppression, ...], suppressions),
        is_cached=True,
    )
