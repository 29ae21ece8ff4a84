"""What a fixer has to know of a mapped class before it may save it in another way."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from fenceline.analyzer import nodes
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.names import dotted_name
from fenceline.analyzer.project import Definition, Project
from fenceline.analyzer.values import Model

_NUMBERS = {
    "IntegerField",
    "BigIntegerField",
    "SmallIntegerField",
    "PositiveIntegerField",
    "DecimalField",
    "FloatField",
}
_NUMBERS |= {"PositiveBigIntegerField", "PositiveSmallIntegerField", "IntField", "BigIntField", "SmallIntField"}
_NUMBERS |= {"Integer", "BigInteger", "SmallInteger", "Numeric", "Float", "Double", "DECIMAL", "INTEGER", "BIGINT"}
_PYTHON = {"int", "float", "Decimal", "decimal.Decimal"}
_LISTENERS = re.compile(rb"\b(?:pre_save|post_save|auditlog|reversion|simple_history|HistoricalRecords|FieldTracker)\b")
_SKIPPED = {"node_modules", "site-packages", "__pycache__", "venv", "env"}


def is_number(model: Model, name: str) -> bool:
    """Whether the class itself says that a column holds numbers, and never nothing."""
    for statement in _body(model):
        match statement:
            case nodes.Assign(targets=[nodes.Name(id=one)], value=value, annotation=annotation) if one == name:
                return _is_number(value, annotation, is_declarative=model.store == "sqlalchemy")
    return False


def column_kind(model: Model, name: str) -> str:
    """The class of a column, as the mapped class names it: ``BooleanField``; empty when it is not seen there."""
    for statement in _body(model):
        match statement:
            case nodes.Assign(targets=[nodes.Name(id=one)], value=nodes.Call(func=func, keywords=given)) if one == name:
                is_null = any(one.name == "null" and _is_true(one.value) for one in given)
                return "" if is_null else _last(func)
    return ""


def _is_number(value: nodes.Expr | None, annotation: nodes.Expr | None, *, is_declarative: bool) -> bool:
    calls = value if isinstance(value, nodes.Call) else None
    keywords = {one.name: one.value for one in calls.keywords} if calls is not None else {}
    if _is_true(keywords.get("null")) or _is_true(keywords.get("nullable")):
        return False
    if isinstance(annotation, nodes.Subscript) and _last(annotation.value) == "Mapped":
        return dotted_name(annotation.index) in _PYTHON
    if calls is None:
        return dotted_name(annotation) in _PYTHON if annotation is not None else False
    if not is_declarative:
        return _last(calls.func) in _NUMBERS
    kinds = [one.func if isinstance(one, nodes.Call) else one for one in calls.args]
    is_stated = "nullable" in keywords and not _is_true(keywords["nullable"])
    return is_stated and any(_last(one) in _NUMBERS for one in kinds)


def _is_true(node: nodes.Expr | None) -> bool:
    return node is not None and not (isinstance(node, nodes.Literal) and not node.value)


def _last(node: nodes.Expr) -> str:
    return (dotted_name(node) or "").rpartition(".")[2]


def _body(model: Model) -> list[nodes.Stmt]:
    node = model.definition.node if model.definition is not None else None
    return node.body if isinstance(node, nodes.ClassDef) else []


def save_is_plain(project: Project, model: Model) -> str:
    """Why a save of some columns might leave out what a save of all sets; '' where nothing else happens in it."""
    schema = model.schema
    if schema is None or model.definition is None or not schema.is_complete:
        return f"{model.label} cannot be read as a whole"
    if any(one.is_stamp for one in schema.columns.values()):
        return f"{model.label} has a column that every save sets to the time"
    if any(
        isinstance(one, nodes.FunctionDef) and one.name in {"save", "asave", "save_base"}
        for one in _all(project, model)
    ):
        return f"{model.label} has a save() of its own"
    if _has_listeners(project.root):
        return "a receiver of a signal may look at the instance"
    return ""


def looks_when_saved(project: Project, model: Model, name: str) -> bool:
    """Whether a ``save()`` or ``clean()`` of the class's own does something with a column, or checks all of them."""
    own = {"save", "asave", "save_base", "clean", "full_clean", "clean_fields"}
    asked = {name, "full_clean", "clean_fields"}
    for method in _all(project, model):
        if isinstance(method, nodes.FunctionDef) and method.name in own:
            if any(isinstance(one, nodes.Attribute) and one.attr in asked for one in walk(method.body)):
                return True
    return False


def validates(project: Project, model: Model, name: str) -> bool:
    """Whether the class looks at each value that it is given (``@validates``, a property, ``__setattr__``)."""
    for one in _all(project, model):
        if not isinstance(one, nodes.FunctionDef):
            continue
        if one.name in {"__setattr__", name}:
            return True
        for decorator in one.decorators:
            if isinstance(decorator, nodes.Call) and _last(decorator.func) == "validates":
                return True
    return False


def _all(project: Project, model: Model) -> Iterator[nodes.Stmt]:
    """The statements of the class and of those of its bases that the project has."""
    seen: set[Definition] = set()
    todo = [model.definition] if model.definition is not None else []
    while todo:
        one = todo.pop()
        if one in seen or not isinstance(one.node, nodes.ClassDef):
            continue
        seen.add(one)
        yield from one.node.body
        for base in one.node.bases:
            dotted = dotted_name(base)
            found = project.resolve(one.module, dotted) if dotted else None
            if isinstance(found, Definition):
                todo.append(found)


@lru_cache(maxsize=8)
def _has_listeners(root: Path) -> bool:
    """Whether anything in the project hears of saves."""
    for folder, inner, files in os.walk(root):
        inner[:] = [one for one in inner if one not in _SKIPPED and not one.startswith(".")]
        for name in files:
            if name.endswith(".py") and _mentions(Path(folder, name)):
                return True
    return False


def _mentions(path: Path) -> bool:
    try:
        return _LISTENERS.search(path.read_bytes()) is not None
    except OSError:
        return True
