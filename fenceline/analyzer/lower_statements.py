"""Statements as values (``select``, ``update``, …), what runs them, and the results that they leave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.lower_orm import as_query, fields_of, lookups_in
from fenceline.analyzer.lower_rows import has_rows, read_row
from fenceline.analyzer.lower_session import in_session, is_session, raise_if_absent, touch
from fenceline.analyzer.lower_sql import column_at, execute_text, insert_row, lock_by_function
from fenceline.analyzer.lower_state import Call
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.row_writes import delete_rows, update_rows
from fenceline.analyzer.sql import LOCK_FUNCTIONS
from fenceline.analyzer.values import (
    NONE,
    Data,
    Fields,
    Items,
    Lookup,
    Model,
    Query,
    Result,
    Row,
    Rows,
    Table,
    Value,
    negated,
    term_of,
)

_UNKNOWN = "?"
_AGGREGATE, _COUNT, _EXISTS = "?", "?count", "?exists"


def entities_of(low: Lowering, call: Call) -> Query:
    """What a select is over: the first mapped class, or the class of the first column."""
    value = call.role("entities")
    items = value.items if isinstance(value, Items) else ((value,) if value is not None else ())
    if len(items) == 1 and _locks(items[0]):
        return _lock_query(low, items[0])
    if len(items) == 1 and isinstance(items[0], Query):
        return replace(items[0], kind="values", columns=(_EXISTS,))
    columns = tuple(_column_name(one) for one in items if isinstance(one, Data))
    model = next((found for found in map(_model_of, items) if found is not None), None)
    if model is None:
        model = Model(_UNKNOWN, _store(low), by_shape=True)
    if call.data("exists"):
        return Query(model, "", columns=(_EXISTS,), kind="values")
    is_rows = not columns or any(isinstance(one, Table) for one in items)
    return Query(model, "", columns=() if is_rows else columns, kind="rows" if is_rows else "values")


def _store(low: Lowering) -> str:
    return next((one.store for one in low.models.of_role("session")), "")


def _locks(value: Value) -> bool:
    """Whether an expression is a function of the server that takes a lock, or gives it back."""
    term = value.term if isinstance(value, Data) else None
    return isinstance(term, ir.Apply) and term.label.lower() in LOCK_FUNCTIONS


def _lock_query(low: Lowering, value: Value) -> Query:
    return Query(Model(_UNKNOWN, _store(low), by_shape=True), "", kind="lock", values=(("function", value),))


def _take(low: Lowering, call: Call, value: Value) -> Value:
    """The lock that a function of the server in a select stands for."""
    term = term_of(value)
    assert isinstance(term, ir.Apply)
    return lock_by_function(low, call, term.label.lower(), term.args) or NONE


def _model_of(value: Value) -> Model | None:
    if isinstance(value, Table | Query):
        return value.model
    return value.model if isinstance(value, Data) else None


def _column_name(value: Data) -> str:
    """A plain column by its name; what the server computes of columns has none."""
    label = value.term.label if isinstance(value.term, ir.Apply) else ""
    if label == "column" and value.column is not None:
        return value.column
    return _COUNT if label == "count" else _AGGREGATE


def _query(low: Lowering, call: Call) -> Value:
    kind = call.operation.result.strip("<>")
    return in_session(low, call, replace(entities_of(low, call), type_id=kind))


# -------------------------------------------------------------------- statements


def _execute(low: Lowering, call: Call) -> Value:
    """Runs a statement now; what a select has read is fetched from its result later."""
    statement = call.role("statement")
    if statement is None and isinstance(call.receiver, Query):
        statement = call.receiver  # a statement that is run by a method of its own
    if isinstance(statement, Data) and _locks(statement):
        statement = _lock_query(low, statement)
    if isinstance(statement, Data):
        return execute_text(low, call, statement, call.role("params"))
    query = as_query(low, statement or NONE)
    if query is None:
        return NONE
    query = in_session(low, call, query) if is_session(low, call.receiver) else query
    if query.session:
        touch(low, query.session, call.span)
    kind = call.operation.result.strip("<>")
    if query.kind in {"update", "delete", "insert"}:
        count = _write(low, call, query)
        return count if kind == "count" else Result(None, count, kind)
    held = _read(low, query, call)
    if call.operation.op == "session.scalar":
        return _fetched(low, held, query.columns, call, is_scalar=True)
    return Result(query, None, kind, held)


def _read(low: Lowering, query: Query, call: Call) -> Value:
    """What a select reads: a row that stands for all, or what the server computed."""
    if query.kind == "lock":
        if query.session:
            touch(low, query.session, call.span)
        return _take(low, call, query.values[0][1])
    first = query.columns[0] if query.columns else ""
    if first == _EXISTS:
        return has_rows(low, query, call.span)
    if first == _COUNT:
        return has_rows(low, query, call.span, "COUNT", sized=True)
    if first == _AGGREGATE:
        return Data(has_rows(low, query, call.span, "AGGREGATE").term)
    row = read_row(low, query, call.span)
    if query.kind != "values":
        return row
    low.columns[row.snapshot] = query.columns
    return replace(row, origin="values")


def _write(low: Lowering, call: Call, query: Query) -> Data:
    if query.kind == "update":
        return update_rows(low, query, dict(query.values), call.span)
    if query.kind == "delete":
        return delete_rows(low, query, call.span)
    return insert_row(low, query.model, dict(query.values), call.span, () if query.conflict else None)


def _select(low: Lowering, call: Call) -> Value:
    kind = call.operation.result.strip("<>")
    return replace(entities_of(low, call), type_id=kind)


def _statement(kind: str) -> Callable[[Lowering, Call], Value]:
    def make(low: Lowering, call: Call) -> Value:
        own = call.receiver if isinstance(call.receiver, Table) else NONE
        query = as_query(low, call.role("table") or own)
        if query is None:
            return NONE
        values = tuple(_values_of(call).items()) if own is not NONE else ()
        return replace(query, type_id=call.operation.result.strip("<>"), kind=kind, values=values)

    return make


def _where(low: Lowering, call: Call) -> Value:
    query = call.receiver
    if not isinstance(query, Query):
        return NONE
    query = with_model(query, call)
    return query.refined(*lookups_in(low, query.model, call))


def with_model(query: Query, call: Call) -> Query:
    """``select(func.count())`` is over the class that its conditions or its ``select_from`` name."""
    if query.model.name != _UNKNOWN:
        return query
    found = next((model for model in map(_model_of, call.arguments.positional) if model is not None), None)
    return replace(query, model=found) if found is not None else query


def _values(low: Lowering, call: Call) -> Value:
    query = call.receiver
    if not isinstance(query, Query):
        return NONE
    return replace(query, values=(*query.values, *_values_of(call).items()))


def _values_of(call: Call) -> dict[str, Value]:
    """What a statement sets: keywords, and dicts of columns."""
    values = fields_of(call)
    for one in call.arguments.positional:
        if isinstance(one, Fields):
            values.update(one.items)
    return values


def _lock(low: Lowering, call: Call) -> Value:
    if not isinstance(call.receiver, Query):
        return NONE
    mode = "skip" if call.flag("skip_locked") else "nowait" if call.flag("nowait") else "wait"
    return replace(call.receiver, lock=mode)


def _on_conflict(low: Lowering, call: Call) -> Value:
    if not isinstance(call.receiver, Query):
        return NONE
    return replace(call.receiver, conflict=str(call.data("action", "nothing")))


def _same(low: Lowering, call: Call) -> Value:
    if not isinstance(call.receiver, Query):
        return call.receiver
    query = with_model(call.receiver, call)
    return replace(query, is_fresh=True) if call.flag("populate_existing") else query


# ----------------------------------------------------------------------- results


def _result(low: Lowering, call: Call) -> Result | None:
    """The result that a call fetches from; a query of the older kind is executed by it."""
    if isinstance(call.receiver, Query):
        return Result(call.receiver, None, "", _read(low, call.receiver, call))
    return call.receiver if isinstance(call.receiver, Result) and call.receiver.held is not None else None


def _one(low: Lowering, call: Call) -> Value:
    result = _result(low, call)
    if result is None or result.held is None:
        return _returned(low, call)
    kind = low.models.types.get(result.type_id)
    is_scalar = "scalar" in call.operation.name or bool(kind and kind.roles.get("scalars"))
    columns = result.query.columns if result.query is not None else (_UNKNOWN,)
    return _fetched(low, result.held, columns, call, is_scalar)


def _returned(low: Lowering, call: Call) -> Value:
    """What ``UPDATE … RETURNING`` gives back: nothing when it has changed no row."""
    count = call.receiver.count if isinstance(call.receiver, Result) else None
    if count is None or count.guard is None:
        return NONE
    term = ir.Apply("returned", (count.term,))
    if call.operation.op == "result.all":
        return Data(term, guard=count.guard, size=count.guard)
    if call.operation.op == "result.first":
        return Data(term, absent=negated(count.guard))
    nothing = ir.Seq([ir.Raise(str(call.data("raises") or "absent"), call.span)])
    low.emit(ir.Branch(negated(count.guard), nothing, ir.Seq(), call.span, low.path))
    return Data(term)


def _fetched(low: Lowering, held: Value, columns: tuple[str, ...], call: Call, is_scalar: bool) -> Value:
    """The one row of a result, or its first column, or what the server computed."""
    if not isinstance(held, Row):
        if is_scalar and isinstance(held, Items) and held.items:
            return held.items[0]
        return held if is_scalar or not isinstance(held, Data) else Items((held,))
    row = raise_if_absent(low, held, call) if call.operation.op == "result.one" else held
    if not is_scalar or not columns:
        return row
    value = column_at(low, row, 0)
    if row.absent is None or not isinstance(value, Data):
        return value
    return replace(value, absent=ir.AnyOf((row.absent, ir.IsAbsent(value.term))) if _is_bound(value) else row.absent)


def _is_bound(value: Data) -> bool:
    """Whether a column may be empty where there is a row: not its key."""
    return isinstance(value.term, ir.Var)


def _all(low: Lowering, call: Call) -> Value:
    result = _result(low, call)
    if result is None or result.held is None:
        return _returned(low, call)
    if not isinstance(result.held, Row):
        return Items((result.held,))
    row = result.held if result.held.origin == "values" else replace(result.held, origin="each")
    return Rows(result.query or Query(row.model, ""), row)


def _same_result(low: Lowering, call: Call) -> Value:
    if not isinstance(call.receiver, Result):
        return NONE
    kind = call.operation.result.strip("<>")
    return replace(call.receiver, type_id=kind or call.receiver.type_id)


def _condition(low: Lowering, call: Call) -> Value:
    """``Model.column.is_(None)``, ``Model.column.in_(…)``."""
    column = call.receiver
    if not isinstance(column, Data) or column.column is None:
        return NONE
    value = call.arguments.positional[0] if call.arguments.positional else NONE
    operator = str(call.data("operator", "exact"))
    lookup = Lookup(column.column, operator, term_of(value), bool(call.data("negate")))
    term = ir.Apply(call.operation.name, (term_of(column), term_of(value)))
    return Data(term, lookups=(lookup,), model=column.model)


STATEMENT_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {
    "session.query": _query,
    "session.execute": _execute,
    "session.scalars": _execute,
    "session.scalar": _execute,
    "session.exec": _execute,
    "stmt.select": _select,
    "stmt.update": _statement("update"),
    "stmt.insert": _statement("insert"),
    "stmt.delete": _statement("delete"),
    "stmt.where": _where,
    "stmt.values": _values,
    "stmt.lock": _lock,
    "stmt.on_conflict": _on_conflict,
    "stmt.returning": _same,
    "stmt.same": _same,
    "result.one": _one,
    "result.first": _one,
    "result.all": _all,
    "result.same": _same_result,
    "expr.condition": _condition,
}
