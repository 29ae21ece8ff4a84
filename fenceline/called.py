"""Which files call what, by the names in their text alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from fenceline.analyzer.comments import definitions_in, function_around
from fenceline.analyzer.source import Source, SourceError, read_source

STEPS = 4
"""As deep as functions are read in place of their calls."""

FILES = 40
_CALLED = re.compile(rb"([A-Za-z_]\w*)\s*\(")


def call_index(paths: Iterable[Path]) -> dict[bytes, list[Path]]:
    """Every name that is called in these files, with the files in which it is, in their order."""
    found: dict[bytes, list[Path]] = {}
    for path in paths:
        try:
            data = path.read_bytes()
        except OSError:
            continue
        for name in set(_CALLED.findall(data)):
            found.setdefault(name, []).append(path)
    return found


def files_that_lead_to(names: Collection[str], index: dict[bytes, list[Path]]) -> set[Path] | None:
    """The files that call one of these functions, directly or through a few others; None when they are too many."""
    found: set[Path] = set()
    asked: set[str] = set()
    todo = set(names)
    for _ in range(STEPS):
        asked |= todo
        callers: set[str] = set()
        for name in sorted(todo):
            paths = index.get(name.encode(), [])
            found.update(paths)
            if len(found) > FILES:
                return None
            for path in paths:
                callers |= _callers_in(path, name)
        todo = callers - asked
    return found


def names_called_by(function: str) -> set[str]:
    """The names by which a function is called, from its qualified name: a special method by that of its class."""
    *classes, name = function.split(".")
    return {name, *classes[-1:]} if name.startswith("__") else {name}


def _callers_in(path: Path, name: str) -> set[str]:
    """The last names of the functions of a file in which this name is called."""
    try:
        source = read_source(path)
    except SourceError:
        return set()
    defined = definitions_in(source)
    around = (function_around(defined, line) for line in _lines_with_call(source, name))
    return set().union(*(names_called_by(one) for one in around if one is not None))


def _lines_with_call(source: Source, name: str) -> set[int]:
    found = re.finditer(rf"\b{re.escape(name)}\s*\(", source.text)
    return {source.place(match.start())[0] for match in found}
