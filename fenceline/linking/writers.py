"""Who else in the project writes columns of a model: asked only where a whole row is saved.

Files are chosen by their words: the model's name, a call that writes, one of the columns as something that is set. Of
those the functions that set one of the columns are lowered, each once a process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.beside import Writer
from fenceline.analyzer.consulted import Memo, digest_of
from fenceline.analyzer.entries import Entry, entry_of
from fenceline.analyzer.flow import Flow, flow_of
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.lower import functions_of, lower_function, new_lowering
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.project import Definition, ModuleInfo
from fenceline.analyzer.schema import plain_column
from fenceline.analyzer.values import Model
from fenceline.linking.calls import Place
from fenceline.linking.reach import ways_to

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis

WRITING = "writing"
"""The kind of the question in which files columns may be written, and of the fact of a file that it is answered by."""

FILES = 40
FUNCTIONS = 40
"""How many files, and functions, are looked at for one model."""

CALLS = 2
"""How many calls within calls are read for what a function writes; what it calls is looked at for itself as well."""

_WRITING = frozenset({"row.save", "qs.update", "qs.bulk_update", "qs.update_or_create"})
_SET = re.compile(rb"(\w+)\s*(?:[-+*/|&%^]|//|\*\*|<<|>>)?=(?!=)|[\"'](\w+)[\"']")
_CLASS = re.compile(rb"\b[A-Z]\w*")


@dataclass(slots=True, eq=False)
class _File:
    """The words of one file in which something is written."""

    path: Path
    names: frozenset[str]
    columns: frozenset[str]


@dataclass(slots=True, eq=False)
class _Function:
    """A function that writes, and the words that it sets."""

    module: ModuleInfo
    name: str
    node: nodes.FunctionDef
    owner: Definition | None
    words: frozenset[str]


@dataclass(slots=True, eq=False)
class ProjectWriters:
    """Built once a process, when it is first asked."""

    _analysis: Analysis
    _files: list[_File] | None = None
    _functions: Memo[list[_Function]] = field(init=False)
    _writers: Memo[list[Writer]] = field(init=False)
    _known: Memo[list[Writer]] = field(init=False)

    def __post_init__(self) -> None:
        notebook = self._analysis.project.notebook
        self._functions, self._writers, self._known = Memo(notebook), Memo(notebook), Memo(notebook)

    def __call__(self, model: Model, columns: frozenset[str]) -> list[Writer]:
        """The writes to one of these columns of a model by functions that somebody runs at any time."""
        key = (model.name, columns)
        if key not in self._known:
            self._known[key] = []  # what is asked for while this is being found out
            found = [one for function in self._candidates(model, columns) for one in self._writers_in(function)]
            self._known[key] = _distinct([one for one in found if one.model == model and one.columns & columns])
        return self._known[key]

    # ------------------------------------------------------------------ candidates

    def _candidates(self, model: Model, columns: frozenset[str]) -> list[_Function]:
        layout = self._analysis.project.layout
        own = layout.below_root(model.definition.module.path) if model.definition is not None else ""
        question = WRITING, model.label, own, *sorted(columns)
        layout.notebook.consult(question, self.answer(question))
        files = self._files_writing(model.label, own, columns)
        functions = [one for file in files for one in self._functions_of(file.path) if columns & one.words]
        return functions[:FUNCTIONS]

    def answer(self, question: tuple[str, ...]) -> str:
        """The files in which columns of a model may be written: its label, the file that it is in, the columns."""
        _, label, own, *columns = question
        layout = self._analysis.project.layout
        return digest_of(layout.below_root(one.path) for one in self._files_writing(label, own, frozenset(columns)))

    def _files_writing(self, label: str, own: str, columns: frozenset[str]) -> list[_File]:
        path = self._analysis.project.root / own if own else None
        files = [one for one in self._all() if (label in one.names or one.path == path) and columns & one.columns]
        files.sort(key=lambda one: one.path != path)
        return files[:FILES]

    def _all(self) -> list[_File]:
        if self._files is None:
            calls = b"|".join(sorted(re.escape(one.encode()) for one in self._words()))
            writing = re.compile(rb"\.(?:" + calls + rb")\s*\(")
            facts = self._analysis.indexes.facts_of(WRITING, lambda data: _read(data, writing))
            self._files = [_File(path, frozenset(one.split()), frozenset(two.split())) for path, (one, two) in facts]
        return self._files

    def _words(self) -> set[str]:
        """The methods that write rows."""
        kinds = self._analysis.models.types.values()
        return {name for kind in kinds for name, one in kind.methods.items() if one.op in _WRITING}

    def _functions_of(self, path: Path) -> list[_Function]:
        if path not in self._functions:
            module = self._analysis.project.module_of(path)
            self._functions[path] = [] if module is None else list(self._writing_in(module))
        return self._functions[path]

    def _writing_in(self, module: ModuleInfo) -> Iterator[_Function]:
        writing = self._words()
        for name, node, owner in functions_of(module):
            inside = walk(node.body)
            called = [one.func for one in inside if isinstance(one, nodes.Call)]
            if any(isinstance(one, nodes.Attribute) and one.attr in writing for one in called):
                holder = Definition("class", module, name.rpartition(".")[0], owner) if owner is not None else None
                yield _Function(module, name, node, holder, frozenset(_words_set(inside)))

    # ------------------------------------------------------------------- writers

    def _writers_in(self, function: _Function) -> list[Writer]:
        if function not in self._writers:
            self._writers[function] = []
            self._writers[function] = list(self._lowered(function))
        return self._writers[function]

    def _lowered(self, function: _Function) -> Iterator[Writer]:
        analysis, module = self._analysis, function.module
        low = new_lowering(analysis.project, analysis.models, module, analysis.memo)
        entry = entry_of(low, function.node, function.owner)
        if entry.what == "migration":
            return
        low = new_lowering(analysis.project, analysis.models, module, analysis.memo)
        low.deepest = CALLS
        flow = flow_of(lower_function(low, function.node, function.owner, function.name))
        written = [one for one in flow.lowered.facts if one.kind == "row.write" and one.op in flow.places]
        found = [(one, columns) for one in written if (columns := _columns_of(flow, one))]
        if not found:
            return
        place = Place(module, function.node, function.owner, function.name)

        def reached() -> Entry:
            nearest = ways_to(analysis, place).nearest if not entry.what else None
            return nearest.entry if nearest is not None else entry

        for fact, columns in found:
            assert fact.model is not None
            yield Writer(flow, fact, fact.model, columns, function.name, reached)


def _read(data: bytes, writing: re.Pattern[bytes]) -> list[str] | None:
    """The words of a file that writes: of classes, and of what may be a column that is set."""
    if not writing.search(data):
        return None
    columns = {one or other for one, other in _SET.findall(data)}
    return [b" ".join(sorted(words)).decode() for words in (set(_CLASS.findall(data)), columns)]


def _words_set(inside: list[nodes.Node]) -> Iterator[str]:
    """What a function names as a column that it may set: attributes assigned to, keywords, texts."""
    for one in inside:
        match one:
            case nodes.Assign(targets=targets):
                yield from (target.attr for target in targets if isinstance(target, nodes.Attribute))
            case nodes.AugAssign(target=nodes.Attribute(attr=name)):
                yield name
            case nodes.Call(keywords=keywords):
                yield from (keyword.name for keyword in keywords if keyword.name is not None)
            case nodes.Literal(value=str(text)):
                yield text
            case _:
                pass


def _columns_of(flow: Flow, fact: Fact) -> frozenset[str]:
    """The columns to which an op writes something else than what it has read there."""
    if fact.model is None or fact.model.schema is None or not isinstance(fact.op, ir.Atomic):
        return frozenset()
    if fact.row is not None and fact.row.origin == "created":
        return frozenset()
    written: list[tuple[ir.Cell, ir.Term]] = []
    for step in fact.op.steps:
        if isinstance(step, ir.Put | ir.Modify):
            written.append((step.cell, step.value))
        elif isinstance(step, ir.CompareAndSet):
            written.extend(step.writes)
    model, columns = fact.model, fact.model.schema.columns
    names = {
        plain_column(model, cell.field) for cell, value in written if cell.field and not _is_as_read(flow, cell, value)
    }
    return frozenset(one for one in names if one in columns and not columns[one].is_stamp)


def _is_as_read(flow: Flow, cell: ir.Cell, value: ir.Term) -> bool:
    _, step = flow.binders.get(value.name, (None, None)) if isinstance(value, ir.Var) else (None, None)
    return isinstance(step, ir.Get) and step.cell == cell


def _distinct(found: list[Writer]) -> list[Writer]:
    """Of the functions that come to one write, the one in which it stands; then those that are run by many."""
    best: dict[object, Writer] = {}
    for one in found:
        place = (one.op.path, one.op.span)
        if place not in best or (one.is_own and not best[place].is_own):
            best[place] = one
    return list(best.values())
