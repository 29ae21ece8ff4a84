"""Where one op decides on, or is computed from, what another has read: what the race rules look for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fenceline.analyzer import ir
from fenceline.analyzer.choices import PERHAPS
from fenceline.analyzer.computing import computes, counts_on
from fenceline.analyzer.flow import Flow, terms_of, written_cells
from fenceline.analyzer.lower_state import Fact

READS = frozenset({"kv.read", "row.read", "bag.read"})
CHANGES = frozenset(
    [
        "kv.write",
        "kv.update",
        "kv.insert",
        "kv.delete",
        "kv.script",
        "row.write",
        "row.create",
        "row.delete",
        "row.upsert",
        "row.relate",
    ]
)
EFFECTS = frozenset({"send", "external"})


@dataclass(slots=True, eq=False)
class Pair:
    """One read of one cell, and the later ops that depend on it."""

    read: Fact
    cell: ir.Cell
    bind: str
    computed: list[Fact]  # ops that write a value made of what was read
    decided: list[Fact]  # ops that happen or not depending on what was read

    @property
    def acts(self) -> list[Fact]:
        """All ops that depend on what was read."""
        return list(dict.fromkeys([*self.computed, *self.decided]))


def pairs_of(flow: Flow, also: frozenset[str] = frozenset()) -> list[Pair]:
    """Every cell that is read and on which something later depends, in the order of the reads; found once a flow.

    What may depend is a change or an effect, or of a kind in ``also``.
    """
    key = f"pairs {sorted(also)}"
    known = flow.memo.get(key)
    if not isinstance(known, list):
        known = flow.memo[key] = list(_pairs(flow, also))
    return known


def _pairs(flow: Flow, also: frozenset[str]) -> Iterator[Pair]:
    later = [one for one in flow.lowered.facts if one.kind in CHANGES | EFFECTS | also]
    values = {one.op: flow.values(one.op) for one in later if one.op in flow.places}
    controls = {one.op: flow.controls(one.op) for one in later if one.op in flow.places}
    for read in flow.lowered.facts:
        if read.op not in flow.places or not isinstance(read.op, ir.Atomic):
            continue
        for cell, bind in _bound(read):
            after = [one for one in later if one.op in values and flow.is_before(read.op, one.op)]
            computed = [one for one in after if bind in values[one.op]]
            decided = [one for one in after if bind in controls[one.op]]
            if computed or decided:
                yield Pair(read, cell, bind, computed, decided)


def _bound(read: Fact) -> Iterator[tuple[ir.Cell, str]]:
    """The cells that an op reads with the names that it gives them; of an UPDATE, whether there was a row."""
    assert isinstance(read.op, ir.Atomic)
    for step in read.op.steps:
        if isinstance(step, ir.Get) and step.bind is not None and read.kind in READS:
            yield step.cell, step.bind
        elif isinstance(step, ir.CompareAndSet) and step.bind is not None and read.kind == "row.write":
            yield next((cell for cell, _ in step.expect if cell.is_bag), step.expect[0][0]), step.bind


def effects_of(flow: Flow, pair: Pair, acts: list[Fact]) -> tuple[ir.Op, ...]:
    """What else is decided, of what is more when it is done twice.

    Not that the entry sends itself: one run more of it is no other than the two that are.
    """
    others = (one for one in pair.decided if one not in acts and one.runs is not flow.lowered.node)
    return tuple(one.op for one in others if not (isinstance(one.op, ir.External) and one.op.is_repeatable))


def changes_cell(fact: Fact, cell: ir.Cell) -> bool:
    """Whether the op writes to the cell; not if it is left open whether it gets another value at all."""
    if any(isinstance(one, ir.Apply) and one.label == PERHAPS for one in terms_of(fact.op, cell)):
        return False
    return any(one == cell for one in written_cells(fact.op))


def reads_for(flow: Flow, pair: Pair, acts: list[Fact]) -> tuple[ir.Op, ...]:
    """The reads of the pair's cell on which the acts depend, its own first: the last one before the act decides."""
    names: set[str] = set()
    for act in acts:
        names |= flow.controls(act.op) | flow.values(act.op)
    found = [pair.read.op]
    for fact in flow.lowered.facts:
        if fact.kind not in READS or fact.op not in flow.places or fact.op in found:
            continue
        if any(cell == pair.cell and bind in names for cell, bind in _bound(fact)):
            found.append(fact.op)
    return tuple(found)


def writers_of(flow: Flow, cell: ir.Cell) -> list[Fact]:
    """The ops of the entry that change a cell."""
    if "writers by cell" not in flow.memo:
        found: dict[ir.Cell, list[Fact]] = {}
        for one in flow.lowered.facts:
            for written in dict.fromkeys(written_cells(one.op) if one.op in flow.places else ()):
                found.setdefault(written, []).append(one)
        flow.memo["writers by cell"] = found
    known = flow.memo["writers by cell"]
    return [one for one in known.get(cell, ()) if changes_cell(one, cell)] if isinstance(known, dict) else []


def value_depends(fact: Fact, cell: ir.Cell, bind: str, flow: Flow) -> bool:
    """Whether the op writes to the cell a value made of the name."""
    return computes(flow, fact.op, cell, bind)


def asks_for(fact: Fact, pair: Pair, *, is_told: bool = False) -> bool:
    """Whether the change is made only while the cell has still the value that was read: a version.

    ``is_told``: and the run ends with an error where it has not.
    """
    steps = fact.op.steps if isinstance(fact.op, ir.Atomic) else ()
    asking = [one for one in steps if isinstance(one, ir.CompareAndSet) and (one.conflict or not is_told)]
    return any((pair.cell, ir.Var(pair.bind)) in one.expect for one in asking)


def is_put_in_order(flow: Flow, act: Fact, pair: Pair) -> bool:
    """Whether the class's own save makes of the cell's value only what it makes of every value that is saved."""
    row, column = act.row, pair.cell.field
    if row is None or column is None or (row.snapshot, column) not in flow.lowered.put_in_order:
        return False
    binds = {pair.bind, f"{row.snapshot}.{column}"}
    made = [one for one in flow.settled(terms_of(act.op, pair.cell)) if isinstance(one, ir.Apply)]
    is_made_of_itself = any(not binds.isdisjoint(flow.value_roots(one, set())) for one in made)
    return is_made_of_itself and not any(counts_on(flow, act.op, pair.cell, one) for one in binds)


def is_blind_put(fact: Fact, cell: ir.Cell) -> bool:
    """Whether the op overwrites the cell with a value that was made outside the store."""
    if not isinstance(fact.op, ir.Atomic):
        return False
    return any(isinstance(step, ir.Put) and _is_in(step.cell, cell) for step in fact.op.steps) or any(
        isinstance(step, ir.CompareAndSet) and any(c == cell and not _uses_old(v) for c, v in step.writes)
        for step in fact.op.steps
    )


def _is_in(one: ir.Cell, cell: ir.Cell) -> bool:
    """Whether a cell is this one, or a field of it."""
    return one == cell or (not cell.is_bag and cell.field is None and (one.store, one.key) == (cell.store, cell.key))


def _uses_old(term: ir.Term) -> bool:
    if isinstance(term, ir.Old):
        return True
    return isinstance(term, ir.Apply) and any(_uses_old(one) for one in term.args)


def mentions_row(term: ir.Term, keys: set[ir.Term]) -> bool:
    """Whether a value carries one of these rows or its key."""
    if term in keys:
        return True
    return isinstance(term, ir.Apply) and any(mentions_row(one, keys) for one in term.args)
