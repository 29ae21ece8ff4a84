"""Two programs as one that the machine can run either way: the same values, questions and answers for both.

The terms of two trees are equal when they are made of the same names. What a lowering names by number (``v#7``) gets a
number by its place in its own tree, so that a tree and its rewriting name alike what they have in common.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import TypeVar, cast

from fenceline.analyzer import ir
from fenceline.analyzer.explore_code import Code, leaves_of
from fenceline.analyzer.ir_walk import cells_of, ops_in
from fenceline.analyzer.nodes import Span

T = TypeVar("T")
CHOICE = "which of two programs"
_NUMBERED = re.compile(r"#\d+")
_BINDS = frozenset({"bind"})


class _Renamer:
    """Copies a tree with other names: what is bound in it is told apart by ``prefix``, what is not by its number."""

    def __init__(self, prefix: str, bound: frozenset[str]) -> None:
        self._prefix, self._bound = prefix, bound
        self._numbers: dict[str, str] = {}

    def copy(self, item: T) -> T:
        """The same with other names."""
        return cast("T", self._copy(item))

    def _copy(self, item: object) -> object:
        if isinstance(item, tuple):
            return tuple(self._copy(one) for one in item)
        if isinstance(item, list):
            return [self._copy(one) for one in item]
        if isinstance(item, ir.Var):
            return ir.Var(self._name(item.name))
        if isinstance(item, ir.Apply):
            return _plain(ir.Apply(item.label, tuple(self.copy(one) for one in item.args)))
        if isinstance(item, ir.External) and item.idempotency_key is not None:
            item = dataclasses.replace(item, values=tuple(one for one in item.values if one != item.idempotency_key))
        if isinstance(item, ir.Shared | ir.Fresh):
            return dataclasses.replace(item, label=self._numbered(item.label))
        if isinstance(item, Span) or not dataclasses.is_dataclass(item) or isinstance(item, type):
            return item
        values = {one.name: self._field(one.name, getattr(item, one.name)) for one in dataclasses.fields(item)}
        return dataclasses.replace(item, **values)

    def _field(self, name: str, value: object) -> object:
        return self._name(value) if name in _BINDS and isinstance(value, str) else self._copy(value)

    def _name(self, name: str) -> str:
        return self._prefix + name if name in self._bound else self._numbered(name)

    def _numbered(self, label: str) -> str:
        if "#" not in label:
            return label
        base = _NUMBERED.sub("#", label)
        return self._numbers.setdefault(label, f"{base}{sum(b.startswith(base) for b in self._numbers.values())}")


_ARITHMETIC = frozenset({"+", "-", "*"})
_NUMBERS = frozenset({"int", "float"})
_NOTHING = tuple((ir.Const(one),) for one in (0, "0", b"0"))


def _plain(term: ir.Apply) -> ir.Term:
    """A term without what makes no difference to the number that it is.

    The column of a row is its value, wherever it is computed; a number that is computed with is the same number before
    it is converted, and a missing one counts as 0 where 0 stands in for it: as stores count. Less five is five less
    than nothing added, ``2 + n`` is ``n + 2``, and the text of a sum is stored as the sum is.
    """
    if term.label == "column" and len(term.args) == 2:
        return term.args[1]
    if term.label == "str" and isinstance(term.args[0], ir.Apply) and term.args[0].label in _ARITHMETIC:
        return term.args[0]
    if term.label in _ARITHMETIC:
        return _sum(term.label, tuple(_number(one) for one in term.args))
    return term


def _sum(label: str, args: tuple[ir.Term, ...]) -> ir.Term:
    if label == "-" and len(args) == 1:
        known = _constant(args[0])
        return ir.Apply(label, args) if known is None else ir.Const(-known)
    if label == "-" and len(args) == 2:
        return _sum("+", (args[0], _sum("-", args[1:])))
    if label != "*" and len(args) == 2 and _constant(args[0]) is not None and _constant(args[1]) is None:
        args = (args[1], args[0])
    return ir.Apply(label, args)


def _constant(term: ir.Term) -> int | float | None:
    is_number = isinstance(term, ir.Const) and isinstance(term.value, int | float) and not isinstance(term.value, bool)
    return term.value if is_number else None  # type: ignore[union-attr, return-value] # then it is one


def _number(term: ir.Term) -> ir.Term:
    while isinstance(term, ir.Apply):
        is_converted = term.label in _NUMBERS and len(term.args) == 1
        if not is_converted and (term.label != "or" or term.args[1:] not in _NOTHING):
            break
        term = term.args[0]
    return term


def stored_names(seq: ir.Seq) -> frozenset[str]:
    """The names of what was read from a cell: a value that somebody has put there is there."""
    found: set[str] = set()
    for leaf in leaves_of(seq):
        if isinstance(leaf, ir.Atomic):
            found.update(step.bind for step in leaf.steps if isinstance(step, ir.Get) and step.bind)
        elif isinstance(leaf, ir.Let) and isinstance(leaf.value, ir.Var) and leaf.value.name in found:
            found.add(leaf.bind)
    return frozenset(found)


def _bound_in(item: object, found: set[str]) -> set[str]:
    if isinstance(item, tuple | list):
        for one in item:
            _bound_in(one, found)
    elif dataclasses.is_dataclass(item) and not isinstance(item, Span):
        for field in dataclasses.fields(item):
            value = getattr(item, field.name)
            if field.name in _BINDS and isinstance(value, str):
                found.add(value)
            else:
                _bound_in(value, found)
    return found


def twin_of(old: ir.Program, new: ir.Program, own: Callable[[ir.Cell], bool]) -> ir.Program:
    """One program that first asks which of two to run. ``own``: cells that are not compared, and empty at first."""
    bodies = []
    for prefix, program in (("old:", old), ("new:", new)):
        bodies.append(_Renamer(prefix, frozenset(_bound_in(program.body, set()))).copy(program.body))
    place = Span(1, 1, 1, 1)
    choice = ir.Branch(ir.IsTrue(ir.Shared(CHOICE)), bodies[0], bodies[1], place, "")
    cells = {cell: own(cell) for body in bodies for op in ops_in(body) for cell in cells_of(op)}
    return ir.Program(
        ir.Seq([choice]),
        old.equal_args | new.equal_args,
        cells=tuple(cell for cell, is_own in cells.items() if not is_own) if any(cells.values()) else None,
        leases=old.leases | new.leases,
        empty=frozenset(cell for cell, is_own in cells.items() if is_own),
    )


def sites_of(code: Code) -> dict[int, int]:
    """Instruction → the place that both programs name alike: the n-th op of its kind that says the same.

    What an op gives back, and whether it fails, is asked by place: the same call is to have the same answer in both.
    """
    new_from = next(instr.target for instr in code.instrs if instr.kind == "branch")
    numbers: dict[tuple[object, ...], int] = {}
    seen: dict[tuple[object, ...], int] = {}
    sites: dict[int, int] = {}
    for pc, instr in enumerate(code.instrs):
        if instr.op is None:
            continue
        said = getattr(instr.op, "what", "") or instr.op.text
        key = (type(instr.op).__name__, said)
        nth = (pc >= new_from, *key)
        seen[nth] = seen.get(nth, 0) + 1
        sites[pc] = numbers.setdefault((*key, seen[nth]), len(code.instrs) + len(numbers))
    return sites


def raise_alike(code: Code, sites: Mapping[int, int]) -> None:
    """What may fail in one of the programs, because that is handled there, may fail in the other as well."""
    raising = {sites[pc]: instr.may_raise for pc, instr in enumerate(code.instrs) if pc in sites and instr.may_raise}
    for pc, instr in enumerate(code.instrs):
        if pc in sites and instr.may_raise is None:
            instr.may_raise = raising.get(sites[pc])
