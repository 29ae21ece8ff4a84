"""Instances of mapped classes, and the expressions that queries are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.lower_rows import UNSAVED, is_unsaved, mark_unsaved, reload_row
from fenceline.analyzer.lower_state import Call
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.row_writes import create_row, delete_row, write_fields
from fenceline.analyzer.values import (
    NONE,
    Data,
    Instance,
    Items,
    Lookup,
    Model,
    Query,
    Row,
    Table,
    Value,
    term_of,
)


def names_of(value: Value | None) -> list[str] | None:
    """A list of field names that the source states; None when it does not."""
    if isinstance(value, Items) and all(
        isinstance(one, Data) and isinstance(one.term, ir.Const) for one in value.items
    ):
        return [str(one.term.value) for one in value.items if isinstance(one, Data) and isinstance(one.term, ir.Const)]
    return None


def _new_row(low: Lowering, call: Call) -> Value:
    """``Model(…)``: a row in memory that no other process can see yet."""
    assert isinstance(call.receiver, Table)
    return made_row(low, call.receiver.model, call.arguments.keywords)


def made_row(low: Lowering, model: Model, fields: Mapping[str, Value]) -> Row:
    """A row that has been made in memory with these fields and not been saved."""
    key = ir.Apply("row", (ir.Const(model.name), ir.Fresh(low.fresh(model.label))))
    row = Row(model, key, low.fresh("s"), origin="created")
    low.state.fields[row.snapshot] = dict(fields)
    mark_unsaved(low, row)
    return row


def insert_unsaved(low: Lowering, row: Row, span: Span) -> None:
    """The first save of a row made in memory."""
    low.state.attributes.pop((row.key, UNSAVED), None)
    create_row(low, row.model, low.state.fields.get(row.snapshot, {}), span)
    if not low.is_dead:
        low.latest.row = row


def _save(low: Lowering, call: Call) -> Value:
    row = call.receiver
    if not isinstance(row, Row):
        return NONE
    given = call.role("update_fields")
    if isinstance(given, Data) and isinstance(given.term, ir.Const) and given.term.value is None:
        given = None
    if is_unsaved(low, row):
        raised = call.data("raises")
        if given is not None and isinstance(raised, str):  # there is no row of which it could change fields
            low.emit(ir.Raise(raised.rpartition(".")[2], call.span))
            low.is_dead = True
        else:
            insert_unsaved(low, row, call.span)
        return NONE
    if given is None and any(name == "**" for name in call.arguments.keywords):
        given = None
    names = names_of(given)
    is_dynamic = given is not None and names is None
    if is_dynamic:
        names = list(low.state.fields.get(row.snapshot, {}))
    write_fields(low, row, names, call.span, changed_only=is_dynamic)
    return NONE


def _delete_instance(low: Lowering, call: Call) -> Value:
    if isinstance(call.receiver, Row):
        delete_row(low, call.receiver, call.span)
    return NONE


def _refresh(low: Lowering, call: Call) -> Value:
    row = call.receiver
    if not isinstance(row, Row):
        return NONE
    source = call.role("from_queryset")
    lock = source.lock if isinstance(source, Query) else ""
    reload_row(low, row, call.span, lock, names_of(call.role("fields")))
    return NONE


def _nothing(low: Lowering, call: Call) -> Value:
    return Data(ir.Apply("." + call.operation.name, (term_of(call.receiver),)))


def _field_expression(low: Lowering, call: Call) -> Value:
    """``F("stock")``: the column as the database holds it at that moment."""
    name = call.arguments.positional[0] if call.arguments.positional else None
    column = low.show(term_of(name)) if name is not None else "?"
    return Data(ir.Apply("column", (ir.Const(column), ir.Old())), column=column)


def _q(low: Lowering, call: Call) -> Value:
    lookups = tuple(
        Lookup(name, "exact", term_of(value)) for name, value in call.arguments.keywords.items() if name != "**"
    )
    inner = tuple(lk for v in call.arguments.positional if isinstance(v, Data) for lk in v.lookups)
    if call.data("connector") == "or" and len(inner) > 1:
        inner = (Lookup("?", "exact", ir.Apply("or", tuple(one.term for one in inner))),)
    elif call.data("connector") == "not":
        inner = tuple(replace(one, negated=not one.negated) for one in inner)
    model = next((v.model for v in call.arguments.positional if isinstance(v, Data) and v.model), None)
    return Data(ir.Apply("Q", tuple(one.term for one in lookups)), lookups=(*inner, *lookups), model=model)


def _pure(low: Lowering, call: Call) -> Value:
    """An SQL function: in SQL as soon as a column is in it."""
    values = call.arguments.values()
    inner = next((one for one in values if isinstance(one, Data) and one.column), None)
    term = ir.Apply(call.operation.name or "sql", tuple(term_of(one) for one in values))
    return Data(term, column=inner.column if inner else None, model=inner.model if inner else None)


def _base(low: Lowering, call: Call) -> Value:
    return Instance(call.operation.result.strip("<>"), ir.Shared("base"))


INSTANCE_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {
    "row.new": _new_row,
    "row.save": _save,
    "row.delete": _delete_instance,
    "row.refresh": _refresh,
    "row.same": _nothing,
    "expr.field": _field_expression,
    "expr.q": _q,
    "expr.pure": _pure,
    "orm.base": _base,
}
