"""The Django model in which messages that have been worked on are recorded: one of the file, or a new one."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from fenceline.analyzer import nodes
from fenceline.analyzer.definitions import Definition, External
from fenceline.analyzer.names import dotted_name
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Refused, Subject
from fenceline.fixers.imports import spelled
from fenceline.fixers.scopes import dotted, hidden_at

_LONGEST = 200
_TEXTS = {"CharField", "SlugField"}
_MODEL = ("django.db.models.Model", "django.db.models.base.Model")
_NOTE = 'migration: migrations.CreateModel(name="{name}", fields=[("id", models.BigAutoField(primary_key=True)), \
("key", models.CharField(max_length=200, unique=True))]), as makemigrations writes it'


@dataclass(frozen=True, slots=True)
class Mark:
    """``name``: how the class is called in the function; ``label``: its own name; ``column``: its unique text."""

    name: str
    label: str
    column: str
    notes: tuple[str, ...] = ()


def mark_for(subject: Subject, code: Code, function: cst.FunctionDef) -> Mark:
    """A model that is a unique text and nothing else; where none is at hand, a new one in the file."""
    hidden = hidden_at(code.tree, function.body.body[0])
    module = subject.module
    for name in (*module.classes, *module.imports):
        found = subject.project.resolve(module, name)
        if name in hidden or not isinstance(found, Definition) or not isinstance(found.node, nodes.ClassDef):
            continue
        column = _unique_text(subject, found)
        if column:
            return Mark(name, found.name, column)
    return _new(code)


def _unique_text(subject: Subject, found: Definition) -> str:
    """The one column of a model whose rows are nothing but a unique text that is long enough; else ''."""
    node = found.node
    if not isinstance(node, nodes.ClassDef) or len(node.bases) != 1 or not _is_model(subject, found):
        return ""
    columns = [one for one in node.body if isinstance(one, nodes.Assign)]
    inner = [one for one in node.body if isinstance(one, nodes.ClassDef)]
    methods = [one for one in node.body if isinstance(one, nodes.FunctionDef) and one.name != "__str__"]
    if len(columns) != 1 or inner or methods or node.decorators:
        return ""
    match columns[0]:
        case nodes.Assign(targets=[nodes.Name(id=name)], value=nodes.Call(func=func, keywords=given)):
            options = {one.name: one.value for one in given}
            kind = (dotted_name(func) or "").rpartition(".")[2]
            length = options.get("max_length")
            is_long = isinstance(length, nodes.Literal) and isinstance(length.value, int) and length.value >= _LONGEST
            if kind in _TEXTS and is_long and _is_true(options.get("unique")):
                return name
    return ""


def _is_true(node: nodes.Expr | None) -> bool:
    return isinstance(node, nodes.Literal) and node.value is True


def _is_model(subject: Subject, found: Definition) -> bool:
    bases = found.node.bases if isinstance(found.node, nodes.ClassDef) else []
    base = dotted_name(bases[0]) if bases else None
    what = subject.project.resolve(found.module, base) if base else None
    return isinstance(what, External) and what.qualified in _MODEL


def _new(code: Code) -> Mark:
    """A new class, above the first model of the file: wherever in it messages are recorded, it stands there."""
    base = spelled(code.tree, "django.db", "models", None)
    first = next((one for one in code.module.body if isinstance(one, cst.ClassDef) and _has_base(code, one)), None)
    if first is None or base is None:
        raise Refused("no model of the file is there to record it in, and none beside which one could stand")
    name = code.fresh_name("ProcessedMessage")
    column = f"key = {base}.CharField(max_length={_LONGEST}, unique=True)"
    code.add_top_level(f"class {name}({base}.Model):\n    {column}", first)
    return Mark(name, name, "key", (_NOTE.format(name=name),))


def _has_base(code: Code, written: cst.ClassDef) -> bool:
    models = spelled(code.tree, "django.db", "models", None)
    is_abstract = any(
        isinstance(one, cst.ClassDef) and one.name.value == "Meta" and "abstract" in code.source(one)
        for one in written.body.body
    )
    return not is_abstract and [dotted(one.value) for one in written.bases] == [f"{models}.Model"]
