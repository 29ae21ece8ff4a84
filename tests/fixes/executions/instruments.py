"""Hooks in the clients of the stores, inside a worker: before each command the worker asks whether it may go on.

The program knows nothing of it. Its clients are the real ones and talk to the real servers; only the address that they
connect to, and the moment, are ours. What would leave the machine (HTTP, mail, a task for another worker) is told to
whoever leads the run instead. Nothing sleeps: a sleep moves the clocks that the program looks at.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

SILENT = frozenset({"CLIENT", "HELLO", "SELECT", "AUTH", "PING", "SCRIPT", "COMMAND", "INFO", "READONLY"})
"""Commands of Redis that a client sends on its own account, and that no program can tell from none."""
SILENT_SQL = (
    "SAVEPOINT", "RELEASE", "ROLLBACK", "SET ", "SHOW", "BEGIN", "SELECT SET_CONFIG", "SELECT PG_CATALOG",
    "SELECT CURRENT_SCHEMA",
)  # fmt: skip


class Gate:
    """Where a worker stops: it tells the leader what comes next, and waits for its turn.

    ``slept`` and ``passed`` are the seconds by which its clocks are ahead: what it would have slept, and what the
    leader says has passed.
    """

    def __init__(self, leader: Connection) -> None:
        self.leader = leader
        self.is_open = True
        self.has_slept = False
        self.slept = 0.0
        self.passed = 0.0

    def wait(self, text: str) -> None:
        """Waits until it is this worker's turn; ``text`` is the command that it will send then."""
        if not self.is_open:
            self.leader.send(("at", text, self.has_slept))
            self.has_slept = False
            turn, self.passed = self.leader.recv()
            if turn == "fail":
                raise _failure(text)

    def effect(self, kind: str, text: str, payload: Any = None) -> None:
        """An effect that nobody can take back, as a step of its own."""
        self.wait(f"{kind} {text}")
        self.leader.send(("effect", kind, text, payload))


def _failure(text: str) -> Exception:
    """The error that a client raises when its server refuses a command."""
    import psycopg
    import redis
    import requests

    first = text.split(" ", 1)[0]
    if first in {"SELECT", "INSERT", "UPDATE", "DELETE", "COMMIT"}:
        return psycopg.errors.QueryCanceled("canceling statement due to user request")
    if first in {"http", "mail", "task", "message"}:
        return requests.ConnectionError("connection refused")
    return redis.ResponseError("OOM command not allowed when used memory > 'maxmemory'")


def install(gate: Gate, addresses: dict[str, str], name: str, tag: str) -> None:
    """Puts the hooks into this process; ``name`` is how the database will know the worker, ``tag`` that of the run."""
    _clocks(gate)
    for package in ("redis", "valkey"):
        _redis(gate, addresses["redis"], package)
    _psycopg(gate, f"{addresses['postgresql']}&application_name={name}")
    _files(gate)
    _outside(gate)
    _tasks(gate)
    if addresses.get("kafka"):
        _kafka(gate, addresses["kafka"], tag)


def _clocks(gate: Gate) -> None:
    rest, now, ticks = asyncio.sleep, time.time, time.monotonic

    def sleep(seconds: float) -> None:
        gate.slept += seconds
        gate.has_slept = True

    async def asleep(seconds: float, result: Any = None) -> Any:
        if seconds > 0:
            sleep(seconds)
        return await rest(0, result)

    time.time = lambda: now() + gate.slept + gate.passed
    time.monotonic = lambda: ticks() + gate.slept + gate.passed
    time.sleep = sleep
    asyncio.sleep = asleep


# ------------------------------------------------------------------ Redis


def _redis(gate: Gate, path: str, package: str) -> None:
    """The same for redis-py and for valkey-py, which began as its copy."""
    sync = importlib.import_module(f"{package}.connection")
    calm = importlib.import_module(f"{package}.asyncio.connection")
    commands = importlib.import_module(f"{package}.commands.core")

    def connect(self: Any) -> socket.socket:
        one = socket.socket(socket.AF_UNIX)
        one.connect(path)
        return one

    async def aconnect(self: Any) -> None:
        self._reader, self._writer = await asyncio.open_unix_connection(path)

    send = sync.AbstractConnection.send_packed_command
    asend = calm.AbstractConnection.send_packed_command

    def gated(self: Any, command: Any, check_health: bool = True) -> None:
        for text, packed in _units(command):
            if text:
                gate.wait(text)
            send(self, packed, check_health)

    async def agated(self: Any, command: Any, check_health: bool = True) -> None:
        for text, packed in _units(command):
            if text:
                gate.wait(text)
            await asend(self, packed, check_health)

    sync.Connection._connect, calm.Connection._connect = connect, aconnect
    sync.AbstractConnection.send_packed_command = gated
    calm.AbstractConnection.send_packed_command = agated
    cluster = importlib.import_module(f"{package}.cluster").__dict__
    for name in ("RedisCluster", "ValkeyCluster"):
        if name in cluster:
            cluster[name].__init__ = lambda *_, **__: None  # there is none: a program may make it, not use it
    loader = importlib.import_module("redis").Redis(unix_socket_path=path)
    for kind in (commands.Script, commands.AsyncScript):
        _load_at_once(kind, loader)


def _load_at_once(kind: Any, loader: Any) -> None:
    """The first use of a script takes one command more than the others: none is ever a first one here."""
    made = kind.__init__

    def init(self: Any, client: Any, script: Any) -> None:
        made(self, client, script)
        loader.script_load(script)

    kind.__init__ = init


def _units(command: Any) -> Iterator[tuple[str, list[bytes]]]:
    """What is sent in one piece: a command, or a transaction; of a pipeline that is none, each command.

    The server may serve others between the commands of a pipeline, and does when they come in two packets.
    """
    data = command if isinstance(command, bytes) else b"".join(command)
    parts = list(_commands(data))
    names = [words[0].upper() for words, _ in parts]
    if "MULTI" in names:
        yield " ".join(["MULTI", *(_told(words) for words, _ in parts[1:])]), [data]
        return
    for words, packed in parts:
        yield "" if words[0].upper() in SILENT else _told(words), [packed]


def _told(words: list[str]) -> str:
    return words[0] if words[0].upper() in {"EXEC", "EVALSHA", "EVAL"} else " ".join(words[:2])


def _commands(data: bytes) -> Iterator[tuple[list[str], bytes]]:
    """The commands in a piece of the protocol, each with its words and its bytes."""
    at = 0
    while at < len(data):
        start = at
        line = data.index(b"\r\n", at)
        count, at = int(data[at + 1 : line]), line + 2
        words = []
        for _ in range(count):
            line = data.index(b"\r\n", at)
            size = int(data[at + 1 : line])
            words.append(data[line + 2 : line + 2 + size].decode("utf-8", "replace"))
            at = line + 4 + size
        yield words, data[start:at]


# ------------------------------------------------------------- PostgreSQL


def _psycopg(gate: Gate, uri: str) -> None:
    import psycopg
    import psycopg2
    import psycopg2.extensions as two
    from psycopg.pq import TransactionStatus

    def before(query: Any) -> None:
        text = " ".join(str(query if not isinstance(query, bytes) else query.decode()).split())
        if not text.upper().startswith(SILENT_SQL):
            gate.wait(text if len(text) < 60 else f"{text[:57]}...")

    for cursor in (psycopg.Cursor, psycopg.AsyncCursor):
        _gate_cursor(cursor, before)
    commit, acommit = psycopg.Connection.commit, psycopg.AsyncConnection.commit

    def gated(self: Any) -> None:
        if self.info.transaction_status != TransactionStatus.IDLE:
            gate.wait("COMMIT")
        commit(self)

    async def agated(self: Any) -> None:
        if self.info.transaction_status != TransactionStatus.IDLE:
            gate.wait("COMMIT")
        await acommit(self)

    psycopg.Connection.commit = gated  # type: ignore[method-assign]
    psycopg.AsyncConnection.commit = agated  # type: ignore[method-assign]

    class Cursor(two.cursor):
        def execute(self, query: Any, *rest: Any, **named: Any) -> None:
            before(query)
            super().execute(query, *rest, **named)

    class Connected(two.connection):
        def cursor(self, *positional: Any, **named: Any) -> Any:
            return super().cursor(*positional, **{"cursor_factory": Cursor, **named})

        def commit(self) -> None:
            if self.info.transaction_status:
                gate.wait("COMMIT")
            super().commit()

    _connect_to(psycopg, psycopg2, uri, Connected)


def _gate_cursor(cursor: Any, before: Any) -> None:
    execute = cursor.execute

    def gated(self: Any, query: Any, *rest: Any, **named: Any) -> Any:
        before(query)
        return execute(self, query, *rest, **named)

    cursor.execute = gated


def _connect_to(psycopg: Any, psycopg2: Any, uri: str, factory: type) -> None:
    """Whatever the program wants to connect to, it gets this server."""
    three, athree, two = psycopg.connect, psycopg.AsyncConnection.connect, psycopg2.connect
    plain = frozenset({"autocommit", "row_factory", "prepare_threshold", "cursor_factory", "context"})

    def connect(*_: Any, **named: Any) -> Any:
        return three(uri, **{key: value for key, value in named.items() if key in plain})

    async def aconnect(*_: Any, **named: Any) -> Any:
        return await athree(uri, **{key: value for key, value in named.items() if key in plain})

    psycopg.connect = psycopg.Connection.connect = connect
    psycopg.AsyncConnection.connect = aconnect
    psycopg2.connect = lambda *_, **__: two(uri, connection_factory=factory)


# ------------------------------------------------------------------ files

SHARED_FILES = "/tmp/fenceline-shared"
"""The folder of which all workers see the files."""


def _files(gate: Gate) -> None:
    for name in ("stat", "mkdir"):
        setattr(os, name, _gated_file(gate, name, getattr(os, name)))


def _gated_file(gate: Gate, name: str, call: Any) -> Any:
    def gated(path: Any, *rest: Any, **named: Any) -> Any:
        if not isinstance(path, int) and os.fsdecode(path).startswith(SHARED_FILES):
            gate.wait(f"{name} {os.fsdecode(path)}")
        return call(path, *rest, **named)

    return gated


# ------------------------------------------------- what leaves the machine


def _outside(gate: Gate) -> None:
    import httpx
    import requests
    from django.core import mail

    def request(self: Any, method: str, url: str, *_: Any, **named: Any) -> requests.Response:
        gate.effect("http", f"{method.upper()} {url}", named.get("headers"))
        answer = requests.Response()
        answer.status_code, answer._content = 200, b"{}"
        return answer

    def handle(self: Any, sent: httpx.Request) -> httpx.Response:
        gate.effect("http", f"{sent.method} {sent.url}", dict(sent.headers))
        return httpx.Response(200, json={})

    async def ahandle(self: Any, sent: httpx.Request) -> httpx.Response:
        return handle(self, sent)

    def send(messages: Any) -> int:
        for one in messages:
            gate.effect("mail", f"{one.subject} to {', '.join(one.to)}")
        return len(messages)

    requests.Session.request = request  # type: ignore[method-assign]
    httpx.HTTPTransport.handle_request = handle  # type: ignore[method-assign]
    httpx.AsyncHTTPTransport.handle_async_request = ahandle  # type: ignore[method-assign]
    mail.get_connection = lambda *_, **__: type("Mailbox", (), {"send_messages": staticmethod(send)})()


def _tasks(gate: Gate) -> None:
    """Tasks are handed to the leader, who may let another worker run them; schedulers never start."""
    from apscheduler.schedulers.base import BaseScheduler
    from celery.app.task import Task

    def apply_async(self: Any, args: Any = None, kwargs: Any = None, **_: Any) -> Any:
        gate.effect("task", self.name.rpartition(".")[2], (tuple(args or ()), dict(kwargs or {})))
        return type("Sent", (), {"id": "sent"})()

    Task.apply_async = apply_async
    BaseScheduler.start = lambda *_, **__: None  # the run itself calls the job


# ------------------------------------------------------------------ Kafka


class Drained(BaseException):
    """There are no more messages: what would wait for ever ends here."""


SOON, SHORTLY = 10.0, 0.01
"""Seconds to wait for a message that is there, and between two looks at what was committed."""


def _kafka(gate: Gate, brokers: str, tag: str) -> None:
    """Topics and groups get ``tag``, which is that of the run: each run has its own."""
    import confluent_kafka

    class Consumer(confluent_kafka.Consumer):
        def __init__(self, settings: dict[str, Any], **named: Any) -> None:
            self.following: int | None = None
            self.commits_itself = str(settings.get("enable.auto.commit", True)).lower() != "false"
            ours = {"bootstrap.servers": brokers, "auto.offset.reset": "earliest", "log_level": 0}
            group = {"group.id": f"{settings['group.id']}-{tag}", "auto.commit.interval.ms": 20}
            super().__init__({**settings, **ours, **group}, **named)

        def subscribe(self, topics: list[str], **_: Any) -> None:
            """Without the other members of a group there is nobody to agree with, nor to wait for."""
            self.assign([confluent_kafka.TopicPartition(f"{one}-{tag}", 0) for one in topics])

        def poll(self, *_: Any) -> Any:
            gate.wait("poll")
            if self._has_read_all():
                raise Drained
            message = super().poll(SOON)
            assert message is not None
            self.following = message.offset() + 1
            if self.commits_itself:
                gate.wait("commit in the background")
                self._wait_for_clock(message)
            return message

        def _has_read_all(self) -> bool:
            place = self.assignment()[0]
            if self.following is None:
                self.following = max(self.committed([place])[0].offset, 0)
            return bool(self.following >= self.get_watermark_offsets(place, timeout=SOON)[1])

        def _wait_for_clock(self, message: Any) -> None:
            """Until the thread of the client has committed what was handed over, as it does at some moment."""
            place = [confluent_kafka.TopicPartition(message.topic(), message.partition())]
            while self.committed(place)[0].offset <= message.offset():
                threading.Event().wait(SHORTLY)

        def commit(self, *positional: Any, **named: Any) -> Any:
            gate.wait("commit")
            return super().commit(*positional, **{**named, "asynchronous": False})

    class Producer(confluent_kafka.Producer):
        def __init__(self, settings: dict[str, Any], **named: Any) -> None:
            super().__init__({**settings, "bootstrap.servers": brokers, "log_level": 0}, **named)

        def produce(self, topic: str, value: Any = None, *_: Any, **__: Any) -> None:
            gate.effect("message", topic, value)

    confluent_kafka.Consumer, confluent_kafka.Producer = Consumer, Producer  # type: ignore[misc]
