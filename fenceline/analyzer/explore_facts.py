"""What a program tests, found once before it runs: first values that cells may have, and which calls are fills."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from fenceline.analyzer import ir
from fenceline.analyzer.explore_code import leaves_of
from fenceline.analyzer.values import vars_of

Place = tuple[str, str | None, tuple[ir.Term, ...]]


def place_of(cell: ir.Cell) -> Place:
    """Where a cell is, as far as the source says."""
    return (cell.store, cell.field, cell.key)


def may_be_same(one: Place, other: Place) -> bool:
    """Whether two places may name one cell: constants and arguments are themselves, what is computed may be any."""
    if one[:2] != other[:2] or len(one[2]) != len(other[2]):
        return False
    return all(a == b or _is_computed(a) or _is_computed(b) for a, b in zip(one[2], other[2], strict=True))


def _is_computed(term: ir.Term) -> bool:
    return isinstance(term, ir.Var | ir.Old | ir.Apply)


@dataclass(slots=True)
class Facts:
    """``may_be_absent`` and ``constants``: beside an unknown value, what a cell of this place may hold at first.

    ``maybe_none``: names of unread results. ``released``: the locks that are given back; any other is a mark.
    ``rereads``: comparisons of two reads of one cell; unequal means that the first was stale, which loses.
    ``results``: names of what atomic steps and lock attempts have said; False there, once looked at, loses.
    """

    may_be_absent: set[Place] = field(default_factory=set)
    constants: dict[Place, list[object]] = field(default_factory=dict)
    fills: set[ir.Op] = field(default_factory=set)
    free_guards: set[ir.Ask] = field(default_factory=set)
    maybe_none: set[str] = field(default_factory=set)
    released: set[tuple[ir.Term, ...]] = field(default_factory=set)
    rereads: set[ir.Ask] = field(default_factory=set)
    results: set[str] = field(default_factory=set)
    looked_at: set[str] = field(default_factory=set)


def facts_of(body: ir.Seq) -> Facts:
    """Everything above, for one program."""
    leaves = leaves_of(body)
    origins = _origins(leaves)
    facts = Facts()
    for guard in _guards(leaves):
        _note_guard(guard, origins, facts)
    for leaf in leaves:
        if isinstance(leaf, ir.Atomic):
            for step in leaf.steps:
                _note_step(step, facts)
                if leaf.row_locks and isinstance(step, ir.Get) and step.cell.is_bag:
                    facts.may_be_absent.add(place_of(step.cell))  # then there is no row to lock
        elif isinstance(leaf, ir.Opaque) or (isinstance(leaf, ir.Let) and isinstance(leaf.value, ir.Apply)):
            facts.maybe_none.add(leaf.bind or "")
    facts.results = _results(leaves)
    facts.looked_at = {name for leaf in leaves for item in _looks(leaf) for name in vars_of(item)}
    facts.released = {leaf.lock for leaf in leaves if isinstance(leaf, ir.Release)}
    facts.fills = {leaf for leaf in leaves if isinstance(leaf, ir.External) and _is_fill(leaf, leaves)}
    return facts


def _results(leaves: list[ir.Tree]) -> set[str]:
    """The names of what an atomic step or a lock attempt has said: whether it won."""
    found: set[str] = set()
    for leaf in leaves:
        if isinstance(leaf, ir.Atomic):
            won = [s.bind for s in leaf.steps if isinstance(s, ir.PutIfAbsent | ir.CompareAndSet | ir.Remove)]
            found.update(bind for bind in won if bind)
        elif isinstance(leaf, ir.Acquire) and leaf.bind:
            found.add(leaf.bind)
    for _ in range(3):
        found.update(target for leaf in leaves for source, target in _copies(leaf) if source in found)
    return found


def _looks(leaf: ir.Tree) -> tuple[ir.Term | ir.Guard | None, ...]:
    """What a run decides on or ends with."""
    match leaf:
        case ir.Branch(guard=guard):
            return (guard,)
        case ir.Let(value=value) | ir.Return(value=value):
            return (value,)
        case ir.Send(values=values) | ir.External(values=values):
            return values
        case _:
            return ()


def _guards(leaves: list[ir.Tree]) -> Iterator[ir.Guard]:
    for leaf in leaves:
        if isinstance(leaf, ir.Branch):
            yield from _flat(leaf.guard)
        elif isinstance(leaf, ir.Atomic):
            for step in leaf.steps:
                if isinstance(step, ir.CompareAndSet) and step.guard is not None:
                    yield from _flat(step.guard)


def _flat(guard: ir.Guard) -> Iterator[ir.Guard]:
    if isinstance(guard, ir.Not):
        yield from _flat(guard.guard)
    elif isinstance(guard, ir.AllOf | ir.AnyOf):
        for part in guard.guards:
            yield from _flat(part)
    else:
        yield guard


def _origins(leaves: list[ir.Tree]) -> dict[str, set[Place]]:
    """From which places the value of each name may have been read."""
    origins: dict[str, set[Place]] = {}
    for leaf in leaves:
        if isinstance(leaf, ir.Atomic):
            for step in leaf.steps:
                if isinstance(step, ir.Get | ir.Modify) and step.bind:
                    origins.setdefault(step.bind, set()).add(place_of(step.cell))
    for _ in range(3):  # copies of copies; deeper chains are not followed
        for leaf in leaves:
            for source, target in _copies(leaf):
                origins.setdefault(target, set()).update(origins.get(source, ()))
    return origins


def _copies(leaf: ir.Tree) -> Iterator[tuple[str, str]]:
    if isinstance(leaf, ir.Let) and isinstance(leaf.value, ir.Var):
        yield leaf.value.name, leaf.bind
    elif isinstance(leaf, ir.Frame) and leaf.bind:
        for inner in leaves_of(leaf.body):
            if isinstance(inner, ir.Return) and isinstance(inner.value, ir.Var):
                yield inner.value.name, leaf.bind


def _note_guard(guard: ir.Guard, origins: dict[str, set[Place]], facts: Facts) -> None:
    if isinstance(guard, ir.Ask):
        facts.free_guards.add(guard)
        read = [origins.get(arg.name, set()) for arg in guard.args if isinstance(arg, ir.Var)]
        if len(read) == len(guard.args) == 2 and read[0] & read[1]:
            facts.rereads.add(guard)
    elif isinstance(guard, ir.IsAbsent | ir.IsTrue | ir.IsEqual) and isinstance(guard.term, ir.Var):
        for place in sorted(origins.get(guard.term.name, ()), key=repr):
            if not isinstance(guard, ir.IsEqual) or guard.value.value is None:
                facts.may_be_absent.add(place)
            else:
                _add_constant(facts, place, guard.value.value)


def _note_step(step: ir.Step, facts: Facts) -> None:
    if isinstance(step, ir.PutIfAbsent) or (isinstance(step, ir.Remove) and step.bind):
        facts.may_be_absent.add(place_of(step.cell))
    elif isinstance(step, ir.CompareAndSet):
        for cell, expected in step.expect:
            if expected is None or expected == ir.Const(None):
                facts.may_be_absent.add(place_of(cell))
            elif isinstance(expected, ir.Const):
                _add_constant(facts, place_of(cell), expected.value)


def _add_constant(facts: Facts, place: Place, value: object) -> None:
    known = facts.constants.setdefault(place, [])
    if not any(type(k) is type(value) and k == value for k in known):
        known.append(value)


def _is_fill(call: ir.External, leaves: list[ir.Tree]) -> bool:
    """Its result is stored whole in a key and perhaps returned, and used for nothing else."""
    if call.bind is None or call.idempotency_key is not None:
        return False
    uses = [use for leaf in leaves for use in _uses(leaf, call.bind)]
    return "stored" in uses and "other" not in uses


def _uses(leaf: ir.Tree, name: str) -> Iterator[str]:
    if isinstance(leaf, ir.Atomic):
        for step in leaf.steps:
            if isinstance(step, ir.Put | ir.PutIfAbsent) and step.cell.field is None and step.value == ir.Var(name):
                yield "stored"
            elif f"Var(name={name!r})" in repr(step):
                yield "other"
    elif any(f"Var(name={name!r})" in text for text in _texts(leaf)):
        yield "other"


def _texts(leaf: ir.Tree) -> list[str]:
    match leaf:
        case ir.Let():
            return [repr(leaf.value)]
        case ir.Branch():
            return [repr(leaf.guard)]
        case ir.Opaque():
            return [repr(leaf.receives)]
        case ir.External():
            return [repr(leaf.values), repr(leaf.idempotency_key)]
        case ir.Send():
            return [repr(leaf.values)]
    return []
