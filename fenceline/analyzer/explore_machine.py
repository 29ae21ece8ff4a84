"""The machine: takes one run one step further. Steps are remembered, since one run meets one world in many schedules.

A step is one operation together with the local instructions after it (guards, bindings, structure) and the quiet
operations, which no other run can notice. Of a frame that happens at one moment, all operations are one step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, NamedTuple, TypeVar

from fenceline.analyzer import ir
from fenceline.analyzer.explore_code import Code, Compiler, Instr
from fenceline.analyzer.explore_facts import facts_of
from fenceline.analyzer.explore_moment import (
    REFUSED,
    UNSET,
    Event,
    Exit,
    Moment,
    Reading,
    Run,
    SlotValue,
    World,
)
from fenceline.analyzer.explore_ops import BlockedError, RaisedError, begin, commit, execute, free_rows, rollback
from fenceline.analyzer.explore_values import ABSENT, TRUE, Semantics, Tables, UnansweredError, Values

T = TypeVar("T")
ROUNDS = 2
NEXT: Exit = ("next", 0)
CATCH_ALL = frozenset({"Exception", "BaseException"})
PARENTS: Mapping[str, str] = {
    "IntegrityError": "DatabaseError",
    "OperationalError": "DatabaseError",
    "LockNotAvailable": "OperationalError",
    "SerializationFailure": "OperationalError",
    "UniqueViolation": "IntegrityError",
    "DatabaseError": "Error",
    "LockNotOwnedError": "LockError",
    "FileExistsError": "OSError",
    "FileNotFoundError": "OSError",
    "TimeoutError": "OSError",
    "ConnectionError": "OSError",
    "KeyError": "LookupError",
}


class Move(NamedTuple):
    """One step: where it leads, under which answers, and what others and the trace need to know of it."""

    run: int
    world: int
    table: int
    wrote: frozenset[int]
    touched: frozenset[int]
    ops: tuple[ir.Op, ...]
    events: tuple[Event, ...]


class Interned(Generic[T]):
    """Numbers hashable things in order of appearance."""

    __slots__ = ("ids", "items")

    def __init__(self) -> None:
        self.ids: dict[T, int] = {}
        self.items: list[T] = []

    def add(self, item: T) -> int:
        """The number of the item; a new one when it is new."""
        found = self.ids.get(item)
        if found is None:
            found = self.ids[item] = len(self.items)
            self.items.append(item)
        return found


class ExhaustedError(Exception):
    """More steps have been worked out than the search allows."""


class Machine:
    """Runs one program. ``mode`` is concurrent, duplicate, crash or failed-step.

    ``most_steps`` bounds the steps worked out in the whole search; :class:`ExhaustedError` beyond it.
    """

    def __init__(
        self,
        program: ir.Program,
        mode: str,
        semantics: Semantics,
        parents: Mapping[str, str],
        most_steps: int = 1_000_000,
    ) -> None:
        self.left = most_steps
        self.code: Code = Compiler().compile(program.body)
        self.mode, self.semantics, self._parents = mode, semantics, {**PARENTS, **parents}
        self.values, self.tables = Values(), Tables()
        self.reading = Reading(
            self.values,
            facts_of(program.body),
            self.code.slots,
            program.equal_args,
            semantics,
            has_equal_runs=mode != "concurrent" and semantics.equal_args,
            compared=frozenset(program.cells) if program.cells is not None else None,
            leases=program.leases,
            empty=program.empty,
        )
        self.runs: Interned[Run] = Interned()
        self.worlds: Interned[World] = Interned()
        self._acts = frozenset((*program.candidate_reads, *program.candidate_acts))
        self._unasked: dict[tuple[int, int, bool], Move] = {}
        self._moves: dict[tuple[int, int, int, bool], tuple[Move, ...]] = {}
        self.empty_world = self.worlds.add(World((), (), (), (), False))

    def start(self, who: int) -> int:
        """A run that has done nothing yet."""
        slots: tuple[SlotValue, ...] = (UNSET,) * self.code.n_slots
        return self.runs.add(Run(who, 0, slots, (), False, False, False, False, False, None))

    def moves(self, run: int, world: int, table: int, *, is_failing: bool = False) -> tuple[Move, ...]:
        """The next step of a run under every answer that it may get; none when it waits or has ended."""
        key = (run, world, table, is_failing)
        found = self._moves.get(key)
        if found is None:
            found = self._moves[key] = self._all_moves(run, world, table, is_failing)
        return found

    def _all_moves(self, run: int, world: int, table: int, is_failing: bool) -> tuple[Move, ...]:
        if self.runs.items[run].end is not None:
            return ()
        same = self._unasked.get((run, world, is_failing))
        if same is not None:
            return (same._replace(table=table),)
        self.left -= 1
        if self.left < 0:
            raise ExhaustedError
        moment = Moment(self.reading, self.runs.items[run], self.worlds.items[world], self.tables.answers[table])
        try:
            self._take(moment, is_failing)
        except BlockedError:
            return ()
        except UnansweredError as question:
            asked = [(self.tables.extend(table, question.question, a)) for a in question.answers]
            return tuple(move for t in asked for move in self.moves(run, world, t, is_failing=is_failing))
        frozen, after = moment.freeze()
        move = Move(
            self.runs.add(frozen),
            self.worlds.add(after),
            table,
            frozenset(moment.wrote),
            frozenset(moment.touched),
            tuple(moment.acted),
            tuple(moment.events),
        )
        if not moment.has_asked:
            self._unasked[run, world, is_failing] = move
        return (move,)

    def stop(self, run: int, world: int) -> tuple[int, int]:
        """The run is cut: its transaction is rolled back, its locks (not its marks) are free before it is run again."""
        state = self.runs.items[run]
        moment = Moment(self.reading, state, self.worlds.items[world], {})
        moment.levels.clear()
        free_rows(moment)
        moment.locks = {key: held for key, held in moment.locks.items() if held.who != moment.who or held.is_mark}
        moment.end = ("crash", 0)
        frozen, after = moment.freeze()
        return self.runs.add(frozen), self.worlds.add(after)

    def op_at(self, run: int) -> ir.Op | None:
        """The operation that a run between two steps will do next."""
        state = self.runs.items[run]
        return self.code.instrs[state.pc].op if state.end is None else None

    # ------------------------------------------------------------------- steps

    def _take(self, moment: Moment, is_failing: bool) -> None:
        if not moment.has_started:
            self._advance(moment)
        if moment.end is None:
            instr = self.code.instrs[moment.pc]
            moment.joined = instr.moment
            self._do(moment, instr, is_failing)
            self._advance(moment)

    def _advance(self, moment: Moment) -> None:
        """Local instructions and quiet operations, up to the next operation that matters or the end."""
        instrs = self.code.instrs
        while moment.end is None:
            instr = instrs[moment.pc]
            if instr.kind in ("op", "end"):
                if not self._is_quiet(moment, instr):
                    return
                self._do(moment, instr, is_failing=False)
            else:
                self._local(moment, instr)
        while moment.levels:
            moment.levels.pop()
        free_rows(moment)

    def _is_quiet(self, moment: Moment, instr: Instr) -> bool:
        """Whether the operation belongs to the step before it.

        Either no other run can notice it, so that its place in the schedule does not matter, or both happen at once.
        """
        op = instr.op
        if instr.moment >= 0 and instr.moment == moment.joined:
            return True
        if instr.kind == "end" or isinstance(op, ir.Commit | ir.Rollback):
            return not _ends_visibly(moment)
        if isinstance(op, ir.Slow | ir.Opaque):
            return self.mode != "failed-step"
        if isinstance(op, ir.Renew) or (isinstance(op, ir.Acquire) and op.scope == "local"):
            return True
        if self.mode != "concurrent" or op in self._acts:
            return False
        return isinstance(op, ir.Ack | ir.Send) or (isinstance(op, ir.External) and op.idempotency_key is None)

    def _do(self, moment: Moment, instr: Instr, is_failing: bool) -> None:
        try:
            self._attempt(moment, instr, is_failing)
            moment.pc += 1
        except RaisedError as raised:
            name = raised.cls.rpartition(".")[2]
            moment.events.append(Event(moment.pc, None, "fails" if is_failing else f"raises {name}"))
            self._leave(moment, ("raise", raised.cls), instr.block)

    def _attempt(self, moment: Moment, instr: Instr, is_failing: bool) -> None:
        if is_failing:
            moment.has_failed = True
            raise RaisedError("")
        if instr.op is None:
            self._end_transaction(moment, instr)
        else:
            self._operate(moment, instr, instr.op)

    def _operate(self, moment: Moment, instr: Instr, op: ir.Op) -> None:
        site = self.reading.sites.get(moment.pc, moment.pc)
        if instr.may_raise is not None and moment.ask(("raises", site, moment.who), (ABSENT, TRUE)) == TRUE:
            raise RaisedError(instr.may_raise)
        if op in self._acts:
            if not moment.acted:
                moment.touched.clear()
            moment.acted.append(op)  # also when it is refused: the run has tried to act on what it read
        execute(moment, op, site)

    def _end_transaction(self, moment: Moment, instr: Instr) -> None:
        leaving = moment.slots[instr.slot]
        is_visible = _ends_visibly(moment)
        if isinstance(leaving, tuple) and leaving[0] == "raise":
            rollback(moment)
            kind = "rollback"
        else:
            commit(moment)
            kind = "commit"
        if is_visible:
            moment.events.append(Event(moment.pc, None, kind))

    def _local(self, moment: Moment, instr: Instr) -> None:
        pc = moment.pc + 1
        match instr.kind:
            case "let" if instr.term is not None:
                moment.slots[instr.slot] = moment.value(instr.term)
            case "branch" if instr.guard is not None:
                pc = pc if moment.holds(instr.guard) else instr.target
            case "jump":
                pc = instr.target
            case "begin":
                begin(moment, instr.tx.isolation if instr.tx else "read-committed")
            case "tidy":
                moment.slots[instr.slot] = NEXT
            case "round":
                moment.slots[instr.slot] = 1
            case "next" | "resume" | "exit" | "raise":
                self._exit(moment, instr)
                return
        moment.pc = pc

    def _exit(self, moment: Moment, instr: Instr) -> None:
        match instr.kind:
            case "next":
                rounds = moment.slots[instr.slot]
                if rounds == ROUNDS:
                    self._leave(moment, ("raise", REFUSED), instr.block)
                    return
                moment.slots[instr.slot] = ROUNDS
                moment.pc = instr.target
            case "resume":
                leaving = moment.slots[instr.slot]
                if isinstance(leaving, tuple) and leaving != NEXT:
                    self._leave(moment, leaving, instr.block)
                else:
                    moment.pc += 1
            case "raise":
                caught = moment.slots[instr.slot] if instr.slot >= 0 else None
                self._leave(moment, caught if isinstance(caught, tuple) else ("raise", instr.exit), instr.block)
            case _:
                value = moment.value(instr.term) if instr.term is not None else ABSENT
                self._leave(moment, (instr.exit, value), instr.block)
                if moment.end is not None:
                    moment.note_loss(instr.term)

    # ------------------------------------------------------------------- exits

    def _leave(self, moment: Moment, leaving: Exit, block: int) -> None:
        """Walks outward to whatever stops this exit; the run ends when nothing does."""
        while block >= 0:
            around = self.code.blocks[block]
            if block == moment.joined:
                moment.joined = -1
            if around.kind == "finally":
                moment.slots[around.slot] = leaving
                moment.pc = around.target
                return
            if around.kind == "try" and leaving[0] == "raise" and self._handle(moment, leaving, block):
                return
            if around.kind == "frame" and leaving[0] == "return":
                if around.slot >= 0:
                    moment.slots[around.slot] = int(leaving[1])
                moment.pc = around.target
                return
            if around.kind == "loop" and leaving[0] in ("break", "continue"):
                moment.pc = around.target if leaving[0] == "break" else around.again
                return
            block = around.parent
        moment.end = leaving

    def _handle(self, moment: Moment, leaving: Exit, block: int) -> bool:
        for classes, target, slot in self.code.blocks[block].handlers:
            if self._catches(moment, classes, str(leaving[1]), target):
                moment.slots[slot] = leaving
                moment.pc = target
                return True
        return False

    def _catches(self, moment: Moment, classes: tuple[str, ...], raised: str, target: int) -> bool:
        if raised == REFUSED:
            return False
        names = {name.rpartition(".")[2] for name in classes}
        if not classes or names & CATCH_ALL:
            return True
        if not raised:
            return moment.ask(("catches", target)) == TRUE
        cls: str | None = raised.rpartition(".")[2]
        while cls is not None:
            if cls in names:
                return True
            cls = self._parents.get(cls)
        return False


def _ends_visibly(moment: Moment) -> bool:
    """Whether the end of the innermost level is something that another run can notice, or wait for."""
    if len(moment.levels) != 1:
        return False
    level = moment.levels[0]
    has_locks = moment.who in moment.rows.values() or any(
        held.is_transactional and held.who == moment.who for held in moment.locks.values()
    )
    return bool(level.writes or level.hooks or level.is_serializable or has_locks)
