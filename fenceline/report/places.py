"""Where a finding lies, as the places that host code want to be told: relative to the repository, or as a URI."""

from __future__ import annotations

import functools
from pathlib import Path
from urllib.parse import quote


@functools.lru_cache(maxsize=8)
def repository_of(root: Path) -> Path:
    """The directory that git keeps, of those around a project; the project's own where there is none.

    A project may be one of several in a repository; those who show code to people know the repository alone.
    """
    if not root.is_absolute():
        return root
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)


def in_repository(path: str, root: Path) -> str:
    """A path that is relative to a project's root, as one that is relative to its repository."""
    return _folder_of(root) + path


@functools.lru_cache(maxsize=8)
def _folder_of(root: Path) -> str:
    """What the paths of a project begin with in its repository."""
    folder = root.relative_to(repository_of(root)).as_posix()
    return "" if folder == "." else f"{folder}/"


def uri_of(path: str) -> str:
    """A relative path as a relative URI: the bytes of the file name, percent-encoded."""
    try:
        data = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        data = path.encode("utf-8", "surrogatepass")
    return quote(data, safe="/")


def without_surrogates(text: str) -> str:
    r"""A text that can be encoded: lone surrogates, of file names that are not UTF-8, as ``\udcff``."""
    return text.encode("utf-8", "backslashreplace").decode()


def last_line(line: int, end_line: int, end_column: int) -> int:
    """The line of the last character of a place, whose end is that after it."""
    return max(line, end_line - 1 if end_column <= 1 else end_line)
