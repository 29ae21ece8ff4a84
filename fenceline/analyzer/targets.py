"""Items and targets: what is read by index, and what an assignment binds."""

from __future__ import annotations

from dataclasses import replace

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.assigned import held_elsewhere
from fenceline.analyzer.lower_rows import iterate, load_field, store_field
from fenceline.analyzer.lower_state import Arguments
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.schema import type_with_role
from fenceline.analyzer.values import (
    Data,
    External,
    Fields,
    Instance,
    Items,
    Known,
    Method,
    Object,
    Query,
    Result,
    Row,
    Rows,
    Value,
    term_of,
)


def load_item(low: Lowering, value: Value, index: Value, span: nodes.Span) -> Value:
    """``value[index]``."""
    const = index.term.value if isinstance(index, Data) and isinstance(index.term, ir.Const) else None
    if isinstance(value, Items) and isinstance(const, int) and -len(value.items) <= const < len(value.items):
        return value.items[const]
    if isinstance(value, Fields) and isinstance(const, str) and const in value.items:
        return value.items[const]
    if isinstance(value, Row):
        names = low.columns.get(value.snapshot, ())
        if isinstance(const, int) and 0 <= const < len(names):
            return load_field(low, value, names[const], span)
        return load_field(low, value, const if isinstance(const, str) else f"[{const}]", span)
    if isinstance(value, Rows):
        return value.row
    if isinstance(value, Query):
        return query_item(low, value, index, span)
    if isinstance(value, Instance):
        kind = low.models.types[value.type_id]
        if kind.item:
            return Instance(kind.item, ir.Apply("[]", (value.ident, term_of(index))), value.parts)
        operation = low.models.method(value.type_id, "__getitem__")
        if operation is not None:
            return low.apply(Method(value, operation), Arguments([index]), span)
    if isinstance(value, External) and value.qualified in low.models.instances:
        return value
    held = held_elsewhere(low, value, const) if isinstance(value, Data | External) and isinstance(const, str) else None
    if held is not None:
        return held
    return Data(ir.Apply("[]", (term_of(value), term_of(index))))


def query_item(low: Lowering, value: Query, index: Value, span: nodes.Span) -> Value:
    """``queryset[0]`` is a row, ``queryset[:10]`` fewer rows of the same query."""
    term = term_of(index)
    if isinstance(term, ir.Apply) and term.label == "slice":
        return value
    return iterate(low, value, span)


def element_of(low: Lowering, value: Value, span: nodes.Span) -> Value:
    """The symbolic element of one round over a value."""
    match value:
        case Query():
            return iterate(low, value, span)
        case Rows(row=row):
            return row
        case Result(held=Row() as row):
            return row if row.origin == "values" else replace(row, origin="each")
        case Items(items=items) if items and all(isinstance(one, Row) for one in items):
            return items[0]
        case Items(items=(Instance() as one,)):
            return one
        case _:
            return Data(ir.Apply("each", (term_of(value),)))


def unpack(low: Lowering, target: nodes.Expr, value: Value) -> None:
    """Binds a target (name, tuple, attribute, item) to a value."""
    match target:
        case nodes.Name(id=name):
            low.state.env[name] = value
            if isinstance(value, Row):
                low.names.setdefault(repr(value.key), name)
            if isinstance(value, Data) and isinstance(value.term, ir.Var):
                low.names.setdefault(value.term.name, name)
        case nodes.Sequence(items=targets):
            for index, one in enumerate(targets):
                inner = one.value if isinstance(one, nodes.Starred) else one
                unpack(low, inner, load_item(low, value, Data(ir.Const(index)), one.span))
        case nodes.Starred(value=inner):
            unpack(low, inner, value)
        case nodes.Attribute(value=holder, attr=name):
            store_attribute(low, low.evaluate(holder), name, value, target.span)
        case nodes.Subscript(value=holder, index=index):
            store_item(low, holder, low.evaluate(index), value, target.span)
        case _:
            pass


def store_attribute(low: Lowering, holder: Value, name: str, value: Value, span: nodes.Span) -> None:
    """``holder.name = value``."""
    if isinstance(holder, Row):
        store_field(low, holder, name, value)
    elif isinstance(holder, Object | Instance):
        low.state.attributes[(holder.ident, name)] = value
    elif isinstance(holder, Known):
        low.state.attributes[(term_of(holder), name)] = value


def store_item(low: Lowering, holder: nodes.Expr, index: Value, value: Value, span: nodes.Span) -> None:
    """``holder[index] = value``: a modelled write, or a changed container bound again to its name."""
    base = low.evaluate(holder)
    if isinstance(base, Instance):
        operation = low.models.method(base.type_id, "__setitem__")
        if operation is not None:
            low.apply(Method(base, operation), Arguments([index, value]), span)
        return
    key = term_of(index)
    if isinstance(base, Row) and isinstance(key, ir.Const) and type_with_role(low, "documents", base.model.store):
        store_field(low, base, str(key.value), value)
        return
    if isinstance(base, Fields) and isinstance(key, ir.Const):
        changed: Value = Fields({**base.items, str(key.value): value}, base.is_open)
    else:
        changed = Data(ir.Apply("set item", (term_of(base), key, term_of(value))))
    if isinstance(holder, nodes.Name | nodes.Attribute):
        unpack(low, holder, changed)
