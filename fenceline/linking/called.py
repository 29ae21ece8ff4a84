"""Which files call or name a function, by the words in their text alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fenceline.analyzer.source import SourceError, file_bytes, read_source

STEPS = 4
"""As deep as functions are read in place of their calls."""

FILES = 40
_PAIR = re.compile(rb"\b(?=(\w++\.\w++))")
_CALLED = re.compile(rb"(?<!def )(?<!class )\b([A-Za-z_]\w*)\s*\(")


def called_names(data: bytes) -> str:
    """Every name that is called in a file, each once, with blanks between them."""
    return b" ".join(sorted(set(_CALLED.findall(data)))).decode()


@dataclass(frozen=True, slots=True)
class Naming:
    """Which files write the names of which modules. ``order`` has the place of each file among all of them."""

    order: Mapping[Path, int]
    by_name: Mapping[bytes, list[Path]]
    beside: Mapping[str, list[Path]]

    def files(self, dotted: str, own: Path) -> list[Path]:
        """The files with the last two parts of a module's name, and those beside it with the last, in order."""
        *_, package, last = ("", *dotted.split("."))
        word = last.encode()
        if package:
            found = set(self.by_name.get(f"{package}.{last}".encode(), ()))
            near = [path for path in self.beside.get(str(own.parent), ()) if path not in found]
        else:
            found, near = set(), list(self.order)
        found.update(path for path in near if word in _bytes_of(path))
        return sorted(found, key=self.order.__getitem__)


def naming_in(paths: Sequence[Path]) -> Naming:
    """Read off these files which of them name which by two words with a dot between."""
    beside: dict[str, list[Path]] = {}
    for path in paths:
        beside.setdefault(str(path.parent), []).append(path)
    modules = {_two_words(path) for path in paths}
    by_name: dict[bytes, list[Path]] = {}
    for path in paths:
        data = _bytes_of(path)
        for name in modules.intersection(_PAIR.findall(data)):
            by_name.setdefault(name, []).append(path)
    return Naming({path: number for number, path in enumerate(paths)}, by_name, beside)


def _two_words(path: Path) -> bytes:
    """The last two parts of a module's name."""
    parts = path.parts[-3:-1] if path.name == "__init__.py" else (*path.parts[-2:-1], path.stem)
    return ".".join(parts).encode("utf-8", "surrogateescape")


def _bytes_of(path: Path) -> bytes:
    try:
        return file_bytes(path)
    except OSError:
        return b""


def files_that_lead_to(names: Collection[str], texts: Mapping[Path, bytes]) -> set[Path] | None:
    """The files that name one of these functions, to call it or to have it called, directly or through a few others.

    ``texts`` are the files to choose from with what they hold. None when there are too many.
    """
    found: set[Path] = set()
    asked: set[str] = set()
    todo = set(names)
    for _ in range(STEPS):
        asked |= todo
        callers: set[str] = set()
        for name in sorted(todo):
            paths = _files_with(name, texts)
            found.update(paths)
            if len(found) > FILES:
                return None
            for path in paths:
                callers |= _functions_with(path, name)
        todo = callers - asked
    return found


def _files_with(name: str, texts: Mapping[Path, bytes]) -> list[Path]:
    word = name.encode()
    pattern = re.compile(rb"\b" + re.escape(word) + rb"\b")
    return [path for path, data in texts.items() if word in data and pattern.search(data)]


def names_called_by(function: str) -> set[str]:
    """The names by which a function is called, from its qualified name: a special method by that of its class."""
    *classes, name = function.split(".")
    return {name, *classes[-1:]} if name.startswith("__") else {name}


def _functions_with(path: Path, name: str) -> set[str]:
    """The names by which those functions of a file are called that this name stands in."""
    # only here: names alone need no parser
    from fenceline.analyzer.comments import definitions_in, function_around  # noqa: PLC0415

    try:
        source = read_source(path)
    except SourceError:
        return set()
    defined = definitions_in(source)
    lines = {source.place(match.start())[0] for match in re.finditer(rf"\b{re.escape(name)}\b", source.text)}
    around = (function_around(defined, line) for line in lines)
    return set().union(*(names_called_by(one) for one in around if one is not None))
