"""Two entries that are no copies of each other, on one row, as one program for the explorer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.entries import Entry
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.ir_walk import ops_in
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.slices import Candidate, program_for
from fenceline.analyzer.values import Model

_PART = ir.Arg("which of the two")
_ROW = ir.Arg("the row")
_MARK = "the other's "


@dataclass(slots=True, eq=False)
class Writer:
    """A write to columns of a model by a function of the project; ``reached``: by which entry, asked if it matters."""

    flow: Flow
    fact: Fact
    model: Model
    columns: frozenset[str]
    function: str
    reached: Callable[[], Entry]

    @property
    def entry(self) -> Entry:
        """The entry by which the function is reached."""
        return self.reached()

    @property
    def op(self) -> ir.Op:
        """The write."""
        return self.fact.op

    @property
    def is_own(self) -> bool:
        """Whether the write stands in the function itself, not in one that it calls."""
        span = self.flow.lowered.node.span
        return self.op.path == self.flow.lowered.path and span.line <= self.op.span.line <= span.end_line


@dataclass(slots=True, eq=False)
class Other:
    """The entry that may run beside the one with the hazard: its flow, and what it does.

    ``keys`` are the terms by which the two name the row that they meet on, the first entry's first.
    """

    flow: Flow
    candidate: Candidate
    keys: tuple[ir.Term, ir.Term]


def program_beside(program: ir.Program, other: Other) -> ir.Program:
    """A program in which each of the two runs takes one of the two parts; which one, nothing says.

    Locks of one name are one lock, whatever values the two entries name them by: both are about the same row.
    """
    theirs = program_for(other.flow, other.candidate)
    first, second = other.keys
    ours = _Renaming({first: _ROW}, "")
    body = ours.tree(program.body)
    beside = _Renaming({**_same_locks(program.body, theirs.body), second: _ROW}, _MARK).tree(theirs.body)
    assert isinstance(body, ir.Seq)
    assert isinstance(beside, ir.Seq)
    place = nodes.Span(1, 1, 1, 1)
    return replace(
        program,
        body=ir.Seq([ir.Branch(ir.IsTrue(_PART), body, beside, place, "")]),
        equal_args=program.equal_args | {_MARK + one for one in theirs.equal_args} | {_ROW.name},
        candidate_reads=tuple(ours.op(one) for one in program.candidate_reads),
        candidate_acts=tuple(ours.op(one) for one in program.candidate_acts),
    )


def _same_locks(ours: ir.Seq, theirs: ir.Seq) -> dict[ir.Term, ir.Term]:
    """Their terms for the parts of locks that we take too."""
    found: dict[ir.Term, ir.Term] = {}
    mine = list(_locks(ours))
    for lock in _locks(theirs):
        same = [one for one in mine if _is_one_name(one, lock)]
        if len(set(same)) == 1:
            found.update((a, b) for a, b in zip(lock, same[0], strict=True) if not isinstance(a, ir.Const))
    return found


def _locks(seq: ir.Seq) -> Iterator[tuple[ir.Term, ...]]:
    for op in ops_in(seq):
        if isinstance(op, ir.Acquire):
            yield op.lock
        elif isinstance(op, ir.Atomic):
            yield from op.row_locks


def _is_one_name(one: tuple[ir.Term, ...], other: tuple[ir.Term, ...]) -> bool:
    """Whether two lock names are the same but for the values in them."""
    if len(one) != len(other) or not all(map(_is_alike, one, other)):
        return False
    return any(isinstance(part, ir.Const | ir.Apply) for part in one)


def _is_alike(one: ir.Term, other: ir.Term) -> bool:
    if isinstance(one, ir.Apply) and isinstance(other, ir.Apply):
        is_one_form = one.label == other.label and len(one.args) == len(other.args)
        return is_one_form and all(map(_is_alike, one.args, other.args))
    return one == other or (not isinstance(one, ir.Const | ir.Apply) and not isinstance(other, ir.Const | ir.Apply))


class _Renaming:
    """Copies a tree with its terms replaced; with a ``mark``, arguments are no others' of that name."""

    def __init__(self, names: Mapping[ir.Term, ir.Term], mark: str) -> None:
        self._names, self._mark = names, mark
        self._ops: dict[ir.Op, ir.Op] = {}

    def op(self, op: ir.Op) -> ir.Op:
        """The copy of an op; there is one of each."""
        if op not in self._ops:
            made = self._copy(op)
            assert isinstance(made, ir.Op)
            self._ops[op] = made
        return self._ops[op]

    def tree(self, part: object) -> object:
        """The copy of a part of a program: a tree, an op, a step, a guard, a term."""
        if isinstance(part, ir.Op):
            return self.op(part)
        if isinstance(part, ir.Const | nodes.Span | str | int | float | None):
            return part
        if _is_term(part) and part in self._names:
            return self._names[part]  # type: ignore[index]
        if isinstance(part, ir.Arg):
            return ir.Arg(self._mark + part.name)
        if isinstance(part, tuple):
            return tuple(self.tree(one) for one in part)
        if isinstance(part, list):
            return [self.tree(one) for one in part]
        if is_dataclass(part) and not isinstance(part, type):
            return self._copy(part)
        return part

    def _copy(self, part: object) -> object:
        assert is_dataclass(part)
        assert not isinstance(part, type)
        return replace(part, **{one.name: self.tree(getattr(part, one.name)) for one in fields(part)})


def _is_term(part: object) -> bool:
    return isinstance(part, ir.Arg | ir.Fresh | ir.Shared | ir.Var | ir.Apply)
