"""Tells a violating schedule as trace steps: values numbered in order of appearance, and why the act was wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from fenceline.analyzer import ir
from fenceline.analyzer.explore_code import Instr
from fenceline.analyzer.explore_machine import Machine
from fenceline.analyzer.explore_moment import Event

ACTORS = ("A", "B")
_EFFECTS = ("external", "send", "write")
_FAULTS = {
    "crash": "crashes, and the work is delivered again",
    "expiry": "pauses until its lock has expired",
}
_KINDS: dict[type[ir.Op], str] = {
    ir.Acquire: "acquire",
    ir.Release: "release",
    ir.Renew: "renew",
    ir.Commit: "commit",
    ir.Rollback: "rollback",
    ir.Ack: "ack",
    ir.Send: "send",
    ir.External: "external",
    ir.Slow: "slow",
    ir.Opaque: "opaque",
}


class Transition(NamedTuple):
    """One step of the schedule: who, from which run, what happened, which cells changed for all.

    ``runs`` and ``world`` are those after it.
    """

    actor: int
    run: int
    events: tuple[Event, ...]
    wrote: frozenset[int]
    touched: frozenset[int]
    runs: tuple[int, int]
    world: int


class Decided(NamedTuple):
    """What a run has last read to decide on, and from which cells."""

    text: str
    cells: frozenset[int]


class Teller:
    """Walks a schedule once."""

    def __init__(self, machine: Machine, program: ir.Program) -> None:
        self._machine, self._program = machine, program
        self._numbers: dict[int, str] = {}
        self._decided: list[Decided | None] = [None, None]
        self._replaced: list[str | None] = [None, None]
        self._done: list[set[ir.Op]] = [set(), set()]
        self._in_transaction = [False, False]
        self._local: list[dict[tuple[ir.Term, ...], str]] = [{}, {}]
        self._lock_names: dict[tuple[int, ...], str] = {}
        self._held: tuple[tuple[str, str], ...] = ()

    def tell(self, taken: list[Transition], last: tuple[int, int]) -> tuple[ir.TraceStep, ...]:
        """All steps, and at the end who waits for ever."""
        steps = [step for transition in taken for step in self._transition(transition)]
        steps.extend(self._stuck(last))
        return tuple(steps)

    def _transition(self, transition: Transition) -> Iterator[ir.TraceStep]:
        actor = transition.actor
        self._note_held(transition)
        for event in transition.events:
            instr = self._instr(transition, event)
            if instr is None:
                continue
            step = self._step(actor, instr, event)
            if step is not None:
                yield replace(step, held=self._held + self._held_locally())
            self._note_read(transition, instr.op, step)
        other = 1 - actor
        decided = self._decided[other]
        if decided is not None and transition.wrote & decided.cells and self._replaced[other] is None:
            self._replaced[other] = f"decided on {decided.text}, which {ACTORS[actor]} has replaced"

    def _instr(self, transition: Transition, event: Event) -> Instr | None:
        pc = event.pc if event.pc >= 0 else self._machine.runs.items[transition.run].pc
        return self._machine.code.instrs[pc] if pc >= 0 else None

    def _step(self, actor: int, instr: Instr, event: Event) -> ir.TraceStep | None:
        name = ACTORS[actor]
        if event.kind in ("crash", "expiry"):
            return self._fault(name, instr, event)
        if instr.op is None:
            return _end_step(name, instr, event)
        op = instr.op
        note = self._note_of(actor, op)
        if event.kind:
            note = "waits for the lock" if event.kind == "attempt" else event.kind
        value = _rows(op, self._text(event))
        store = "" if is_local(op) or _lock(op) in self._local[actor] else store_of(op)
        self._note_local(actor, op)
        return ir.TraceStep(name, op.path, op.span.line, kind_of(op), op.text, value, note, store)

    def _note_local(self, actor: int, op: ir.Op) -> None:
        """Locks of one process: the machine does not ask for them, since they keep no other replica out."""
        if is_local(op):
            self._local[actor][_lock(op)] = f"{lock_of(op)}{ir.OF_PROCESS}"
        elif isinstance(op, ir.Release):
            self._local[actor].pop(op.lock, None)

    def _held_locally(self) -> tuple[tuple[str, str], ...]:
        return tuple((name, lock) for name, held in zip(ACTORS, self._local, strict=True) for lock in held.values())

    def _note_held(self, transition: Transition) -> None:
        """What is held when the step is done, by the names of the operations that took it."""
        actor = transition.actor
        instrs = [instr for event in transition.events if (instr := self._instr(transition, event)) is not None]
        world = self._machine.worlds.items[transition.world]
        for key, held in world.locks:
            if key not in self._lock_names and held.who == actor:
                takers = [one.op for one in instrs if one.op is not None and _may_take(one.op)]
                self._lock_names[key] = lock_of(takers[0]) if takers else "lock"
        before, after = (self._machine.runs.items[one] for one in (transition.run, transition.runs[actor]))
        begins = any(self._machine.code.is_in_transaction(one) or isinstance(one.op, ir.Begin) for one in instrs)
        self._in_transaction[actor] = bool(after.levels) and (bool(before.levels) or begins)
        held_now = [(ACTORS[held.who], self._lock_names.get(key, "lock")) for key, held in world.locks]
        held_now += [(ACTORS[who], ir.ROW_LOCK) for who in sorted({who for _, who in world.rows})]
        held_now += [(ACTORS[who], ir.TRANSACTION) for who in (0, 1) if self._in_transaction[who]]
        self._held = tuple(dict.fromkeys(held_now))

    def _fault(self, name: str, instr: Instr, event: Event) -> ir.TraceStep | None:
        text = _FAULTS[event.kind]
        if instr.op is not None:
            return ir.TraceStep(name, instr.op.path, instr.op.span.line, event.kind, text)
        if instr.tx is not None:
            return ir.TraceStep(name, instr.tx.path, instr.tx.span.end_line, event.kind, text)
        return ir.TraceStep(name, "", 0, event.kind, text)

    def _text(self, event: Event) -> str:
        if event.value is None:
            return ""
        known = self._machine.values.text(event.value)
        return f"→ {known if known is not None else self._number(event.value)}"

    def _number(self, value: int) -> str:
        return self._numbers.setdefault(value, f"v{len(self._numbers)}")

    def _note_read(self, transition: Transition, op: ir.Op | None, step: ir.TraceStep | None) -> None:
        """Remembers what the run decides on: its latest candidate read, or any read when no candidate is named."""
        if op is None or step is None or not step.value:
            return
        reads = self._program.candidate_reads
        is_read = op in reads if reads else kind_of(op) == "read"
        if is_read:
            self._decided[transition.actor] = Decided(step.value.removeprefix("→ "), transition.touched)
            self._replaced[transition.actor] = None

    def _note_of(self, actor: int, op: ir.Op) -> str:
        acts = self._program.candidate_acts
        if self._machine.mode != "concurrent":
            is_again = op in self._done[1 - actor] and (
                op in acts if acts else kind_of(op) in ("external", "send", "write")
            )
            self._done[actor].add(op)
            return "done a second time" if is_again else ""
        is_act = op in acts if acts else kind_of(op) in _EFFECTS
        note = self._replaced[actor] if is_act else None
        return note or ""

    def _stuck(self, last: tuple[int, int]) -> Iterator[ir.TraceStep]:
        for actor, run in enumerate(last):
            state = self._machine.runs.items[run]
            op = self._machine.code.instrs[state.pc].op if state.end is None else None
            if op is not None and state.has_started:
                yield ir.TraceStep(
                    ACTORS[actor],
                    op.path,
                    op.span.line,
                    kind_of(op),
                    op.text,
                    note="waits for ever",
                    store=store_of(op),
                    held=self._held,
                )


def told(
    machine: Machine, program: ir.Program, taken: list[Transition], last: tuple[int, int]
) -> tuple[ir.TraceStep, ...]:
    """The trace of a schedule."""
    return Teller(machine, program).tell(taken, last)


def kind_of(op: ir.Op) -> str:
    """The word for an operation in a trace; an atomic one is a 'read' when it writes nothing."""
    if isinstance(op, ir.Atomic):
        return "read" if all(isinstance(step, ir.Get) for step in op.steps) else "write"
    return _KINDS.get(type(op), "op")


def store_of(op: ir.Op) -> str:
    """What is shared that an operation goes to; '' for none."""
    match op:
        case ir.Atomic(is_transactional=True) | ir.Begin() | ir.Commit() | ir.Rollback():
            return ir.DATABASE
        case ir.Atomic():
            return next((cell.store for cell in map(_cell_of, op.steps) if cell is not None), "")
        case ir.Acquire(scope="local"):
            return ir.MEMORY
        case ir.Acquire(scope="transaction"):
            return ir.DATABASE
        case ir.Acquire() | ir.Release() | ir.Renew():
            return ir.LOCKS
        case ir.Send() | ir.Ack() | ir.Receive():
            return ir.BROKER
        case ir.External():
            return ir.OUTSIDE
    return ""


def _cell_of(step: ir.Step) -> ir.Cell | None:
    if isinstance(step, ir.CompareAndSet):
        return next((cell for cell, _ in (*step.expect, *step.writes)), None)
    return step.cell


def lock_of(op: ir.Op) -> str:
    """What a trace calls the lock that an operation takes: its text without the verb."""
    _, _, name = op.text.partition(" ")
    return name or op.text


def is_local(op: ir.Op) -> bool:
    """Whether an operation takes a lock that only this process knows."""
    return isinstance(op, ir.Acquire) and op.scope == "local"


def _lock(op: ir.Op) -> tuple[ir.Term, ...]:
    return op.lock if isinstance(op, ir.Acquire | ir.Release) else ()


def _may_take(op: ir.Op) -> bool:
    return isinstance(op, ir.Acquire) or (
        isinstance(op, ir.Atomic) and any(isinstance(step, ir.PutIfAbsent) for step in op.steps)
    )


def _rows(op: ir.Op, value: str) -> str:
    """A statement of a transaction tells how many rows it has changed, not that it did."""
    if isinstance(op, ir.Atomic) and op.is_transactional:
        return {"→ True": "→ 1 row", "→ False": "→ 0 rows"}.get(value, value)
    return value


def _end_step(name: str, instr: Instr, event: Event) -> ir.TraceStep | None:
    if instr.tx is None:
        return None
    word, _, raised = event.kind.partition(" ")
    kind = "commit" if word == "raises" else word
    note = f"raises {raised}" if raised else ""
    return ir.TraceStep(name, instr.tx.path, instr.tx.span.end_line, kind, kind.upper(), "", note, ir.DATABASE)
