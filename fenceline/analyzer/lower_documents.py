"""Documents: rows whose columns are the items of a dict, found by a dict of conditions, changed by a dict or a text.

The same rows and cells as an ORM's. What the words of a filter or of a change mean is data of the collection's type:
``operators`` (word → look-up), ``changes`` (word → ``set``, ``add``, ``ignore``; others compute), ``prefix`` (what
words begin with, and items do not), ``key`` (the item that is the primary key; without it, all items of a filter are),
``upserts`` (a change makes the document that it does not find).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.constraints import Constraint
from fenceline.analyzer.document_changes import changes_in_text
from fenceline.analyzer.lower_rows import evidence_of, has_rows, load_field, read_row, store_field
from fenceline.analyzer.lower_state import Call, Fact, Snapshot
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.models import Type
from fenceline.analyzer.row_keys import bag_cell, conditions_of, field_cell, lookups_text, matches, row_key
from fenceline.analyzer.row_writes import create_row, delete_rows, update_rows, write_fields
from fenceline.analyzer.schema import Column, Schema, plain_column
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
    Value,
    negated,
    term_of,
    vars_of,
)


def _kind(low: Lowering, call: Call) -> Type | None:
    """The type that says how the collection is spoken to."""
    if not isinstance(call.receiver, Instance):
        return None
    kinds = list(low.models.lineage(call.receiver.type_id))
    return next((one for one in kinds if one.role == "documents"), None)


def _words(kind: Type, name: str) -> dict[str, str]:
    found = kind.roles.get(name)
    return found if isinstance(found, dict) else {}


def _model(low: Lowering, call: Call, kind: Type) -> Model:
    named = call.role("collection")
    name = _name(term_of(named) if named is not None else term_of(call.receiver))
    key = ("documents", kind.store, name)
    made = low.memo.get(key)
    if not isinstance(made, Model):
        schema = Schema(is_complete=False)
        column = str(kind.roles.get("key", ""))
        if column:
            schema.columns[column] = Column(column, is_key=True)
        made = Model(name, kind.store, schema)
        low.memo[key] = made
    return made


def _name(term: ir.Term) -> str:
    """What a collection is called: ``db.orders``, ``db["orders"]``, ``resource.Table("orders")``."""
    if isinstance(term, ir.Const):
        return str(term.value)
    if isinstance(term, ir.Apply) and term.args and isinstance(term.args[-1], ir.Const) and len(term.args) > 1:
        return str(term.args[-1].value)
    return term.label.lstrip(".") if isinstance(term, ir.Apply | ir.Shared) else repr(term)


# ----------------------------------------------------------------------- filters


def _query(low: Lowering, call: Call, role: str = "filter") -> Query | None:
    """The documents that a filter finds."""
    kind = _kind(low, call)
    if kind is None:
        return None
    model = _model(low, call, kind)
    value = call.role(role)
    lookups = tuple(_lookups(model, value, kind)) if value is not None and value != NONE else ()
    names = frozenset(one.column for one in lookups if one.column != "?")
    if "key" not in kind.roles and names and model.schema is not None:
        # of this query alone: what others look for in the collection says nothing of it
        model = replace(model, schema=replace(model.schema, constraints=[Constraint(names)]))
    return Query(model, call.operation.result.strip("<>"), lookups)


def _lookups(model: Model, value: Value, kind: Type) -> list[Lookup]:
    operators, prefix = _words(kind, "operators"), str(kind.roles.get("prefix") or "\0")
    if not isinstance(value, Fields):
        return [Lookup("?", "exact", term_of(value))]
    found: list[Lookup] = []
    for name, one in value.items.items():
        column = plain_column(model, name)
        if name.startswith(prefix) or name == "**":
            found.append(Lookup("?", "exact", term_of(one)))
        elif isinstance(one, Fields) and any(key.startswith(prefix) for key in one.items):
            found += [_condition(column, operators.get(key, "?"), inner) for key, inner in one.items.items()]
        else:
            found.append(Lookup(column, "exact", term_of(one)))
    return found


def _condition(column: str, operator: str, value: Value) -> Lookup:
    if operator == "?":
        return Lookup("?", "exact", term_of(value))
    return Lookup(column, "exact" if operator == "ne" else operator, term_of(value), operator == "ne")


def _is_conditional(call: Call, query: Query) -> bool:
    """Whether a change asks for more than the conditions that are understood."""
    if _is_given(call, "condition"):
        return True
    _key, identity = row_key(query)
    return not set(query.lookups) <= {*identity, *conditions_of(query, identity)}


# ----------------------------------------------------------------------- reading


def _one(low: Lowering, call: Call) -> Value:
    query = _query(low, call)
    if query is None:
        return NONE
    row = read_row(low, query, call.span, call.operation.name.upper())
    _note_session(low, call)
    return _wrapped(call, row)


def _wrapped(call: Call, row: Value) -> Value:
    """Some stores answer with a dict, of which one item is the document."""
    name = call.data("wraps")
    return Fields({str(name): row}, is_open=True) if name else row


def _rows(low: Lowering, call: Call) -> Value:
    return _query(low, call) or NONE


def _count(low: Lowering, call: Call) -> Value:
    query = _query(low, call)
    if query is None:
        return NONE
    found = has_rows(low, query, call.span, "COUNT", sized=True)
    _note_session(low, call)
    return found


def _is_given(call: Call, role: str) -> bool:
    value = call.role(role)
    return value is not None and value != NONE


def _note_session(low: Lowering, call: Call) -> None:
    """A session that was handed in may have a transaction open that is not seen."""
    if _is_given(call, "session") and not low.tx_depth and not low.is_dead:
        low.facts[-1].evidence = "name"


# ----------------------------------------------------------------------- writing


def _values(low: Lowering, call: Call, kind: Type) -> dict[str, Value] | None:
    """What a change sets, by column; what the server computes has the column in it. None where it is not understood."""
    if "expression" in call.operation.roles:
        return changes_in_text(call.role("expression"), call.role("names"), call.role("values"))
    update = call.role("update")
    if not isinstance(update, Fields):
        return None
    found: dict[str, Value] = {}
    for word, given in update.items.items():
        how = _words(kind, "changes").get(word, "compute")
        if how == "ignore":
            continue
        if not isinstance(given, Fields):
            whole: Value = given
            if how != "set":
                whole = Data(ir.Apply(word, (ir.Old(), term_of(given))), column="**")
            found["**"] = whole
            continue
        for name, one in given.items.items():
            label = {"add": "+"}.get(how, word)
            found[name] = one if how == "set" else Data(ir.Apply(label, (ir.Old(), term_of(one))), column=name)
    return found


def _update(low: Lowering, call: Call) -> Value:
    query, kind = _query(low, call), _kind(low, call)
    if query is None or kind is None:
        return NONE
    values = _values(low, call, kind)
    return _change(low, call, query, values, bool(kind.roles.get("upserts")) or call.flag("upsert"))


def _replace(low: Lowering, call: Call) -> Value:
    query = _query(low, call)
    if query is None:
        return NONE
    return _change(low, call, query, _document(call.role("document")), call.flag("upsert"))


def _document(value: Value | None) -> dict[str, Value]:
    return dict(value.items) if isinstance(value, Fields) else {"**": value or NONE}


def _change(low: Lowering, call: Call, query: Query, values: dict[str, Value] | None, is_upsert: bool) -> Value:
    key, identity = row_key(query)
    whole = (values or {}).get("**")
    if isinstance(whole, Row) and values is not None:
        for name, one in values.items():
            if name != "**":
                store_field(low, whole, name, one)
        if not _is_given(call, "condition") and set(query.lookups) <= set(identity):
            write_fields(low, whole, None, call.span)
            _note_session(low, call)
            return _answer(low, call, query, key, None)
        values = dict(low.state.fields.get(whole.snapshot, {}))
    if values is None or _is_conditional(call, query):
        _conditional(low, call, query, values or {})
        return _answer(low, call, query, key, None)
    if not is_upsert:
        count = update_rows(low, query, values, call.span)
        _note_session(low, call)
        return _answer(low, call, query, key, count)
    content = ir.Apply("row", tuple(t for k, v in values.items() for t in (ir.Const(k), term_of(v))))
    steps = [ir.PutIfAbsent(bag_cell(query, identity), content, None), *_puts(query, key, values)]
    _record(low, call, query, steps, f"SET {', '.join(values)}", "row.write")
    return _answer(low, call, query, key, None)


def _puts(query: Query, key: ir.Term, values: dict[str, Value]) -> list[ir.Step]:
    found: list[ir.Step] = []
    for name, value in values.items():
        cell = field_cell(query.model, key, plain_column(query.model, name))
        is_computed = isinstance(value, Data) and value.column is not None
        found.append(ir.Modify(cell, term_of(value)) if is_computed else ir.Put(cell, term_of(value)))
    return found


def _conditional(low: Lowering, call: Call, query: Query, values: dict[str, Value]) -> None:
    """A change that the store makes only if a condition holds that is not followed: the store decides, not this run."""
    key, _identity = row_key(query)
    steps: list[ir.Step] = [
        ir.Modify(
            field_cell(query.model, key, plain_column(query.model, name)),
            ir.Apply("conditional", (ir.Old(), term_of(value))),
        )
        for name, value in values.items()
    ]
    _record(low, call, query, steps, f"SET {', '.join(values)} IF …", "row.conditional")


def _record(low: Lowering, call: Call, query: Query, steps: list[ir.Step], what: str, kind: str) -> Fact:
    model = query.model
    text = f"{call.operation.name.upper()} {model.label}({lookups_text(low, query)}) {what}".strip()
    op = ir.Atomic(call.span, low.path, text, tuple(steps), True)
    fact = Fact(op, kind, "orm", text, call.operation.name.upper(), model, None, evidence_of(model))
    low.record(fact)
    _note_session(low, call)
    return fact


def _answer(low: Lowering, call: Call, query: Query, key: ir.Term, count: Data | None) -> Value:
    """The document as it was changed, or how many were."""
    if low.is_dead:
        return NONE
    if call.operation.result == "row":
        op = low.facts[-1].op
        assert isinstance(op, ir.Atomic)
        snapshot = low.fresh("s")
        low.snapshots[snapshot] = Snapshot(op, query.model, key, "loaded")
        absent = negated(count.guard) if count is not None and count.guard is not None else None
        return _wrapped(call, Row(query.model, key, snapshot, absent))
    return Result(None, count, call.operation.result.strip("<>"))


def _delete(low: Lowering, call: Call) -> Value:
    query = _query(low, call)
    if query is None:
        return NONE
    key, _identity = row_key(query)
    if _is_conditional(call, query):
        _record(low, call, query, [], "IF …", "row.conditional")
        return _answer(low, call, query, key, None)
    count = delete_rows(low, query, call.span)
    _note_session(low, call)
    return _answer(low, call, query, key, count)


def _create(low: Lowering, call: Call) -> Value:
    kind = _kind(low, call)
    if kind is None:
        return NONE
    document = call.role("document")
    if isinstance(document, Items) and document.items:
        document = document.items[0]
    values = dict(document.items) if isinstance(document, Fields) and "**" not in document.items else {}
    made = () if values or document is None else (term_of(document),)
    create_row(low, _model(low, call, kind), values, call.span, made=made)
    if made and not low.is_dead:
        low.facts[-1].evidence = "name"  # what is in it is not seen
    _note_session(low, call)
    return Data(ir.Apply("created", made))


def _put(low: Lowering, call: Call) -> Value:
    """Stores a document under the key that is in it, over what there is."""
    kind = _kind(low, call)
    document = call.role("document")
    if kind is None:
        return NONE
    model = _model(low, call, kind)
    if isinstance(document, Row):
        return _change(low, call, Query(model, "", (Lookup("?", "exact", document.key),)), {"**": document}, True)
    values = dict(document.items) if isinstance(document, Fields) else {}
    if isinstance(values.get("**"), Row):
        return _change(low, call, Query(model, ""), values, True)
    given = {plain_column(model, name): term_of(value) for name, value in values.items()}
    query = next((q for q, _bag in reversed(low.state.bags) if q.model == model and given and matches(q, given)), None)
    if _is_given(call, "condition"):
        _conditional(low, call, query or Query(model, ""), values)
        return NONE
    if query is None:
        _record(low, call, Query(model, ""), [], "…", "row.upsert")
        return NONE
    key, identity = row_key(query)
    read = {name for one in given.values() for name in vars_of(one)}
    bag = bag_cell(query, identity)
    steps = [ir.Put(bag, ir.Apply("row", tuple(given.values()))), *_puts(query, key, values)]
    is_computed = any(name.partition(".")[0] in low.snapshots for name in read)
    fact = _record(low, call, query, list(steps), "", "row.write" if is_computed else "row.create")
    fact.bag = bag
    return NONE


# -------------------------------------------------------------- documents in memory


def _item(low: Lowering, call: Call) -> Value:
    """``document.get("stock", 0)``."""
    name = call.role("key")
    if not isinstance(call.receiver, Row) or not isinstance(name, Data) or not isinstance(name.term, ir.Const):
        return Data(ir.Apply(".get", (term_of(call.receiver), *map(term_of, call.arguments.values()))))
    return load_field(low, call.receiver, str(name.term.value), call.span)


def _assign(low: Lowering, call: Call) -> Value:
    """``document.update({"stock": 1})``."""
    mapping = call.role("mapping")
    given = dict(mapping.items) if isinstance(mapping, Fields) else {}
    for name, value in {**given, **call.arguments.keywords}.items():
        if isinstance(call.receiver, Row):
            store_field(low, call.receiver, name, value)
    return NONE


DOCUMENT_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {
    "doc.one": _one,
    "doc.rows": _rows,
    "doc.count": _count,
    "doc.create": _create,
    "doc.put": _put,
    "doc.update": _update,
    "doc.replace": _replace,
    "doc.delete": _delete,
    "row.item": _item,
    "row.assign": _assign,
}
