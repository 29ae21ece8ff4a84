"""The schedules of a program: each is run anew from the start, the ones with the fewest switches first."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.fixes.executions.running import EXPIRY, Run


@dataclass(frozen=True)
class Choice:
    """Who could go on at one point of a schedule, and who did."""

    options: tuple[str, ...]
    taken: str


def explore(begin: Callable[[], Run], finish: Callable[[Run], None], bound: int) -> tuple[int, bool]:
    """Runs schedules until there are no more, or ``bound`` of them; how many, and whether that was all.

    Each run follows a beginning that is given, and goes on with whoever has the turn as long as he can.
    """
    order = itertools.count()
    waiting: list[tuple[int, int, tuple[str, ...]]] = [(0, next(order), ())]
    done = 0
    while waiting and done < bound:
        _, _, beginning = heapq.heappop(waiting)
        run = begin()
        try:
            choices = _follow(run, beginning)
            finish(run)
        finally:
            run.close()
        done += 1
        for other in _others(choices, len(beginning)):
            heapq.heappush(waiting, (_switches(choices, other), next(order), other))
    return done, not waiting


def _follow(run: Run, beginning: tuple[str, ...]) -> list[Choice]:
    choices: list[Choice] = []
    last = ""
    while options := run.choices() or run.wake():
        at = len(choices)
        own = [one for one in options if one != EXPIRY]
        taken = beginning[at] if at < len(beginning) else last if last in own else own[0]
        assert taken in options, f"{taken} cannot go on after {run.trace}"
        choices.append(Choice(tuple(options), taken))
        run.step(taken)
        last = taken if taken != EXPIRY else last
    return choices


def _others(choices: list[Choice], fixed: int) -> Iterator[tuple[str, ...]]:
    """Every beginning that parts from these choices at one point after the ones that were given."""
    for at in range(fixed, len(choices)):
        taken = tuple(one.taken for one in choices[:at])
        yield from ((*taken, option) for option in choices[at].options if option != choices[at].taken)


def _switches(choices: list[Choice], beginning: tuple[str, ...]) -> int:
    """How often somebody is interrupted who could have gone on."""
    count, last = 0, ""
    for choice, taken in zip(choices, beginning, strict=False):
        count += taken not in {last, EXPIRY} and last in choice.options
        last = taken if taken != EXPIRY else last
    return count


def crashes(begin: Callable[[], Run], finish: Callable[[Run], None], steps: int, second: str) -> int:
    """Kills the first worker after each number of steps, then lets another one do the same; how many runs."""
    for number in range(1, steps + 1):
        run = begin()
        try:
            for _ in range(number):
                if run.actors["A"].state == "ready":
                    run.step("A")
            if run.actors["A"].state == "ready":
                run.kill("A")
            if run.expire is not None:
                run.expire()
            run.join(second)
            while run.actors["B"].state == "ready":
                run.step("B")
            finish(run)
        finally:
            run.close()
    return steps
