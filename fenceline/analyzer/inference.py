"""Asking another inference for the receiver of a call where our own has found nothing: when it is asked, and what for.

See :mod:`fenceline.analyzer.astroid_types` for how it answers. An answer is a function of the place and the project,
so it is kept for all files; what a file has asked is counted by places, whoever asked first.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from fenceline.analyzer import nodes
from fenceline.analyzer.asked import Asked
from fenceline.analyzer.consulted import Memo
from fenceline.analyzer.file_facts import FileFacts
from fenceline.analyzer.inferable import may_be_inferred
from fenceline.analyzer.layout import Layout
from fenceline.analyzer.models import Models
from fenceline.analyzer.relevance import Relevance
from fenceline.analyzer.source import file_bytes
from fenceline.analyzer.values import INFERRED, TRUE, Data, Instance

if TYPE_CHECKING:
    from fenceline.analyzer.astroid_types import Types
    from fenceline.analyzer.lowering import Lowering

INFERENCE = "inference"
"""Under which the memo has the :class:`Inference` of the project."""

REACHES = "reaches a package"
"""The kind of the question whether a file leads to what a model speaks of."""

STEPS = 4
"""How many modules lie between a call and the library that it may be of, at most."""
_FAMILIES = ("kv.", "lock.", "session.", "sql.", "tx.", "message.")
_WORDS = frozenset({"send", "external"})
_OF_CONTAINERS = frozenset(dir(dict)) | frozenset(dir(list)) | frozenset(dir(set)) | frozenset(dir(str))
"""Methods that Python's own types have as well: ``get`` alone is nearly always a dict's."""
_CALLED = re.compile(rb"\b(\w+)(?:\[[^\[\]\n]*\]|\([^()\n]*\))*\.(\w+)\(")
"""A called method, and the last name of what it is called on."""


class Inference:
    """What is inferred for a project; ``imported_by`` tells the modules of ours that a file imports from."""

    def __init__(
        self,
        models: Models,
        layout: Layout,
        imported_by: Callable[[Path], Iterable[Path]],
        facts: FileFacts | None = None,
    ) -> None:
        self.asked = Asked()
        self._models = models
        self._layout = layout
        self._imported_by = imported_by
        self._packages = Relevance({one.partition(".")[0] for one in (*models.instances, *models.objects)})
        self._facts = facts or FileFacts(layout.root)
        self._reaching: dict[Path, bool] = {}
        self._telling: dict[Path, frozenset[str]] = {}
        self._known: Memo[str | None] = Memo(layout.notebook)
        self._types: Types | None = None

    def taken(self) -> Asked:
        """What has been asked since this was called last."""
        asked, self.asked = self.asked, Asked()
        return asked

    @cached_property
    def names(self) -> frozenset[str]:
        """The methods that are asked about: what a modelled type does by them is what rules speak of."""
        return frozenset(
            name
            for one in self._models.types.values()
            for name, operation in one.methods.items()
            if operation.op in _WORDS or operation.op.startswith(_FAMILIES)
        )

    def kind_at(self, path: str, span: nodes.Span) -> str:
        """The type id of what a method is called on, whose name ends where this span ends; '' for none that is seen."""
        place = path, span.end_line, span.end_column
        if place not in self._known:
            started = time.perf_counter()
            self._known[place] = self._asked_for(Path(path), (span.end_line, span.end_column))
            self.asked.seconds += time.perf_counter() - started
        kind = self._known[place]
        self.asked.places[place] = kind is not None, bool(kind)
        return kind or ""

    def is_asked_in(self, path: Path) -> bool:
        """Whether a file, or one that it imports from in a few steps, mentions a package that a model speaks of."""
        is_asked = self.reaches(path)
        self._layout.notebook.consult((REACHES, self._layout.below_root(path)), str(is_asked))
        return is_asked

    def facts_of(self, path: Path) -> dict[str, object]:
        """What answers about other files are made of, by kind of fact."""
        return {REACHES: self._mentions(path)}

    def reaches(self, path: Path) -> bool:
        """The same, noted by nobody."""
        if path not in self._reaching:
            seen, pending = {path}, [path]
            for _ in range(STEPS):
                if any(map(self._mentions, pending)):
                    break
                below = dict.fromkeys(target for one in pending for target in self._imported_by(one))
                pending = [one for one in below if one not in seen]
                seen.update(pending)
            self._reaching[path] = any(map(self._mentions, pending))
        return self._reaching[path]

    def is_told_by_name(self, path: Path, node: nodes.Attribute) -> bool:
        """Whether a method can be a store's: no container has it, or the file calls another of the same thing."""
        if node.attr not in _OF_CONTAINERS:
            return True
        self._layout.reads(path)
        if path not in self._telling:
            try:
                called = _CALLED.findall(file_bytes(path))
            except OSError:
                called = []
            telling = self.names - _OF_CONTAINERS
            self._telling[path] = frozenset(
                on.decode("utf-8", "replace") for on, name in called if name.decode("utf-8", "replace") in telling
            )
        held = node.value
        while isinstance(held, nodes.Call | nodes.Subscript):
            held = held.func if isinstance(held, nodes.Call) else held.value
        return getattr(held, "attr", getattr(held, "id", "")) in self._telling[path]

    def _mentions(self, path: Path) -> bool:
        return bool(self._facts.of(REACHES, path, self._packages.is_relevant))

    def _asked_for(self, path: Path, end: tuple[int, int]) -> str | None:
        if self._types is None:
            from fenceline.analyzer.astroid_types import Types  # most runs never ask

            self._types = Types(self._models, self._layout, self.names)
        return self._types.kind_at(path, end)


def inferred_receiver(low: Lowering, node: nodes.Call, base: Data) -> Instance | None:
    """What a method is called on, where it is of a modelled type after all; None for all else."""
    inference = low.memo.get(INFERENCE)
    if not isinstance(inference, Inference) or not isinstance(node.func, nodes.Attribute):
        return None
    if node.func.attr not in inference.names or not may_be_inferred(low, node.func.value, base):
        return None
    path = low.scope.module.path
    if not inference.is_told_by_name(path, node.func) or not inference.is_asked_in(path):
        return None
    kind = inference.kind_at(str(path), node.func.span)
    return Instance(kind, base.term, {INFERRED: TRUE}) if kind else None
