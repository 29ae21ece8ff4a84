"""A key and its members: a hash, set or list changes with any of its fields, and they with it."""

from __future__ import annotations

from fenceline.analyzer import ir
from fenceline.analyzer.lower_state import Fact

Key = tuple[str, tuple[ir.Term, ...]]


def relate_members(facts: list[Fact]) -> None:
    """Where an entry reads a key as a whole, writes of its members change that too; and the other way round."""
    ops = list(dict.fromkeys(one.op for one in facts if one.family == "kv" and isinstance(one.op, ir.Atomic)))
    read: dict[Key, set[str | None]] = {}
    for op in ops:
        assert isinstance(op, ir.Atomic)
        for step in op.steps:
            if isinstance(step, ir.Get):
                read.setdefault(_key(step.cell), set()).add(step.cell.field)
    for op in ops:
        assert isinstance(op, ir.Atomic)
        op.steps = _related(op.steps, read)


def _key(cell: ir.Cell) -> Key:
    return cell.store, cell.key


def _related(steps: tuple[ir.Step, ...], read: dict[Key, set[str | None]]) -> tuple[ir.Step, ...]:
    found: list[ir.Step] = []
    known = {step.cell for step in steps if not isinstance(step, ir.Get | ir.CompareAndSet)}
    for step in steps:
        if isinstance(step, ir.CompareAndSet):
            found.append(_compared(step, read))
            continue
        found.append(step)
        if isinstance(step, ir.Get):
            continue
        names = read.get(_key(step.cell), set())
        if step.cell.field is not None and None in names and _whole(step.cell) not in known:
            found.append(ir.Modify(_whole(step.cell), _with(step.cell, step)))
        elif step.cell.field is None:
            fields = sorted(name for name in names if name is not None)
            found.extend(_inside(step, name) for name in fields)
    return tuple(found)


def _whole(cell: ir.Cell) -> ir.Cell:
    return ir.Cell(cell.store, cell.key)


def _with(cell: ir.Cell, step: ir.Step) -> ir.Term:
    value: ir.Term = ir.Const(None) if isinstance(step, ir.Remove | ir.Get | ir.CompareAndSet) else step.value
    return ir.Apply("with", (ir.Old(), ir.Const(cell.field), value))


def _inside(step: ir.Put | ir.Modify | ir.PutIfAbsent | ir.Remove | ir.Insert, name: str) -> ir.Step:
    cell = ir.Cell(step.cell.store, step.cell.key, name)
    if isinstance(step, ir.Remove):
        return ir.Remove(cell)
    return ir.Modify(cell, ir.Apply("moved", (ir.Old(), step.value)))


def _compared(step: ir.CompareAndSet, read: dict[Key, set[str | None]]) -> ir.Step:
    """The same for the writes of an EXEC."""
    written = {cell for cell, _ in step.writes}
    more: list[tuple[ir.Cell, ir.Term]] = []
    for cell, value in step.writes:
        if cell.field is not None and None in read.get(_key(cell), set()) and _whole(cell) not in written:
            more.append((_whole(cell), ir.Apply("with", (ir.Old(), ir.Const(cell.field), value))))
            written.add(_whole(cell))
    return ir.CompareAndSet(step.expect, (*step.writes, *more), step.bind, step.conflict, step.guard) if more else step
