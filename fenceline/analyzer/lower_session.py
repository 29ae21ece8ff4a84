"""Units of work: a session reads in a transaction of its own, keeps changes, and writes them at flush."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.lower_orm import as_query, insert_unsaved, is_unsaved, lookups_in
from fenceline.analyzer.lower_rows import (
    create_row,
    delete_row,
    delete_rows,
    expire,
    has_rows,
    iterate,
    read_row,
    reload_row,
    update_rows,
    write_fields,
)
from fenceline.analyzer.lowering import Call, Lowering
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.row_keys import row_key
from fenceline.analyzer.schema import type_with_role
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
    Table,
    Value,
    term_of,
)


def is_session(low: Lowering, value: Value) -> bool:
    return isinstance(value, Instance) and low.models.types[value.type_id].role == "session"


def session_id(value: Value) -> str:
    return repr(value.ident) if isinstance(value, Instance) else "session"


def touch(low: Lowering, session: str, span: Span, flushes: bool = True) -> None:
    """What comes before any statement of a session: its transaction begins, pending changes are flushed."""
    if session not in low.state.begun and not low.tx_depth:
        low.state.begun = low.state.begun | {session}
        low.emit(ir.Begin(span, low.path, "BEGIN"))
    if flushes:
        flush(low, session, span)


def flush(low: Lowering, session: str, span: Span) -> None:
    """Writes the changed attributes of pending rows, and only those."""
    rows = low.state.pending.pop(session, ())
    for row in rows:
        if is_unsaved(low, row):
            insert_unsaved(low, row, span)
            continue
        names = [name for name in low.state.fields.get(row.snapshot, {}) if name in low.changed.get(row.snapshot, {})]
        if names:
            low.state.fields.setdefault(row.snapshot, {})
            write_fields(low, row, names, low.span if span is None else span)


def commit(low: Lowering, session: str, span: Span) -> None:
    touch(low, session, span)
    if not low.tx_depth:
        low.emit(ir.Commit(span, low.path, "COMMIT"))
    low.state.begun = low.state.begun - {session}
    forget(low, session)


def forget(low: Lowering, session: str) -> None:
    """After a commit or rollback the rows of the session are read again when asked for."""
    for key in [one for one in low.state.attributes if one[1] == f"@held:{session}"]:
        row = low.state.attributes.pop(key)
        if isinstance(row, Row):
            expire(low, row)


def enter_session(low: Lowering, session: Instance) -> Instance:
    return session


def close_session(low: Lowering, session: Value, span: Span, commits: bool = True) -> None:
    """The end of ``with Session() as session``: what was not committed is dropped; of ``begin()``: committed."""
    name = session_id(session)
    if not commits:
        flush(low, name, span)
        forget(low, name)
        return
    if low.is_dead:
        return
    low.state.pending.pop(name, None)
    if name in low.state.begun:
        low.emit(ir.Rollback(span, low.path, "ROLLBACK"))
        low.state.begun = low.state.begun - {name}


def end_of_entry(low: Lowering, span: Span) -> None:
    """A session that was handed in is committed by whoever made it."""
    for name in list(low.state.pending):
        flush(low, name, span)
    for _ in low.state.begun:
        low.emit(ir.Commit(span, low.path, "COMMIT (by the caller)"))
    low.state.begun = frozenset()


# ----------------------------------------------------------------------- session


def _in_session(call: Call, query: Query) -> Query:
    return replace(query, session=session_id(call.receiver))


def _locked(call: Call, query: Query) -> Query:
    value = call.role("with_for_update")
    if value is None or (isinstance(value, Data) and isinstance(value.term, ir.Const) and not value.term.value):
        return query
    return replace(query, lock="wait")


def _get(low: Lowering, call: Call) -> Value:
    query = as_query(low, call.role("entity") or NONE)
    ident = call.role("ident")
    if query is None or ident is None:
        return NONE
    query = _locked(call, _in_session(call, query).refined(Lookup("pk", "exact", term_of(ident))))
    query = replace(query, is_fresh=call.flag("populate_existing"))
    held = low.state.attributes.get((row_key(query)[0], f"@held:{query.session}"))
    if isinstance(held, Row) and not query.lock and not query.is_fresh:
        return held
    return read_row(low, query, call.span)


def _query(low: Lowering, call: Call) -> Value:
    kind = call.operation.result.strip("<>")
    return _in_session(call, replace(_entities(low, call), type_id=kind))


def _entities(low: Lowering, call: Call) -> Query:
    """What a select is over: the first mapped class, or the class of the first column."""
    value = call.role("entities")
    items = value.items if isinstance(value, Items) else ((value,) if value is not None else ())
    columns: list[str] = []
    model: Model | None = None
    for one in items:
        if isinstance(one, Table):
            model = model or one.model
        elif isinstance(one, Data):
            found = _model_in(low, one)
            model = model or found
            columns.append(one.column or "?")
    if model is None:
        query = next((as_query(low, one) for one in items if as_query(low, one) is not None), None)
        if query is not None:
            return query
        model = Model("?", _session_store(low), by_shape=True)
    only_columns = bool(columns) and not any(isinstance(one, Table) for one in items)
    return Query(model, "", columns=tuple(columns), kind="values" if only_columns else "rows")


def _session_store(low: Lowering) -> str:
    return next((one.store for one in low.models.types.values() if one.role == "session"), "")


def _model_in(low: Lowering, value: Data) -> Model | None:
    """The model whose column an expression mentions."""
    for one in _columns(value.term):
        found = low.memo.get(("column of", one))
        if isinstance(found, Model):
            return found
    return None


def _columns(term: ir.Term) -> list[str]:
    if not isinstance(term, ir.Apply):
        return []
    if term.label == "column" and isinstance(term.args[0], ir.Const):
        return [str(term.args[0].value)]
    return [name for one in term.args for name in _columns(one)]


def _add(low: Lowering, call: Call) -> Value:
    given = call.role("instance") or call.role("instances")
    items = given.items if isinstance(given, Items) else (given,)
    name = session_id(call.receiver)
    for one in items:
        row = one.row if isinstance(one, Rows) else one
        if isinstance(row, Row):
            pending = low.state.pending.get(name, ())
            if row not in pending:
                low.state.pending[name] = (*pending, row)
    return NONE


def _merge(low: Lowering, call: Call) -> Value:
    _add(low, call)
    return call.role("instance") or NONE


def _delete(low: Lowering, call: Call) -> Value:
    row = call.role("instance")
    if isinstance(row, Row):
        touch(low, session_id(call.receiver), call.span)
        delete_row(low, row, call.span)
    return NONE


def _flush(low: Lowering, call: Call) -> Value:
    touch(low, session_id(call.receiver), call.span)
    return NONE


def _commit(low: Lowering, call: Call) -> Value:
    commit(low, session_id(call.receiver), call.span)
    return NONE


def _rollback(low: Lowering, call: Call) -> Value:
    name = session_id(call.receiver)
    low.state.pending.pop(name, None)
    if name in low.state.begun:
        low.emit(ir.Rollback(call.span, low.path, "ROLLBACK"))
        low.state.begun = low.state.begun - {name}
    forget(low, name)
    return NONE


def _refresh(low: Lowering, call: Call) -> Value:
    row = call.role("instance")
    if isinstance(row, Row):
        touch(low, session_id(call.receiver), call.span)
        lock = _locked(call, Query(row.model, "")).lock
        reload_row(low, row, call.span, lock)
    return NONE


def _expire(low: Lowering, call: Call) -> Value:
    row = call.role("instance")
    if isinstance(row, Row):
        expire(low, row)
    elif row is None:
        forget(low, session_id(call.receiver))
    return NONE


def _begin(low: Lowering, call: Call) -> Value:
    from fenceline.analyzer.lower_messages import transaction_instance

    return transaction_instance(low, {"session": call.receiver})


def _new(low: Lowering, call: Call) -> Value:
    kind = call.operation.result.strip("<>")
    return Instance(kind, ir.Apply("session", (ir.Const(low.fresh("session")),)))


def _close(low: Lowering, call: Call) -> Value:
    close_session(low, call.receiver, call.span)
    return NONE


# -------------------------------------------------------------------- statements


def _execute(low: Lowering, call: Call) -> Value:
    """Runs a statement: a select is read when its result is fetched, the others at once."""
    statement = call.role("statement")
    if isinstance(statement, Data):
        from fenceline.analyzer.lower_sql import execute_text

        return execute_text(low, call, statement, call.role("params"))
    query = as_query(low, statement or NONE)
    if query is None:
        return NONE
    query = _in_session(call, query) if is_session(low, call.receiver) else query
    if query.session:
        touch(low, query.session, call.span)
    kind = call.operation.result.strip("<>")
    if query.kind in {"update", "delete", "insert"}:
        return Result(None, _write(low, call, query), kind)
    result = Result(query, None, kind)
    if call.operation.op == "session.scalar":
        return has_rows(low, query, call.span, "AGGREGATE") if _is_aggregate(query) else read_row(low, query, call.span)
    return result


def _is_aggregate(query: Query) -> bool:
    return query.kind == "values" and query.model.name == "?"


def _write(low: Lowering, call: Call, query: Query) -> Data:
    if query.kind == "update":
        return update_rows(low, query, dict(query.values), call.span)
    if query.kind == "delete":
        return delete_rows(low, query, call.span)
    bind = low.fresh("count")
    conflict = None if query.conflict else "conflict"
    create_row(low, query.model, dict(query.values), call.span, conflict, bind)
    fact = low.facts[-1]
    if query.conflict:
        fact.constraint = "covering"
        fact.kind = "row.upsert"
    return Data(ir.Var(bind), guard=ir.IsTrue(ir.Var(bind)), size=ir.IsTrue(ir.Var(bind)))


def _select(low: Lowering, call: Call) -> Value:
    kind = call.operation.result.strip("<>")
    return replace(_entities(low, call), type_id=kind)


def _statement(kind: str) -> Callable[[Lowering, Call], Value]:
    def make(low: Lowering, call: Call) -> Value:
        query = as_query(low, call.role("table") or NONE)
        if query is None:
            return NONE
        return replace(query, type_id=call.operation.result.strip("<>"), kind=kind)

    return make


def _where(low: Lowering, call: Call) -> Value:
    query = call.receiver
    if not isinstance(query, Query):
        return NONE
    if query.model.name == "?":
        for value in call.arguments.positional:
            found = _model_in(low, value) if isinstance(value, Data) else None
            if found is not None:
                query = replace(query, model=found)
    return query.refined(*lookups_in(low, query.model, call))


def _values(low: Lowering, call: Call) -> Value:
    query = call.receiver
    if not isinstance(query, Query):
        return NONE
    values = dict(call.arguments.keywords)
    for one in call.arguments.positional:
        if isinstance(one, Fields):
            values.update(one.items)
    return replace(query, values=(*query.values, *values.items()))


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
    if call.flag("populate_existing"):
        return replace(call.receiver, is_fresh=True)
    return call.receiver


# ----------------------------------------------------------------------- results


def _result_query(call: Call) -> Query | None:
    return call.receiver.query if isinstance(call.receiver, Result) else None


def _one(low: Lowering, call: Call) -> Value:
    query = _result_query(call)
    if query is None:
        return NONE
    if _is_aggregate(query) or "?" in query.columns:
        return Data(has_rows(low, query, call.span, "AGGREGATE").term)
    row = read_row(low, query, call.span)
    if row.absent is not None and call.operation.op == "result.one":
        low.emit(ir.Branch(row.absent, ir.Seq([ir.Raise("absent", call.span)]), ir.Seq(), call.span, low.path))
        row = replace(row, absent=None)
    return _column_of(low, query, row, call)


def _column_of(low: Lowering, query: Query, row: Row, call: Call) -> Value:
    """``select(Model.stock)…scalar_one()`` is the column, not the row."""
    if query.kind != "values" or len(query.columns) != 1:
        return row
    if "scalar" not in call.operation.name and call.operation.result != "scalar":
        return row
    return low.unchanged(low.state, row.snapshot, query.columns[0])


def _all(low: Lowering, call: Call) -> Value:
    query = _result_query(call)
    if query is None:
        return NONE
    row = iterate(low, query, call.span)
    return Rows(query, row) if isinstance(row, Row) else NONE


def _same_result(low: Lowering, call: Call) -> Value:
    if not isinstance(call.receiver, Result):
        return NONE
    kind = call.operation.result.strip("<>")
    return Result(call.receiver.query, call.receiver.count, kind or call.receiver.type_id)


SESSION_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {
    "session.get": _get,
    "session.query": _query,
    "session.add": _add,
    "session.add_all": _add,
    "session.merge": _merge,
    "session.delete": _delete,
    "session.flush": _flush,
    "session.commit": _commit,
    "session.rollback": _rollback,
    "session.refresh": _refresh,
    "session.expire": _expire,
    "session.execute": _execute,
    "session.scalars": _execute,
    "session.scalar": _execute,
    "session.exec": _execute,
    "session.begin": _begin,
    "session.begin_nested": _begin,
    "session.new": _new,
    "session.close": _close,
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
}

_ = type_with_role
