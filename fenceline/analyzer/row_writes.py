"""Rows are written: saved, updated by a query, created under constraints, deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.constraints import Constraint
from fenceline.analyzer.lower_rows import evidence_of, family_of, note_condition, touch
from fenceline.analyzer.lower_state import Fact, WholeSave
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.migrations import MIGRATIONS
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.row_attributes import is_no_column
from fenceline.analyzer.row_keys import (
    bag_cell,
    comparison,
    conditions_of,
    field_cell,
    lookups_text,
    matches,
    row_key,
)
from fenceline.analyzer.schema import Schema, plain_column
from fenceline.analyzer.values import (
    Data,
    Lookup,
    Model,
    Query,
    Row,
    Value,
    negated,
    term_of,
)


def write_fields(
    low: Lowering, row: Row, names: Iterable[str] | None, span: Span, verb: str = "UPDATE", changed_only: bool = False
) -> None:
    """Saves a row: the named fields, or all that this run has changed (and, whole, those that it has read).

    ``changed_only``: a field that the path has left as it was read is not written.
    """
    model = row.model
    held = low.state.fields.get(row.snapshot, {})
    if names is None:
        chosen = [n for n in held if not _is_cached_relation(held[n], row) and not is_no_column(low, model, n)]
    else:
        chosen = list(names)
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
    where = low.brief(row.key)
    text = f"{verb} {model.label}({where}) SET {', '.join(chosen) or 'all columns'}"
    op = ir.Atomic(span, low.path, text, tuple(steps), True)
    if names is None:
        source = low.state.fresh_as.get(row.snapshot, row.snapshot)
        low.whole_saves.append(WholeSave(op, row, source, frozenset(plain_column(model, one) for one in chosen)))
    low.record(Fact(op, "row.write", family_of(model), text, verb, model, row, evidence_of(model)))
    if model.schema is not None and model.schema.version and not low.is_dead:
        _compare_version(low, row, model.schema.version)


def _compare_version(low: Lowering, row: Row, column: str) -> None:
    """Makes the UPDATE just written one that holds only for the version that was read, and counts it up."""
    op = low.latest.op
    assert isinstance(op, ir.Atomic)
    cell = field_cell(row.model, row.key, column)
    seen = term_of(low.unchanged(low.state, row.snapshot, column))
    writes = tuple((one.cell, one.value) for one in op.steps if isinstance(one, ir.Put | ir.Modify))
    step = ir.CompareAndSet(((cell, seen),), (*writes, (cell, ir.Apply("next", (seen,)))), None, "stale")
    op.steps = (step,)
    op.text += f" WHERE {column} = {low.show(seen)}"


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
    touch(low, query, span)
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
        if one.operator == "isnull" and isinstance(one.term, ir.Const):
            expect.append((cell, ir.Const(None) if bool(one.term.value) is not one.negated else None))
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
    note_condition(low, query, bag_cell(query, identity))
    low.names[bind] = "rows changed"
    won = ir.IsTrue(ir.Var(bind))
    return Data(ir.Var(bind), guard=won, size=won)


def delete_rows(low: Lowering, query: Query, span: Span) -> Data:
    """One DELETE statement; the count says whether there was anything to delete."""
    touch(low, query, span)
    model = query.model
    _, identity = row_key(query)
    bind = low.fresh("count")
    text = f"DELETE {model.label}({lookups_text(low, query)})"
    op = ir.Atomic(span, low.path, text, (ir.Remove(bag_cell(query, identity), bind),), True)
    low.record(Fact(op, "row.delete", family_of(model), text, "DELETE", model, None, evidence_of(model)))
    won = ir.IsTrue(ir.Var(bind))
    return Data(ir.Var(bind), guard=won, size=won)


def delete_row(low: Lowering, row: Row, span: Span) -> None:
    """Deletes the row that an instance stands for."""
    cells = [bag for query, bag in low.state.bags if query.model == row.model and row_key(query)[0] == row.key]
    cell = cells[-1] if cells else field_cell(row.model, row.key, "row")
    text = f"DELETE {row.model.label}({low.brief(row.key)})"
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
    constraint = "" if model.schema is not None and model.schema.is_complete else "unknown"
    bags: list[ir.Cell] = []
    refusing: Constraint | None = None
    content = ir.Apply("row", tuple(t for k, v in given.items() for t in (ir.Const(k), v)) + made)
    for query, bag in low.state.bags:
        may_match = matches(query, given) or bool(made and not given)
        if query.model == model and bag not in bags and may_match:
            bags.append(bag)
            names = names_asked(query, bool(made))
            refusing = covering_constraint(low, model, names, given) or refusing
            if is_told or refusing is not None or _is_expected(low):
                constraint = "covering"
                steps.append(ir.PutIfAbsent(bag, content, bind, conflict))
            else:
                steps.append(ir.Insert(bag, content))
    if not steps:
        steps = [_own_bag(model, given, content, conflict, bind, is_told)]
    elif constraint == "covering":
        steps = list[ir.Step](one for one in steps if isinstance(one, ir.PutIfAbsent))[:1]
    op = ir.Atomic(span, low.path, text or f"INSERT {model.label}", tuple(steps), True)
    key = ir.Apply("row", (ir.Const(model.name), ir.Fresh(low.fresh(model.label))))
    row = Row(model, key, low.fresh("s"), origin="created")
    low.state.fields[row.snapshot] = dict(values)
    fact = Fact(op, "row.create", family_of(model), op.text, "INSERT", model, row, evidence_of(model))
    if constraint != "covering" and model.schema is not None:
        asked = [one for one, bag in low.state.bags if bag in bags]
        is_open = any(_may_name(model, one) or _may_refuse(model, one, given) for one in asked)
        if model.schema.may_cover(given) or is_open:
            constraint = "partial"
    fact.constraint, fact.refusing = constraint, refusing
    fact.bag = bags[-1] if bags else None
    low.record(fact)
    return row


def names_asked(query: Query, is_bulk: bool = False) -> set[str]:
    """The columns whose values a query asks for: one value, or, of rows that are made in bulk, one of several.

    Regardless of case counts where a constraint disregards it as well, and what the row is called that a column leads
    to stands for the column.
    """
    names = {one.column for one in query.lookups if one.operator == "exact" and not one.negated}
    schema = query.model.schema
    if schema is not None:
        names |= {name for one in query.lookups if (name := _of_which_row(schema, one))}
        names |= {one.column for one in query.lookups if one.operator == "iexact" and schema.folds(one.column)}
    if is_bulk:
        names |= {
            one.column for one in query.lookups if one.operator == "in" and one.column != "pk" and not one.negated
        }
    return names


def _of_which_row(schema: Schema, one: Lookup) -> str:
    """The column of a look-up like ``language__name="de"``, '' where it says of no one row that it leads to it."""
    column, _, rest = one.column.partition("__")
    is_one = one.operator in {"exact", "iexact"} and not one.negated and bool(rest)
    return column if is_one and column in schema.columns else ""


def _may_refuse(model: Model, query: Query, given: Mapping[str, ir.Term]) -> bool:
    """Whether a constraint over more than a query asks for one value of has the rest from its other conditions."""
    exact = names_asked(query)
    others = {plain_column(model, one.column.partition("__")[0]) for one in query.lookups} - exact
    sets = model.schema.unique if model.schema is not None and others else []
    return any(one <= given.keys() and one <= exact | others and one & exact for one in sets)


def _may_name(model: Model, query: Query) -> bool:
    """Whether a look-up by a name that is computed may be what a unique constraint lacks to cover the query."""
    columns = {one.column for one in query.lookups}
    is_dynamic = any(not one.isidentifier() and one != "?" for one in columns)
    return is_dynamic and model.schema is not None and any(one & columns for one in model.schema.unique)


def covering_constraint(
    low: Lowering, model: Model, names: set[str], given: Mapping[str, ir.Term]
) -> Constraint | None:
    """The constraint that keeps two such rows apart, by the class or else by the migrations of its table."""
    if model.schema is None:
        return None
    if model.schema.elsewhere is not None:
        _look_elsewhere(low, model, model.schema)  # for another function somebody did: this one depends on it as well
    found = model.schema.covering(names, given)
    if found is None and model.schema.elsewhere is None:
        _look_elsewhere(low, model, model.schema)
        found = model.schema.covering(names, given)
    return found


def _look_elsewhere(low: Lowering, model: Model, schema: Schema) -> None:
    key = ("elsewhere", schema)
    if key not in low.memo:
        low.memo[key] = schema.elsewhere = _migrated(low, model)


def _migrated(low: Lowering, model: Model) -> list[Constraint]:
    ask, schema = low.memo.get(MIGRATIONS), model.schema
    if schema is None or ask is None or not callable(ask):
        return []
    found: list[Constraint] = []
    for one in ask(model):
        columns, folded = (frozenset(map(schema.plain, names)) for names in (one.columns, one.folded))
        found.append(replace(one, columns=columns, folded=folded))
    return found


def _is_expected(low: Lowering) -> bool:
    """Whether a handler expects the error of a constraint: there is one, though none is seen."""
    return any("conflict" in caught and "*" not in caught for caught in low.handling)


def _own_bag(
    model: Model, given: dict[str, ir.Term], content: ir.Term, conflict: str | None, bind: str | None, is_told: bool
) -> ir.Step:
    """A create that no earlier read of this run looked for."""
    if model.schema is not None:
        for one in model.schema.constraints:
            if one.columns <= given.keys() and "pk" not in one.columns and one.holds_for(given):
                lookups = tuple(Lookup(name, "exact", given[name]) for name in sorted(one.columns))
                return ir.PutIfAbsent(bag_cell(Query(model, "", lookups), lookups), content, bind, conflict)
    if is_told:  # what is there already is left as it is: the same rows twice are there once
        like = ir.Apply("row", tuple(given.values())) if given else content
        same = ir.Cell(model.store, (ir.Const(model.name), ir.Const("like"), like), None, True)
        return ir.PutIfAbsent(same, content, bind, None)
    return ir.Insert(ir.Cell(model.store, (ir.Const(model.name), ir.Const("*")), None, True), content)
