"""Managers, collections and columns: what the attributes of mapped classes and rows lead to."""

from __future__ import annotations

from collections.abc import Iterable

from fenceline.analyzer import ir
from fenceline.analyzer.lower_rows import ANY_SESSION, SCOPED_SESSION, evidence_of, family_of, has_rows, is_unsaved
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.models import Type
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.schema import type_with_role
from fenceline.analyzer.values import (
    Data,
    External,
    Lookup,
    Method,
    Model,
    Query,
    Row,
    Table,
    Value,
    term_of,
)

_CONTAINER_METHODS = frozenset(dir(dict)) | frozenset(dir(list)) | frozenset(dir(set)) | frozenset(dir(str))


def query_method(low: Lowering, query: Query, name: str) -> Value | None:
    """A modelled method of the query's type."""
    operation = low.models.method(query.type_id, name)
    return Method(query, operation) if operation is not None else None


def related_manager(low: Lowering, term: ir.Term, method: str, sure: bool) -> Query | None:
    """``row.items`` where the next attribute is a method of managers: the rows that point back to this one."""
    if not isinstance(term, ir.Var) or "." not in term.name:
        return None
    snapshot, _, name = term.name.partition(".")
    where = low.snapshots.get(snapshot)
    if where is None or where.model.is_table:
        return None
    if not sure and method in _CONTAINER_METHODS:
        return None
    kind = _related_type(low, where.model.store)
    if not kind or low.models.method(kind, method) is None:
        return None
    from fenceline.analyzer.relations import reverse_of

    low.managers.add(term.name)
    model, column = reverse_of(low, where.model, name)
    return Query(model, kind, (Lookup(column, "exact", where.key),))


_LINKS = frozenset({"append", "add", "extend", "insert"})


_UNLINKS = frozenset({"remove", "discard", "pop", "clear"})


def change_collection(low: Lowering, term: ir.Term, method: str, values: Iterable[Value], span: Span) -> bool:
    """``order.lines.append(line)``: only that row is linked; whether the term is a collection of connected rows."""
    if not isinstance(term, ir.Var) or method not in _LINKS | _UNLINKS:
        return False
    snapshot, _, name = term.name.partition(".")
    where = low.snapshots.get(snapshot)
    if where is None:
        return False
    is_manager = term.name in low.managers or _is_manager(where.model, name, method)
    if not is_manager and not _is_collection(low, where.model, name):
        return False
    model = where.model
    cell = ir.Cell(model.store, (ir.Const(model.name), where.key, ir.Const(name), *map(term_of, values)), "linked")
    step = ir.Put(cell, ir.Const(method in _LINKS))
    op = ir.Atomic(span, low.path, f"{method.upper()} {model.label}.{name}", (step,), True)
    low.record(Fact(op, "row.relate", family_of(model), op.text, "RELATE", model, None, evidence_of(model)))
    _save_with(low, values)
    return True


def _is_manager(model: Model, name: str, method: str) -> bool:
    """A many-to-many relation, or one that only the other side declares: its ``add`` and ``remove`` are statements.

    Of a model that is not found, what has an ``add`` is one: a column does not hold a set.
    """
    if model.schema is None and model.by_shape:
        return method == "add"
    if model.schema is None or model.definition is None or method not in {"add", "remove", "clear"}:
        return False
    column = model.schema.columns.get(name)
    return column is None or column.relation == "many_to_many"


def _is_collection(low: Lowering, model: Model, name: str) -> bool:
    """An attribute that stands for the rows on the other side; also one that only the other side declares."""
    if model.schema is None or model.definition is None or type_with_role(low, "session", model.store) is None:
        return False
    return name not in model.schema.columns or model.schema.is_relationship(name)


def _save_with(low: Lowering, values: Iterable[Value]) -> None:
    """New rows that are linked to a saved one are saved with it."""
    for one in values:
        if isinstance(one, Row) and is_unsaved(low, one):
            pending = low.state.pending.get(ANY_SESSION, ())
            if one not in pending:
                low.state.pending[ANY_SESSION] = (*pending, one)


def _related_type(low: Lowering, store: str) -> str:
    for kind in low.models.types.values():
        if kind.store == store and "relate" in {one.op.split(".")[-1] for one in kind.methods.values()}:
            return kind.id
    return ""


def _manager_attributes(kind: Type) -> tuple[str, ...]:
    """Further names under which every mapped class has a manager."""
    names = kind.roles.get("manager_attributes", ())
    return tuple(map(str, names)) if isinstance(names, list) else ()


def table_attribute(low: Lowering, model: Model, name: str) -> Value:
    """``Model.name``: a manager, a method of the class, a column in an SQL expression, an exception class."""
    kind = type_with_role(low, "queryset", model.store)
    schema = model.schema
    of_class = type_with_role(low, "table", model.store)
    operation = low.models.method(of_class.id, name) if of_class is not None else None
    if operation is not None and (schema is None or name not in schema.columns):
        return Method(Table(model), operation)
    for one in low.models.saying("shape_attribute"):
        if one.store == model.store and one.roles.get("shape_attribute") == name:
            session = SCOPED_SESSION if type_with_role(low, "session", model.store) is not None else ""
            return Query(model, one.id, session=session)
    if schema is not None and name in schema.managers and kind is not None:
        low.memo[("manager", model.name)] = schema.managers[name]
        return Query(model, _manager_id(low, model.store) or kind.id)
    if name in low.models.raises.get("absent_attributes", ()):
        return External(name)
    managed = [one for one in low.models.saying("manager_attributes") if one.store == model.store]
    if any(name in _manager_attributes(one) for one in managed):
        return Query(model, _manager_id(low, model.store))
    return Data(ir.Apply("column", (ir.Const(name), ir.Old())), column=name, model=model)


def _manager_id(low: Lowering, store: str) -> str:
    for one in low.models.saying("shape_attribute"):
        if one.store == store:
            return one.id
    kind = type_with_role(low, "queryset", store)
    return kind.id if kind else ""


def column_condition(left: Value, op: str, right: Value) -> Value | None:
    """``Model.column == value`` as a condition of a query."""
    names = {
        "==": "exact",
        "!=": "exact",
        ">": "gt",
        ">=": "gte",
        "<": "lt",
        "<=": "lte",
        "is": "exact",
        "is not": "exact",
    }
    if op not in names:
        return None
    if isinstance(right, Data) and right.column is not None and not (isinstance(left, Data) and left.column):
        left, right = right, left
    if not isinstance(left, Data) or left.column is None or not _is_plain_column(left):
        return None
    lookup = Lookup(left.column, names[op], term_of(right), op in {"!=", "is not"})
    return Data(ir.Apply(op, (term_of(left), term_of(right))), lookups=(lookup,), model=left.model)


def _is_plain_column(value: Data) -> bool:
    return isinstance(value.term, ir.Apply) and value.term.label == "column"


def reverse_check(low: Lowering, row: Row, name: str, span: Span) -> Data:
    """``hasattr(row, name)``: whether the row that points back by a one-to-one exists."""
    from fenceline.analyzer.relations import reverse_of

    model, column = reverse_of(low, row.model, name)
    return has_rows(low, Query(model, "", (Lookup(column, "exact", row.key),)), span)
