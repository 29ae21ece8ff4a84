"""What all Python files of a project hold, as one digest: what any result can depend on, beside settings and models."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fenceline.discovery import EXCLUDED_DIRECTORIES, MIGRATION_DIRECTORIES
from fenceline.stamps import Stamps, stamp_of

MOST_FILES = 200_000
MOST_BYTES = 2_000_000_000
"""Beyond either, reading everything is no short way to a result."""

OUT_OF_REACH = EXCLUDED_DIRECTORIES - {"build", "dist", "venv"}
"""Directories in which no file is looked at and that no import leads into: nobody has a package of such a name."""


@dataclass(frozen=True, slots=True)
class Contents:
    """``digest`` stands for the names and bytes of all files; ``stamp`` differs once any was written in between.

    The stamp is that of the file system: it belongs to this machine, and is compared within one run only. ``files`` are
    the digests of single files by their paths, or what is wrong with them; ``shape`` stands for which files and links
    there are.
    """

    digest: str
    stamp: str
    files: Mapping[str, str] = field(default_factory=dict, compare=False)
    shape: str = ""


def contents_of(root: Path, more: Iterable[str] = (), stamps: Stamps | None = None) -> Contents | None:
    """What the Python files below a directory, and ``more`` relative to it, hold.

    None where results may depend on other files: where the root itself is a package, imports lead out of it, and what
    is too much to be read each time is not read at all. Of what the ``stamps`` know nothing is read.
    """
    if (root / "__init__.py").exists():
        return None
    walk = _Walk(root, stamps or Stamps(None))
    paths = {*walk.python_files(), *more}
    if len(paths) > MOST_FILES:
        return None
    for path in sorted(paths):
        walk.add_file(path)
        if walk.size > MOST_BYTES:
            return None
    walk.add("links", *sorted(walk.noted))
    shape = digest_of_files((name, b"") for name in (*sorted(paths), "links", *sorted(walk.noted)))
    return Contents(walk.digest.hexdigest(), walk.stamp.hexdigest(), walk.files, shape)


def digest_of_files(files: Iterable[tuple[str, bytes]]) -> str:
    """One digest for names and what they stand for, in this order."""
    digest = hashlib.blake2b(digest_size=16)
    for name, data in files:
        digest.update(_framed(name.encode("utf-8", "surrogateescape"), data))
    return digest.hexdigest()


def digest_of(file: str, name: str, stamps: Stamps) -> tuple[os.stat_result, bytes]:
    """What a file holds, and what the system said of it before that was read. Raises OSError."""
    with open(file, "rb") as opened:  # noqa: PTH123
        status = os.fstat(opened.fileno())
        digest = hashlib.blake2b(opened.read(), digest_size=16).digest()
    stamps.note(name, status, digest)
    return status, digest


class _Walk:
    """Every directory is entered once; a link is followed, and counts with what it leads to."""

    def __init__(self, root: Path, stamps: Stamps) -> None:
        self.root = root
        self.stamps = stamps
        self.prefix = f"{root}{os.sep}"
        self.digest = hashlib.blake2b(digest_size=16)
        self.stamp = hashlib.blake2b(digest_size=16)
        self.noted: list[str] = []
        self.files: dict[str, str] = {}
        self.entered: set[tuple[int, int]] = set()
        self.size = 0

    def python_files(self) -> Iterator[str]:
        """The paths of everything that is called like a Python file, relative to the root."""
        pending, count = [""], 0
        while pending and count <= MOST_FILES:
            folder = pending.pop()
            if self._may_enter(folder):
                for entry in self._listed(folder):
                    path = f"{folder}{entry.name}"
                    if entry.name.endswith(".py"):
                        count += 1
                        yield path
                    elif entry.name not in OUT_OF_REACH and _is_directory(entry):
                        self._note(entry, path)
                        pending.append(f"{path}/")

    def _may_enter(self, folder: str) -> bool:
        try:
            status = os.stat(self.prefix + folder)  # noqa: PTH116 - thousands of paths
        except OSError:
            return False
        identity = status.st_dev, status.st_ino
        is_new = identity not in self.entered
        self.entered.add(identity)
        return is_new

    def _listed(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.prefix + folder) as listing:
                return sorted(listing, key=lambda entry: entry.name)
        except OSError:
            return []

    def _note(self, entry: os.DirEntry[str], path: str) -> None:
        """Where links lead; and directories that mean something even while they are empty."""
        if entry.is_symlink():
            self.noted.append(f"{path} -> {os.path.realpath(entry.path)}")
        elif entry.name in MIGRATION_DIRECTORIES:
            self.noted.append(path)

    def add_file(self, path: str) -> None:
        """Take in one file, or why it cannot be read."""
        name = path.encode("utf-8", "surrogateescape")
        full = self.prefix + path
        try:
            status = os.stat(full)  # noqa: PTH116
            if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for
                self.add(name, b"no file")
                self.files[path] = "no file"
                return
            digest = self.stamps.digest(path, status)
            if digest is None:
                status, digest = digest_of(full, path, self.stamps)
        except FileNotFoundError:
            self.add(name, b"no file")
            self.files[path] = "no file"
            return
        except (OSError, ValueError) as error:
            self.files[path] = f"unreadable {getattr(error, 'errno', '')}"
            self.add(name, self.files[path].encode())
            return
        self.size += status.st_size
        self.files[path] = digest.hex()
        self.digest.update(_framed(name, digest))
        self.stamp.update(_framed(name, repr(stamp_of(status)).encode()))

    def add(self, *parts: str | bytes) -> None:
        """Take in something that is no file."""
        for part in parts:
            self.digest.update(_framed(part if isinstance(part, bytes) else os.fsencode(part), b""))


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _framed(name: bytes, data: bytes) -> bytes:
    """No two lists of pairs have the same frames."""
    return b"%d:%d:%b%b" % (len(name), len(data), name, data)
