"""Whether one program may stand for another: the same runs, and under a fault nothing that the first did not do.

Claimed of two programs that agree: one run alone, and two runs one after the other, end alike and leave the same cells
and effects, whatever the answers to guards are. Claimed under faults: whatever a run leaves that is cut at some moment
(alone, before another request, before its own redelivery), or one of whose ops fails, the first one could leave too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from fenceline.analyzer import ir
from fenceline.analyzer.explore_machine import ExhaustedError, Machine
from fenceline.analyzer.explore_moment import Exit
from fenceline.analyzer.explore_outcome import Judge, Outcome
from fenceline.analyzer.explore_values import FALSE, TRUE, Question, Semantics
from fenceline.analyzer.twin import CHOICE, raise_alike, sites_of, stored_names, twin_of

MOST_STEPS = 12_000
CRASH, REDELIVERY, FAILURE = "crash", "redelivery", "failure"
STANDARD = Semantics()


class Difference(NamedTuple):
    """What the second program does that the first does not. fault: '' for none, or one of the three above."""

    fault: str
    text: str


class Comparison(NamedTuple):
    """The differences, each kind once; ``states`` counts the steps that were worked out."""

    differences: tuple[Difference, ...]
    states: int


class TooLargeError(Exception):
    """The programs cannot be compared within the bounds."""


def compare_alone(
    old: ir.Program, new: ir.Program, own: Callable[[ir.Cell], bool], *, semantics: Semantics = STANDARD
) -> Comparison:
    """The same for one run alone, without faults: for whole functions. Raises :class:`TooLargeError`."""
    both = _Both(twin_of(old, new, own), "concurrent", semantics)
    try:
        found = tuple(_in_orders(both, ((0,),)))[:1]
    except ExhaustedError as error:
        raise TooLargeError(f"more than {MOST_STEPS} steps") from error
    return Comparison(found, both.steps)


def compare(
    old: ir.Program,
    new: ir.Program,
    own: Callable[[ir.Cell], bool],
    *,
    is_redelivered: bool = False,
    semantics: Semantics = STANDARD,
) -> Comparison:
    """What ``new`` does that ``old`` does not. ``own`` says which cells are nobody else's business.

    ``is_redelivered``: a run that is cut is run again by whoever sent it. Raises :class:`TooLargeError`.
    """
    program = twin_of(old, new, own)
    found: list[Difference] = []
    states = 0
    try:
        for look in (_serially, _after_crash, *([_after_redelivery] if is_redelivered else []), _after_failure):
            both = _Both(program, _MODES.get(look, "crash"), semantics)
            found += list(look(both))[:1]
            states += both.steps
    except ExhaustedError as error:
        raise TooLargeError(f"more than {MOST_STEPS} steps") from error
    return Comparison(tuple(found), states)


class _Both:
    """The machine of the twin, and the tables with which it runs the one program or the other."""

    def __init__(self, program: ir.Program, mode: str, semantics: Semantics) -> None:
        self.machine = Machine(program, mode, semantics, {}, most_steps=MOST_STEPS)
        self.machine.reading.sites = sites_of(self.machine.code)
        raise_alike(self.machine.code, self.machine.reading.sites)
        self.machine.reading.stored = stored_names(program.body)
        self.judge = Judge(self.machine)
        self._choice: Question = ("true", self.machine.values.of(("shared", CHOICE, -1)))

    @property
    def steps(self) -> int:
        """How many steps have been worked out."""
        return MOST_STEPS - self.machine.left

    def table(self, answers: Iterable[tuple[Question, int]] = (), *, is_new: bool) -> int:
        """The table that chooses a program and has these answers besides."""
        table = self.machine.tables.extend(self.machine.tables.empty, self._choice, FALSE if is_new else TRUE)
        for question, answer in answers:
            if question != self._choice:
                table = self.machine.tables.extend(table, question, answer)
        return table

    def turned(self, table: int, *, is_new: bool) -> int:
        """The same answers, for the other program."""
        return self.table(sorted(self.machine.tables.answers[table].items(), key=repr), is_new=is_new)

    def outcome(self, world: int, table: int) -> Outcome:
        """What a world holds that is compared: by which key an effect is known to whoever does it is not."""
        found = self.judge.outcome(world, table)
        return Outcome(found.cells, tuple(sorted((kind, -1, *values) for kind, _, *values in found.effects)))

    def to_end(self, who: int, world: int, table: int) -> Iterator[tuple[Exit, int, int]]:
        """How a run ends from a world, under every answer."""
        todo = [(self.machine.start(who), world, table)]
        while todo:
            run, now, answers = todo.pop()
            moves = self.machine.moves(run, now, answers)
            if not moves:
                yield self.judge.end_of(run), now, answers
            todo.extend((move.run, move.world, move.table) for move in moves)

    def moments(self, table: int) -> Iterator[tuple[int, int, int]]:
        """Every moment of the first run alone, before its end: run, world, answers."""
        todo = [(self.machine.start(0), self.machine.empty_world, table)]
        while todo:
            run, world, answers = todo.pop()
            moves = self.machine.moves(run, world, answers)
            if moves:
                yield run, world, answers
            todo.extend((move.run, move.world, move.table) for move in moves)


def _serially(both: _Both) -> Iterator[Difference]:
    """One run, or two one after the other, that end or leave something else."""
    return _in_orders(both, ((0,), (0, 1), (1, 0)))


def _in_orders(both: _Both, orders: tuple[tuple[int, ...], ...]) -> Iterator[Difference]:
    for order in orders:
        for world, ends, answers in both.judge.serial(order, both.table(is_new=False)):
            for after, new_ends, more in both.judge.serial(order, both.turned(answers, is_new=True)):
                if both.outcome(world, more) != both.outcome(after, more):
                    yield Difference("", _told_outcome(len(order), both, both.outcome(world, more), after, more))
                elif ends != new_ends:
                    yield Difference("", _told_ends(ends, new_ends))


def _told_outcome(runs: int, both: _Both, old: Outcome, after: int, table: int) -> str:
    new = both.outcome(after, table)
    what = "effects" if old.effects != new.effects else "values in the store"
    return f"{'one run' if runs == 1 else 'two runs in order'} would leave other {what}"


def _told_ends(old: Iterable[tuple[int, Exit]], new: Iterable[tuple[int, Exit]]) -> str:
    pairs = [(a, b) for (_, a), (_, b) in zip(old, new, strict=False) if a != b]
    kinds = {a[0] for a, _ in pairs} | {b[0] for _, b in pairs}
    if "stuck" in kinds:
        return "a run would hang"
    return "another error would be raised" if "raise" in kinds else "another value would be returned"


def _after_crash(both: _Both) -> Iterator[Difference]:
    """What is left where the first run is cut: alone, and when another request follows."""
    yield from _cut(both, CRASH, follows_always=True)


def _after_redelivery(both: _Both) -> Iterator[Difference]:
    """The same where the same work is run again, unless it was acknowledged before."""
    yield from _cut(both, REDELIVERY, follows_always=False)


def _cut(both: _Both, fault: str, *, follows_always: bool) -> Iterator[Difference]:
    for end, world, answers in _cut_runs(both, both.table(is_new=True), follows_always=follows_always):
        before = both.turned(answers, is_new=False)
        new = both.outcome(world, answers)
        known = chain(_cut_runs(both, before, follows_always=follows_always), _whole_runs(both, before))
        if not any(end == e and both.outcome(w, a) == new for e, w, a in known):
            is_stuck = end is not None and end[0] == "stuck"
            yield Difference(fault, "what follows a crash would hang" if is_stuck else _CUT[fault])


_CUT = {
    CRASH: "a crash would leave what no crash left before",
    REDELIVERY: "a crash and the redelivery after it would leave what they did not leave before",
}


def _cut_runs(both: _Both, table: int, *, follows_always: bool) -> Iterator[tuple[Exit | None, int, int]]:
    for run, world, answers in both.moments(table):
        state = both.machine.runs.items[run]
        if not state.has_started:
            continue
        _, after = both.machine.stop(run, world)
        if follows_always:
            yield None, after, answers
        if follows_always or not state.is_acked:
            yield from both.to_end(1, after, answers)
        else:
            yield None, after, answers


def _whole_runs(both: _Both, table: int) -> Iterator[tuple[Exit | None, int, int]]:
    for order in ((0,), (1,), (0, 1), (1, 0)):
        for world, ends, answers in both.judge.serial(order, table):
            yield ends[-1][1], world, answers
            yield None, world, answers


def _after_failure(both: _Both) -> Iterator[Difference]:
    """What is left where one op of a run fails: compared with the same op failing in the first program."""
    for site, end, world, answers in _failed_runs(both, both.table(is_new=True), None):
        before = both.turned(answers, is_new=False)
        new = both.outcome(world, answers)
        known = list(_failed_runs(both, before, site)) or list(_failed_runs(both, before, None))
        if known and not any(end == e and both.outcome(w, a) == new for _, e, w, a in known):
            yield Difference(FAILURE, "an operation that fails would leave what it did not leave before")


def _failed_runs(both: _Both, table: int, wanted: int | None) -> Iterator[tuple[int, Exit, int, int]]:
    machine = both.machine
    for run, world, answers in both.moments(table):
        site = machine.reading.sites.get(machine.runs.items[run].pc, -1)
        if not _may_fail(machine.op_at(run)) or (wanted is not None and site != wanted):
            continue
        todo = [(move.run, move.world, move.table) for move in machine.moves(run, world, answers, is_failing=True)]
        while todo:
            now, there, told = todo.pop()
            moves = machine.moves(now, there, told)
            if not moves:
                yield site, both.judge.end_of(now), there, told
            todo.extend((move.run, move.world, move.table) for move in moves)


def _may_fail(op: ir.Op | None) -> bool:
    """Whether it matters that it fails: not of what only reads."""
    if isinstance(op, ir.Atomic):
        return not all(isinstance(step, ir.Get) for step in op.steps)
    return isinstance(op, ir.External | ir.Send | ir.Opaque)


_MODES = {_serially: "concurrent", _after_failure: "failed-step"}
