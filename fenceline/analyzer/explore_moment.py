"""One run at one moment: its variables and open transaction, the world that it sees, and what terms mean there.

Runs and worlds are frozen between steps (hashable, interned by the machine) and thawed into a :class:`Moment` for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from fenceline.analyzer import ir
from fenceline.analyzer.choices import as_given
from fenceline.analyzer.explore_facts import Facts, may_be_same, place_of
from fenceline.analyzer.explore_values import ABSENT, FALSE, TRUE, Question, Semantics, UnansweredError, Values

UNSET = -1
Exit = tuple[str, str | int]  # ("next", 0), ("raise", class), ("return", value), ("break", 0), ("continue", 0)
SlotValue = int | Exit
Write = tuple[str, tuple[int, ...]]  # ("set", (value,)) or ("add", rows)
Effect = tuple[int, ...]
REFUSED = "#refused"
EQUALITY = {"==": True, "!=": False}


class Level(NamedTuple):
    """One open transaction or savepoint: buffered writes, sends for the commit, what a serializable one has read."""

    writes: tuple[tuple[int, Write], ...]
    hooks: tuple[Effect, ...]
    is_serializable: bool
    reads: tuple[tuple[int, int], ...]


class Run(NamedTuple):
    """One run between two steps. ``end`` is None while it goes on; ``has_lost``: a lock or step went against it."""

    who: int
    pc: int
    slots: tuple[SlotValue, ...]
    levels: tuple[Level, ...]
    has_lost: bool
    has_changed: bool
    has_started: bool
    is_acked: bool
    has_failed: bool
    end: Exit | None


class Held(NamedTuple):
    """Who holds a lock, how often; whether it may expire, ends with its transaction, is never given back (a mark)."""

    who: int
    depth: int
    may_expire: bool
    is_transactional: bool
    is_mark: bool


class World(NamedTuple):
    """What all runs share: committed cells, locks, locked rows, effects so far (a multiset)."""

    cells: tuple[tuple[int, int], ...]
    locks: tuple[tuple[tuple[int, ...], Held], ...]
    rows: tuple[tuple[tuple[int, ...], int], ...]
    effects: tuple[Effect, ...]
    has_expired: bool


class Event(NamedTuple):
    """What a trace tells of one step: which instruction, the value that it saw or made."""

    pc: int
    value: int | None
    kind: str = ""


@dataclass(slots=True)
class OpenLevel:
    """A :class:`Level` that is being written to."""

    writes: dict[int, Write]
    hooks: list[Effect]
    is_serializable: bool
    reads: dict[int, int]


@dataclass(slots=True)
class Reading:
    """What is the same for all moments of one exploration."""

    values: Values
    facts: Facts
    slots: Mapping[str, int]
    equal_args: frozenset[str]
    semantics: Semantics
    has_equal_runs: bool
    compared: frozenset[ir.Cell] | None
    leases: frozenset[ir.Cell] = frozenset()
    empty: frozenset[ir.Cell] = frozenset()
    stored: frozenset[str] = frozenset()  # names that only hold what was read, and is there if it was put there
    sites: Mapping[int, int] = field(default_factory=dict)  # by what number else than its own an instruction is known
    compared_ids: set[int] = field(default_factory=set)
    domains: dict[int, tuple[int, ...]] = field(default_factory=dict)
    domain_of: dict[ir.Cell, tuple[int, ...]] = field(default_factory=dict)
    # What a term or a cell is depends on the run and on the names in it alone: by the identity of the object, which the
    # program keeps alive, the run, and what the names hold.
    made: dict[tuple[object, ...], int] = field(default_factory=dict)
    depends: dict[int, tuple[int, ...] | None] = field(default_factory=dict)
    given: dict[int, ir.Term] = field(default_factory=dict)  # key terms as :func:`as_given` has them, by identity

    def names_in(self, term: ir.Term) -> tuple[int, ...] | None:
        """The slots on which a term depends; None when it also depends on what an op finds (:class:`ir.Old`)."""
        if id(term) not in self.depends:
            self.depends[id(term)] = self._names_in(term)
        return self.depends[id(term)]

    def _names_in(self, term: ir.Term) -> tuple[int, ...] | None:
        match term:
            case ir.Old():
                return None
            case ir.Var():
                slot = self.slots.get(term.name, UNSET)
                return () if slot == UNSET else (slot,)
            case ir.Apply():
                inner = [self.names_in(one) for one in term.args]
                if None in inner:
                    return None
                return tuple(sorted({slot for one in inner if one is not None for slot in one}))
        return ()

    def names_in_key(self, cell: ir.Cell) -> tuple[int, ...]:
        """The slots on which it depends what a cell is."""
        known = self.depends.get(id(cell))
        if known is None:
            inner = [self.names_in(one) or () for one in cell.key]
            known = self.depends[id(cell)] = tuple(sorted({slot for one in inner for slot in one}))
        return known


class Moment:
    """A thawed run in a thawed world."""

    __slots__ = (
        "acted",
        "answers",
        "cells",
        "effects",
        "end",
        "events",
        "has_asked",
        "has_changed",
        "has_expired",
        "has_failed",
        "has_lost",
        "has_started",
        "is_acked",
        "joined",
        "levels",
        "locks",
        "pc",
        "reading",
        "rows",
        "slots",
        "touched",
        "who",
        "wrote",
    )

    def __init__(self, reading: Reading, run: Run, world: World, answers: Mapping[Question, int]) -> None:
        self.reading, self.answers, self.has_asked = reading, answers, False
        self.who, self.pc, self.slots = run.who, run.pc, list(run.slots)
        self.levels = [
            OpenLevel(dict(lv.writes), list(lv.hooks), lv.is_serializable, dict(lv.reads)) for lv in run.levels
        ]
        self.has_lost, self.has_changed, self.has_started = run.has_lost, run.has_changed, run.has_started
        self.is_acked, self.has_failed, self.end = run.is_acked, run.has_failed, run.end
        self.cells, self.locks, self.rows = dict(world.cells), dict(world.locks), dict(world.rows)
        self.effects, self.has_expired = list(world.effects), world.has_expired
        self.wrote: set[int] = set()
        self.touched: set[int] = set()
        self.events: list[Event] = []
        self.acted: list[ir.Op] = []
        self.joined = -1  # the block whose ops all belong to this step

    def freeze(self) -> tuple[Run, World]:
        """The run and the world, hashable."""
        levels = tuple(
            Level(
                tuple(sorted(lv.writes.items())), tuple(lv.hooks), lv.is_serializable, tuple(sorted(lv.reads.items()))
            )
            for lv in self.levels
        )
        slots = tuple(self.slots) if self.end is None else ()
        run = Run(
            self.who,
            self.pc if self.end is None else -1,
            slots,
            levels,
            self.has_lost,
            self.has_changed,
            True,
            self.is_acked,
            self.has_failed,
            self.end,
        )
        world = World(
            tuple(sorted(self.cells.items())),
            tuple(sorted(self.locks.items())),
            tuple(sorted(self.rows.items())),
            tuple(sorted(self.effects)),
            self.has_expired,
        )
        return run, world

    # ------------------------------------------------------------------- terms

    def ask(self, question: Question, answers: tuple[int, ...] = (TRUE, FALSE)) -> int:
        """The answer of the table; raises UnansweredError when it has none."""
        self.has_asked = True
        found = self.answers.get(question)
        if found is None:
            raise UnansweredError(question, answers)
        return found

    def value(self, term: ir.Term, old: int = ABSENT) -> int:
        """What a term is at this moment; ``old`` is what Old() means."""
        values, reading = self.reading.values, self.reading
        match term:
            case ir.Const():
                return values.const(term.value)
            case ir.Var():
                slot = reading.slots.get(term.name, UNSET)
                found = self.slots[slot] if slot != UNSET else UNSET
                return found if isinstance(found, int) and found != UNSET else values.of(("unbound", term.name))
            case ir.Old():
                return old
            case ir.Apply():
                names = reading.names_in(term)
                if names is None:
                    return values.applied(term.label, [self.value(arg, old) for arg in term.args])
                slots = self.slots
                key = (id(term), self.who, *[slots[name] for name in names])
                known = reading.made.get(key)
                if known is None:
                    known = values.applied(term.label, [self.value(arg, old) for arg in term.args])
                    reading.made[key] = known
                return known
            case ir.Arg():
                is_equal = reading.has_equal_runs or (term.name in reading.equal_args and reading.semantics.equal_args)
                return values.of(("arg", term.name, -1 if is_equal else self.who))
            case ir.Fresh():
                return values.of(("fresh", term.label, self.who))
        return values.of(("shared", term.label, -1 if reading.semantics.shared_clock else self.who))

    def key(self, terms: tuple[ir.Term, ...]) -> tuple[int, ...]:
        """The values of key terms: where one may have been handed in or is made anew, it was handed in."""
        given = self.reading.given
        for term in terms:
            if id(term) not in given:
                given[id(term)] = as_given(term)
        return tuple([self.value(given[id(term)]) for term in terms])

    def bind(self, name: str | None, value: int) -> None:
        """Gives a value to a name of the run."""
        if name is not None:
            self.slots[self.reading.slots[name]] = value

    # ------------------------------------------------------------------- cells

    def cell(self, cell: ir.Cell) -> int:
        """The identity of the cell that the key names at this moment."""
        reading = self.reading
        place = (id(cell), self.who, *[self.slots[name] for name in reading.names_in_key(cell)])
        known = reading.made.get(place)
        if known is not None:
            return known
        found = reading.values.of(("cell", cell.store, cell.field or "", cell.is_bag, *self.key(cell.key)))
        if found not in reading.domains:
            if cell not in reading.domain_of:
                reading.domain_of[cell] = self._domain(cell)
            unknown = reading.values.of(("init", found))
            reading.domains[found] = tuple(unknown if v == UNSET else v for v in reading.domain_of[cell])
        if reading.compared is not None and cell in reading.compared:
            reading.compared_ids.add(found)
        reading.made[place] = found
        return found

    def _domain(self, cell: ir.Cell) -> tuple[int, ...]:
        if cell in self.reading.empty:
            return (ABSENT,)
        facts, place = self.reading.facts, place_of(cell)
        first = [UNSET]
        if any(may_be_same(place, tested) for tested in facts.may_be_absent):
            first.append(ABSENT)
        for tested, constants in facts.constants.items():
            if may_be_same(place, tested):
                first.extend(self.reading.values.const(constant) for constant in constants)
        return tuple(dict.fromkeys(first))

    def initial(self, cell: int) -> int:
        """What the cell held at first: asked when the program tests for it, else unknown."""
        domain = self.reading.domains[cell]
        return domain[0] if len(domain) == 1 else self.ask(("init", cell), domain)

    def committed(self, cell: int) -> int:
        """What all runs see in the cell."""
        found = self.cells.get(cell)
        return self.initial(cell) if found is None else found

    def current(self, cell: int) -> int:
        """What this run reads: the last commit, under its own buffered writes."""
        value = self.committed(cell)
        for level in self.levels:
            write = level.writes.get(cell)
            if write is not None:
                value = self.written(value, write)
        return value

    def written(self, value: int, write: Write) -> int:
        """The value after a buffered write."""
        kind, args = write
        if kind == "set":
            return args[0]
        for row in args:
            value = self.reading.values.bag_add(value, row)
        return value

    # ------------------------------------------------------------------ guards

    def note_loss(self, term: ir.Term | None) -> None:
        """A run has lost when it looks at a result that says so."""
        if isinstance(term, ir.Var) and term.name in self.reading.facts.results and self.value(term) == FALSE:
            self.has_lost = True

    def holds(self, guard: ir.Guard, old: int = ABSENT) -> bool:
        """Whether the guard lets the run through."""
        match guard:
            case ir.Not():
                return not self.holds(guard.guard, old)
            case ir.AllOf():
                return all(self.holds(part, old) for part in guard.guards)
            case ir.AnyOf():
                return any(self.holds(part, old) for part in guard.guards)
            case ir.IsAbsent():
                return self._is_absent(guard.term, self.value(guard.term, old))
            case ir.IsTrue():
                self.note_loss(guard.term)
                return self._is_true(self.value(guard.term, old))
            case ir.IsEqual():
                self.note_loss(guard.term)
                return self._is_equal(self.value(guard.term, old), self.reading.values.const(guard.value.value))
        return self._answer(guard, [self.value(arg, old) for arg in guard.args])

    def _answer(self, guard: ir.Ask, given: list[int]) -> bool:
        """Equality is read as far as it can be, all else is asked."""
        for arg in guard.args:
            self.note_loss(arg)
        if guard.label in EQUALITY and len(given) == 2:
            is_equal = self._are_equal(given[0], given[1])
            self.has_lost = self.has_lost or (not is_equal and guard in self.reading.facts.rereads)
            return is_equal == EQUALITY[guard.label]
        return self.ask(("ask", guard.label, *given)) == TRUE

    def _are_equal(self, one: int, other: int) -> bool:
        """Equal terms are equal, arguments of different requests and different constants are not; else it is asked."""
        kinds = {self.reading.values.kind(one), self.reading.values.kind(other)}
        if one == other or kinds <= {"arg", "fresh"} or kinds <= {"const", "absent"}:
            return self.reading.values.is_same_constant(one, other)
        if self.reading.values.contains(one, other) or self.reading.values.contains(other, one):
            return False
        return self.ask(("same", min(one, other), max(one, other))) == TRUE

    def _is_absent(self, term: ir.Term, value: int) -> bool:
        values, reading = self.reading.values, self.reading
        if not reading.semantics.interpreted_guards:
            return self.ask(("absent", value)) == TRUE
        kind = values.kind(value)
        may_be_none = isinstance(term, ir.Apply) or (isinstance(term, ir.Var) and term.name in reading.facts.maybe_none)
        if isinstance(term, ir.Var) and term.name in reading.stored:
            return value == ABSENT
        if kind in ("arg", "unbound", "shared") or (kind == "apply" and may_be_none):
            return self.ask(("absent", value)) == TRUE
        return value == ABSENT

    def _is_true(self, value: int) -> bool:
        values = self.reading.values
        known = values.truth(value)
        is_first = values.kind(value) == "init"
        if known is None and is_first and not self.reading.semantics.may_hold_falsehood:
            return True
        if known is not None and self.reading.semantics.interpreted_guards:
            return known
        return self.ask(("true", value)) == TRUE

    def _is_equal(self, value: int, constant: int) -> bool:
        values = self.reading.values
        if not self.reading.semantics.interpreted_guards:
            return self.ask(("equal", value, constant)) == TRUE
        if value in (constant, ABSENT) or constant == ABSENT or values.is_const(value):
            return values.is_same_constant(value, constant)
        form = values.forms[value]
        if form[0] == "init" and constant in self.reading.domains[int(form[1])]:
            return False
        self.has_asked = True
        if any(a == TRUE and q[0] == "equal" and self._excludes(q, value, constant) for q, a in self.answers.items()):
            return False
        return self.ask(("equal", value, constant)) == TRUE

    def _excludes(self, answered: Question, value: int, constant: int) -> bool:
        """One value equals one constant; what is computed from a value (a counter's next) is not that value again."""
        other, same = int(answered[1]), answered[2]
        if other == value:
            return same != constant
        values = self.reading.values
        return same == constant and (values.contains(value, other) or values.contains(other, value))

    def is_same(self, current: int, expected: int) -> bool:
        """Whether a compare-and-set finds what it expects; asked only of an unknown first value and a foreign term."""
        if current == expected:
            return True
        kinds = (self.reading.values.kind(current), self.reading.values.kind(expected))
        if kinds[0] == "init" and kinds[1] in ("arg", "shared", "unbound"):
            return self._are_equal(current, expected)
        return False
