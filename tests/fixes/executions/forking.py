"""Worker processes that are made in a moment: forks of a process that has imported the libraries and opened nothing.

Each run of a program is a process of its own, with its own connections and its module executed anew, as each replica
has them; killing it is a crash. The process that is forked (the nursery) is spawned, so that nothing of the test run
is in it: neither threads nor the servers' owners.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import inspect
import os
import signal
import sys
import tempfile
import warnings
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.replay.workers import SPAWN

APP = "shop"
"""The Django application that every program is a models module of."""


LIBRARIES = (
    "apscheduler.schedulers.background",
    "asyncpg",
    "celery.app.task",
    "celery.local",
    "celery.result",
    "confluent_kafka",
    "django.contrib.postgres.fields",
    "django.core.cache.backends.redis",
    "django.core.mail",
    "django.db.backends.postgresql.base",
    "django.db.backends.postgresql.schema",
    "httpcore",
    "httpx",
    "psycopg2.extensions",
    "pymemcache.client.base",
    "redis.asyncio",
    "redis.commands.core",
    "redis_lock",
    "requests",
    "stripe",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.postgresql.psycopg2",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.orm",
    "tests.fixes.executions.instruments",
    "valkey.asyncio",
)
"""What programs and hooks import: once here, not in each fork."""


class Nursery:
    """The process that is forked, and where its forks report."""

    def __init__(self, addresses: dict[str, str]) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="fenceline-workers-")
        self.listener = Listener(str(Path(self.folder.name) / "leader"))
        self.turns, theirs = SPAWN.Pipe()
        self.process = SPAWN.Process(target=_serve, args=(theirs, self.listener.address, addresses), daemon=True)
        self.process.start()
        theirs.close()
        self.turns.recv()

    def fork(self, program: str, code: str, name: str, tag: str, *, gated: bool) -> tuple[int, Connection]:
        """A worker that executes the program and then ``code``; its process id and the way to it."""
        self.turns.send((program, code, name, tag, gated))
        connection = self.listener.accept()
        pid: int = connection.recv()
        return pid, connection

    def close(self) -> None:
        self.process.kill()
        self.process.join()
        self.turns.close()
        self.listener.close()
        self.folder.cleanup()


def _serve(turns: Connection, leader: str, addresses: dict[str, str]) -> None:
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    _prepare(addresses, Path(leader).parent / APP)
    turns.send("ready")
    while True:
        try:
            work = turns.recv()
        except EOFError:
            return
        if os.fork() == 0:
            turns.close()
            _run(Client(leader), addresses, *work)


def _prepare(addresses: dict[str, str], folder: Path) -> None:
    """Imports what programs import, and makes a Django project whose only application has no models yet."""
    import django
    from django.conf import settings

    folder.mkdir()
    package = ModuleType(APP)
    package.__path__ = [str(folder)]
    sys.modules[APP] = package
    place = urlsplit(addresses["postgresql"])
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", APP],
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
        SECRET_KEY="none",
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": place.path.strip("/"),
                "USER": place.username,
                "HOST": parse_qs(place.query)["host"][0],
            }
        },
        CACHES={"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://localhost"}},
    )
    django.setup()
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # the forks share these pages as long as nobody writes to them


def _run(
    leader: Connection, addresses: dict[str, str], program: str, code: str, name: str, tag: str, gated: bool
) -> None:
    """The whole life of a worker; it does not return."""
    from tests.fixes.executions.instruments import Drained, Gate, install

    leader.send(os.getpid())
    gate = Gate(leader)
    try:
        install(gate, addresses, name, tag)
        module = _module(program)
        names = {**_offered(addresses, program), **vars(module)}
        _connect_ahead(names)
        gate.is_open = not gated
        if gated:
            answer = told(_awaited(eval(code, names)))
        else:
            exec(compile(code, "set-up", "exec"), names)
            answer = "done"
    except Drained:
        answer = "no more messages"
    except BaseException as raised:  # noqa: BLE001 - whatever the program ends with is its outcome
        answer = f"raises {type(raised).__name__}" if gated else f"raises {type(raised).__name__}: {raised}"
    leader.send(("done", answer))
    leader.close()
    os._exit(0)


def _module(program: str) -> ModuleType:
    """The program as the module of models of the application."""
    module = ModuleType(f"{APP}.models")
    sys.modules[module.__name__] = module
    exec(compile(program, "program.py", "exec"), vars(module))
    return module


def _offered(addresses: dict[str, str], program: str) -> dict[str, Any]:
    """What a run file may name besides what the program names."""
    if "sqlalchemy" not in program and "sqlmodel" not in program:
        return {}
    import sqlalchemy
    import sqlalchemy.ext.asyncio as aio
    import sqlalchemy.orm

    url = addresses["postgresql"].replace("postgresql:", "postgresql+psycopg:")
    engine = sqlalchemy.create_engine(url)
    return {
        "engine": engine,
        "Session": sqlalchemy.orm.Session,
        "AsyncSession": aio.AsyncSession,
        "async_engine": aio.create_async_engine(url),
    }


def _connect_ahead(names: dict[str, Any]) -> None:
    """What a client says when it connects is no step of the program."""
    if any(getattr(one, "__module__", "").startswith("django.db") for one in names.values()):
        from django.db import connection

        connection.ensure_connection()
    if "engine" in names:
        with names["engine"].connect():
            pass


def _awaited(value: Any) -> Any:
    return asyncio.run(value) if inspect.iscoroutine(value) else value


def told(value: Any) -> str:
    """A result as it is compared: its address says nothing."""
    text = repr(value)
    return f"a {type(value).__name__}" if " object at 0x" in text else text
