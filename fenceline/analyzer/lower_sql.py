"""SQL as text: the same rows and cells as an ORM's, keyed by table."""

from __future__ import annotations

from collections.abc import Callable

from fenceline.analyzer import ir
from fenceline.analyzer.lower_rows import has_rows, iterate, load_field, read_row
from fenceline.analyzer.lower_session import begins_implicitly, is_session, session_id, touch
from fenceline.analyzer.lower_state import Call, Fact
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.row_keys import bag_cell, normalised
from fenceline.analyzer.row_writes import create_row, delete_rows, update_rows
from fenceline.analyzer.schema import plain_column
from fenceline.analyzer.sql import SqlStatement, parse_sql
from fenceline.analyzer.sql_values import SqlValue
from fenceline.analyzer.values import (
    NONE,
    Data,
    Fields,
    Instance,
    Items,
    Lookup,
    Model,
    Query,
    Result,
    Row,
    Rows,
    Value,
    term_of,
)

_OPERATORS = {
    "=": "exact", "==": "exact", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte", "in": "in", "!=": "ne", "<>": "ne",
}  # fmt: skip
STORE = "sql"


def sql_text(term: ir.Term) -> tuple[str | None, dict[str, Value]]:
    """The text of a statement, and what is formatted into it by the name of its hole."""
    holes: dict[str, Value] = {}
    return _text(term, holes), holes


def _text(term: ir.Term, holes: dict[str, Value]) -> str | None:
    if isinstance(term, ir.Const):
        return term.value if isinstance(term.value, str) else None
    if not isinstance(term, ir.Apply):
        return None
    if term.label in {"f", "+"}:
        parts = [_text(one, holes) if _is_text(one) else _hole(one, holes) for one in term.args]
        return "".join(one for one in parts if one is not None)
    if term.args and term.label in {"SQL", "text", "%", ".format", ".strip"}:
        return _text(term.args[0], holes)
    return None


def _is_text(term: ir.Term) -> bool:
    return isinstance(term, ir.Const) or (isinstance(term, ir.Apply) and term.label in {"f", "+", "text"})


def _hole(term: ir.Term, holes: dict[str, Value]) -> str:
    name = f"__hole{len(holes)}__"
    holes[name] = Data(term)
    return name


def _sql_text(low: Lowering, call: Call) -> Value:
    value = call.role("text")
    return Data(ir.Apply("text", (term_of(value or NONE),)))


def _execute(low: Lowering, call: Call) -> Value:
    params = call.role("params")
    return execute_text(low, call, call.role("sql") or NONE, params)


def execute_text(low: Lowering, call: Call, statement: Value, params: Value | None) -> Value:
    """Runs one statement; the cursor, connection or result then holds what it selected or how many it changed."""
    text, holes = sql_text(term_of(statement))
    parsed = parse_sql(text) if text else None
    low.holes = holes
    if parsed is None:
        if low.interesting_unread_sql(text):
            op = ir.Opaque(call.span, low.path, "SQL that could not be read", ())
            low.record(Fact(op, "opaque", "sql", "SQL"))
        return _result(low, call, None, None)
    if parsed.kind in {"begin", "commit", "rollback"}:
        _transaction(low, call, parsed.kind, text or "")
        return NONE
    begin_implicitly(low, call)
    if parsed.kind == "lock":
        return _advisory(low, call, parsed, params)
    query = _query_of(low, parsed, params)
    if parsed.kind == "select":
        if not parsed.table:
            return _result(low, call, None, None)
        return _select(low, call, query, parsed)
    if parsed.kind == "update" and parsed.table:
        values = {column: _value(low, one, params) for column, one in parsed.sets}
        return _result(low, call, None, update_rows(low, query, values, call.span))
    if parsed.kind == "delete" and parsed.table:
        return _result(low, call, None, delete_rows(low, query, call.span))
    if parsed.kind == "insert" and parsed.table:
        return _insert(low, call, parsed, query.model, params)
    return _result(low, call, None, None)


_WHOLE_DATABASE = ("IMMEDIATE", "EXCLUSIVE")


def _transaction(low: Lowering, call: Call, kind: str, text: str) -> None:
    """``BEGIN``, ``COMMIT``, ``ROLLBACK`` as text; ``BEGIN IMMEDIATE`` of SQLite locks the database at once."""
    name = kind.upper()
    match kind:
        case "begin":
            low.emit(ir.Begin(call.span, low.path, name))
        case "commit":
            low.emit(ir.Commit(call.span, low.path, name))
        case _:
            low.emit(ir.Rollback(call.span, low.path, name))
    how = next((one for one in _WHOLE_DATABASE if one in text.upper().split()), "")
    if kind == "begin" and how:
        lock = (ir.Const("database"),)
        low.emit(ir.Acquire(call.span, low.path, f"{name} {how}", lock, "wait", None, None, "transaction"))


def begin_implicitly(low: Lowering, call: Call) -> None:
    """The first statement on a connection that is not in autocommit begins a transaction."""
    if is_session(low, call.receiver):
        touch(low, session_id(low, call.receiver), call.span)
        return
    connection = _connection_of(low, call.receiver)
    if connection is not None and begins_implicitly(low, connection):
        touch(low, session_id(low, connection), call.span)


def _connection_of(low: Lowering, value: Value | None) -> Instance | None:
    """The connection that a cursor belongs to."""
    while isinstance(value, Instance):
        if low.models.types[value.type_id].role == "connection":
            return value
        value = value.parts.get("parent")
    return None


def _insert(low: Lowering, call: Call, parsed: SqlStatement, model: Model, params: Value | None) -> Value:
    values = {column: _value(low, one, params) for column, one in parsed.values}
    target = parsed.conflict_target if parsed.on_conflict else None
    return _result(low, call, None, insert_row(low, model, values, call.span, target))


def insert_row(
    low: Lowering, model: Model, values: dict[str, Value], span: Span, target: tuple[str, ...] | None
) -> Data:
    """An INSERT, the count of rows its result. With ``ON CONFLICT``, ``target`` is what must not be there twice."""
    bind = low.fresh("count")
    create_row(low, model, values, span, "conflict" if target is None else None, bind)
    won = ir.IsTrue(ir.Var(bind))
    count = Data(ir.Var(bind), guard=won, size=won)
    if target is None or low.is_dead:
        return count
    fact = low.latest
    fact.constraint, fact.kind = "covering", "row.upsert"
    named = [plain_column(model, one) for one in target if one in values] or sorted(values)
    lookups = tuple(Lookup(plain_column(model, one), "exact", term_of(values[one])) for one in named if one in values)
    own = bag_cell(Query(model, "", lookups), lookups)
    assert isinstance(fact.op, ir.Atomic)
    fact.op.steps = tuple(
        ir.PutIfAbsent(own if ir.Const("*") in one.cell.key else one.cell, one.value, bind)
        if isinstance(one, ir.Insert)
        else one
        for one in fact.op.steps
    )
    return count


def _select(low: Lowering, call: Call, query: Query, parsed: SqlStatement) -> Value:
    """A text select is sent at once: the row is read here, whoever fetches it later."""
    result = call.operation.result
    if parsed.has_other_conditions:
        query = query.refined(Lookup("?", "exact", ir.Const("other conditions")))
    if parsed.aggregates and not parsed.columns:
        value: Value = has_rows(low, query, call.span, "SELECT", sized=True)
        return value if result == "scalar" else _result(low, call, None, None, value)
    if result in {"row", "scalar"} or result.startswith("<"):
        row = read_row(low, query, call.span)
    else:
        found = iterate(low, query, call.span)
        row = found if isinstance(found, Row) else read_row(low, query, call.span)
    low.columns[row.snapshot] = parsed.outputs
    if result == "row":
        return row
    if result == "rows":
        return Rows(query, row)
    if result == "scalar":
        return column_at(low, row, 0)
    return _result(low, call, query, None, row)


def column_at(low: Lowering, row: Row, index: int) -> Value:
    """One of the selected columns, by its place."""
    names = low.columns.get(row.snapshot, ())
    name = names[index] if index < len(names) else f"[{index}]"
    return load_field(low, row, name, low.span)


def _result(low: Lowering, call: Call, query: Query | None, count: Data | None, held: Value | None = None) -> Value:
    """Keeps the result with the cursor; gives back what ``execute`` returns."""
    receiver = call.receiver
    if isinstance(receiver, Instance):
        low.state.attributes[(receiver.ident, "@rows")] = held or NONE
        low.state.attributes[(receiver.ident, "rowcount")] = count or NONE
    result = call.operation.result
    if result.startswith("<"):
        kind = result.strip("<>")
        if low.models.types.get(kind) and low.models.types[kind].role == "result":
            return Result(query if held is None else None, count, kind, held)
        made = Instance(kind, ir.Apply("cursor", (ir.Const(low.fresh("cursor")),)), {"rows": held or NONE})
        low.state.attributes[(made.ident, "@rows")] = held or NONE
        low.state.attributes[(made.ident, "rowcount")] = count or NONE
        return made
    if count is not None:
        return count
    return held or NONE


def _fetch(low: Lowering, call: Call) -> Value:
    if not isinstance(call.receiver, Instance):
        return NONE
    held = low.state.attributes.get((call.receiver.ident, "@rows"))
    if isinstance(held, Row) and call.operation.op == "sql.fetch_all":
        return Rows(Query(held.model, ""), held)
    if isinstance(held, Data) and held.size is not None:
        return Items((held,))
    return held or Data(ir.Apply("fetched", (call.receiver.ident,)))


def _query_of(low: Lowering, parsed: SqlStatement, params: Value | None) -> Query:
    model = Model(parsed.table.lower(), STORE, is_table=True)
    lookups = []
    for column, operator, value in parsed.where:
        term = term_of(_value(low, value, params))
        name = _OPERATORS.get(operator.lower(), operator.lower())
        found = normalised(model, column, term, name == "ne")
        operator_name = "exact" if name == "ne" else name
        lookups.append(Lookup(found.column, operator_name, term, name == "ne"))
    return Query(model, "", tuple(lookups), parsed.lock_mode if parsed.locks else "")


def _value(low: Lowering, value: SqlValue, params: Value | None) -> Value:
    """A value in a statement: a placeholder's argument, a constant, or an expression over columns."""
    match value.kind:
        case "constant":
            return Data(ir.Const(value.constant))
        case "placeholder":
            return _argument(low, value, params)
        case "expression" if value.columns:
            inner = tuple(term_of(_argument(low, one, params)) for one in value.inputs)
            return Data(ir.Apply(value.text, (ir.Old(), *inner)), column=value.columns[0])
        case "expression" | "other":
            inner = tuple(term_of(_argument(low, one, params)) for one in value.inputs)
            return Data(ir.Apply(value.text or "sql", inner))
        case _:
            return Data(ir.Apply("subselect", (ir.Const(value.text),)))


def _argument(low: Lowering, value: SqlValue, params: Value | None) -> Value:
    """The argument that a placeholder stands for: by position (from 0) or by name."""
    if value.name in low.holes:
        return low.holes[value.name]
    if isinstance(params, Items) and value.position is not None:
        items = params.items
        if len(items) == 1 and isinstance(items[0], Items | Fields):
            return _argument(low, value, items[0])
        if 0 <= value.position < len(items):
            return items[value.position]
    if isinstance(params, Fields) and value.name in params.items:
        return params.items[value.name]
    where = value.name or value.position
    return Data(ir.Apply("parameter", (ir.Const(where), term_of(params or NONE))))


def _advisory(low: Lowering, call: Call, parsed: SqlStatement, params: Value | None) -> Value:
    """``SELECT pg_advisory_lock(k)`` and its kin."""
    keys = tuple(term_of(_value(low, one, params)) for one in parsed.key)
    got = lock_by_function(low, call, parsed.function.lower(), keys)
    if got is None:
        return _result(low, call, None, None)
    return got if call.operation.result == "scalar" else _result(low, call, None, None, Items((got,)))


def lock_by_function(low: Lowering, call: Call, function: str, keys: tuple[ir.Term, ...]) -> Data | None:
    """Takes a lock that a function of the server stands for: whether it was got; None where it gives one back."""
    if function == "get_lock":
        keys = keys[:1]  # what follows is how long to wait
    key = keys[0] if len(keys) == 1 else ir.Apply("keys", keys)
    name = (ir.Const("advisory"), key)
    text = f"{function}({low.show(key)})"
    if "unlock" in function or "release" in function:
        op = ir.Release(call.span, low.path, text, name)
        low.record(Fact(op, "lock.release", target=low.show(key), hint="advisory"))
        return None
    is_try = "try" in function
    bind = low.fresh("got") if is_try else None
    scope = "transaction" if "xact" in function else "distributed"
    taken = ir.Acquire(call.span, low.path, text, name, "try" if is_try else "wait", bind, None, scope)
    taken.lease = "transaction" if scope == "transaction" else "session"
    low.record(Fact(taken, "lock.acquire", target=low.show(key), hint="advisory"))
    return Data(ir.Var(bind), guard=ir.IsTrue(ir.Var(bind))) if bind else Data(ir.Const(True))


def _many(low: Lowering, call: Call) -> Value:
    """``executemany``: one round with a symbolic set of parameters."""
    return execute_text(low, call, call.role("sql") or NONE, None)


SQL_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {
    "sql.text": _sql_text,
    "sql.execute": _execute,
    "sql.executemany": _many,
    "sql.fetch_one": _fetch,
    "sql.fetch_all": _fetch,
}
