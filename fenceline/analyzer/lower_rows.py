"""Rows in memory are snapshots; queries are values until something evaluates them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.lower_state import Fact, Snapshot
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.row_attributes import is_being_saved, is_no_column
from fenceline.analyzer.row_keys import (
    bag_cell,
    condition_guard,
    conditions_of,
    lookups_text,
    row_key,
)
from fenceline.analyzer.schema import type_with_role
from fenceline.analyzer.values import (
    Data,
    Instance,
    Method,
    Model,
    Query,
    Row,
    Value,
    is_made_of,
    negated,
    term_of,
)

_EXPIRED = "!expired"
NEEDS_TRANSACTION = "needs transaction"
"""The hint of the fact of a locking read that is refused where no transaction is open."""

UNSAVED = "unsaved"
"""Of a row: it has only been made in memory so far. Of an attribute in a model file: it says whether that is so."""

ANY_SESSION = "any session"
SCOPED_SESSION = "the scoped session"


def family_of(model: Model) -> str:
    """Which rules speak of its rows: those for SQL text, or those for ORMs."""
    return "sql" if model.is_table else "orm"


def evidence_of(model: Model) -> str:
    """How it is known to be a model: by the class, or by the way it is used."""
    return "shape" if model.by_shape else "type"


# ----------------------------------------------------------------------- reading


def entry_row(low: Lowering, model: Model, key: ir.Term, span: Span, name: str = "") -> Row:
    """A row that was handed in: read before anything that this entry does."""
    snapshot = low.fresh("s")
    shown = low.show(key)
    op = ir.Atomic(span, low.path, f"{shown} as it was handed in", (), True)
    low.snapshots[snapshot] = Snapshot(op, model, key, "entry")
    row = Row(model, key, snapshot, origin="entry")
    low.record(Fact(op, "row.read", family_of(model), shown, "read", model, row, evidence_of(model), entry=True))
    return row


def read_row(low: Lowering, query: Query, span: Span, verb: str = "SELECT", origin: str = "loaded") -> Row:
    """Evaluates a query for one row: a snapshot, absent when nothing fits."""
    model = query.model
    touch(low, query, span)
    key, identity = row_key(query)
    held = low.state.attributes.get((key, f"@held:{query.session}")) if query.session else None
    snapshot = low.fresh("s")
    bag = bag_cell(query, identity)
    conditions = conditions_of(query, identity)
    presence = f"{snapshot}?"
    steps: tuple[ir.Step, ...] = (ir.Get(bag, presence),)
    lock = "FOR UPDATE" if query.lock else ""
    text = f"{verb} {model.label}({lookups_text(low, query)}) {lock}".strip()
    locks = ((ir.Const(model.name), key),) if query.lock else ()
    op = ir.Atomic(span, low.path, text, steps, True, locks, query.lock or "wait")
    low.snapshots[snapshot] = Snapshot(op, model, key, origin)
    low.names[presence] = model.label
    guards: list[ir.Guard] = [ir.IsAbsent(ir.Var(presence))]
    guards += [negated(condition_guard(low, snapshot, one)) for one in conditions]
    absent = guards[0] if len(guards) == 1 else ir.AnyOf(tuple(guards))
    is_below_lock = _is_below_lock(low, key)
    row = Row(
        model, key, snapshot, absent, origin, query.lock, query.session, query.joins, is_below_lock, query.is_partial
    )
    fact = Fact(op, "row.read", family_of(model), text, verb, model, row, evidence_of(model), bag=bag)
    fact.asked = query.lookups
    if query.lock and _needs_transaction(low, model):
        fact.hint = NEEDS_TRANSACTION
    low.record(fact)
    note_condition(low, query, bag)
    if query.session:
        if isinstance(held, Row) and not query.is_fresh and low.state.fresh_as.get(held.snapshot) != _EXPIRED:
            return replace(held, absent=absent)
        low.state.attributes[(key, f"@held:{query.session}")] = row
    return row


def _needs_transaction(low: Lowering, model: Model) -> bool:
    """Whether the library refuses to lock rows where no transaction is open."""
    kind = type_with_role(low, "queryset", model.store)
    return kind is not None and bool(kind.roles.get("locks_in_transaction"))


def _is_below_lock(low: Lowering, key: ir.Term) -> bool:
    """Whether the row belongs to one that this run has locked: ``filter(order=order)`` under a lock on the order."""
    for fact in low.facts:
        for lock in fact.op.row_locks if isinstance(fact.op, ir.Atomic) else ():
            parent = lock[1]
            parts = parent.args if isinstance(parent, ir.Apply) and parent.label == "row" else (parent,)
            if any(not isinstance(part, ir.Const) and is_made_of(key, part) for part in parts):
                return True
    return False


def touch(low: Lowering, query: Query, span: Span) -> None:
    """Lets the query's session begin and flush before a statement."""
    if query.session:
        low.touch(query.session, span)


def note_condition(low: Lowering, query: Query, bag: ir.Cell) -> None:
    """Remembers a condition that was looked at: a later create may make it true."""
    low.state.bags = (*low.state.bags, (query, bag))
    low.bags_read.append((query, bag))


def has_rows(low: Lowering, query: Query, span: Span, verb: str = "EXISTS", sized: bool = False) -> Data:
    """Evaluates a query for whether (or how many) rows fit."""
    row = read_row(low, query, span, verb, "bag")
    fact = low.latest
    if fact.row is row or fact.kind == "row.read":
        fact.kind = "bag.read"
    assert row.absent is not None
    guard = negated(row.absent)
    term = ir.Apply(verb.lower(), (ir.Var(f"{row.snapshot}?"), *_lookup_terms(query)))
    return Data(term, size=guard) if sized else Data(term, guard=guard)


def _lookup_terms(query: Query) -> tuple[ir.Term, ...]:
    return tuple(one.term for one in query.lookups)


def iterate(low: Lowering, query: Query, span: Span) -> Value:
    """Evaluates a query for its rows: one symbolic row stands for each."""
    row = read_row(low, query, span, "SELECT", "each")
    if query.kind == "values" or query.columns:
        return replace(row, origin="values")
    return row


def load_field(low: Lowering, row: Row, name: str, span: Span) -> Value:
    """``row.name``: from the snapshot, or what this run has stored there since."""
    model = row.model
    schema = model.schema
    if schema is not None and schema.is_key(name) and name not in low.state.fields.get(row.snapshot, {}):
        return Data(ir.Apply("pk", (row.key,)))
    if schema is None and name in {"pk", "id"}:
        return Data(ir.Apply("pk", (row.key,)))
    if low.state.fresh_as.get(row.snapshot) == _EXPIRED:
        _reload(low, row, span)
    column = schema.columns.get(name) if schema is not None else None
    if column is None and schema is not None and name.endswith("_id") and name[:-3] in schema.columns:
        return Data(ir.Apply("pk", (_relation_key(low, row, name[:-3]),)))
    stored = low.state.fields.get(row.snapshot, {}).get(name)
    if stored is not None:
        return stored
    if column is not None and column.relation in {"many_to_one", "one_to_one"}:
        return _related_row(low, row, name, span)
    if is_no_column(low, model, name):
        return Data(ir.Apply("." + name, (row.key, ir.Const(row.snapshot))))
    value = low.unchanged(low.state, row.snapshot, name)
    if isinstance(value, Data) and isinstance(value.term, ir.Var):
        low.first_use.setdefault(value.term.name, (span, low.path))
        if value.term.name not in low.names:
            low.names[value.term.name] = f"{low.show(row.key)}.{name}" if row.origin == "entry" else name
    return value


def _relation_key(low: Lowering, row: Row, name: str) -> ir.Term:
    stored = low.state.fields.get(row.snapshot, {}).get(name)
    return term_of(stored) if stored is not None else ir.Apply("fk", (row.key, ir.Const(name)))


def _related_row(low: Lowering, row: Row, name: str, span: Span) -> Value:
    """The row that a foreign key points to: read when first asked for, then kept on the instance."""
    key = _relation_key(low, row, name)
    target = _relation_target(low, row.model, name)
    if target is None:
        return Data(key)
    snapshot = low.fresh("s")
    where = low.snapshots.get(row.snapshot)
    if name in row.joins and where is not None:
        low.snapshots[snapshot] = Snapshot(where.op, target, key, "loaded")
        found = Row(target, key, snapshot, origin="related", lock=row.lock, joins=_inner(row.joins, name))
        low.facts.append(
            Fact(where.op, "row.read", family_of(target), where.op.text, "SELECT", target, found, evidence_of(target))
        )
        low.state.fields.setdefault(row.snapshot, {})[name] = found
        return found
    op = ir.Atomic(span, low.path, f"SELECT {target.label}({low.brief(row.key)}.{name})", (), True)
    low.snapshots[snapshot] = Snapshot(op, target, key, "loaded")
    found = Row(target, key, snapshot, origin="related")
    low.record(Fact(op, "row.read", family_of(target), op.text, "SELECT", target, found, evidence_of(target)))
    low.state.fields.setdefault(row.snapshot, {})[name] = found
    return found


def _inner(joins: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(one.partition("__")[2] for one in joins if one.startswith(f"{name}__"))


def _relation_target(low: Lowering, model: Model, name: str) -> Model | None:
    from fenceline.analyzer.relations import target_of  # resolves names, which reads rows

    return target_of(low, model, name)


def load_row_attribute(low: Lowering, row: Row, name: str) -> Value:
    """A modelled method of rows, or a field."""
    kind = type_with_role(low, "row", row.model.store)
    operation = low.models.method(kind.id, name) if kind is not None and not row.model.is_table else None
    if operation is not None:
        return Method(row, operation)
    if row.model.is_table or row.origin == "values":
        container = _container_operation(row, name)
        if container is not None:
            return container
    part = low.models.attribute(kind.id, name) if kind is not None else None
    if part is not None and part in low.models.types:
        return _part_of_row(low, row, name, part)
    return load_field(low, row, name, low.span)


def _part_of_row(low: Lowering, row: Row, name: str, kind: str) -> Instance:
    """What an attribute of every row holds: it may know whether the row is in the table."""
    ident = ir.Apply("." + name, (row.key,))
    for attribute, meaning in low.models.types[kind].attributes.items():
        if meaning == UNSAVED and row.origin != "entry":
            low.state.attributes[(ident, attribute)] = Data(ir.Const(is_unsaved(low, row)))
    return Instance(kind, ident)


def is_unsaved(low: Lowering, row: Row) -> bool:
    """Whether a row has only been made in memory so far."""
    return (row.key, UNSAVED) in low.state.attributes


def mark_unsaved(low: Lowering, row: Row) -> None:
    """The next save of a row inserts it."""
    low.state.attributes[(row.key, UNSAVED)] = Data(ir.Const(True))


def _container_operation(row: Row, name: str) -> Value | None:
    return Data(ir.Apply("." + name, (row.key, ir.Var(f"{row.snapshot}?")))) if name in {"keys", "values"} else None


def store_field(low: Lowering, row: Row, name: str, value: Value) -> None:
    """``row.name = value``: in memory only, until a save or a flush."""
    name = name[:-3] if name.endswith("_id") and row.model.schema and name[:-3] in row.model.schema.columns else name
    if low.state.fresh_as.get(row.snapshot) == _EXPIRED:
        _reload(low, row, low.span)
    low.state.fields.setdefault(row.snapshot, {})[name] = value
    if _is_none(value) and name in _names_of_new(low, row):
        mark_unsaved(low, row)
    if name not in low.changed.setdefault(row.snapshot, {}):
        low.changed[row.snapshot][name] = (low.span, low.path)
        if is_being_saved(low, row):
            low.put_in_order.add((row.snapshot, name))
    session = row.session or _any_session(low, row)
    pending = low.state.pending.get(session, ())
    if session and row not in pending:
        low.state.pending[session] = (*pending, row)


def _is_none(value: Value) -> bool:
    return isinstance(value, Data) and value.term == ir.Const(None)


def _names_of_new(low: Lowering, row: Row) -> tuple[str, ...]:
    """The attributes that are set to None to save a loaded row as a new one."""
    kind = type_with_role(low, "row", row.model.store)
    named = kind.roles.get("new_without") if kind is not None else None
    return tuple(str(one) for one in named) if isinstance(named, list | tuple) else ()


def _any_session(low: Lowering, row: Row) -> str:
    """A row that was handed in is in a session that is not seen: the next flush of any writes it."""
    is_made_here = row.origin == "created"
    return "" if is_made_here or type_with_role(low, "session", row.model.store) is None else ANY_SESSION


def expire(low: Lowering, row: Row) -> None:
    """The next load reads the row again."""
    low.state.fresh_as[row.snapshot] = _EXPIRED
    low.state.fields.pop(row.snapshot, None)


def _reload(low: Lowering, row: Row, span: Span, lock: str = "", fields: Iterable[str] | None = None) -> None:
    """Reads the row's fields again into the same instance."""
    model = row.model
    fresh = low.fresh("s")
    text = f"SELECT {model.label}({low.brief(row.key)})" + (" FOR UPDATE" if lock else "")
    locks = ((ir.Const(model.name), row.key),) if lock else ()
    op = ir.Atomic(span, low.path, text, (), True, locks, lock or "wait")
    low.snapshots[fresh] = Snapshot(op, model, row.key, "loaded")
    low.record(
        Fact(op, "row.read", family_of(model), text, "SELECT", model, replace(row, snapshot=fresh), evidence_of(model))
    )
    if fields is None:
        low.state.fresh_as[row.snapshot] = fresh
        low.state.fields.pop(row.snapshot, None)
        return
    for name in fields:
        value = low.unchanged(low.state, fresh, name)
        low.state.fields.setdefault(row.snapshot, {})[name] = value


reload_row = _reload


# ----------------------------------------------------------------------- writing


# ------------------------------------------------------------------------ shapes
