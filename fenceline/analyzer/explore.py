"""The explorer: runs an entry twice in every interleaving and compares each outcome with those of the serial orders.

Claimed of a violation: there is a schedule of the two runs, under the faults that the program names, whose outcome no
serial, fault-free order of the same requests has (of *one* run for a duplicate, a redelivery or a retry, and then only
what happens more often counts). The trace is a shortest such schedule, and of those one with the fewest switches.
Claimed of 'safe': within two runs, one fault of each kind, and two rounds of a retry loop, there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from fenceline.analyzer import ir
from fenceline.analyzer.explore_code import ops_on_a_path
from fenceline.analyzer.explore_facts import facts_of
from fenceline.analyzer.explore_machine import ExhaustedError, Machine, Move
from fenceline.analyzer.explore_moment import Event
from fenceline.analyzer.explore_ops import lease_of
from fenceline.analyzer.explore_outcome import Judge
from fenceline.analyzer.explore_trace import Transition, told
from fenceline.analyzer.explore_values import ABSENT, Semantics
from fenceline.analyzer.work import DONE

MAX_OPS = 12
STEPS_A_STATE = 1  # how many steps may be worked out for each state that the cap allows
MAX_FREE_GUARDS = 4
_FAILING = (ir.External, ir.Send, ir.Opaque, ir.Slow, ir.Atomic)
ALL_ON = Semantics()


class Watch(NamedTuple):
    """How far one run is from candidate read to act: the cells read, which of the pair's others have since replaced."""

    cells: frozenset[int] = frozenset()
    stale: frozenset[int] = frozenset()
    has_acted: bool = False
    is_confirmed: bool = False


class State(NamedTuple):
    """Both runs between steps. Runs, world and table are numbers of the machine."""

    runs: tuple[int, int]
    world: int
    table: int
    watches: tuple[Watch, Watch]
    has_tried: tuple[int, int]


class Step(NamedTuple):
    """From one state to another: who moves, and what a trace tells of it."""

    actor: int
    state: State
    events: tuple[Event, ...]
    wrote: frozenset[int] = frozenset()
    touched: frozenset[int] = frozenset()


def explore(
    program: ir.Program,
    state_cap: int = 20_000,
    *,
    semantics: Semantics = ALL_ON,
    parents: Mapping[str, str] | None = None,
) -> ir.Verdict:
    """The verdict on one program. ``parents`` names the base class of exceptions that handlers may catch by it."""
    reason = _beyond_limits(program)
    if reason:
        return ir.Verdict("limit", 0, reason=reason)
    states = 0
    verdicts = []
    for mode in _modes(program):
        if states >= state_cap:
            verdicts.append(ir.Verdict("limit", 0, reason=f"more than {state_cap} states"))
            break
        verdict = Search(program, mode, state_cap - states, semantics, parents or {}).run()
        states += verdict.states
        verdicts.append(verdict)
        if verdict.status == "violation":
            break
    worst = next((v for v in verdicts if v.status != "safe"), verdicts[-1])
    worst = verdicts[-1] if verdicts[-1].status == "violation" else worst
    DONE.programs += 1
    DONE.states += states
    return ir.Verdict(worst.status, states, worst.trace, worst.reason)


def _modes(program: ir.Program) -> list[str]:
    named: list[str] = [mode for mode in ("duplicate", "crash", "failed-step") if mode in program.faults]
    return named or ["concurrent"]


def _beyond_limits(program: ir.Program) -> str:
    ops = ops_on_a_path(program.body)
    if ops > MAX_OPS:
        return f"{ops} operations on one path, more than {MAX_OPS}"
    guards = len(facts_of(program.body).free_guards)
    if guards > MAX_FREE_GUARDS:
        return f"{guards} guards that are not interpreted, more than {MAX_FREE_GUARDS}"
    return ""


class Search:
    """One breadth-first search in one mode."""

    def __init__(
        self, program: ir.Program, mode: str, cap: int, semantics: Semantics, parents: Mapping[str, str]
    ) -> None:
        self.machine = Machine(program, mode, semantics, parents, most_steps=cap * STEPS_A_STATE)
        self.judge = Judge(self.machine)
        self._program, self._mode, self._cap, self._semantics = program, mode, cap, semantics
        self._reads, self._acts = frozenset(program.candidate_reads), frozenset(program.candidate_acts)
        self._known_act_cells: dict[int, bool] = {}
        self._act_cells = _cells_of(program.candidate_acts)
        self._can_expire = "expiry" in program.faults
        self._n_states = 0

    # ------------------------------------------------------------ breadth first

    def run(self) -> ir.Verdict:
        """The verdict of this mode."""
        machine = self.machine
        first = State(
            (machine.start(0), machine.start(1)), machine.empty_world, machine.tables.empty, (Watch(), Watch()), (0, 0)
        )
        came = {first: {-1: (0, first, -1)}}
        level = [first]
        while level:
            self._n_states += len(level)
            if self._n_states > self._cap:
                return self._beyond()
            upcoming: dict[State, None] = {}
            ends: list[State] = []
            for state in level:
                try:
                    is_end = self._expand(state, came, upcoming)
                except ExhaustedError:
                    return self._beyond()
                if self._n_states + len(upcoming) > self._cap:
                    return self._beyond()
                if is_end:
                    ends.append(state)
            try:
                bad = [state for state in ends if self._is_bad(state)]
            except ExhaustedError:
                return self._beyond()
            if bad:
                return ir.Verdict("violation", self._n_states, self._trace(bad, came))
            level = list(upcoming)
        return ir.Verdict("safe", self._n_states)

    def _beyond(self) -> ir.Verdict:
        return ir.Verdict("limit", self._n_states, reason=f"more than {self._cap} states")

    def _expand(self, state: State, came: Origins, upcoming: dict[State, None]) -> bool:
        """Adds what follows; True when nothing does, but for an expiry: the state is an end."""
        is_end = True
        for step in self.steps(state):
            is_end = is_end and step.events[:1] == (EXPIRES,)
            target = step.state
            if target not in came:
                came[target] = {}
                upcoming[target] = None
            if target in upcoming:
                _note_origin(came, state, step)
        return is_end

    def _is_bad(self, state: State) -> bool:
        if not self._is_attributed(state) or (self._mode == "crash" and not self._is_redelivered(state)):
            return False
        return self.judge.is_violation(state.runs, state.world, state.table, is_more=self._mode != "concurrent")

    def _is_redelivered(self, state: State) -> bool:
        """Whether the cut run was run again: a crash alone loses effects, which is not asked here."""
        first, second = (self.machine.runs.items[run] for run in state.runs)
        return first.end is not None and first.end[0] == "crash" and second.has_started

    def _is_attributed(self, state: State) -> bool:
        if not self._semantics.attribution:
            return True
        if self._mode != "concurrent":
            return not self._acts or all(watch.has_acted for watch in state.watches)
        return not (self._reads and self._acts) or any(watch.is_confirmed for watch in state.watches)

    # ------------------------------------------------------------------- steps

    def steps(self, state: State) -> Iterator[Step]:
        """Every step that the schedule may take next."""
        if self._mode == "crash":
            yield from self._steps_with_crash(state)
        elif self._mode == "failed-step":
            yield from self._steps_with_failure(state)
        else:
            # two runs of one program: a schedule that B begins is one that A begins with the names exchanged
            for who in (0,) if self._is_first(state) else (0, 1):
                yield from self._steps_of(state, who)
        if self._can_expire:
            yield from self._expiries(state)

    def _is_first(self, state: State) -> bool:
        """Whether none of the runs has done anything yet."""
        has_begun = any(self.machine.runs.items[run].has_started for run in state.runs)
        return not has_begun and not any(state.has_tried)

    def _steps_of(self, state: State, who: int) -> Iterator[Step]:
        moves = self.machine.moves(state.runs[who], state.world, state.table)
        if not moves and self._may_attempt(state, who):
            yield Step(who, state._replace(has_tried=_with(state.has_tried, who, 1)), (ATTEMPT,))
        for move in moves:
            if not self._is_too_early(state, who, move):
                yield self._step(state, who, move)

    def _may_attempt(self, state: State, who: int) -> bool:
        """A lock attempt is a step of its own where first steps count."""
        if self._mode != "duplicate" or state.has_tried[who] or not self._semantics.attempt_is_a_step:
            return False
        return self.machine.runs.items[state.runs[who]].end is None

    def _is_too_early(self, state: State, who: int, move: Move) -> bool:
        """Duplicates overlap: none takes its last step before the other has taken its first."""
        if self._mode != "duplicate" or not self._semantics.first_before_last:
            return False
        ends = self.machine.runs.items[move.run].end is not None
        return ends and bool(state.has_tried[who]) and not state.has_tried[1 - who]

    def _step(self, state: State, who: int, move: Move) -> Step:
        watches = state.watches
        if self._acts:
            watches = _pair(who, self._watch_own(watches[who], move), self._watch_foreign(watches[1 - who], move))
        tried = _with(state.has_tried, who, 1) if self._mode == "duplicate" else state.has_tried
        target = State(_with(state.runs, who, move.run), move.world, move.table, watches, tried)
        return Step(who, target, move.events, move.wrote, move.touched)

    def _steps_with_crash(self, state: State) -> Iterator[Step]:
        first = self.machine.runs.items[state.runs[0]]
        if first.end is not None:
            if first.end[0] == "crash":
                yield from self._steps_of(state, 1)
            return
        yield from self._steps_of(state, 0)
        if first.has_started and not first.is_acked:
            run, world = self.machine.stop(state.runs[0], state.world)
            yield Step(0, state._replace(runs=(run, state.runs[1]), world=world), (CRASH,))

    def _steps_with_failure(self, state: State) -> Iterator[Step]:
        first = self.machine.runs.items[state.runs[0]]
        if first.end is not None:
            if first.has_failed and first.end[0] == "raise":
                yield from self._steps_of(state, 1)
            return
        yield from self._steps_of(state, 0)
        if not first.has_failed and isinstance(self.machine.op_at(state.runs[0]), _FAILING):
            for move in self.machine.moves(state.runs[0], state.world, state.table, is_failing=True):
                yield self._step(state, 0, move)

    def _expiries(self, state: State) -> Iterator[Step]:
        world = self.machine.worlds.items[state.world]
        if world.has_expired and self._semantics.expires_once:
            return
        for lock in world.locks:
            if lock[1].may_expire:
                after = world._replace(locks=tuple(k for k in world.locks if k != lock), has_expired=True)
                if lock[0][:1] == lease_of(0)[:1]:
                    gone = {**dict(world.cells), lock[0][1]: ABSENT}
                    after = after._replace(cells=tuple(sorted(gone.items())))
                yield Step(lock[1].who, state._replace(world=self.machine.worlds.add(after)), (EXPIRES,))

    # ------------------------------------------------------------- attribution

    def _watch_own(self, watch: Watch, move: Move) -> Watch:
        """A second read of a cell is what the run decides on from then on; a conditional act reads what it tests.

        So does an act that happens at one moment with a read before it.
        """
        acts = [op for op in move.ops if op in self._acts]
        if acts:
            looks = self._are_conditional(acts) or (move.ops[0] in self._reads and move.ops[0] not in self._acts)
            stale = watch.stale - move.touched if looks else watch.stale
            watch = watch._replace(has_acted=True, is_confirmed=watch.is_confirmed or bool(stale))
        if not self._reads.isdisjoint(move.ops):
            watch = watch._replace(cells=watch.cells | move.touched, stale=watch.stale - move.touched)
        return CONFIRMED if watch.is_confirmed else watch

    def _are_conditional(self, acts: list[ir.Op]) -> bool:
        return all(_is_conditional(op, self.machine.reading.facts.looked_at) for op in acts)

    def _watch_foreign(self, watch: Watch, move: Move) -> Watch:
        if watch.is_confirmed or not watch.cells or not move.wrote:
            return watch
        replaced = {cell for cell in move.wrote if cell in watch.cells or self._is_act_cell(cell)}
        return watch._replace(stale=watch.stale | replaced)

    def _is_act_cell(self, cell: int) -> bool:
        found = self._known_act_cells.get(cell)
        if found is None:
            found = self._known_act_cells[cell] = self._may_be_act_cell(cell)
        return found

    def _may_be_act_cell(self, cell: int) -> bool:
        """The act has not run yet, so its key is compared as far as the source states it."""
        values = self.machine.values
        _, store, field, _, *key = values.forms[cell]
        return any(
            (act.store, act.field or "", len(act.key)) == (store, field, len(key))
            and all(values.const(t.value) == k for t, k in zip(act.key, key, strict=True) if isinstance(t, ir.Const))
            for act in self._act_cells
        )

    # ------------------------------------------------------------------- trace

    def _trace(self, bad: list[State], came: Origins) -> tuple[ir.TraceStep, ...]:
        """The schedule with the fewest switches among those that the search has found at this length."""
        ends = [(entry[0], state, last) for state in bad for last, entry in came[state].items()]
        fewest = min(switches for switches, _, _ in ends)
        paths = [_path(came, state, last) for switches, state, last in ends if switches == fewest]
        path = min(paths, key=lambda p: [actor for _, _, actor in p])  # of equals the one that begins with A
        return told(self.machine, self._program, [self._taken(*hop) for hop in path], path[-1][1].runs)

    def _taken(self, parent: State, child: State, actor: int) -> Transition:
        step = next(s for s in self.steps(parent) if s.state == child and s.actor == actor)
        return Transition(actor, parent.runs[actor], step.events, step.wrote, step.touched, child.runs, child.world)


CONFIRMED = Watch(has_acted=True, is_confirmed=True)
CRASH = Event(-1, None, "crash")
ATTEMPT = Event(-1, None, "attempt")
EXPIRES = Event(-1, None, "expiry")
Origins = dict[State, dict[int, tuple[int, State, int]]]


def _path(came: Origins, state: State, last: int) -> list[tuple[State, State, int]]:
    """From state to state, and who moves: the way that the search has remembered."""
    path: list[tuple[State, State, int]] = []
    while last != -1:
        _, parent, before = came[state][last]
        path.append((parent, state, last))
        state, last = parent, before
    return path[::-1]


def _note_origin(came: Origins, state: State, step: Step) -> None:
    known = came[step.state].get(step.actor)
    for last, (switches, _, _) in came[state].items():
        cost = switches + (last not in (-1, step.actor))
        if known is None or cost < known[0]:
            known = came[step.state][step.actor] = (cost, state, last)


def _cells_of(ops: tuple[ir.Op, ...]) -> list[ir.Cell]:
    """The cells that the acts write."""
    found: list[ir.Cell] = []
    for op in ops:
        for step in op.steps if isinstance(op, ir.Atomic) else ():
            found += [c for c, _ in step.writes] if isinstance(step, ir.CompareAndSet) else [step.cell]
    return found


def _is_conditional(op: ir.Op, looked_at: set[str]) -> bool:
    """A compare-and-set that says whether it has won, to a run that looks."""
    return isinstance(op, ir.Atomic) and any(
        isinstance(step, ir.CompareAndSet) and (step.conflict or step.bind is None or step.bind in looked_at)
        for step in op.steps
    )


def _with(pair: tuple[int, int], who: int, item: int) -> tuple[int, int]:
    return (item, pair[1]) if who == 0 else (pair[0], item)


def _pair(who: int, own: Watch, foreign: Watch) -> tuple[Watch, Watch]:
    return (own, foreign) if who == 0 else (foreign, own)
