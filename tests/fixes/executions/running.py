"""One run of several workers, led command by command."""

from __future__ import annotations

import fnmatch
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from tests.fixes.executions.forking import Nursery

PATIENCE = 30.0
MOST_TURNS = 120
"""Turns of one worker after which it is said to wait for ever."""
AGAIN = "+"
"""After the name of a worker: it tries again until it gives up, whatever the others would do meanwhile."""
A_LONG_TIME = 86_400.0
"""Seconds after which any lock has expired."""
EXPIRY = "E"
"""The actor that ends a lock, as the server would."""


@dataclass
class Actor:
    """One worker. ``state`` is "ready" (before the command ``at``), "busy" (its server lets it wait), or the end."""

    name: str
    pid: int
    connection: Connection
    at: str = ""
    has_slept: bool = False
    state: str = "busy"
    result: str = ""
    turns: int = 0
    seen: int = 0


@dataclass
class Run:
    """Workers of one program at its stores.

    ``waits`` answers whether the database lets the worker of that name wait for another; ``calls`` are expressions,
    one for each worker, ``tag`` sets the topics of this run apart, ``receives`` lets each task that is sent start one
    more. ``expire`` ends a lock, once, when ``may_expire``. ``watch`` is told after each step who did it. A command of
    the first worker that ``fails`` describes is refused. With ``is_impatient`` a worker that waits by trying again may
    also do so until it gives up.
    """

    nursery: Nursery
    program: str
    calls: tuple[str, ...]
    waits: Callable[[str], bool]
    tag: str = ""
    receives: bool = False
    expire: Callable[[], None] | None = None
    may_expire: Callable[[], bool] = lambda: False
    actors: dict[str, Actor] = field(default_factory=dict)
    effects: list[str] = field(default_factory=list)
    trace: list[tuple[str, str]] = field(default_factory=list)
    watch: Callable[[str], None] = lambda _: None
    fails: str = ""
    takes: tuple[str, float] | tuple[()] = ()
    age: Callable[[float], None] = lambda _: None
    is_impatient: bool = False
    moves: int = 0
    has_expired: bool = False
    keys: set[str] = field(default_factory=set)
    passed: float = 0.0

    def start(self) -> Run:
        for call in self.calls:
            self.join(call)
        return self

    def join(self, call: str) -> Actor:
        """One more worker, up to its first command."""
        name = "ABCD"[len(self.actors)]
        pid, connection = self.nursery.fork(self.program, call, name, self.tag, gated=True)
        actor = self.actors[name] = Actor(name, pid, connection)
        self._settle(actor)
        return actor

    def choices(self) -> list[str]:
        """Who can do something now; a worker that tries again after a sleep only when something has happened."""
        ready = [one for one in self.actors.values() if one.state == "ready"]
        fresh = [one.name for one in ready if not (one.has_slept and one.seen == self.moves)]
        names = fresh or [one.name for one in ready]
        if fresh and self.is_impatient:
            names += [one.name + AGAIN for one in ready if one.name not in fresh]
        return [*names, EXPIRY] if names and not self.has_expired and self.may_expire() else names

    def step(self, name: str) -> None:
        """Lets one worker do its next command, and everybody come to rest."""
        if name.endswith(AGAIN):
            name = name.removesuffix(AGAIN)
            while self.actors[name].state == "ready" and self.actors[name].has_slept:
                self._one_step(name)
        else:
            self._one_step(name)

    def _one_step(self, name: str) -> None:
        if name == EXPIRY:
            assert self.expire is not None
            self.expire()
            self.has_expired = True
            self.passed += A_LONG_TIME
            self.trace.append((EXPIRY, "the lock expires"))
            self.moves += 1
            self.watch(EXPIRY)
            return
        actor = self.actors[name]
        self.trace.append((name, actor.at))
        actor.turns += 1
        tries_again = actor.has_slept
        fails = bool(self.fails) and fnmatch.fnmatchcase(actor.at, self.fails) and name == "A"
        actor.connection.send(("fail" if fails else "go", self.passed))
        actor.state = "busy"
        self._settle(actor)
        self.moves += not (tries_again and actor.has_slept)
        actor.seen = self.moves
        for other in list(self.actors.values()):
            if other.state == "busy":
                self._settle(other)
        if actor.turns >= MOST_TURNS and actor.state == "ready":
            self.kill(name, "waits for ever")
        self._pass(self.trace[-1][1])
        self.watch(name)

    def _pass(self, command: str) -> None:
        """Lets the time pass that a command takes."""
        if self.takes and fnmatch.fnmatchcase(command, self.takes[0]):
            self.passed += self.takes[1]
            self.age(self.takes[1])

    def wake(self) -> list[str]:
        """Whom the database lets go on when all wait for each other: it ends one of them by itself."""
        while busy := [one for one in self.actors.values() if one.state == "busy"]:
            for one in busy:
                if one.connection.poll(0.01):
                    self._settle(one)
            if ready := self.choices():
                return ready
        return []

    def kill(self, name: str, state: str = "killed") -> None:
        actor = self.actors[name]
        os.kill(actor.pid, signal.SIGKILL)
        actor.state, actor.result = state, state
        self.trace.append((name, state))
        while True:  # what it had told before it died
            try:
                actor.connection.recv()
            except (EOFError, ConnectionError):
                break
        actor.connection.close()

    def close(self) -> None:
        for actor in self.actors.values():
            if actor.state in {"ready", "busy"}:
                self.kill(actor.name)

    def _settle(self, actor: Actor) -> None:
        """Until the worker stands before its next command, has ended, or waits in the database."""
        deadline = time.monotonic() + PATIENCE
        pause = 0.05
        while actor.state == "busy":
            if actor.connection.poll(pause):
                self._hear(actor)
            elif self.waits(actor.name):
                return
            assert time.monotonic() < deadline, f"{actor.name} does not answer: {self.trace}"
            pause = 0.01

    def _hear(self, actor: Actor) -> None:
        try:
            kind, *told = actor.connection.recv()
        except EOFError:
            kind, told = "done", ["died"]
        if kind == "effect":
            self._take(*told)
        elif kind == "at":
            actor.at, actor.has_slept = told
            actor.state = "ready"
        else:
            actor.state, actor.result = "done", told[0]
            actor.connection.close()

    def _is_known(self, kind: str, payload: Any) -> bool:
        """Whether the service has had a request with this key, and answers it as it did before."""
        headers = {name.lower(): value for name, value in (payload or {}).items()} if kind == "http" else {}
        key = headers.get("idempotency-key")
        is_known = key in self.keys
        if key is not None:
            self.keys.add(key)
        return is_known

    def _take(self, kind: str, text: str, payload: Any) -> None:
        if self._is_known(kind, payload):
            return
        self.effects.append(f"{kind} {text}")
        if kind == "task" and self.receives:
            args, named = payload
            self.join(f"{text}.run(*{args!r}, **{named!r})")


def in_turn(run: Run, *names: str) -> Iterator[str]:
    """Each of these to its end, one after the other; yields who has just done a step."""
    for name in names:
        while run.actors[name].state == "ready":
            run.step(name)
            yield name
