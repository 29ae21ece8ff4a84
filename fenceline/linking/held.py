"""What the project keeps in attributes of things that nobody knows: ``app.state.redis = Redis()`` where it starts.

Where it is used (``request.app.state.redis``) nothing is known of ``app``. What was put under the same two last names
elsewhere is what is there, as long as the project puts things of one kind under them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.assigned import value_assigned
from fenceline.analyzer.consulted import Memo, digest_of
from fenceline.analyzer.definitions import assignments
from fenceline.analyzer.lower import functions_of, new_lowering
from fenceline.analyzer.project import Definition, ModuleInfo
from fenceline.analyzer.relevance import Relevance
from fenceline.analyzer.values import Instance, Object

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis

HOLDING = "holding"
WORDS = "words held"
"""The kinds of the questions which files put something under two names, and under which words anything is put."""

MOST_FILES = 6
"""Files that put something under two names; of more it is not asked which thing it is."""
_PUT = re.compile(rb'\b(\w++)(?:\.(\w++)|\[\s*["\'](\w+)["\']\s*\])[ \t]*+(?::[^=\n()]{1,80})?=(?!=)')
_OWN = frozenset({b"self", b"cls"})

_Names: TypeAlias = tuple[str, str]


class ProjectHeld:
    """See :func:`fenceline.analyzer.assigned.held_elsewhere`. Its index is built once a process, when first asked."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._paths: dict[_Names, list[Path]] | None = None
        self._words: frozenset[bytes] = frozenset()
        self._known: Memo[Instance | Object | None] = Memo(analysis.project.notebook)

    def __call__(self, holder: str, name: str) -> Instance | Object | None:
        """The thing under these two names, None for nothing that is known."""
        names = holder, name
        if names not in self._known:
            self._known[names] = None  # what leads back to itself says nothing
            self._known[names] = self._thing(names)
        return self._known[names]

    def _thing(self, names: _Names) -> Instance | Object | None:
        question = HOLDING, *names
        self._analysis.project.notebook.consult(question, self.answer(question))
        paths = self._index().get(names, [])
        if len(paths) > MOST_FILES:
            return None
        modules = (self._analysis.project.module_of(path) for path in paths)
        made = [one for module in modules if module is not None for one in self._made(module, names)]
        kinds = {one.type_id if isinstance(one, Instance) else one.definition.qualified for one in made}
        if len(kinds) != 1:
            return None
        ident = ir.Shared(".".join(names))
        one = made[0]
        return Instance(one.type_id, ident, one.parts) if isinstance(one, Instance) else Object(one.definition, ident)

    def words(self) -> frozenset[bytes]:
        """The names under which something is put that is modelled, by the words of the line."""
        self._index()
        self._analysis.project.notebook.consult((WORDS,), self.answer((WORDS,)))
        return self._words

    def answer(self, question: tuple[str, ...]) -> str:
        """Which files put something under two names, or all words under which something modelled is put."""
        index = self._index()
        if question == (WORDS,):
            return digest_of(sorted(map(_text, self._words)))
        _, holder, name = question
        return digest_of(map(self._analysis.project.layout.below_root, index.get((holder, name), [])))

    def _index(self) -> dict[_Names, list[Path]]:
        if self._paths is None:
            self._paths = {}
            relevance = Relevance(self._analysis.models.tokens)
            words: set[bytes] = set()
            facts = self._analysis.indexes.facts_of(HOLDING, lambda data: _read(data, relevance))
            for path, (names, modelled) in facts:
                for holder, name in names:
                    self._paths.setdefault((holder, name), []).append(path)
                words.update(modelled.encode().split())
            self._words = frozenset(words)
        return self._paths

    def _made(self, module: ModuleInfo, names: _Names) -> Iterator[Instance | Object]:
        """The things that a module puts there, at its top level and in its functions."""
        analysis = self._analysis
        low = new_lowering(analysis.project, analysis.models, module, analysis.memo)
        for one in assignments(module.tree.body):
            if _puts(one, names):
                value = low.aside(module).evaluate(one.value)
                if isinstance(value, Instance | Object):
                    yield value
        for name, node, cls in functions_of(module):
            owner = Definition("class", module, name.rpartition(".")[0], cls) if cls is not None else None
            for one in assignments(node.body):
                if _puts(one, names):
                    where = owner or Definition("function", module, name, node)
                    value = value_assigned(low, where, node, one, skipped=1 if owner is not None else 0)
                    if isinstance(value, Instance | Object):
                        yield value


def _puts(statement: nodes.Assign, names: _Names) -> bool:
    holder, name = names
    for target in statement.targets:
        match target:
            case nodes.Attribute(attr=attribute, value=inner):
                found = attribute
            case nodes.Subscript(index=nodes.Literal(value=str(key)), value=inner):
                found = key
            case _:
                continue
        if found == name and getattr(inner, "attr", getattr(inner, "id", "")) == holder:
            return True
    return False


def _read(data: bytes, relevance: Relevance) -> list[Any] | None:
    """The pairs of names under which a file puts something, and those words under which it is modelled."""
    names: dict[_Names, None] = {}
    words: set[bytes] = set()
    for match in _PUT.finditer(data):
        holder, attribute, key = match.groups()
        if holder in _OWN:
            continue
        names[_text(holder), _text(attribute or key)] = None
        line_end = data.find(b"\n", match.end())
        if relevance.is_relevant(data[match.end() : line_end if line_end >= 0 else len(data)]):
            words.add(attribute or key)
    return [[list(one) for one in names], _text(b" ".join(sorted(words)))] if names else None


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")
