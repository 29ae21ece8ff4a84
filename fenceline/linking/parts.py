"""What single modules add to what the whole project knows: worked out once, and kept for other runs.

A part is a value that JSON has. It depends on what was consulted for it; whoever uses it depends on what is made of
all parts, and not on the parts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fenceline.analyzer import nodes
from fenceline.analyzer.consulted import Notebook
from fenceline.analyzer.entries import Entry
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.project import ModuleInfo
from fenceline.kept import Asked


class Parts:
    """``kept`` are those of earlier runs that still hold."""

    def __init__(self, notebook: Notebook, kept: Mapping[str, Any]) -> None:
        self._notebook = notebook
        self._kept = kept
        self._new: dict[str, tuple[Any, Asked]] = {}

    def of(self, kind: str, name: str, work_out: Callable[[], Any]) -> Any:
        """One part, which is worked out if it is not kept. None is no part that can be kept."""
        key = f"{kind} {name}"
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        with self._notebook.apart() as asked:
            part = work_out()
        if part is not None:
            self._new[key] = part, asked
        return part

    def taken(self) -> dict[str, tuple[Any, Asked]]:
        """The parts that were worked out since this was called last."""
        new, self._new = self._new, {}
        return new


def record_of_span(span: Span) -> list[int]:
    """A place in a file."""
    return [span.line, span.column, span.end_line, span.end_column]


def record_of_entry(entry: Entry, below: Callable[[Path], str]) -> list[Any]:
    """An entry that a registration makes; ``below`` names a path relative to the root."""
    facts = [[name, list(value) if isinstance(value, tuple) else value] for name, value in entry.facts.items()]
    place = None if entry.place is None else [record_of_span(entry.place[0]), below(Path(entry.place[1]))]
    return [entry.what, facts, entry.name, place, entry.is_by_hand]


def entry_of_record(record: list[Any], root: Path) -> Entry:
    """The entry that a record was made of."""
    what, facts, name, place, is_by_hand = record
    said = {fact: tuple(value) if isinstance(value, list) else value for fact, value in facts}
    where = None if place is None else (Span(*place[0]), str(root / place[1]))
    return Entry(what, said, name, where, is_by_hand)


def definitions_below(module: ModuleInfo) -> list[nodes.FunctionDef | nodes.ClassDef]:
    """All functions and classes of a module, in whatever they stand."""
    found: list[nodes.FunctionDef | nodes.ClassDef] = []
    todo: list[object] = [module.tree.body]
    while todo:
        for one in walk(todo.pop()):
            if isinstance(one, nodes.FunctionDef | nodes.ClassDef):
                found.append(one)
            if isinstance(one, nodes.FunctionDef | nodes.ClassDef | nodes.Lambda):
                todo.append(one.body)
    return found
