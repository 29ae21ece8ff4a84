"""ORM calls: what managers, querysets and model instances do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.lower_instances import INSTANCE_HANDLERS, names_of
from fenceline.analyzer.lower_rows import evidence_of, family_of, has_rows, iterate, read_row
from fenceline.analyzer.lower_state import Arguments, Call, Fact
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.row_keys import bag_cell, is_exact, normalised, row_key
from fenceline.analyzer.row_writes import (
    covering_constraint,
    create_row,
    delete_rows,
    names_asked,
    update_rows,
    write_fields,
)
from fenceline.analyzer.schema import plain_column, shape_model, type_with_role
from fenceline.analyzer.values import (
    NONE,
    Closure,
    Data,
    External,
    Fields,
    Items,
    Known,
    Lookup,
    Model,
    Query,
    Row,
    Rows,
    Table,
    Value,
    term_of,
)


def _query(low: Lowering, call: Call) -> Query | None:
    """The queryset that a call is about: its receiver, or the class, manager or queryset that it is given."""
    source = call.role("source")
    if source is None and call.data("source_attributes"):
        return _query_of_view(low, call)
    value = source if source is not None else call.receiver
    return as_query(low, value)


def _query_of_view(low: Lowering, call: Call) -> Query | None:
    """The rows that a class-based view is about: those of its own method, its ``queryset``, or all of its ``model``."""
    from fenceline.analyzer.lower_access import load_attribute

    names = call.data("source_attributes")
    for name in names if isinstance(names, list) else ():
        given = load_attribute(low, call.receiver, str(name), call.span)
        found = as_query(low, low.apply(given, Arguments(), call.span) if isinstance(given, Closure) else given)
        if found is not None and not found.model.by_shape:
            return found.refined(Lookup("pk", "exact", ir.Arg("pk")))
    return None


def as_query(low: Lowering, value: Value) -> Query | None:
    """The rows that a value stands for: a query, a mapped class, a name that is used like one."""
    match value:
        case Query():
            return value
        case Rows(query=query):
            return query
        case Table(model=model):
            return Query(model, _queryset_type(low, model.store))
        case External(qualified=qualified):
            return shape_model(low, qualified, _shape_attribute(low))
        case Known(definition=definition):
            return shape_model(low, definition.qualified, _shape_attribute(low))
        case Data(term=term):
            return shape_model(low, "", _shape_attribute(low), term)
        case _:
            return None


def _shape_attribute(low: Lowering) -> str:
    return next((str(one.roles["shape_attribute"]) for one in low.models.saying("shape_attribute")), "")


def _queryset_type(low: Lowering, store: str) -> str:
    kind = type_with_role(low, "queryset", store)
    return kind.id if kind else ""


def fields_of(call: Call) -> dict[str, Value]:
    """The keyword arguments that name columns: those that play no role in the call."""
    roles = {one for one in call.operation.roles.values() if isinstance(one, str)}
    taken = roles.intersection(call.operation.params)
    return {name: value for name, value in call.arguments.keywords.items() if name not in taken}


def lookups_in(low: Lowering, model: Model, call: Call, skip: frozenset[str] = frozenset()) -> tuple[Lookup, ...]:
    """The conditions that a call states: keywords, Q objects, column expressions."""
    negate = bool(call.data("negate"))
    found: list[Lookup] = []
    for value in call.arguments.positional:
        if isinstance(value, Data) and value.lookups:
            found += [
                replace(normalised(model, one.column, one.term, one.negated), operator=one.operator)
                if one.operator != "exact"
                else normalised(model, one.column, one.term, one.negated)
                for one in value.lookups
            ]
        elif not isinstance(value, Table | Query):
            found.append(Lookup("?", "exact", term_of(value)))
    for name, value in fields_of(call).items():
        if name in skip:
            continue
        if name == "**":
            found.append(Lookup("**", "exact", term_of(value)))
        else:
            found.append(normalised(model, name, _lookup_term(low, value)))
    if negate:
        found = [replace(one, negated=not one.negated) for one in found]
    return tuple(found)


def _lookup_term(low: Lowering, value: Value) -> ir.Term:
    if isinstance(value, Query):
        row = read_row(low, value, low.span) if value.lock else None
        return row.key if row is not None else term_of(value)
    return term_of(value)


def _refine(low: Lowering, call: Call) -> Value:
    query = _query(low, call)
    if query is None:
        return NONE
    return query.refined(*lookups_in(low, query.model, call))


def _same(low: Lowering, call: Call) -> Value:
    query = _query(low, call)
    if query is None:
        return NONE
    if call.data("order"):
        query = replace(query, is_ordered=True)
    if call.data("values"):
        names = tuple(
            one.term.value
            for one in call.arguments.positional
            if isinstance(one, Data) and isinstance(one.term, ir.Const) and isinstance(one.term.value, str)
        )
        query = replace(query, kind="values", columns=names, is_flat=call.flag("flat"))
    if _is_partial(call):
        query = replace(query, is_partial=True)
    if call.flag("populate_existing"):
        query = replace(query, is_fresh=True)
    if call.data("joins") is True:
        names = tuple(low.show(term_of(one)) for one in call.arguments.positional)
        joins = tuple(dict.fromkeys((*query.joins, *names, *(one.partition("__")[0] for one in names))))
        query = replace(query, joins=joins)
    return query


def _is_partial(call: Call) -> bool:
    """Whether a query leaves columns out: by what it is, or by naming some."""
    if call.data("partial") == "named":
        return any(isinstance(one, Data) and one.column for one in call.arguments.positional)
    return call.data("partial") is True


def _lock(low: Lowering, call: Call) -> Value:
    query = _query(low, call)
    if query is None:
        return NONE
    mode = "skip" if call.flag("skip_locked") else "nowait" if call.flag("nowait") else "wait"
    return replace(query, lock=mode)


def _raise_if_absent(low: Lowering, row: Row, call: Call) -> Row:
    if row.absent is None:
        return row
    cls = str(call.data("raises") or "absent")
    low.emit(ir.Branch(row.absent, ir.Seq([ir.Raise(cls, call.span)]), ir.Seq(), call.span, low.path))
    return replace(row, absent=None)


def _one(low: Lowering, call: Call) -> Value:
    query = _query(low, call)
    if query is None:  # a row all the same: of which table is not seen
        return Data(ir.Apply("." + call.operation.name, (term_of(call.receiver),)))
    query = query.refined(*_conditions(low, query, _without_source(call)))
    return _flat(low, query, _raise_if_absent(low, read_row(low, query, call.span), call))


def _flat(low: Lowering, query: Query, row: Row) -> Value:
    """``values_list("stock", flat=True).get(…)`` is the column."""
    if query.kind == "values" and query.is_flat and query.columns:
        return low.unchanged(low.state, row.snapshot, query.columns[0])
    return replace(row, origin="values") if query.kind == "values" else row


def _conditions(low: Lowering, query: Query, call: Call) -> tuple[Lookup, ...]:
    """The conditions of a call that reads one row; ``get(ident)`` of the older kind is given the key itself."""
    ident = call.role("ident")
    if ident is not None:
        return (Lookup("pk", "exact", term_of(ident)),)
    return lookups_in(low, query.model, call)


def _without_source(call: Call) -> Call:
    """The call without the class or queryset that it is given as an argument."""
    if call.role("source") is None:
        return call
    arguments = replace(call.arguments, positional=call.arguments.positional[1:])
    return replace(call, arguments=arguments)


def _first(low: Lowering, call: Call) -> Value:
    query = _query(low, call)
    if query is None:
        return NONE
    return _flat(low, query, read_row(low, query, call.span))


def _one_or_none(low: Lowering, call: Call) -> Value:
    query = _query(low, call)
    if query is None:
        return NONE
    return read_row(low, query.refined(*_conditions(low, query, call)), call.span)


def _exists(low: Lowering, call: Call) -> Value:
    query = _query(low, call)
    if query is None:
        return NONE
    return has_rows(low, query.refined(*lookups_in(low, query.model, call)), call.span)


def _count(low: Lowering, call: Call) -> Value:
    query = _query(low, call)
    return has_rows(low, query, call.span, "COUNT", sized=True) if query is not None else NONE


def _aggregate(low: Lowering, call: Call) -> Value:
    query = _query(low, call)
    if query is None:
        return NONE
    found = has_rows(low, query, call.span, "AGGREGATE")
    return Data(found.term)


def _contains(low: Lowering, call: Call) -> Value:
    query = _query(low, call)
    item = call.arguments.positional[0] if call.arguments.positional else NONE
    if query is None:
        return NONE
    return has_rows(low, query.refined(Lookup("pk", "exact", term_of(item))), call.span)


def _rows(low: Lowering, call: Call) -> Value:
    query = _query(low, call)
    if query is None:
        return NONE
    if call.operation.op == "qs.in_bulk":
        row = iterate(low, query, call.span)
        return Rows(query, row) if isinstance(row, Row) else NONE
    return query


def _none(low: Lowering, call: Call) -> Value:
    return Items(())


def _create(low: Lowering, call: Call) -> Value:
    query = _query(low, call)
    if query is None:
        return NONE
    values = fields_of(call)
    for one in query.lookups:
        if is_exact(one):
            values.setdefault(one.column, Data(one.term))
    text = f"INSERT {query.model.label}"
    return create_row(low, query.model, values, call.span, text=text)


def _get_or_create(low: Lowering, call: Call) -> Value:
    """Read, create, and on the unique error read again: safe only where a constraint covers the look-up."""
    query = _query(low, call)
    if query is None:
        return NONE
    skip = frozenset({"defaults", "create_defaults"})
    keys = {k: v for k, v in fields_of(call).items() if k not in skip}
    query = query.refined(*lookups_in(low, query.model, call, skip))
    values = {**keys, **_defaults(call.role("create_defaults") or call.role("defaults"))}
    for one in query.lookups:
        if is_exact(one):
            values.setdefault(one.column, Data(one.term))
    given = {plain_column(query.model, name): term_of(value) for name, value in values.items()}
    if covering_constraint(low, query.model, names_asked(query), given) is not None:
        return _atomic_get_or_create(low, call, query, values)
    row = read_row(low, query, call.span, "GET OR CREATE")
    low.latest.kind = "bag.read"
    absent = row.absent or ir.IsTrue(ir.Const(False))
    bind = low.fresh("created")

    def create() -> None:
        create_row(low, query.model, values, call.span, conflict=None)
        low.latest.verb = call.operation.name
        low.let(low.out, bind, ir.Const(True))

    low.branch(absent, create, lambda: low.let(low.out, bind, ir.Const(False)), call.span)
    created = Data(ir.Var(bind), guard=ir.IsTrue(ir.Var(bind)))
    found = replace(row, absent=None)
    if call.operation.op == "qs.update_or_create":
        _write_defaults(low, call, found)
    return Items((found, created))


def _atomic_get_or_create(low: Lowering, call: Call, query: Query, values: dict[str, Value]) -> Value:
    _key, identity = row_key(query)
    bind = low.fresh("created")
    content = ir.Apply("row", tuple(t for k, v in values.items() for t in (ir.Const(k), term_of(v))))
    text = f"GET OR INSERT {query.model.label}({', '.join(one.column for one in identity)})"
    op = ir.Atomic(call.span, low.path, text, (ir.PutIfAbsent(bag_cell(query, identity), content, bind),), True)
    low.record(
        Fact(op, "row.upsert", family_of(query.model), text, "UPSERT", query.model, None, evidence_of(query.model))
    )
    locked = replace(query, lock="wait" if call.operation.op == "qs.update_or_create" else query.lock)
    row = replace(read_row(low, locked, call.span), absent=None)
    if not query.lock:
        low.latest.hint = ""  # the call has opened a transaction of its own
    if call.operation.op == "qs.update_or_create":
        low.latest.hint = ""  # it opens a transaction of its own
        _write_defaults(low, call, row)
    return Items((row, Data(ir.Var(bind), guard=ir.IsTrue(ir.Var(bind)))))


def _defaults(value: Value | None) -> dict[str, Value]:
    return dict(value.items) if isinstance(value, Fields) else {}


def _write_defaults(low: Lowering, call: Call, row: Row) -> None:
    defaults = _defaults(call.role("defaults"))
    if defaults:
        low.state.fields.setdefault(row.snapshot, {}).update(defaults)
        write_fields(low, row, defaults, call.span)


def _update(low: Lowering, call: Call) -> Value:
    query = _query(low, call)
    if query is None:
        return NONE
    values = {k: v for k, v in fields_of(call).items() if k != "synchronize_session"}
    first = call.role("mapping") or (call.arguments.positional[0] if call.arguments.positional else None)
    if isinstance(first, Fields):
        values.update(first.items)
    query = _by_ident(query, call)
    if isinstance(values.get("**"), Data):
        values["**"] = Data(ir.Apply("values", (ir.Old(), term_of(values["**"]))))
    return update_rows(low, query, values, call.span)


def _delete(low: Lowering, call: Call) -> Value:
    query = _query(low, call)
    return delete_rows(low, _by_ident(query, call), call.span) if query is not None else NONE


def _by_ident(query: Query, call: Call) -> Query:
    """The row with the key that a call is given, where it takes one."""
    ident = call.role("ident")
    return query if ident is None else query.refined(Lookup("pk", "exact", term_of(ident)))


def _bulk_create(low: Lowering, call: Call) -> Value:
    query = _query(low, call)
    if query is None:
        return NONE
    objs = call.role("objs")
    handled = call.flag("ignore_conflicts") or call.flag("update_conflicts")
    values = _fields_of(low, objs)
    made = (term_of(objs),) if objs is not None else ()
    conflict = None if handled else "conflict"
    row = create_row(low, query.model, values, call.span, conflict, text=_bulk_text(query), made=made, is_told=handled)
    fact = low.latest
    fact.verb = "bulk_create"
    low.uses.setdefault(fact.op, []).extend(made)
    return Rows(query, row)


def _bulk_text(query: Query) -> str:
    return f"INSERT {query.model.label} …"


def _fields_of(low: Lowering, objs: Value | None) -> dict[str, Value]:
    """The fields of the rows in a list, where they are all made the same way."""
    if isinstance(objs, Items) and objs.items and isinstance(objs.items[0], Row):
        return dict(low.state.fields.get(objs.items[0].snapshot, {}))
    if isinstance(objs, Rows):
        return dict(low.state.fields.get(objs.row.snapshot, {}))
    return {}


def _bulk_update(low: Lowering, call: Call) -> Value:
    objs = call.role("objs")
    rows = [one for one in objs.items if isinstance(one, Row)] if isinstance(objs, Items) else []
    if isinstance(objs, Rows):
        rows = [objs.row]
    if isinstance(objs, Query):
        row = iterate(low, objs, call.span)
        rows = [row] if isinstance(row, Row) else []
    for row in rows:
        write_fields(low, row, names_of(call.role("fields")), call.span)
    return Data(ir.Apply("count", ()))


def _relate(low: Lowering, call: Call) -> Value:
    """Rows added to or taken from a relation: doing it twice is doing it once."""
    query = _query(low, call)
    if query is not None:
        terms = tuple(term_of(one) for one in call.arguments.values())
        cell = ir.Cell(query.model.store, (ir.Const(query.model.name), *(o.term for o in query.lookups)), "members")
        op = ir.Atomic(
            call.span, low.path, f"{call.operation.name.upper()} {query.model.label}",
            (ir.Put(cell, ir.Apply(call.operation.name, terms)),), True,
        )  # fmt: skip
        low.record(Fact(op, "row.relate", "orm", op.text, "RELATE", query.model, None, evidence_of(query.model)))
    return NONE


# -------------------------------------------------------------------- instances


# ------------------------------------------------------------------ expressions


ORM_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {
    **INSTANCE_HANDLERS,
    "qs.refine": _refine,
    "qs.same": _same,
    "qs.lock": _lock,
    "qs.one": _one,
    "qs.first": _first,
    "qs.one_or_none": _one_or_none,
    "qs.exists": _exists,
    "qs.count": _count,
    "qs.aggregate": _aggregate,
    "qs.contains": _contains,
    "qs.rows": _rows,
    "qs.in_bulk": _rows,
    "qs.none": _none,
    "qs.create": _create,
    "qs.get_or_create": _get_or_create,
    "qs.update_or_create": _get_or_create,
    "qs.update": _update,
    "qs.delete": _delete,
    "qs.bulk_create": _bulk_create,
    "qs.bulk_update": _bulk_update,
    "qs.relate": _relate,
}
