"""Worker processes that do one operation at a time, when told to.

The code under test is a generator that yields the text of each operation just before it; so the schedule is a list of
turns, and nothing ever sleeps.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Generator
from multiprocessing.connection import Connection
from typing import Any

import psycopg
import redis

Code = Generator[str, None, None]
PATIENCE = 20.0
SPAWN = multiprocessing.get_context("spawn")


def redis_client(socket: str) -> redis.Redis:
    return redis.Redis(unix_socket_path=socket, decode_responses=True)


def postgres_client(uri: str) -> psycopg.Connection[Any]:
    return psycopg.connect(uri)


def _serve(connect: Callable[[str], Any], address: str, work: Callable[[Any], Code], turns: Connection) -> None:
    client = connect(address)
    code = work(client)
    text: str | None = next(code)
    turns.send(("ready", None))
    while text is not None:
        turns.recv()
        done, error = text, None
        try:
            text = next(code, None)
        except Exception as raised:  # noqa: BLE001 - whatever the code ends with is its outcome
            text, error = None, type(raised).__name__
        turns.send((done, error))
    client.close()


class Worker:
    """One replica."""

    def __init__(self, connect: Callable[[str], Any], address: str, work: Callable[[Any], Code]) -> None:
        self.turns, theirs = SPAWN.Pipe()
        self.process = SPAWN.Process(target=_serve, args=(connect, address, work, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.error: str | None = None
        self._answer()

    def begin(self) -> None:
        """Lets it do its next operation, which may have to wait for the other worker."""
        self.turns.send("go")

    def finish(self) -> str:
        """The text of the operation that it has now done."""
        text, self.error = self._answer()
        return text

    def step(self) -> str:
        self.begin()
        return self.finish()

    def has_answered(self) -> bool:
        return self.turns.poll()

    def kill(self) -> None:
        self.process.kill()
        self.process.join(PATIENCE)

    def _answer(self) -> tuple[str, str | None]:
        assert self.turns.poll(PATIENCE), "the worker does not answer"
        answer: tuple[str, str | None] = self.turns.recv()
        return answer

    def close(self) -> None:
        self.process.join(PATIENCE)
        if self.process.is_alive():
            self.kill()
        self.turns.close()
