"""How much of a pair the parts of an effect tree hold: by which way a run gets to it, where nothing watched decides."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from fenceline.analyzer import ir
from fenceline.analyzer.values import vars_of

CORE = 1000
"""The weight of an op of the pair, above all that depends on one."""

DEPENDENT = 10
"""That of what is decided on, or computed from, what the pair's reads gave; an op that is kept besides has 1."""


class _Weight(NamedTuple):
    """Of one item of a tree: how much of the pair it holds, and how much in it depends on what the pair has read."""

    ops: int
    dependents: int


class Ahead(NamedTuple):
    """For each place in a sequence the weight of all that follows, and whether that always ends in an exception."""

    weights: list[int]
    raises: list[bool]


class Weights:
    """Of one pair (``core``), the ops that are kept, and the names that its reads bind; each worked out once."""

    def __init__(self, core: Collection[ir.Op], kept: Collection[ir.Op], binds: frozenset[str]) -> None:
        self._core = core
        self._kept = kept
        self._binds = binds
        self._known: dict[ir.Tree, _Weight] = {}
        self._ahead: dict[ir.Seq, Ahead] = {}

    def of(self, seq: ir.Seq) -> int:
        """How much of the pair a sequence holds."""
        return sum(self._item(one).ops for one in seq.items) + self._dependents(seq.items)

    def ahead(self, seq: ir.Seq) -> Ahead:
        """The same of what follows each place of a sequence, from its end."""
        if seq not in self._ahead:
            ops = dependents = 0
            ahead = Ahead([0], [False])
            for item in reversed(seq.items):
                weight = self._item(item)
                ops, dependents = ops + weight.ops, dependents + weight.dependents
                ahead.weights.append(ops + min(dependents, CORE - 1))
                ending = _ends_in_exception(item)
                ahead.raises.append(ahead.raises[-1] if ending is None else ending)
            ahead.weights.reverse()
            ahead.raises.reverse()
            self._ahead[seq] = ahead
        return self._ahead[seq]

    def _dependents(self, items: Sequence[ir.Tree]) -> int:
        return min(sum(self._item(one).dependents for one in items), CORE - 1)

    def _item(self, item: ir.Tree) -> _Weight:
        known = self._known.get(item)
        if known is None:
            known = self._known[item] = self._weighed(item)
        return known

    def _weighed(self, item: ir.Tree) -> _Weight:
        if isinstance(item, ir.Op):
            return _Weight(CORE if item in self._core else int(item in self._kept), 0)
        parts: list[ir.Seq] = []
        own = 0
        match item:
            case ir.Let(value=value):
                own = DEPENDENT * bool(not isinstance(value, ir.Var) and vars_of(value) & self._binds)
            case ir.Branch():
                own = DEPENDENT * bool(vars_of(item.guard) & self._binds)
                parts = [item.then, item.orelse]
            case ir.Loop(body=body) | ir.Tx(body=body) | ir.Frame(body=body):
                parts = [body]
            case ir.Try():
                parts = [item.body, item.orelse, item.final]
            case _:
                pass
        inside = [*parts, *(one.body for one in item.handlers)] if isinstance(item, ir.Try) else parts
        inside = [item] if isinstance(item, ir.Seq) else inside
        ops = sum(self._item(one).ops for part in inside for one in part.items)
        return _Weight(ops, own + sum(self._dependents(part.items) for part in parts))


def raises(seq: ir.Seq) -> bool:
    """Whether a sequence always ends in an exception."""
    return next((ending for item in seq.items if (ending := _ends_in_exception(item)) is not None), False)


def _ends_in_exception(item: ir.Tree) -> bool | None:
    """Whether what is in an item does; None where the run goes on after it."""
    match item:
        case ir.Raise():
            return True
        case ir.Return() | ir.Break() | ir.Continue():
            return False
        case ir.Branch(then=then, orelse=orelse) if raises(then) and raises(orelse):
            return True
        case ir.Frame(body=body) | ir.Tx(body=body) if raises(body):
            return True
        case _:
            return None
