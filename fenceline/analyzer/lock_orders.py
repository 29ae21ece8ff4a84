"""In which order a run takes locks, rows of a table included, and what it holds while it takes the next one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from fenceline.analyzer import ir
from fenceline.analyzer.flow import Flow, written_cells
from fenceline.analyzer.holds import holds_of, inside
from fenceline.analyzer.lock_names import LockName, is_known, is_one_of_many, lock_name
from fenceline.analyzer.lower_state import Fact

ROWS = "rows"
_WRITES = frozenset({"row.write", "row.delete", "row.upsert"})


@dataclass(slots=True, eq=False)
class Taking:
    """One lock that a run takes and waits for, or the rows that it locks by a statement.

    ``name``: which lock, or which table; ``key``: which of them, None where that is not known. ``held``: the ops during
    which it is held. ``text``: what a message calls it.
    """

    op: ir.Op
    name: LockName
    key: ir.Term | None
    held: frozenset[ir.Op]
    text: str
    fact: Fact

    @property
    def is_row(self) -> bool:
        """Whether it is rows, not a lock of a library."""
        return self.name[0] == ir.Const(ROWS)

    @property
    def several(self) -> str:
        """What a message calls more of the kind."""
        return self.text if self.is_row else f"locks {self.fact.target}"


@dataclass(frozen=True, slots=True)
class Order:
    """Two locks, the second taken while the first is held, and the names of what was held before both."""

    first: Taking
    second: Taking
    gates: frozenset[LockName] = field(default_factory=frozenset)


def takings_of(flow: Flow) -> list[Taking]:
    """What a function takes and others wait for, in the order of the source. Who waits for a limited time gives up."""
    if "takings" not in flow.memo:
        found = [*_locks(flow), *_rows(flow)]
        flow.memo["takings"] = sorted(found, key=lambda one: flow.places[one.op].number)
    known = flow.memo["takings"]
    return known if isinstance(known, list) else []


def orders_of(flow: Flow) -> list[Order]:
    """The pairs of different locks, or of different ones of one family, in the order in which a function takes them."""
    if "orders" not in flow.memo:
        flow.memo["orders"] = list(_orders(flow, takings_of(flow)))
    known = flow.memo["orders"]
    return known if isinstance(known, list) else []


def _locks(flow: Flow) -> Iterator[Taking]:
    for hold in holds_of(flow):
        op = hold.taken.op
        if not isinstance(op, ir.Acquire) or op.mode != "wait" or op.limit is not None or op in flow.lowered.hooked:
            continue
        name = lock_name(flow.lowered, op.lock)
        if is_known(name):
            held = frozenset(inside(flow, hold))
            yield Taking(op, name, op.lock[-1], held, f"the lock {hold.key}", hold.taken)


def _rows(flow: Flow) -> Iterator[Taking]:
    for fact in flow.lowered.facts:
        if fact.op not in flow.places or fact.op in flow.lowered.hooked or not _locks_rows(fact):
            continue
        if _may_be_new(flow, fact):
            continue
        block = flow.transaction(fact.op)
        if block is None or fact.model is None or fact.model.by_shape:
            continue
        held = frozenset(op for op in flow.places if flow.is_before(fact.op, op) and flow.transaction(op) is block)
        name = (ir.Const(ROWS), ir.Const(fact.model.name))
        yield Taking(fact.op, name, _key_of(fact), held, f"rows of {fact.model.label}", fact)


def _locks_rows(fact: Fact) -> bool:
    if fact.kind == "row.read":
        return isinstance(fact.op, ir.Atomic) and bool(fact.op.row_locks) and fact.op.row_lock_mode == "wait"
    return fact.kind in _WRITES and not (fact.row is not None and fact.row.origin == "created")


def _may_be_new(flow: Flow, fact: Fact) -> bool:
    """Whether the row is the one that a class's own ``save`` is called on: often one that nobody else can have yet."""
    lowered, row = flow.lowered, fact.row
    if lowered.overrides != "row.save" or row is None or row.origin != "entry":
        return False
    return row.key == ir.Arg(lowered.params[0])


def _key_of(fact: Fact) -> ir.Term | None:
    """What names the row, None for rows that satisfy a condition."""
    if fact.row is not None:
        return fact.row.key
    for cell in written_cells(fact.op):
        if not cell.is_bag:
            return cell.key[1]
        if ir.Const("pk exact") in cell.key[2:3]:
            return ir.Apply("row", (cell.key[0], cell.key[3]))
    return None


def _orders(flow: Flow, takings: list[Taking]) -> Iterator[Order]:
    seen: set[tuple[LockName, LockName, ir.Term | None, ir.Term | None]] = set()
    for at, second in enumerate(takings):
        before = [one for one in takings[:at] if second.op in one.held and not flow.exclude(one.op, second.op)]
        if any(one.name == second.name and one.key == second.key for one in before):
            continue  # held already
        gates: frozenset[LockName] = frozenset()
        for first in before:
            if first.name == second.name or second.name not in gates:
                pair = (first.name, second.name, first.key, second.key)
                if pair not in seen:
                    seen.add(pair)
                    yield Order(first, second, gates)
            if first.name not in gates:
                gates |= {first.name}


def is_one(taking: Taking) -> bool:
    """Whether it is a single row or lock, which its caller chooses."""
    key = taking.key
    if isinstance(key, ir.Apply) and key.label == "row":
        return len(key.args) == 2 and isinstance(key.args[1], ir.Arg)
    if isinstance(key, ir.Arg):
        return True
    return not taking.is_row and is_one_of_many(taking.name)


def roots_of(term: ir.Term | None) -> frozenset[ir.Term]:
    """The arguments and bound names of which a key is made."""
    match term:
        case ir.Arg() | ir.Var():
            return frozenset({term})
        case ir.Apply(args=args):
            return frozenset().union(*map(roots_of, args))
        case _:
            return frozenset()


def contains(term: ir.Term | None, part: ir.Term) -> bool:
    """Whether a term is made of another one."""
    return term == part or (isinstance(term, ir.Apply) and any(contains(one, part) for one in term.args))
