"""Where the modules of a project are: source roots, and which file a dotted name stands for."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from pathlib import Path

from fenceline.analyzer.consulted import Notebook

CONTENT = "content"
"""The kind of the question what a file holds."""


class Layout:
    """The files below the source roots, listed one directory at a time and only where a name leads.

    Of several roots the first that holds a module or a regular package wins; a directory without ``__init__.py`` is a
    namespace package, of which each root may hold a part. Whatever is asked is noted in the notebook.
    """

    def __init__(self, root: Path, search: Iterable[Path] | None) -> None:
        self.root = root
        self.roots = tuple(dict.fromkeys([root, root / "src", *(search or ())]))
        self.notebook = Notebook()
        self._prefix = f"{root}{os.sep}"
        self._listings: dict[Path, frozenset[str]] = {}
        self._found: dict[tuple[tuple[Path, ...], str], tuple[Path | None, int]] = {}
        self._submodules: dict[tuple[Path, str], tuple[Path | None, int]] = {}
        self._package_roots: dict[Path, tuple[Path, int]] = {}
        self._files: dict[Path, int] = {}

    def find(self, dotted: str, near: tuple[Path, ...] = ()) -> Path | None:
        """The file of a module; directories in ``near`` come before the source roots."""
        key = near, dotted
        known = self._found.get(key)
        if known is None:
            found = self._search(dotted.split("."), near)
            known = self._found[key] = found, self._noted(("find", dotted, *map(self.below_root, near)), found)
        self.notebook.note(known[1])
        return known[0]

    def submodule(self, package: Path, name: str) -> Path | None:
        """The file of a module in the package with this ``__init__.py``."""
        key = package, name
        known = self._submodules.get(key)
        if known is None:
            found = self._file_below(package.parent, [name])
            known = self._submodules[key] = found, self._noted(("submodule", self.below_root(package), name), found)
        self.notebook.note(known[1])
        return known[0]

    def below_root(self, path: Path) -> str:
        """A path as it is named in notes: relative to the root, if it lies below it."""
        return "." if path == self.root else str(path).removeprefix(self._prefix)

    def reads(self, path: Path) -> None:
        """Note that what a file holds is looked at, and that it is known where its package begins.

        The answer is for those to give who know the digests of files.
        """
        number = self._files.get(path)
        if number is None:
            content = self.notebook.number_of((CONTENT, self.below_root(path)), "")
            self.package_root(path)
            number = self._files[path] = self.notebook.number_of_both(content, self._package_roots[path.parent][1])
        self.notebook.note(number)

    def _noted(self, question: tuple[str, ...], found: Path | None) -> int:
        return self.notebook.number_of(question, "" if found is None else self.below_root(found))

    def _search(self, parts: list[str], near: tuple[Path, ...]) -> Path | None:
        if not all(parts):
            return None
        found = (self._file_below(root, parts) for root in dict.fromkeys([*near, *self.roots]))
        return next((path for path in found if path is not None), None)

    def _file_below(self, directory: Path, parts: list[str]) -> Path | None:
        for part in parts[:-1]:
            if part not in self._names(directory):
                return None
            directory /= part
        last, names = parts[-1], self._names(directory)
        if last in names and "__init__.py" in self._names(directory / last):
            return directory / last / "__init__.py"
        return directory / f"{last}.py" if f"{last}.py" in names else None

    def _names(self, directory: Path) -> frozenset[str]:
        if directory not in self._listings:
            self._listings[directory] = _listed(directory)
        return self._listings[directory]

    def package_root(self, path: Path) -> Path:
        """The directory that holds the top-level package of a file (of a plain module, its own directory)."""
        folder = path.parent
        known = self._package_roots.get(folder)
        if known is None:
            found = folder
            while "__init__.py" in self._names(found) and found.parent != found:
                found = found.parent
            known = self._package_roots[folder] = found, self._noted(("package root", self.below_root(folder)), found)
        self.notebook.note(known[1])
        return known[0]

    def module_name(self, path: Path) -> str:
        """The dotted name of a file: from its package's root, or from a source root when it is in no package."""
        start = self.package_root(path)
        if start == path.parent:
            start = next((root for root in reversed(self.roots[:2]) if _is_named_below(path, root)), start)
        parts = list(path.relative_to(start).with_suffix("").parts)
        if parts[-1] == "__init__" and len(parts) > 1:
            parts.pop()
        return ".".join(parts)


def source_roots(files: Iterable[Path]) -> list[Path]:
    """The directories that hold the top-level packages of these files, in a fixed order."""
    return source_roots_above({str(file.parent) for file in files})


def source_roots_above(folders: Iterable[str]) -> list[Path]:
    """The same, of the files in these directories."""
    is_package = functools.cache(_is_package)
    found: set[str] = set()
    for folder in folders:
        above = folder
        while is_package(above) and os.path.dirname(above) != above:  # noqa: PTH120 - of thousands of files
            above = os.path.dirname(above)  # noqa: PTH120
        if above != folder:
            found.add(above)
    return sorted(map(Path, found))


def _is_package(folder: str) -> bool:
    return os.path.lexists(os.path.join(folder, "__init__.py"))  # noqa: PTH118


def _is_named_below(path: Path, root: Path) -> bool:
    """Whether a file can be imported by a dotted name from this root."""
    if not path.is_relative_to(root):
        return False
    return all(part.isidentifier() for part in path.relative_to(root).with_suffix("").parts)


def _listed(directory: Path) -> frozenset[str]:
    try:
        return frozenset(entry.name for entry in directory.iterdir())
    except OSError:
        return frozenset()
