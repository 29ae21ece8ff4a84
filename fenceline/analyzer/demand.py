"""Which files can lead to a finding: those that touch what is modelled, and those that call what does.

Nothing is parsed to find that out. An answer depends on the file and on what it imports, not on which files were
asked about before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from fenceline.analyzer.consulted import digest_of
from fenceline.analyzer.file_facts import FileFacts
from fenceline.analyzer.layout import Layout
from fenceline.analyzer.outline import Import, Outline
from fenceline.analyzer.relevance import Relevance, words_of
from fenceline.analyzer.source import file_bytes

STEPS = 4
"""How many modules lie between a call and the effect that it has, at most: as deep as functions are read in place."""


TARGETS = "targets"
EFFECTS = "effects"
"""The kinds of the questions where the imports of a file lead, and what a module hands to others."""

_NOTHING: frozenset[bytes] = frozenset()

MOST_OUTLINES = 2_000
"""How many outlines are kept at a time: files import what is near to them, and are asked about in order."""


class Demand:
    """The files below a layout, read when they are first asked about."""

    def __init__(
        self,
        layout: Layout,
        relevance: Relevance,
        held: Callable[[], frozenset[bytes]] = frozenset,
        facts: FileFacts | None = None,
    ) -> None:
        """``held`` tells the names under which the project keeps what is modelled in things that nobody knows."""
        self._layout = layout
        self._facts = facts or FileFacts(layout.root)
        self._held = held
        self._relevance = relevance
        self._outlines: dict[Path, Outline] = {}
        self._marked: dict[Path, frozenset[bytes]] = {}
        self._targets: dict[Path, tuple[Path, ...]] = {}
        self._effects: dict[tuple[Path, int], frozenset[bytes]] = {}
        self._answers: dict[Path, str] = {}

    def is_asked_for(self, path: Path, data: bytes) -> bool:
        """Whether a file, with this content, mentions a modelled name or calls a function with effects."""
        words = words_of(data)
        if self._relevance.is_relevant(data, words):
            return True
        outline = Outline(data)
        held = self._held()
        if not (held.isdisjoint(words) or held.isdisjoint(outline.mentioned)):
            return True
        below, notebook = self._layout.below_root, self._layout.notebook
        targets = self._targets_of(path, outline.imports)
        notebook.consult((TARGETS, below(path)), digest_of(map(below, targets)))
        for target in targets:
            effects = self._effects_of(target, STEPS)
            notebook.consult((EFFECTS, below(target)), self.answer_to_effects(target))
            if not effects:
                continue
            if not effects.isdisjoint(outline.used):
                return True
            named = outline.imported & effects & outline.mentioned  # handed on
            if named and not named <= self._classes_of(target):  # a class is named to say what something is
                return True
        return False

    def imported_by(self, path: Path) -> tuple[Path, ...]:
        """The modules of the project that a file imports from."""
        return self._targets[path] if path in self._targets else self._targets_of(path, self._imports_of(path))

    def facts_of(self, path: Path) -> dict[str, object]:
        """What answers to questions about other files are made of, by kind of fact."""
        self._imports_of(path)
        self._marked_in(path)
        self._classes_of(path)
        self._defined_in(path)
        return {kind: self._facts.known(kind, path, str) for kind in ("imports", "marked", "classes", "defined")}

    def answer(self, question: tuple[str, ...]) -> str | None:
        """What is answered to a question now; None for one that is not asked here."""
        match question:
            case ("targets", path):
                return digest_of(map(self._layout.below_root, self.imported_by(self._layout.root / path)))
            case ("effects", path):
                return self.answer_to_effects(self._layout.root / path)
            case _:
                return None

    def answer_to_effects(self, path: Path) -> str:
        """What a module hands to those that import from it: names with effects, and which of these are classes."""
        if path not in self._answers:
            effects = self._effects_of(path, STEPS)
            classes = effects & self._classes_of(path) if effects else _NOTHING
            named = [*sorted(effects), *(b"class " + one for one in sorted(classes))]
            self._answers[path] = digest_of(one.decode("ascii", "replace") for one in named)
        return self._answers[path]

    def _effects_of(self, path: Path, steps: int) -> frozenset[bytes]:
        """The names of a module, methods included, that may touch what is modelled through this many modules."""
        key = path, steps
        if key not in self._effects:
            self._effects[key] = self._computed(path, steps) or _NOTHING
        return self._effects[key]

    def _computed(self, path: Path, steps: int) -> frozenset[bytes]:
        marked = self._marked_in(path)
        below: set[bytes] = set()
        if steps > 1:
            for target in self.imported_by(path):
                below |= self._effects_of(target, steps - 1)
        if not (marked or below):
            return _NOTHING
        found, defined = set(marked), self._defined_in(path)
        pending = True
        while pending:
            more = {name for name, calls in defined.items() if name not in found and calls & (found | below)}
            found |= more
            pending = bool(more)
        # a package hands on what it imports
        return frozenset(found | below if path.name == "__init__.py" else found)

    def _outline(self, path: Path) -> Outline:
        """That of a file of the project, empty for one that cannot be read."""
        if path not in self._outlines:
            try:
                data = file_bytes(path)
            except OSError:
                data = b""
            if len(self._outlines) >= MOST_OUTLINES:
                del self._outlines[next(iter(self._outlines))]
            self._outlines[path] = Outline(data)
        return self._outlines[path]

    def _imports_of(self, path: Path) -> list[Import]:
        kept = self._facts.known("imports", path, lambda: list(map(_record, self._outline(path).imports)))
        return [Import(module, level, tuple(names.split())) for module, level, names in kept]

    def _classes_of(self, path: Path) -> frozenset[bytes]:
        return frozenset(_names(self._facts.known("classes", path, lambda: _text(self._outline(path).classes))))

    def _marked_in(self, path: Path) -> frozenset[bytes]:
        if path not in self._marked:
            self._marked[path] = frozenset(_names(self._facts.known("marked", path, lambda: self._mark(path))))
        return self._marked[path]

    def _mark(self, path: Path) -> str:
        outline = self._outline(path)
        return _text(outline.marked(self._relevance.places(outline.data)))

    def _defined_in(self, path: Path) -> dict[bytes, set[bytes]]:
        kept = self._facts.known(
            "defined", path, lambda: {_text([name]): _text(used) for name, used in self._outline(path).defined.items()}
        )
        return {name.encode(): set(_names(used)) for name, used in kept.items()}

    def _targets_of(self, path: Path, imports: list[Import]) -> tuple[Path, ...]:
        """The modules of the project that a file imports from."""
        if path not in self._targets:
            with self._layout.notebook.apart():  # who asks where imports lead depends on the answer alone
                near = (self._layout.package_root(path),)
                found = {one: None for imported in imports for one in self._files(path, imported, near)}
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


def _record(imported: Import) -> list[object]:
    return [imported.module, imported.level, " ".join(imported.names)]


def _text(names: Iterable[bytes]) -> str:
    return b" ".join(sorted(names)).decode("ascii", "replace")


def _names(text: str) -> list[bytes]:
    return text.encode("ascii", "replace").split()
