"""Outcomes: what two schedules are compared by, and what the serial orders yield under one table of answers."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from fenceline.analyzer.explore_machine import Machine
from fenceline.analyzer.explore_moment import REFUSED, Effect, Exit, Run
from fenceline.analyzer.explore_values import ABSENT, FALSE, TRUE

Cells = tuple[tuple[int, int], ...]
Ends = tuple[tuple[int, Exit], ...]
STUCK: Exit = ("stuck", 0)
BEYOND: Exit = ("raise", REFUSED)


class Outcome(NamedTuple):
    """Final cells that differ from their first values, and effects."""

    cells: Cells
    effects: tuple[Effect, ...]


class Solo(NamedTuple):
    """One fault-free run: how often it does each effect, and every value that each cell has on the way."""

    effects: dict[int, int]
    seen: dict[int, frozenset[int]]


class Judge:
    """Says whether an outcome of the mixed schedule is one of the serial outcomes."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._serial: dict[tuple[tuple[int, ...], int], list[tuple[int, Ends, int]]] = {}
        self._outcomes: dict[tuple[int, int], Outcome] = {}
        self._solos: dict[int, list[Solo]] = {}
        self._verdicts: dict[tuple[int, int, int, int], bool] = {}

    def is_violation(self, runs: tuple[int, int], world: int, table: int, *, is_more: bool) -> bool:
        """Whether no serial order ends like this (or, for more, no single run does as much)."""
        key = (*runs, world, table)
        found = self._verdicts.get(key)
        if found is None:
            check = self._is_more if is_more else self._is_unserial
            found = self._verdicts[key] = check(runs, world, table)
        return found

    # -------------------------------------------------------------- any outcome

    def _is_unserial(self, runs: tuple[int, int], world: int, table: int) -> bool:
        states = [self._machine.runs.items[run] for run in runs]
        if any(state.end == BEYOND and state.has_changed for state in states):
            return False  # beyond the two rounds of a retry loop nothing is claimed
        ends = tuple((state.who, self._end(state.end)) for state in states)
        refused = frozenset(s.who for s in states if self._is_refused(s))
        orders: list[tuple[int, ...]] = []
        for left_out in _subsets(refused):
            order = tuple(who for who in (0, 1) if who not in left_out)
            orders += [order] if len(order) < len(states) else [order, order[::-1]]
        if not self._machine.semantics.unanswered_is_hostile:
            return all(self._is_avoidable([order], world, ends, table, hostile=False) for order in orders)
        return self._is_avoidable(orders, world, ends, table, hostile=True)

    def _is_avoidable(
        self, orders: list[tuple[int, ...]], world: int, ends: Ends, table: int, *, hostile: bool
    ) -> bool:
        """Whether the answers that are still open can be given so that none of these orders ends like the mixed run.

        Not hostile: whether no answers at all make one end like it. That would acquit get-test-decrement: the serial
        second run tests a value that nobody tested in the mixed run, and may be told to go on.
        """
        if not orders:
            return True
        order = orders[0]
        kept = tuple(end for end in ends if end[0] in order)
        for after, serial_ends, answers in self.serial(order, table):
            is_match = self._end_alike(serial_ends, kept) and self.outcome(after, answers) == self.outcome(
                world, answers
            )
            if hostile and not is_match and self._is_avoidable(orders[1:], world, ends, answers, hostile=True):
                return True
            if not hostile and is_match:
                return False
        return not hostile

    def _end_alike(self, serial: Ends, mixed: Ends) -> bool:
        return serial == mixed or not self._machine.semantics.ends_count

    def _is_refused(self, state: Run) -> bool:
        """Lost, changed nothing, and ended: counts as not run."""
        has_lost = state.has_lost or state.end == BEYOND
        return self._machine.semantics.refused_runs and has_lost and not state.has_changed and state.end is not None

    def end_of(self, run: int) -> Exit:
        """How a run has ended, as it is compared; that it is stuck if it has not."""
        return self._end(self._machine.runs.items[run].end)

    def _end(self, end: Exit | None) -> Exit:
        """Raise of which class, return of True, False or None, or a value; never which value."""
        if end is None:
            return STUCK
        kind, what = end
        if kind == "raise":
            return ("raise", str(what).rpartition(".")[2])
        if not self._machine.semantics.ends_by_kind or what in (ABSENT, TRUE, FALSE):
            return (kind, what)
        return (kind, "value")

    def outcome(self, world: int, table: int) -> Outcome:
        """What there is to compare of a world."""
        key = (world, table)
        found = self._outcomes.get(key)
        if found is None:
            state = self._machine.worlds.items[world]
            found = self._outcomes[key] = Outcome(self._changed(state.cells, table), state.effects)
        return found

    def _changed(self, cells: Cells, table: int) -> Cells:
        reading, answers = self._machine.reading, self._machine.tables.answers[table]
        kept = []
        for cell, value in cells:
            domain = reading.domains[cell]
            first = answers.get(("init", cell), domain[0])
            if value != first and (reading.compared is None or cell in reading.compared_ids):
                kept.append((cell, value))
        return tuple(kept)

    def serial(self, order: tuple[int, ...], table: int) -> list[tuple[int, Ends, int]]:
        """World, ends and answers of the runs one after the other, under every completion of the table."""
        key = (order, table)
        found = self._serial.get(key)
        if found is None:
            found = self._serial[key] = self._in_order(order, table)
        return found

    def _in_order(self, order: tuple[int, ...], table: int) -> list[tuple[int, Ends, int]]:
        machine, has_one_table = self._machine, self._machine.semantics.one_table
        reached: list[tuple[int, Ends, int]] = [
            (machine.empty_world, (), table if has_one_table else machine.tables.empty)
        ]
        for who in order:
            following: list[tuple[int, Ends, int]] = []
            for world, ends, answers in reached:
                found = self._to_the_end(who, world, answers)
                for end, after, more in found if has_one_table else found[:1]:
                    following.append((after, tuple(sorted([*ends, (who, end)])), more))
            reached = following
        return reached

    def _to_the_end(self, who: int, world: int, table: int) -> list[tuple[Exit, int, int]]:
        found: list[tuple[Exit, int, int]] = []
        todo = [(self._machine.start(who), world, table)]
        while todo:
            run, now, answers = todo.pop()
            moves = self._machine.moves(run, now, answers)
            if not moves:
                found.append((self._end(self._machine.runs.items[run].end), now, answers))
            todo.extend((move.run, move.world, move.table) for move in reversed(moves))
        return found

    # ---------------------------------------------------------- more than one run

    def _is_more(self, _runs: tuple[int, int], world: int, table: int) -> bool:
        """Whether something has happened more often than in one fault-free run: an effect, or a change of a cell."""
        state = self._machine.worlds.items[world]
        effects = _counts(state.effects)
        erase = self._machine.values.erase
        cells = [(erase(c), erase(v)) for c, v in self._changed(state.cells, table)]
        solos = self.solos(table)
        if not self._machine.semantics.direction_more:
            return not any(effects == solo.effects for solo in solos)
        return not any(
            all(count <= solo.effects.get(effect, 0) for effect, count in effects.items())
            and all(value in solo.seen.get(cell, frozenset()) for cell, value in cells)
            for solo in solos
        )

    def solos(self, table: int) -> list[Solo]:
        """What one run does alone, under every completion of the table."""
        found = self._solos.get(table)
        if found is None:
            found = self._solos[table] = self._all_solos(table)
        return found

    def _all_solos(self, table: int) -> list[Solo]:
        machine, erase = self._machine, self._machine.values.erase
        found: list[Solo] = []
        start: dict[int, frozenset[int]] = {}
        todo = [(machine.start(0), machine.empty_world, table, start)]
        while todo:
            run, world, answers, seen = todo.pop()
            moves = machine.moves(run, world, answers)
            if not moves:
                found.append(Solo(_counts(machine.worlds.items[world].effects), seen))
            for move in reversed(moves):
                now = dict(seen)
                for cell, value in machine.worlds.items[move.world].cells:
                    now[erase(cell)] = now.get(erase(cell), frozenset()) | {erase(value)}
                todo.append((move.run, move.world, move.table, now))
        return found


def _counts(effects: tuple[Effect, ...]) -> dict[int, int]:
    """How often each kind of effect has happened, whatever its values."""
    return dict(Counter(effect[0] for effect in effects))


def _subsets(refused: frozenset[int]) -> list[frozenset[int]]:
    found = [frozenset[int]()]
    for who in sorted(refused):
        found += [subset | {who} for subset in found]
    return found
