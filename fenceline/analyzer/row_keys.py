"""Which row, which rows: the identity of rows and the cells that queries speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenceline.analyzer import ir
from fenceline.analyzer.schema import plain_column
from fenceline.analyzer.values import Data, Lookup, Model, Query

if TYPE_CHECKING:
    from fenceline.analyzer.lowering import Lowering


def field_cell(model: Model, key: ir.Term, name: str) -> ir.Cell:
    """The cell of one column of one row."""
    return ir.Cell(model.store, (ir.Const(model.name), key), name)


def normalised(model: Model, name: str, term: ir.Term, negated: bool = False) -> Lookup:
    """A look-up as written (``stock__gte``) taken apart."""
    column, _, operator = name.rpartition("__")
    if not column or operator in {"id", "pk"} or operator not in _OPERATORS:
        column, operator = name, "exact"
    return Lookup(plain_column(model, column), operator, term, negated)


_OPERATORS = frozenset(
    [
        "exact",
        "iexact",
        "contains",
        "icontains",
        "in",
        "gt",
        "gte",
        "lt",
        "lte",
        "startswith",
        "istartswith",
        "endswith",
        "iendswith",
        "range",
        "date",
        "year",
        "month",
        "day",
        "week",
        "isnull",
        "regex",
        "iregex",
        "contained_by",
        "overlap",
        "has_key",
        "has_keys",
        "has_any_keys",
        "net_contained",
    ]
)


def is_exact(one: Lookup) -> bool:
    """Whether a look-up fixes a column of the row itself to one value."""
    return one.operator == "exact" and not one.negated and "__" not in one.column


def row_key(query: Query) -> tuple[ir.Term, tuple[Lookup, ...]]:
    """The row's identity and the look-ups that it is made of; the others are conditions on it."""
    model = query.model
    exact = [one for one in query.lookups if is_exact(one)]
    for one in exact:
        if one.column == "pk":
            return _unwrapped(model, one.term), (one,)
    names = frozenset(one.column for one in exact)
    if model.schema is not None:
        for unique in sorted(model.schema.unique, key=lambda one: (len(one), sorted(one))):
            if unique <= names:
                chosen = tuple(sorted((o for o in exact if o.column in unique), key=lambda o: o.column))
                return ir.Apply("row", (ir.Const(model.name), *(o.term for o in chosen))), chosen
    variable = tuple(sorted((o for o in exact if not isinstance(o.term, ir.Const)), key=lambda o: o.column))
    chosen = variable or tuple(query.lookups)
    parts = tuple(t for o in chosen for t in (ir.Const(o.column), o.term))
    return ir.Apply("row", (ir.Const(model.name), *parts)), chosen


def _unwrapped(model: Model, term: ir.Term) -> ir.Term:
    """The row whose primary key the term is."""
    if isinstance(term, ir.Apply) and term.label == "pk":
        return term.args[0]
    if isinstance(term, ir.Apply) and term.label in {".pk", ".id"}:
        return term.args[0]
    return ir.Apply("row", (ir.Const(model.name), term))


def bag_cell(query: Query, identity: tuple[Lookup, ...]) -> ir.Cell:
    """The cell that is absent when no row has these values."""
    lookups = sorted(identity, key=lambda one: (one.column, one.operator))
    key: list[ir.Term] = [ir.Const(query.model.name), ir.Const("where")]
    for one in lookups:
        sign = "!" if one.negated else ""
        key += [ir.Const(f"{sign}{one.column} {one.operator}"), one.term]
    return ir.Cell(query.model.store, tuple(key), None, True)


def conditions_of(query: Query, identity: tuple[Lookup, ...]) -> tuple[Lookup, ...]:
    """What a query asks of its row beside the identity, on columns of the row itself."""
    whole_table = set(identity) >= set(query.lookups)
    rest = [one for one in query.lookups if one not in identity]
    if whole_table:
        rest = [one for one in query.lookups if isinstance(one.term, ir.Const)]
    return tuple(one for one in rest if "__" not in one.column and one.column.isidentifier())


def condition_guard(low: Lowering, snapshot: str, one: Lookup) -> ir.Guard:
    """The condition as a guard on the snapshot's field."""
    value = low.unchanged(low.state, snapshot, one.column)
    assert isinstance(value, Data)
    guard: ir.Guard
    if one.operator == "exact" and isinstance(one.term, ir.Const):
        absent = one.term.value is None
        guard = ir.IsAbsent(value.term) if absent else ir.IsEqual(value.term, one.term)
    elif one.operator == "isnull" and isinstance(one.term, ir.Const):
        guard = ir.IsAbsent(value.term) if one.term.value else ir.Not(ir.IsAbsent(value.term))
    else:
        guard = comparison(one.operator, value.term, one.term)
    return ir.Not(guard) if one.negated else guard


def comparison(operator: str, left: ir.Term, right: ir.Term) -> ir.Guard:
    """A comparison in a query; order is asked for in the one way in which Python's comparisons ask for it."""
    match operator:
        case "lt":
            return ir.Ask("<", (left, right))
        case "gt":
            return ir.Ask("<", (right, left))
        case "gte":
            return ir.Not(ir.Ask("<", (left, right)))
        case "lte":
            return ir.Not(ir.Ask("<", (right, left)))
        case "in" if isinstance(right, ir.Apply) and right.label in _DISPLAYS and right.args:
            members = [one for one in right.args if isinstance(one, ir.Const) and one.value is not None]
            if len(members) == len(right.args):
                return ir.AnyOf(tuple(ir.IsEqual(left, one) for one in members))
            return ir.Ask(operator, (left, right))
        case _:
            return ir.Ask(operator, (left, right))


_DISPLAYS = {"list", "tuple", "set"}
"""What a display of several values is as a term."""


def matches(query: Query, given: dict[str, ir.Term]) -> bool:
    """Whether a row created with these values may be one that the query looks for."""
    is_tied = not any(is_exact(one) and not isinstance(one.term, ir.Const) for one in query.lookups)
    for one in query.lookups:
        if not is_exact(one):
            continue
        value = given.get(one.column)
        if value is None:
            if not isinstance(one.term, ir.Const) or _is_made_otherwise(query.model, one, given):
                return False
            continue
        if _peeled(value) == _peeled(one.term):
            is_tied = True
        elif (one.column != "pk" and not isinstance(one.term, ir.Const)) or (
            isinstance(value, ir.Const) and isinstance(one.term, ir.Const)
        ):
            return False
    return is_tied


def _is_made_otherwise(model: Model, one: Lookup, given: dict[str, ir.Term]) -> bool:
    """Whether rows made without a value in a column get another one than is looked for."""
    column = model.schema.columns.get(one.column) if model.schema is not None else None
    if column is None or column.default is None or not all(map(str.isidentifier, given)):
        return False
    return column.default != one.term


def _peeled(term: ir.Term) -> ir.Term:
    """A container without the items that were set in it later; a row for its key."""
    while isinstance(term, ir.Apply) and term.label in {"set item", "pk", ".pk", ".id"} and term.args:
        term = term.args[0]
    return term


def lookups_text(low: Lowering, query: Query) -> str:
    """The conditions of a query for a trace (``pk=order_id, state=new``)."""
    parts = []
    for one in query.lookups:
        operator = "" if one.operator == "exact" else f"__{one.operator}"
        sign = "!=" if one.negated else "="
        named = f"{one.column}{operator}{sign}" if one.column != "?" else "not " if one.negated else ""
        parts.append(named + low.brief(one.term))
    return ", ".join(parts)
