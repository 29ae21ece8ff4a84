"""Rows in memory are snapshots; queries are values until something evaluates them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.lowering import Fact, Lowering, Snapshot
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.row_keys import (
    bag_cell,
    comparison,
    condition_guard,
    conditions_of,
    field_cell,
    lookups_text,
    matches,
    row_key,
)
from fenceline.analyzer.schema import plain_column, type_with_role
from fenceline.analyzer.values import (
    Data,
    External,
    Instance,
    Lookup,
    Method,
    Model,
    Query,
    Row,
    Table,
    Value,
    is_made_of,
    negated,
    term_of,
)

__all__ = ["column_condition", "create_row", "entry_row", "has_rows", "iterate", "load_field", "read_row"]

_CONTAINER_METHODS = frozenset(dir(dict)) | frozenset(dir(list)) | frozenset(dir(set)) | frozenset(dir(str))
_EXPIRED = "!expired"
ANY_SESSION = "any session"
SCOPED_SESSION = "the scoped session"


def family_of(model: Model) -> str:
    return "sql" if model.is_table else "orm"


def evidence_of(model: Model) -> str:
    return "shape" if model.by_shape else "type"


# ----------------------------------------------------------------------- reading


def entry_row(low: Lowering, model: Model, key: ir.Term, span: Span, name: str = "") -> Row:
    """A row that was handed in: read before anything that this entry does."""
    snapshot = low.fresh("s")
    op = ir.Atomic(span, low.path, f"{low.show(key)} as it was handed in", (), True)
    low.snapshots[snapshot] = Snapshot(op, model, key, "entry")
    row = Row(model, key, snapshot, origin="entry")
    low.record(
        Fact(op, "row.read", family_of(model), low.show(key), "read", model, row, evidence_of(model), entry=True)
    )
    return row


def read_row(low: Lowering, query: Query, span: Span, verb: str = "SELECT", origin: str = "loaded") -> Row:
    """Evaluates a query for one row: a snapshot, absent when nothing fits."""
    model = query.model
    _touch(low, query, span)
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
    row = Row(model, key, snapshot, absent, origin, query.lock, query.session, query.joins, _is_below_lock(low, key))
    fact = Fact(op, "row.read", family_of(model), text, verb, model, row, evidence_of(model), bag=bag)
    low.record(fact)
    _seen(low, query, bag)
    if query.session:
        if isinstance(held, Row) and not query.is_fresh and low.state.fresh_as.get(held.snapshot) != _EXPIRED:
            return replace(held, absent=absent)
        low.state.attributes[(key, f"@held:{query.session}")] = row
    return row


def _is_below_lock(low: Lowering, key: ir.Term) -> bool:
    """Whether the row belongs to one that this run has locked: ``filter(order=order)`` under a lock on the order."""
    for fact in low.facts:
        for lock in fact.op.row_locks if isinstance(fact.op, ir.Atomic) else ():
            parent = lock[1]
            parts = parent.args if isinstance(parent, ir.Apply) and parent.label == "row" else (parent,)
            if any(not isinstance(part, ir.Const) and is_made_of(key, part) for part in parts):
                return True
    return False


def _touch(low: Lowering, query: Query, span: Span) -> None:
    if query.session:
        low.touch(query.session, span)


def _seen(low: Lowering, query: Query, bag: ir.Cell) -> None:
    """Remembers a condition that was looked at: a later create may make it true."""
    low.state.bags = (*low.state.bags, (query, bag))
    low.bags_read.append((query, bag))


def has_rows(low: Lowering, query: Query, span: Span, verb: str = "EXISTS", sized: bool = False) -> Data:
    """Evaluates a query for whether (or how many) rows fit."""
    row = read_row(low, query, span, verb, "bag")
    fact = low.facts[-1]
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
    value = low.unchanged(low.state, row.snapshot, name)
    if isinstance(value, Data) and isinstance(value.term, ir.Var):
        low.first_use.setdefault(value.term.name, (span, low.path))
        low.names.setdefault(value.term.name, f"{low.show(row.key)}.{name}" if row.origin == "entry" else name)
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
    op = ir.Atomic(span, low.path, f"SELECT {target.label}({low.show(row.key)}.{name})", (), True)
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
    return load_field(low, row, name, low.span)


def _container_operation(row: Row, name: str) -> Value | None:
    return Data(ir.Apply("." + name, (row.key, ir.Var(f"{row.snapshot}?")))) if name in {"keys", "values"} else None


def store_field(low: Lowering, row: Row, name: str, value: Value) -> None:
    """``row.name = value``: in memory only, until a save or a flush."""
    name = name[:-3] if name.endswith("_id") and row.model.schema and name[:-3] in row.model.schema.columns else name
    if low.state.fresh_as.get(row.snapshot) == _EXPIRED:
        _reload(low, row, low.span)
    low.state.fields.setdefault(row.snapshot, {})[name] = value
    low.changed.setdefault(row.snapshot, {}).setdefault(name, (low.span, low.path))
    session = row.session or _any_session(low, row)
    pending = low.state.pending.get(session, ())
    if session and row not in pending:
        low.state.pending[session] = (*pending, row)


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
    text = f"SELECT {model.label}({low.show(row.key)})" + (" FOR UPDATE" if lock else "")
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


def write_fields(
    low: Lowering, row: Row, names: Iterable[str] | None, span: Span, verb: str = "UPDATE", changed_only: bool = False
) -> None:
    """Saves a row: the named fields, or all that this run has changed (and, whole, those that it has read).

    ``changed_only``: a field that the path has left as it was read is not written.
    """
    model = row.model
    held = low.state.fields.get(row.snapshot, {})
    chosen = [n for n in held if not _is_cached_relation(held[n], row)] if names is None else list(names)
    stamps = {one.name for one in model.schema.columns.values() if one.is_stamp} if model.schema is not None else set()
    if names is None:
        chosen += sorted(stamps.difference(chosen))
    steps: list[ir.Step] = []
    for name in chosen:
        value = held.get(name) or (
            Data(ir.Shared("now")) if name in stamps else low.unchanged(low.state, row.snapshot, name)
        )
        cell = field_cell(model, row.key, name)
        if isinstance(value, Data) and value.column is not None:
            steps.append(ir.Modify(cell, value.term))
        else:
            steps.append(_put(low, row, cell, term_of(value), changed_only))
    where = low.show(row.key)
    text = f"{verb} {model.label}({where}) SET {', '.join(chosen) or 'all columns'}"
    op = ir.Atomic(span, low.path, text, tuple(steps), True)
    if names is None:
        low.whole_saves.append((op, row))
    low.record(Fact(op, "row.write", family_of(model), text, verb, model, row, evidence_of(model)))


def _put(low: Lowering, row: Row, cell: ir.Cell, term: ir.Term, changed_only: bool) -> ir.Put:
    if changed_only and cell.field is not None:
        return ir.Put(cell, term, _as_read(low, row, cell.field))
    return ir.Put(cell, low.levels.get(term.name, term) if isinstance(term, ir.Var) else term)


def _as_read(low: Lowering, row: Row, name: str) -> ir.Term | None:
    """The value that a field had when the row was read."""
    source = low.state.fresh_as.get(row.snapshot, row.snapshot)
    where = low.snapshots.get(source)
    if where is None:
        return None
    bind = f"{source}.{name}"
    if not any(isinstance(step, ir.Get) and step.bind == bind for step in where.op.steps):
        return None
    return ir.Var(bind)


def _is_cached_relation(value: Value, row: Row) -> bool:
    return isinstance(value, Row) and value.origin == "related"


def update_rows(low: Lowering, query: Query, values: dict[str, Value], span: Span) -> Data:
    """One UPDATE statement: blind, in SQL, or conditional; the count of rows says which run won."""
    _touch(low, query, span)
    model = query.model
    key, identity = row_key(query)
    conditions = conditions_of(query, identity)
    expect: list[tuple[ir.Cell, ir.Term | None]] = [(bag_cell(query, identity), None)]
    asked: list[ir.Guard] = []
    for one in conditions:
        cell = field_cell(model, key, one.column)
        if one.operator == "exact" and not one.negated:
            expect.append((cell, one.term))
            continue
        column: ir.Term = ir.Apply("column", (ir.Const(one.column), ir.Old())) if asked else ir.Old()
        guard = comparison(one.operator, column, one.term)
        expect.insert(len(expect) if asked else 0, (cell, None))
        asked.append(negated(guard) if one.negated else guard)
    bind = low.fresh("count")
    writes = tuple((field_cell(model, key, plain_column(model, name)), term_of(v)) for name, v in values.items())
    guard_of_all = None if not asked else asked[0] if len(asked) == 1 else ir.AllOf(tuple(asked))
    step = ir.CompareAndSet(tuple(expect), writes, bind, None, guard_of_all)
    text = f"UPDATE {model.label}({lookups_text(low, query)}) SET {', '.join(values)}"
    op = ir.Atomic(span, low.path, text, (step,), True)
    low.record(Fact(op, "row.write", family_of(model), text, "UPDATE", model, None, evidence_of(model)))
    _seen(low, query, bag_cell(query, identity))
    low.names[bind] = "rows changed"
    won = ir.IsTrue(ir.Var(bind))
    return Data(ir.Var(bind), guard=won, size=won)


def delete_rows(low: Lowering, query: Query, span: Span) -> Data:
    _touch(low, query, span)
    model = query.model
    _, identity = row_key(query)
    bind = low.fresh("count")
    text = f"DELETE {model.label}({lookups_text(low, query)})"
    op = ir.Atomic(span, low.path, text, (ir.Remove(bag_cell(query, identity), bind),), True)
    low.record(Fact(op, "row.delete", family_of(model), text, "DELETE", model, None, evidence_of(model)))
    won = ir.IsTrue(ir.Var(bind))
    return Data(ir.Var(bind), guard=won, size=won)


def delete_row(low: Lowering, row: Row, span: Span) -> None:
    cells = [bag for query, bag in low.state.bags if query.model == row.model and row_key(query)[0] == row.key]
    cell = cells[-1] if cells else field_cell(row.model, row.key, "row")
    text = f"DELETE {row.model.label}({low.show(row.key)})"
    op = ir.Atomic(span, low.path, text, (ir.Remove(cell),), True)
    low.record(Fact(op, "row.delete", family_of(row.model), text, "DELETE", row.model, row, evidence_of(row.model)))


def create_row(
    low: Lowering,
    model: Model,
    values: dict[str, Value],
    span: Span,
    conflict: str | None = "conflict",
    bind: str | None = None,
    text: str = "",
    made: tuple[ir.Term, ...] = (),
    is_told: bool = False,
) -> Row:
    """INSERT: with a covering unique constraint the second of two fails (or, with ``conflict`` None, does nothing).

    ``made`` are values that the rows are made of beside their fields; ``is_told``: the call says what becomes of rows
    that are there already, so a constraint keeps them apart.
    """
    given = {plain_column(model, name): term_of(value) for name, value in values.items()}
    steps: list[ir.Step] = []
    constraint = "unknown" if model.schema is None else ""
    bags: list[ir.Cell] = []
    content = ir.Apply("row", tuple(t for k, v in given.items() for t in (ir.Const(k), v)) + made)
    for query, bag in low.state.bags:
        may_match = matches(query, given) or bool(made and not given)
        if query.model == model and bag not in bags and may_match:
            bags.append(bag)
            names = _names_asked(query, bool(made))
            if is_told or _is_covered(low, model, names):
                constraint = "covering"
                steps.append(ir.PutIfAbsent(bag, content, bind, conflict))
            else:
                steps.append(ir.Insert(bag, content))
    if not steps:
        steps = [_own_bag(model, given, content, conflict, bind)]
    elif constraint == "covering":
        steps = list[ir.Step](one for one in steps if isinstance(one, ir.PutIfAbsent))[:1]
    op = ir.Atomic(span, low.path, text or f"INSERT {model.label}", tuple(steps), True)
    key = ir.Apply("row", (ir.Const(model.name), ir.Fresh(low.fresh(model.label))))
    row = Row(model, key, low.fresh("s"), origin="created")
    low.state.fields[row.snapshot] = dict(values)
    fact = Fact(op, "row.create", family_of(model), op.text, "INSERT", model, row, evidence_of(model))
    if not constraint and model.schema is not None:
        if model.schema.may_cover(given) or any(_may_name(model, one) for one, bag in low.state.bags if bag in bags):
            constraint = "partial"
    fact.constraint = constraint
    fact.bag = bags[-1] if bags else None
    low.record(fact)
    return row


def _names_asked(query: Query, is_bulk: bool) -> set[str]:
    """The columns whose values a query asks for: one value, or, of rows that are made in bulk, one of several."""
    names = {one.column for one in query.lookups if one.operator == "exact"}
    if is_bulk:
        names |= {
            one.column for one in query.lookups if one.operator == "in" and one.column != "pk" and not one.negated
        }
    return names


def _may_name(model: Model, query: Query) -> bool:
    """Whether a look-up by a name that is computed may be what a unique constraint lacks to cover the query."""
    columns = {one.column for one in query.lookups}
    is_dynamic = any(not one.isidentifier() and one != "?" for one in columns)
    return is_dynamic and model.schema is not None and any(one & columns for one in model.schema.unique)


def _is_covered(low: Lowering, model: Model, names: set[str]) -> bool:
    """Whether a unique constraint keeps two such rows apart: the class states one, or a handler expects its error."""
    if model.schema is not None and ("pk" in names or model.schema.covers(names)):
        return True
    return any("conflict" in caught and "*" not in caught for caught in low.handling)


def _own_bag(
    model: Model, given: dict[str, ir.Term], content: ir.Term, conflict: str | None, bind: str | None
) -> ir.Step:
    """A create that no earlier read of this run looked for."""
    if model.schema is not None:
        for one in model.schema.unique:
            if one <= given.keys() and "pk" not in one:
                lookups = tuple(Lookup(name, "exact", given[name]) for name in sorted(one))
                return ir.PutIfAbsent(bag_cell(Query(model, "", lookups), lookups), content, bind, conflict)
    return ir.Insert(ir.Cell(model.store, (ir.Const(model.name), ir.Const("*")), None, True), content)


# ------------------------------------------------------------------------ shapes


def query_method(low: Lowering, query: Query, name: str) -> Value | None:
    operation = low.models.method(query.type_id, name)
    return Method(query, operation) if operation is not None else None


def related_manager(low: Lowering, term: ir.Term, method: str, sure: bool) -> Query | None:
    """``row.items`` where the next attribute is a method of managers: the rows that point back to this one."""
    if not isinstance(term, ir.Var) or "." not in term.name:
        return None
    snapshot, _, name = term.name.partition(".")
    where = low.snapshots.get(snapshot)
    if where is None or where.model.is_table:
        return None
    if not sure and method in _CONTAINER_METHODS:
        return None
    kind = _related_type(low, where.model.store)
    if not kind or low.models.method(kind, method) is None:
        return None
    from fenceline.analyzer.relations import reverse_of

    model, column = reverse_of(low, where.model, name)
    return Query(model, kind, (Lookup(column, "exact", where.key),))


_LINKS = frozenset({"append", "add", "extend", "insert"})
_UNLINKS = frozenset({"remove", "discard", "pop", "clear"})


def change_collection(low: Lowering, term: ir.Term, method: str, values: Iterable[Value], span: Span) -> bool:
    """``order.lines.append(line)``: only that row is linked; whether the term is a collection of connected rows."""
    if not isinstance(term, ir.Var) or method not in _LINKS | _UNLINKS:
        return False
    snapshot, _, name = term.name.partition(".")
    where = low.snapshots.get(snapshot)
    if where is None or not (_is_collection(low, where.model, name) or _is_manager(where.model, name, method)):
        return False
    model = where.model
    cell = ir.Cell(model.store, (ir.Const(model.name), where.key, ir.Const(name), *map(term_of, values)), "linked")
    step = ir.Put(cell, ir.Const(method in _LINKS))
    op = ir.Atomic(span, low.path, f"{method.upper()} {model.label}.{name}", (step,), True)
    low.record(Fact(op, "row.relate", family_of(model), op.text, "RELATE", model, None, evidence_of(model)))
    _save_with(low, values)
    return True


def _is_manager(model: Model, name: str, method: str) -> bool:
    """A many-to-many relation, or one that only the other side declares: its ``add`` and ``remove`` are statements."""
    if model.schema is None or model.definition is None or method not in {"add", "remove", "clear"}:
        return False
    column = model.schema.columns.get(name)
    return column is None or column.relation == "many_to_many"


def _is_collection(low: Lowering, model: Model, name: str) -> bool:
    """An attribute that stands for the rows on the other side; also one that only the other side declares."""
    if model.schema is None or model.definition is None or type_with_role(low, "session", model.store) is None:
        return False
    return name not in model.schema.columns or model.schema.is_relationship(name)


def _save_with(low: Lowering, values: Iterable[Value]) -> None:
    """New rows that are linked to a saved one are saved with it."""
    for one in values:
        if isinstance(one, Row) and (one.key, "@unsaved") in low.state.attributes:
            pending = low.state.pending.get(ANY_SESSION, ())
            if one not in pending:
                low.state.pending[ANY_SESSION] = (*pending, one)


def _related_type(low: Lowering, store: str) -> str:
    for kind in low.models.types.values():
        if kind.store == store and "relate" in {one.op.split(".")[-1] for one in kind.methods.values()}:
            return kind.id
    return ""


def table_attribute(low: Lowering, model: Model, name: str) -> Value:
    """``Model.name``: a manager, a column in an SQL expression, an exception class."""
    kind = type_with_role(low, "queryset", model.store)
    schema = model.schema
    for one in low.models.types.values():
        if one.store == model.store and one.roles.get("shape_attribute") == name:
            session = SCOPED_SESSION if type_with_role(low, "session", model.store) is not None else ""
            return Query(model, one.id, session=session)
    if schema is not None and name in schema.managers and kind is not None:
        low.memo[("manager", model.name)] = schema.managers[name]
        return Query(model, _manager_id(low, model.store) or kind.id)
    if name in low.models.raises.get("absent_attributes", ()):
        return External(name)
    if name.startswith(("_default_manager", "_base_manager")):
        return Query(model, _manager_id(low, model.store))
    return Data(ir.Apply("column", (ir.Const(name), ir.Old())), column=name, model=model)


def _manager_id(low: Lowering, store: str) -> str:
    for one in low.models.types.values():
        if one.store == store and "shape_attribute" in one.roles:
            return one.id
    kind = type_with_role(low, "queryset", store)
    return kind.id if kind else ""


def column_condition(left: Value, op: str, right: Value) -> Value | None:
    """``Model.column == value`` as a condition of a query."""
    names = {
        "==": "exact",
        "!=": "exact",
        ">": "gt",
        ">=": "gte",
        "<": "lt",
        "<=": "lte",
        "is": "exact",
        "is not": "exact",
    }
    if op not in names:
        return None
    if isinstance(right, Data) and right.column is not None and not (isinstance(left, Data) and left.column):
        left, right = right, left
    if not isinstance(left, Data) or left.column is None or not _is_plain_column(left):
        return None
    lookup = Lookup(left.column, names[op], term_of(right), op in {"!=", "is not"})
    return Data(ir.Apply(op, (term_of(left), term_of(right))), lookups=(lookup,), model=left.model)


def _is_plain_column(value: Data) -> bool:
    return isinstance(value.term, ir.Apply) and value.term.label == "column"


def reverse_check(low: Lowering, row: Row, name: str, span: Span) -> Data:
    """``hasattr(row, name)``: whether the row that points back by a one-to-one exists."""
    from fenceline.analyzer.relations import reverse_of

    model, column = reverse_of(low, row.model, name)
    return has_rows(low, Query(model, "", (Lookup(column, "exact", row.key),)), span)


def session_ident(value: Value) -> str:
    return repr(value.ident) if isinstance(value, Instance) else ""


def table_of(value: Value) -> Model | None:
    return value.model if isinstance(value, Table) else None
