"""Whether a loop goes through its elements in an order that the source has put them into."""

from __future__ import annotations

from collections.abc import Iterable

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.values import Query, Rows, Value, term_of

_SORTS = frozenset({"sorted", "sort", "min", "max", "nsmallest", "nlargest", "heapify", "merge"})
STEPS = 3


def is_ordered(low: Lowering, iterable: nodes.Expr, source: Value) -> bool:
    """Whether elements are sorted, or selected in an order; also where a name was given what is so further up."""
    if isinstance(source, Query):
        return source.is_ordered
    if isinstance(source, Rows):
        return source.query.is_ordered
    methods = _ordering(low)
    if _is_sorted(term_of(source), methods):
        return True
    caller = low.calls[-1] if low.calls else None
    key = ("sorted", iterable, caller)
    if key not in low.memo:
        body = caller.body if isinstance(caller, nodes.FunctionDef) else []
        low.memo[key] = _sorts(low, [iterable], body, STEPS)
    return bool(low.memo[key])


def _ordering(low: Lowering) -> frozenset[str]:
    """The methods of queries that say in which order rows come."""
    known = low.memo.get("ordering methods")
    if not isinstance(known, frozenset):
        kinds = low.models.types.values()
        named = {name for kind in kinds for name, call in kind.methods.items() if call.roles.get("order")}
        known = low.memo["ordering methods"] = _SORTS.union(named)
    return known


def _is_sorted(term: ir.Term, methods: frozenset[str]) -> bool:
    if not isinstance(term, ir.Apply):
        return False
    label = term.label.lstrip(".")
    return label in methods or label == "range" or any(_is_sorted(one, methods) for one in term.args)


def _sorts(low: Lowering, parts: list[nodes.Expr], body: list[nodes.Stmt], steps: int) -> bool:
    if sorts(parts, _ordering(low)):
        return True
    names = {one.id for one in walk(parts) if isinstance(one, nodes.Name)}
    if not names or steps == 0:
        return False
    given: list[nodes.Expr] = []
    for one in walk(body):
        if isinstance(one, nodes.Assign) and one.value is not None:
            if any(isinstance(target, nodes.Name) and target.id in names for target in one.targets):
                given.append(one.value)
        elif isinstance(one, nodes.Call) and isinstance(one.func, nodes.Attribute) and one.func.attr in _SORTS:
            if isinstance(one.func.value, nodes.Name) and one.func.value.id in names:
                return True
    return bool(given) and _sorts(low, given, body, steps - 1)


def sorts(parts: object, methods: Iterable[str] = ()) -> bool:
    """Whether something in a piece of source sorts, or calls one of these methods."""
    known = _SORTS.union(methods)
    return any(_called(one) in known for one in walk(parts) if isinstance(one, nodes.Call))


def compares(parts: object) -> bool:
    """Whether a piece of source puts two values into an order by comparing them."""
    return any(isinstance(one, nodes.Compare) and not _ORDERS.isdisjoint(one.ops) for one in walk(parts))


_ORDERS = frozenset({"<", ">", "<=", ">="})


def _called(call: nodes.Call) -> str:
    return call.func.attr if isinstance(call.func, nodes.Attribute) else getattr(call.func, "id", "")
