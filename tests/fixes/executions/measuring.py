"""Runs a case before and after its fix, and counts what came of it."""

from __future__ import annotations

import dataclasses
import fnmatch
import itertools
from dataclasses import dataclass
from typing import Any

from tests.fixes.executions.declared import Execution
from tests.fixes.executions.exploring import crashes, explore
from tests.fixes.executions.forking import Nursery
from tests.fixes.executions.outcomes import Outcome, Stores
from tests.fixes.executions.running import EXPIRY, Run, in_turn

_runs = itertools.count()
TABLES = """
import sys
django = sys.modules.get("django.apps")
made = django.apps.get_app_config("shop").get_models() if django else ()
made = list(made)
if made:
    from django.db import connection
    with connection.schema_editor() as editor:
        for model in made:
            editor.create_model(model)
for metadata in {id(one): one for one in (getattr(value, "metadata", None) for value in list(globals().values()))
                 if type(one).__name__ == "MetaData"}.values():
    metadata.create_all(engine)
"""


@dataclass(frozen=True)
class Half:
    """One program under its schedules: how many there were, whether these are all, and the bad ones among them."""

    schedules: int
    is_exhaustive: bool
    bad: int
    shown: tuple[str, ...]

    def figures(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "shown": list(self.shown)}


@dataclass(frozen=True)
class Measured:
    """Both programs, and for each what every call leaves and gets when one worker makes it alone."""

    before: Half
    after: Half
    alone: tuple[tuple[str, ...], tuple[str, ...]]

    def figures(self, case: Execution) -> dict[str, Any]:
        """A row of the table."""
        said = {name: getattr(case, name) for name in ("rule", "name", "fixer", "store", "fault")}
        return {
            **said,
            "before": self.before.figures(),
            "after": self.after.figures(),
            "alone": len(self.alone[0]) if self.alone[0] == self.alone[1] else 0,
        }


class Watch:
    """Who set a key, and who took it away from him."""

    def __init__(self, stores: Stores, key: str) -> None:
        self.stores, self.key = stores, key
        self.holder = ""
        self.seen: list[str] = []

    def __call__(self, name: str) -> None:
        is_there = self.stores.is_set(self.key)
        if self.holder and not is_there and name not in {EXPIRY, self.holder}:
            self.seen.append(f"{name} deletes the lock of {self.holder}")
        self.holder = (self.holder or name) if is_there else ""


class Bench:
    """The servers and the nursery, for all cases."""

    def __init__(self, nursery: Nursery, stores: Stores) -> None:
        self.nursery, self.stores = nursery, stores

    def measure(self, case: Execution) -> Measured:
        """Both programs under the case's schedules, and each call by one worker alone."""
        self._prepare(case.before)
        first = self._each_alone(case, case.before)
        accepted = self._serial(case)
        before = self._half(case, case.before, accepted)
        self._prepare(case.after)
        second = self._each_alone(case, case.after)
        return Measured(before, self._half(case, case.after, accepted), (first, second))

    def _each_alone(self, case: Execution, program: str) -> tuple[str, ...]:
        calls = dict.fromkeys((*case.calls, *case.solo))
        return tuple(self._alone(case, program, call).whole() for call in calls)

    def _prepare(self, program: str) -> None:
        self.stores.forget_tables()
        self._execute(program, TABLES)

    def _execute(self, program: str, code: str) -> None:
        _, connection = self.nursery.fork(program, code, "setup", "", gated=False)
        answer = connection.recv()
        connection.close()
        assert answer == ("done", "done"), answer

    def _begin(self, case: Execution, program: str, calls: tuple[str, ...]) -> Run:
        self.stores.empty()
        if case.setup:
            self._execute(program, case.setup)
        tag = f"{next(_runs)}"
        self.stores.put(tag, case.messages)
        run = Run(self.nursery, program, calls, self.stores.waits, tag, receives=case.receives)
        if case.lease:
            run.expire = lambda: self.stores.lapse(case.lease)
            run.may_expire = lambda: self._may_expire(case, run)
        run.fails, run.is_impatient = case.fails, case.impatient
        run.takes, run.age = case.takes, self.stores.age
        run.watch = Watch(self.stores, case.owner) if case.owner else run.watch
        run.start()
        return run

    def _may_expire(self, case: Execution, run: Run) -> bool:
        standing = [one.at for one in run.actors.values() if one.state == "ready"]
        is_prompt = bool(case.prompt) and any(fnmatch.fnmatchcase(one, case.prompt) for one in standing)
        return case.fault == "expiry" and not is_prompt and bool(self.stores.ending(case.lease))

    def _outcome(self, case: Execution, run: Run) -> Outcome:
        return Outcome(
            self.stores.keys(case.ignore),
            self.stores.expiring(),
            self.stores.rows(case.ignore),
            tuple(run.effects),
            {name: actor.result for name, actor in run.actors.items()},
            tuple(run.trace),
            tuple(run.watch.seen) if isinstance(run.watch, Watch) else (),
        )

    def _alone(self, case: Execution, program: str, call: str) -> Outcome:
        run = self._begin(dataclasses.replace(case, fails="", fault="none", takes=()), program, (call,))
        for _ in in_turn(run, "A"):
            pass
        self._receive(run)
        return self._closed(case, run)

    def _receive(self, run: Run) -> None:
        """Lets the workers that tasks have started do their work, in their order."""
        for name in list(run.actors):
            for _ in in_turn(run, name):
                pass

    def _closed(self, case: Execution, run: Run) -> Outcome:
        outcome = self._outcome(case, run)
        run.close()
        return outcome

    def _serial(self, case: Execution) -> set[str]:
        """What may come of the old program: what its workers leave when they follow each other, in either order.

        With a crash, what one worker leaves: whoever follows is to complete that, and to repeat nothing.
        """
        if case.fault == "crash":
            return {self._alone(case, case.before, case.calls[0]).left()}
        return {self._in_order(case, reverse=reverse) for reverse in (False, True)}

    def _in_order(self, case: Execution, *, reverse: bool) -> str:
        run = self._begin(case, case.before, case.calls)
        order = list(run.actors)
        for name in reversed(order) if reverse else order:
            for _ in in_turn(run, name):
                pass
        self._receive(run)
        return self._closed(case, run).whole()

    def _half(self, case: Execution, program: str, accepted: set[str]) -> Half:
        outcomes: list[Outcome] = []

        def finish(run: Run) -> None:
            outcomes.append(self._outcome(case, run))

        if case.fault == "failure":
            run = self._begin(case, program, case.calls[:1])
            self._receive(run)
            run.join(case.follows or case.calls[1])
            self._receive(run)
            finish(run)
            run.close()
            done, is_all = 1, True
        elif case.fault == "crash":
            steps = self._steps(case, program)
            done = crashes(
                lambda: self._begin(case, program, case.calls[:1]), finish, steps, case.follows or case.calls[1]
            )
            is_all = True
        else:
            done, is_all = explore(lambda: self._begin(case, program, case.calls), finish, case.bound)
        bad = [one for one in outcomes if self._is_bad(case, one, accepted)]
        told = bad or outcomes
        shown = sorted({case.shows.format(**one.names()) for one in told}) if case.shows else ()
        return Half(done, is_all, len(bad), tuple(shown))

    def _steps(self, case: Execution, program: str) -> int:
        run = self._begin(case, program, case.calls[:1])
        steps = sum(1 for _ in in_turn(run, "A"))
        run.close()
        return steps

    def _is_bad(self, case: Execution, outcome: Outcome, accepted: set[str]) -> bool:
        if case.bad:
            return bool(eval(case.bad, {}, outcome.names()))
        return (outcome.left() if case.fault == "crash" else outcome.whole()) not in accepted
