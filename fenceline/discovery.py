"""Which files a run looks at.

Everything is decided on the path relative to the project's root, so that a project checked out below a directory
called ``tests`` or ``build`` is not empty. Paths are relative to the root, with ``/`` between parts.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fenceline.analyzer.source import is_planned
from fenceline.ignorefiles import IgnoreChain

ROOT_MARKERS = ("pyproject.toml", ".git")

EXCLUDED_DIRECTORIES = frozenset(
    {
        ".direnv", ".eggs", ".fenceline_cache", ".git", ".hg", ".hypothesis", ".ipynb_checkpoints", ".mypy_cache",
        ".nox", ".pytest_cache", ".ruff_cache", ".svn", ".tox", ".venv", "__pycache__", "__pypackages__", "build",
        "dist", "node_modules", "site-packages", "venv",
    }
)  # fmt: skip

TEST_DIRECTORIES = frozenset({"tests", "test"})
TEST_FILES = ("test_*.py", "*_test.py", "tests.py", "conftest.py")
_TEST_FILE = re.compile("|".join(map(fnmatch.translate, TEST_FILES)))
MIGRATION_DIRECTORIES = frozenset({"migrations"})


class PathError(Exception):
    """A path on the command line that cannot be checked; the message names it."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file or directory that could not be opened, and why."""

    path: str
    reason: str


@dataclass(slots=True)
class Discovery:
    """The files to look at, sorted; the directories that could not be listed; how many files were left out as what.

    ``directories`` are those that were named and looked through, '' for the root.
    """

    files: list[str] = field(default_factory=list)
    directories: list[str] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)

    def skip(self, reason: str) -> None:
        """Count one file that was left out for this reason."""
        self.skipped[reason] = self.skipped.get(reason, 0) + 1


def find_root(paths: Sequence[Path]) -> Path:
    """The nearest directory at or above all paths with a ``pyproject.toml`` or ``.git``.

    Without any: the current directory if the paths lie below it, else the directory that they share.
    """
    here = Path.cwd()
    shared = _shared_directory([Path(os.path.realpath(path)) for path in paths] or [here])  # resolve() raises on loops
    for directory in (shared, *shared.parents):
        if any((directory / marker).exists() for marker in ROOT_MARKERS):
            return directory
    return here if shared.is_relative_to(here) else shared


def _shared_directory(resolved: Sequence[Path]) -> Path:
    directories = [path if path.is_dir() else path.parent for path in resolved]
    try:
        return Path(os.path.commonpath(directories))
    except ValueError as error:  # two drives
        raise PathError("the paths share no directory; name one with --root") from error


def discover(
    root: Path, paths: Sequence[Path], exclude: Sequence[str] = (), *, force_exclude: bool = False
) -> Discovery:
    """The Python files at or below ``paths``; ``root`` is resolved.

    A file that is named itself is taken whatever it is called and whatever excludes it, unless ``force_exclude``. It
    need not be there if it is read as if it were.
    """
    walk = _Walk(root, exclude, force_exclude=force_exclude)
    for path in paths:
        if path.is_dir():
            walk.take_directory(walk.relative(path))
        elif path.is_file() or is_planned(path):
            walk.take_file(walk.relative(path))
        else:
            raise PathError(f"{path}: {_what_is_wrong_with(path)}")
    walk.follow_links()
    return walk.discovery()


def _what_is_wrong_with(path: Path) -> str:
    if path.is_symlink():
        return "a link that leads nowhere"
    return "neither a file nor a directory" if path.exists() else "no such file or directory"


def left_out_as(path: str) -> str | None:
    """Why a file is not looked at by default: 'test', 'migration', or None when it is looked at."""
    *directories, name = path.split("/")
    if not TEST_DIRECTORIES.isdisjoint(directories) or _TEST_FILE.match(name):
        return "test"
    return None if MIGRATION_DIRECTORIES.isdisjoint(directories) else "migration"


def path_below(root: Path, path: Path) -> str:
    """Relative to the root; '' for the root itself. A link keeps its own name if it lies inside the root."""
    own = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow the link
    for found in _names_of(own):
        if found.is_relative_to(root):
            relative = found.relative_to(root).as_posix()
            return "" if relative == "." else relative
    raise PathError(f"{path}: not inside the root {root}")


def _names_of(path: Path) -> Iterator[Path]:
    """The names of an absolute path, those last that are looked for on the disk."""
    yield path
    yield path.parent.resolve() / path.name
    yield path.resolve()


class _Walk:
    """One walk over the paths of a run. Links are followed last, and no directory is entered twice."""

    def __init__(self, root: Path, exclude: Sequence[str], *, force_exclude: bool) -> None:
        self.root = root
        self.prefix = root.as_posix().rstrip("/") + "/"
        self.excluded = IgnoreChain.of_patterns(root, exclude)
        self.force_exclude = force_exclude
        self.above = IgnoreChain.above(root)
        self.chains: dict[str, IgnoreChain] = {}
        self.entered: set[tuple[int, int]] = set()
        self.named: set[str] = set()
        self.found: set[str] = set()
        self.linked_files: set[str] = set()
        self.linked_directories: deque[tuple[str, IgnoreChain]] = deque()
        self.result = Discovery()

    def relative(self, path: Path) -> str:
        """As :func:`path_below`."""
        return path_below(self.root, path)

    def take_file(self, relative: str) -> None:
        """A file named on the command line."""
        reason = None
        if self.force_exclude:
            chain = self.chain_above(relative)
            reason = "excluded" if self.is_left_out(relative, chain, is_directory=False) else left_out_as(relative)
        if reason:
            self.result.skip(reason)
        else:
            self.named.add(relative)

    def take_directory(self, relative: str) -> None:
        """A directory named on the command line: what excludes it as a whole has no say, unless forced."""
        chain = self.chain_above(relative)
        self.result.directories.append(relative)
        if not self.is_left_out(relative, chain, is_directory=True):
            self.descend(relative, chain)
        elif not self.force_exclude:
            self.descend(relative, IgnoreChain())

    def chain_above(self, relative: str) -> IgnoreChain:
        """The pattern files from the top of the repository down to the directory that holds this path."""
        if not relative:
            return self.above
        chain, directory, above = self.above, self.root, ""
        for part in relative.split("/"):
            if above not in self.chains:  # thousands of files may be named, of a few directories
                self.chains[above] = chain.with_patterns_of(directory / ".gitignore", directory)
            chain = self.chains[above]
            directory, above = directory / part, f"{above}/{part}"
        return chain

    def is_left_out(self, relative: str, chain: IgnoreChain, *, is_directory: bool) -> bool:
        """Whether this path or a directory between it and the root is excluded."""
        parts = relative.split("/") if relative else []
        if not EXCLUDED_DIRECTORIES.isdisjoint(parts if is_directory else parts[:-1]):
            return True
        prefixes = ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]
        return any(self.is_ignored(p, chain, is_directory=is_directory or p != relative) for p in prefixes)

    def is_ignored(self, relative: str, chain: IgnoreChain, *, is_directory: bool) -> bool:
        """Whether a pattern leaves out this very path."""
        path = self.prefix + relative
        return self.excluded.ignores(path, is_directory=is_directory) or chain.ignores(path, is_directory=is_directory)

    def descend(self, relative: str, chain: IgnoreChain) -> None:
        """Everything at or below a directory, with a stack of our own: how deep it goes is not in our hands."""
        stack = [(relative, chain)]
        while stack:
            current, chain = stack.pop()
            if self.may_enter(current):
                directory = self.root / current
                below = chain.with_patterns_of(directory / ".gitignore", directory)
                stack.extend((child, below) for child in self.directories_in(current, below))

    def may_enter(self, relative: str) -> bool:
        """Whether this directory can be opened and has not been entered yet."""
        try:
            status = (self.root / relative).stat()
        except OSError as error:
            self.report(relative, error)
            return False
        identity = (status.st_dev, status.st_ino)
        is_new = identity not in self.entered
        self.entered.add(identity)
        return is_new

    def directories_in(self, relative: str, chain: IgnoreChain) -> Iterator[str]:
        """The directories to go on with; files are taken on the way, links to directories put off."""
        try:
            with os.scandir(self.prefix + relative) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            self.report(relative, error)
            return
        for entry in entries:
            path = f"{relative}/{entry.name}" if relative else entry.name
            if not _is(entry.is_dir):
                self.consider_file(entry, path, chain)
            elif entry.name in EXCLUDED_DIRECTORIES or self.is_ignored(path, chain, is_directory=True):
                continue
            elif entry.is_symlink():
                self.linked_directories.append((path, chain))
            else:
                yield path

    def consider_file(self, entry: os.DirEntry[str], path: str, chain: IgnoreChain) -> None:
        """Take a file that was come upon, if it is Python and nothing leaves it out."""
        if not entry.name.endswith(".py") or not _is(entry.is_file):  # no pipe, no socket, no device
            return
        if self.is_ignored(path, chain, is_directory=False):
            self.result.skip("excluded")
        elif reason := left_out_as(path):
            self.result.skip(reason)
        elif entry.is_symlink():
            self.linked_files.add(path)
        else:
            self.found.add(path)

    def report(self, relative: str, error: OSError) -> None:
        """A directory that could not be opened."""
        self.result.unreadable.append(Unreadable(relative or ".", error.strerror or str(error)))

    def follow_links(self) -> None:
        """Enter the directories that were put off; a link to a directory above the root would lead everywhere."""
        while self.linked_directories:
            relative, chain = self.linked_directories.popleft()
            if not self.root.is_relative_to((self.root / relative).resolve()):
                self.descend(relative, chain)

    def discovery(self) -> Discovery:
        """What was found, without links to files that are there under a name of their own."""
        taken = self.found | self.named
        seen = {(self.root / path).resolve() for path in taken} if self.linked_files else set()
        for relative in sorted(self.linked_files - self.named):
            target = (self.root / relative).resolve()
            if target not in seen:
                seen.add(target)
                taken.add(relative)
        self.result.files = sorted(taken)
        self.result.unreadable.sort(key=lambda entry: entry.path)
        return self.result


def _is(kind: Callable[[], bool]) -> bool:
    try:
        return kind()
    except OSError:  # a link that leads to itself
        return False


MOST_SOURCES = 200_000


def project_sources(root: Path, *, with_migrations: bool = False) -> list[Path]:
    """The Python files of a project that may explain others, in order: no tests, no directories that are left out.

    Migrations explain only what tables look like, and are left out unless they are asked for.
    Beyond :data:`MOST_SOURCES` no more are looked for: what is checked is then explained by less.
    """
    return [root / path for path in source_paths(root, with_migrations=with_migrations)]


def source_paths(root: Path, *, with_migrations: bool = False) -> list[str]:
    """As :func:`project_sources`, relative to the root."""
    found: list[str] = []
    todo = [""]
    while todo and len(found) <= MOST_SOURCES:
        folder = todo.pop()
        for entry in _entries(f"{root}/{folder}"):
            path = f"{folder}{entry.name}"
            if entry.is_symlink():
                continue
            if _is(entry.is_dir):
                if entry.name not in EXCLUDED_DIRECTORIES:
                    todo.append(f"{path}/")
            elif entry.name.endswith(".py") and entry.name != ".py":
                why = left_out_as(path)
                if why is None or (with_migrations and why == "migration"):
                    found.append(path)
    return sorted(found, key=lambda path: path.split("/"))


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as listing:
            return list(listing)
    except OSError:
        return []
