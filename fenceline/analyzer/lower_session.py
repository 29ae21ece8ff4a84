"""Units of work: a session reads in a transaction of its own, keeps changes, and writes them at flush."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.lower_instances import insert_unsaved
from fenceline.analyzer.lower_orm import as_query
from fenceline.analyzer.lower_rows import (
    ANY_SESSION,
    SCOPED_SESSION,
    expire,
    is_unsaved,
    iterate,
    read_row,
    reload_row,
    store_field,
)
from fenceline.analyzer.lower_state import Call
from fenceline.analyzer.lowering import Lowering, pending_flag
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.row_keys import row_key
from fenceline.analyzer.row_writes import create_row, delete_row, write_fields
from fenceline.analyzer.values import (
    NONE,
    Data,
    Fields,
    Instance,
    Items,
    Lookup,
    Query,
    Row,
    Rows,
    Value,
    term_of,
)


def is_session(low: Lowering, value: Value) -> bool:
    """Whether a value is a session, or a connection that works as one."""
    return isinstance(value, Instance) and low.models.types[value.type_id].role == "session"


def session_id(low: Lowering, value: Value) -> str:
    """Which session a value is or belongs to: a scoped one is the same wherever it is asked for."""
    if not isinstance(value, Instance):
        return "session"
    inner = value.parts.get("session")
    if isinstance(inner, Instance):
        return session_id(low, inner)
    if low.models.types[value.type_id].roles.get("scoped"):
        return SCOPED_SESSION
    return repr(value.ident)


def touch(low: Lowering, session: str, span: Span) -> None:
    """What comes before any statement of a session: its transaction begins, pending changes are flushed."""
    if session not in low.state.begun and not low.tx_depth and not low.is_dead:
        low.state.begun = low.state.begun | {session}
        low.sessions_begun.append(session)
        low.emit(ir.Begin(span, low.path, "BEGIN"))
    flush(low, session, span)


def begins_implicitly(low: Lowering, connection: Value) -> bool:
    """Whether a driver's connection opens a transaction by itself, unless it was told not to."""
    if not isinstance(connection, Instance) or not low.models.types[connection.type_id].roles.get("implicit"):
        return False
    told = low.state.attributes.get((connection.ident, "autocommit")) or connection.parts.get("autocommit")
    return not (isinstance(told, Data) and isinstance(told.term, ir.Const) and told.term.value)


def flush(low: Lowering, session: str, span: Span, *, is_by_caller: bool = False) -> None:
    """Writes the changed attributes of pending rows, and only those.

    What the caller's commit writes is told where it was changed: the entry has no other place for it.
    """
    rows = (*low.state.pending.pop(session, ()), *low.state.pending.pop(ANY_SESSION, ()))
    seen: set[str] = set()
    for row in rows:
        if row.snapshot in seen:
            continue
        seen.add(row.snapshot)
        flag = low.state.attributes.pop(pending_flag(row), None)
        place = _last_change(low, row) if is_by_caller else None
        if isinstance(flag, Data):
            _write_if(low, ir.IsTrue(flag.term), row, place or span)
        else:
            _write(low, row, place or span)


def _last_change(low: Lowering, row: Row) -> Span | None:
    """The last place of this file in which a column of a row was changed first."""
    places = [span for span, path in low.changed.get(row.snapshot, {}).values() if path == low.path]
    return max(places, key=lambda one: (one.line, one.column), default=None)


def _write_if(low: Lowering, guard: ir.Guard, row: Row, span: Span) -> None:
    """A row that became pending on some of the paths that lead here."""
    low.branch(guard, lambda: _write(low, row, span), lambda: None, span)


def _write(low: Lowering, row: Row, span: Span) -> None:
    if is_unsaved(low, row):
        insert_unsaved(low, row, span)
        return
    changed = low.changed.get(row.snapshot, {})
    names = [name for name in low.state.fields.get(row.snapshot, {}) if name in changed]
    if not names:
        return
    write_fields(low, row, names, span)


def commit(low: Lowering, session: str, span: Span) -> None:
    """Flushes and commits, where there is anything to commit."""
    if session not in low.state.begun and not low.tx_depth and not _has_pending(low, session):
        return
    touch(low, session, span)
    if session in low.state.begun:
        low.emit(ir.Commit(span, low.path, "COMMIT"))
        low.state.begun = low.state.begun - {session}
    forget(low, session)


def _has_pending(low: Lowering, session: str) -> bool:
    return bool(low.state.pending.get(session) or low.state.pending.get(ANY_SESSION))


def rollback(low: Lowering, session: str, span: Span) -> None:
    """What was not committed is dropped."""
    low.state.pending.pop(session, None)
    if session in low.state.begun:
        low.emit(ir.Rollback(span, low.path, "ROLLBACK"))
        low.state.begun = low.state.begun - {session}
    forget(low, session)


def forget(low: Lowering, session: str) -> None:
    """After a commit or rollback the rows of the session are read again when asked for."""
    for key in [one for one in low.state.attributes if one[1] == f"@held:{session}"]:
        row = low.state.attributes.pop(key)
        if isinstance(row, Row):
            expire(low, row)


def end_block(low: Lowering, session: Value, span: Span) -> None:
    """The end of ``with session.begin()``: what is pending is flushed before the commit."""
    name = session_id(low, session)
    flush(low, name, span)
    forget(low, name)


def close_session(low: Lowering, session: Value, span: Span) -> None:
    """The end of ``with Session() as session``: what was not committed is dropped."""
    rollback(low, session_id(low, session), span)


def end_of_entry(low: Lowering, span: Span) -> None:
    """A session that was handed in is committed by whoever made it."""
    for name in list(low.state.pending):
        flush(low, name, span, is_by_caller=True)
    for _ in low.state.begun:
        low.emit(ir.Commit(span, low.path, "COMMIT (by the caller)"))
    low.state.begun = frozenset()


# ----------------------------------------------------------------------- handlers


def in_session(low: Lowering, call: Call, query: Query) -> Query:
    """The query as one of the session that a call is made on."""
    return replace(query, session=session_id(low, call.receiver))


def _lock_mode(call: Call) -> str:
    """``with_for_update=True``, or a dict of how."""
    value = call.role("with_for_update")
    if value is None or (isinstance(value, Data) and isinstance(value.term, ir.Const) and not value.term.value):
        return ""
    if isinstance(value, Fields):
        return next((m for n, m in (("skip_locked", "skip"), ("nowait", "nowait")) if n in value.items), "wait")
    return "wait"


def _get(low: Lowering, call: Call) -> Value:
    query = as_query(low, call.role("entity") or NONE)
    ident = call.role("ident")
    if query is None or ident is None:
        return NONE
    session = call.receiver if is_session(low, call.receiver) else None
    query = replace(
        query,
        lock=_lock_mode(call),
        is_fresh=call.flag("populate_existing"),
        session=session_id(low, session) if session is not None else SCOPED_SESSION,
    ).refined(Lookup("pk", "exact", term_of(ident)))
    held = low.state.attributes.get((row_key(query)[0], f"@held:{query.session}"))
    if isinstance(held, Row) and not query.lock and not query.is_fresh:
        return held
    row = read_row(low, query, call.span)
    if row.absent is not None and (call.data("raises") or call.operation.name == "get_one"):
        return raise_if_absent(low, row, call)
    return row


def raise_if_absent(low: Lowering, row: Row, call: Call) -> Row:
    """Raises what the call raises where there is no row."""
    if row.absent is None:
        return row
    cls = str(call.data("raises") or "absent")
    low.emit(ir.Branch(row.absent, ir.Seq([ir.Raise(cls, call.span)]), ir.Seq(), call.span, low.path))
    return replace(row, absent=None)


def _add(low: Lowering, call: Call) -> Value:
    given = call.role("instance") or call.role("instances")
    items = given.items if isinstance(given, Items) else (given,)
    name = session_id(low, call.receiver)
    for one in items:
        row = one.row if isinstance(one, Rows) else one
        if isinstance(row, Row):
            low.state.attributes.pop(pending_flag(row), None)
            pending = low.state.pending.get(name, ())
            if row not in pending:
                low.state.pending[name] = (*pending, row)
    return NONE


def _merge(low: Lowering, call: Call) -> Value:
    """Reads the row that has the instance's key, and copies the instance's fields to it."""
    row = call.role("instance")
    if not isinstance(row, Row) or not is_unsaved(low, row):
        _add(low, call)
        return row or NONE
    fields = dict(low.state.fields.get(row.snapshot, {}))
    schema = row.model.schema
    keys = [name for name in fields if schema is not None and schema.is_key(name)]
    if not keys:
        _add(low, call)
        return row
    query = Query(row.model, "", session=session_id(low, call.receiver))
    query = query.refined(Lookup("pk", "exact", term_of(fields.pop(keys[0]))))
    found = read_row(low, query, call.span)
    for name, value in fields.items():
        store_field(low, found, name, value)
    return found


def _delete(low: Lowering, call: Call) -> Value:
    row = call.role("instance")
    if isinstance(row, Row):
        touch(low, session_id(low, call.receiver), call.span)
        delete_row(low, row, call.span)
    return NONE


def _flush(low: Lowering, call: Call) -> Value:
    name = session_id(low, call.receiver)
    if _has_pending(low, name):
        touch(low, name, call.span)
    return NONE


def _commit(low: Lowering, call: Call) -> Value:
    commit(low, session_id(low, call.receiver), call.span)
    return NONE


def _rollback(low: Lowering, call: Call) -> Value:
    rollback(low, session_id(low, call.receiver), call.span)
    return NONE


def _refresh(low: Lowering, call: Call) -> Value:
    row = call.role("instance")
    if isinstance(row, Row) and not is_unsaved(low, row) and row.origin != "created":
        touch(low, session_id(low, call.receiver), call.span)
        reload_row(low, row, call.span, _lock_mode(call))
    return NONE


def _expire(low: Lowering, call: Call) -> Value:
    row = call.role("instance")
    if isinstance(row, Row):
        expire(low, row)
    elif row is None:
        forget(low, session_id(low, call.receiver))
    return NONE


def _begin(low: Lowering, call: Call) -> Value:
    """A block, or begun by hand: then the first statement opens it, and its own ``commit`` ends it."""
    if call.data("nested") or call.flag("nested_param"):
        touch(low, session_id(low, call.receiver), call.span)
    kind = call.operation.result.strip("<>")
    ident = ir.Apply("transaction", (term_of(call.receiver),))
    return Instance(kind, ident, {"session": call.receiver})


def _new(low: Lowering, call: Call) -> Value:
    if is_session(low, call.receiver):
        return call.receiver
    kind = call.operation.result.strip("<>")
    return Instance(kind, ir.Apply("session", (ir.Const(low.fresh("session")),)))


def _close(low: Lowering, call: Call) -> Value:
    close_session(low, call.receiver, call.span)
    return NONE


def _bulk(low: Lowering, call: Call) -> Value:
    """The bulk methods write at once; what of an object has changed, or a new row each."""
    touch(low, session_id(low, call.receiver), call.span)
    objs = call.role("objs")
    query = as_query(low, call.role("entity") or NONE)
    if isinstance(objs, Query):
        found = iterate(low, objs, call.span)
        objs = Items((found,))
    rows = objs.items if isinstance(objs, Items) else (objs.row,) if isinstance(objs, Rows) else ()
    for one in rows:
        if isinstance(one, Row):
            _write(low, one, call.span)
        elif query is not None and call.data("bulk") == "insert":
            create_row(low, query.model, dict(one.items) if isinstance(one, Fields) else {}, call.span)
    return NONE


SESSION_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {
    "session.get": _get,
    "session.add": _add,
    "session.add_all": _add,
    "session.merge": _merge,
    "session.delete": _delete,
    "session.flush": _flush,
    "session.commit": _commit,
    "session.rollback": _rollback,
    "session.refresh": _refresh,
    "session.expire": _expire,
    "session.begin": _begin,
    "session.begin_nested": _begin,
    "session.new": _new,
    "session.close": _close,
    "session.bulk": _bulk,
}
