"""Which files can lead to a finding: those that touch what is modelled, and those that call what does.

Nothing is parsed to find that out. An answer depends on the file and on what it imports, not on which files were
asked about before.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fenceline.analyzer.layout import Layout
from fenceline.analyzer.outline import Import, Outline
from fenceline.analyzer.relevance import Relevance, words_of
from fenceline.analyzer.source import file_bytes

STEPS = 4
"""How many modules lie between a call and the effect that it has, at most: as deep as functions are read in place."""


_NOTHING: frozenset[bytes] = frozenset()

MOST_OUTLINES = 2_000
"""How many outlines are kept at a time: files import what is near to them, and are asked about in order."""


class Demand:
    """The files below a layout, read when they are first asked about."""

    def __init__(self, layout: Layout, relevance: Relevance, held: Callable[[], frozenset[bytes]] = frozenset) -> None:
        """``held`` tells the names under which the project keeps what is modelled in things that nobody knows."""
        self._layout = layout
        self._held = held
        self._relevance = relevance
        self._outlines: dict[Path, Outline] = {}
        self._marked: dict[Path, frozenset[bytes]] = {}
        self._targets: dict[Path, tuple[Path, ...]] = {}
        self._effects: dict[tuple[Path, int], frozenset[bytes]] = {}

    def is_asked_for(self, path: Path, data: bytes) -> bool:
        """Whether a file, with this content, mentions a modelled name or calls a function with effects."""
        words = words_of(data)
        if self._relevance.is_relevant(data, words):
            return True
        outline = Outline(data)
        held = self._held()
        if not (held.isdisjoint(words) or held.isdisjoint(outline.mentioned)):
            return True
        for target in self._targets_of(path, outline):
            effects = self._effects_of(target, STEPS)
            if not effects:
                continue
            if not effects.isdisjoint(outline.used):
                return True
            named = outline.imported & effects & outline.mentioned  # handed on
            if named and not named <= self._outline(target).classes:  # a class is named to say what something is
                return True
        return False

    def imported_by(self, path: Path) -> tuple[Path, ...]:
        """The modules of the project that a file imports from."""
        return self._targets[path] if path in self._targets else self._targets_of(path, self._outline(path))

    def _effects_of(self, path: Path, steps: int) -> frozenset[bytes]:
        """The names of a module, methods included, that may touch what is modelled through this many modules."""
        key = path, steps
        if key not in self._effects:
            self._effects[key] = self._computed(path, steps) or _NOTHING
        return self._effects[key]

    def _computed(self, path: Path, steps: int) -> frozenset[bytes]:
        if path not in self._marked:
            self._outline(path)
        marked = self._marked[path]
        below: set[bytes] = set()
        if steps > 1:
            for target in self.imported_by(path):
                below |= self._effects_of(target, steps - 1)
        if not (marked or below):
            return _NOTHING
        found, defined = set(marked), self._outline(path).defined
        pending = True
        while pending:
            more = {name for name, calls in defined.items() if name not in found and calls & (found | below)}
            found |= more
            pending = bool(more)
        # a package hands on what it imports
        return frozenset(found | below if path.name == "__init__.py" else found)

    def _outline(self, path: Path) -> Outline:
        """That of a file of the project, empty for one that cannot be read; what is marked in it is noted."""
        if path not in self._outlines:
            try:
                data = file_bytes(path)
            except OSError:
                data = b""
            if len(self._outlines) >= MOST_OUTLINES:
                del self._outlines[next(iter(self._outlines))]
            outline = self._outlines[path] = Outline(data)
            if path not in self._marked:
                self._marked[path] = outline.marked(self._relevance.places(data)) or _NOTHING
        return self._outlines[path]

    def _targets_of(self, path: Path, outline: Outline) -> tuple[Path, ...]:
        """The modules of the project that a file imports from."""
        if path not in self._targets:
            near = (self._layout.package_root(path),)
            found = {one: None for imported in outline.imports for one in self._files(path, imported, near)}
            self._targets[path] = tuple(one for one in found if one != path)
        return self._targets[path]

    def _files(self, path: Path, imported: Import, near: tuple[Path, ...]) -> list[Path]:
        dotted = imported.module
        if imported.level:
            parts = self._layout.module_name(path).split(".")
            parts = parts if path.name == "__init__.py" else parts[:-1]
            kept = len(parts) - (imported.level - 1)
            if kept < 0:
                return []
            dotted = ".".join([*parts[:kept], *([dotted] if dotted else [])])
        names = [f"{dotted}.{name}" if dotted else name for name in imported.names if name != "*"]
        found = (self._layout.find(one, near) for one in ([dotted] if dotted else []) + names)
        return [one for one in found if one is not None]
