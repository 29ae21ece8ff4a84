"""Python's own functions that look into or change the things that are followed here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.annotations import annotated_value
from fenceline.analyzer.definitions import Definition
from fenceline.analyzer.lower_access import load_attribute
from fenceline.analyzer.lower_rows import has_rows, iterate
from fenceline.analyzer.lower_state import Arguments
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.nodes import Literal, Span
from fenceline.analyzer.row_relations import reverse_check
from fenceline.analyzer.targets import element_of, store_attribute
from fenceline.analyzer.values import (
    NONE,
    Closure,
    Data,
    External,
    Fields,
    Instance,
    Items,
    Method,
    Object,
    Partial,
    Query,
    Result,
    Row,
    Rows,
    Super,
    Value,
    absent_of,
    negated,
    term_of,
)

Builtin = Callable[[Lowering, Arguments, Span], Value | None]


def _text(value: Value | None) -> str | None:
    if isinstance(value, Data) and isinstance(value.term, ir.Const) and isinstance(value.term.value, str):
        return value.term.value
    return None


def _at(arguments: Arguments, index: int) -> Value | None:
    return arguments.positional[index] if index < len(arguments.positional) else None


def _super(low: Lowering, arguments: Arguments, span: Span) -> Value | None:
    scope = low.scope
    if scope.receiver is None or scope.owner is None:
        return NONE
    return Super(scope.receiver, scope.owner)


def _is_way_back(row: Row, name: str) -> bool:
    """Whether an attribute of a row is no column of its own: then it is a relation that comes back."""
    schema = row.model.schema
    return schema is None or name not in schema.columns


def _hasattr(low: Lowering, arguments: Arguments, span: Span) -> Value | None:
    row, name = _at(arguments, 0), _text(_at(arguments, 1))
    if isinstance(row, Row) and name is not None and _is_way_back(row, name):
        return reverse_check(low, row, name, span)
    if isinstance(row, Data) and name is not None:
        return _shaped_reverse(low, row, name, span)
    return None


def _shaped_reverse(low: Lowering, value: Data, name: str, span: Span) -> Value | None:
    return Data(ir.Apply("hasattr", (value.term, ir.Const(name))))


def _getattr(low: Lowering, arguments: Arguments, span: Span) -> Value | None:
    holder, name = _at(arguments, 0), _text(_at(arguments, 1))
    if holder is None or name is None:
        return None
    if isinstance(holder, Row) and len(arguments.positional) > 2 and _is_way_back(holder, name):
        return reverse_check(low, holder, name, span)
    return load_attribute(low, holder, name, span)


def _setattr(low: Lowering, arguments: Arguments, span: Span) -> Value | None:
    holder, name, value = (_at(arguments, index) for index in range(3))
    if holder is None or name is None or value is None:
        return None
    known = _text(name)
    if isinstance(holder, Row) or known is not None:
        store_attribute(low, holder, known or f"[{low.show(term_of(name))}]", value, span)
    return NONE


def _len(low: Lowering, arguments: Arguments, span: Span) -> Value | None:
    value = _at(arguments, 0)
    match value:
        case Query():
            return has_rows(low, value, span, "COUNT", sized=True)
        case Rows(row=row):
            return Data(ir.Apply("len", (term_of(value),)), size=negated(absent_of(row)))
        case Items(items=items, count=count):
            return Data(count, size=ir.IsTrue(count)) if count is not None else Data(ir.Const(len(items)))
        case Data():
            return Data(ir.Apply("len", (value.term,)), size=low.truth(value, span))
        case _:
            return None


def _sorted(low: Lowering, arguments: Arguments, span: Span) -> Value | None:
    """``sorted(queryset)``: a list that is in an order."""
    made = _rows(low, arguments, span)
    return replace(made, query=replace(made.query, is_ordered=True)) if isinstance(made, Rows) else made


def _rows(low: Lowering, arguments: Arguments, span: Span) -> Value | None:
    """``list(queryset)``: evaluated once, then a list."""
    value = _at(arguments, 0)
    match value:
        case Query():
            row = iterate(low, value, span)
            return Rows(value, row) if isinstance(row, Row) else None
        case Result(query=Query() as query):
            row = iterate(low, query, span)
            return Rows(query, row) if isinstance(row, Row) else None
        case Rows() | Items():
            return value
        case None:
            return Items((), "list")
        case _:
            return None


def _dict(low: Lowering, arguments: Arguments, span: Span) -> Value | None:
    """``dict(name=value)``, and ``dict({…}, name=value)``: what a display says."""
    first = _at(arguments, 0)
    if "**" in arguments.keywords or len(arguments.positional) > 1 or not isinstance(first, Fields | None):
        return None
    items = dict(first.items) if first is not None else {}
    is_open = arguments.is_open or (first is not None and first.is_open)
    return Fields({**items, **arguments.keywords}, is_open)


def _next(low: Lowering, arguments: Arguments, span: Span) -> Value | None:
    value = _at(arguments, 0)
    return element_of(low, value, span) if isinstance(value, Query | Rows | Result) else None


def _bool(low: Lowering, arguments: Arguments, span: Span) -> Value | None:
    value = _at(arguments, 0)
    if value is None:
        return None
    guard = low.truth(value, span)
    return Data(ir.Apply("bool", (term_of(value),)), guard=guard)


def _partial(low: Lowering, arguments: Arguments, span: Span) -> Value | None:
    func = _at(arguments, 0)
    if func is None:
        return None
    return Partial(func, tuple(arguments.positional[1:]), dict(arguments.keywords))


def _cast(low: Lowering, arguments: Arguments, span: Span) -> Value | None:
    """``cast(Redis, app.client)``: what is said where nothing is known of it."""
    said, value = _at(arguments, 0), _at(arguments, 1)
    if not isinstance(value, Data):
        return value
    kind = low.models.type_named(said.qualified) if isinstance(said, External) else None
    text = _text(said)
    if text is not None:
        here = Definition("module", low.module, low.module.name, low.module.tree)
        made = annotated_value(low, Literal(span, text), here, value.term, span, with_rows=False)
    else:
        made = Instance(kind.id, value.term) if kind is not None else None
    return made if isinstance(made, Instance | Object) else value


def _run_sync(low: Lowering, arguments: Arguments, span: Span) -> Value | None:
    """``asyncio.to_thread(func, …)``: the call itself."""
    func = _at(arguments, 0)
    if not isinstance(func, Closure | Method | Partial):
        return None
    return low.apply(func, Arguments(arguments.positional[1:], arguments.keywords), span)


BUILTINS: dict[str, Builtin] = {
    "super": _super,
    "hasattr": _hasattr,
    "getattr": _getattr,
    "setattr": _setattr,
    "len": _len,
    "list": _rows,
    "tuple": _rows,
    "set": _rows,
    "sorted": _sorted,
    "iter": _rows,
    "dict": _dict,
    "reversed": _rows,
    "next": _next,
    "bool": _bool,
    "functools.partial": _partial,
    "typing.cast": _cast,
    "asyncio.to_thread": _run_sync,
}
