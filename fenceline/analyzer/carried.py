"""What a message has to do with a row: whether it carries the row that is written, or what names it."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.flow import written_cells
from fenceline.analyzer.lower_state import Fact


def is_carried(write: Fact, values: tuple[ir.Term, ...]) -> bool:
    """Whether a message carries the row that is written, its key, what it was looked up by, or a field of it."""
    known = {atom for key in _keys(write) for atom in _atoms(key)} | set(_unique_values(write))
    snapshot = f"{write.row.snapshot}." if write.row is not None else None
    todo: list[ir.Term] = list(values)
    while todo:
        one = todo.pop()
        if one in known or (snapshot is not None and isinstance(one, ir.Var) and one.name.startswith(snapshot)):
            return True
        if isinstance(one, ir.Apply):
            todo.extend(one.args)
    return False


def _keys(fact: Fact) -> set[ir.Term]:
    """What names the rows that an op writes, or what they are looked up by."""
    keys: set[ir.Term] = set()
    if fact.row is not None:
        keys.add(fact.row.key)
    for cell in written_cells(fact.op):
        if not cell.is_bag:
            keys.update(cell.key[1:2])
        elif ir.Const("where") in cell.key[1:2]:
            keys.update(cell.key[2:])
    return keys


def _unique_values(fact: Fact) -> Iterator[ir.Term]:
    """What a new row holds in columns that name it."""
    schema = fact.model.schema if fact.model is not None else None
    if schema is None or not isinstance(fact.op, ir.Atomic):
        return
    unique = {name for names in schema.unique if len(names) == 1 for name in names}
    for step in fact.op.steps:
        given = step.value.args if isinstance(step, ir.Insert) and isinstance(step.value, ir.Apply) else ()
        for name, value in zip(given[::2], given[1::2], strict=False):
            if isinstance(name, ir.Const) and name.value in unique and not isinstance(value, ir.Const):
                yield value
        if isinstance(step, ir.PutIfAbsent):
            yield from (one for one in step.cell.key[1:] if not isinstance(one, ir.Const))


def _atoms(key: ir.Term) -> Iterator[ir.Term]:
    """The row's key, and the values that it was looked up by."""
    if not isinstance(key, ir.Const):
        yield key
    if isinstance(key, ir.Apply) and key.label == "row":
        for one in key.args[1:]:
            yield from _atoms(one)
