"""What the model files say of locks, shown by the libraries themselves: who keeps one, who loses it, and when."""

from __future__ import annotations

import asyncio
import functools
import importlib
import inspect
import multiprocessing
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import filelock
import portalocker
import pottery
import psycopg
import pytest
import redis
import redis.asyncio
import redis_lock
import valkey
from redis.exceptions import LockError, LockNotOwnedError

from tests.replay.workers import PATIENCE, SPAWN, Code, Worker, postgres_client, redis_client

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event
    from multiprocessing.synchronize import Lock as ProcessLock

Start = Callable[..., Worker]
SOON = 5.0
"""Seconds to wait for what happens at once."""


@pytest.fixture
def client(redis_socket: str) -> Iterator[redis.Redis]:
    client = redis_client(redis_socket)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def database(postgres_uri: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute(f"SET statement_timeout = '{int(SOON)}s'")
        yield connection


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts another process that does one step when told to."""
    started: list[Worker] = []

    def one(connect: Callable[[str], Any], address: str, work: Callable[[Any], Code]) -> Worker:
        started.append(Worker(connect, address, work))
        return started[-1]

    yield one
    for worker in started:
        worker.kill()
        worker.close()


class Place:
    """A path that is opened and closed like a client."""

    def __init__(self, path: str) -> None:
        self.path = path

    def close(self) -> None:
        """Nothing is open."""


# -------------------------------------------------------------------------- redis-py


def takes_a_lock_without_timeout(client: redis.Redis) -> Code:
    lock = client.lock("guard")
    yield "acquire"
    assert lock.acquire(blocking=False)
    yield "work"


def test_a_lock_without_timeout_stays_after_its_holder_was_killed(client: redis.Redis, redis_socket: str, start: Start):
    holder = start(redis_client, redis_socket, takes_a_lock_without_timeout)
    assert holder.step() == "acquire"
    holder.kill()
    assert client.ttl("guard") == -1
    assert not client.lock("guard").acquire(blocking=False)


@pytest.mark.parametrize("timeout", [None, 0])
def test_no_timeout_and_nought_are_never(client: redis.Redis, timeout: int | None):
    assert client.lock("guard", timeout=timeout).acquire(blocking=False)
    assert client.ttl("guard") == -1


def test_a_lock_that_expires_has_two_holders(client: redis.Redis):
    first, second = client.lock("guard", timeout=0.1), client.lock("guard", timeout=10)
    assert first.acquire(blocking=False)
    assert second.acquire(blocking_timeout=SOON)  # while the first still works
    with pytest.raises(LockNotOwnedError):
        first.extend(10)
    with pytest.raises(LockNotOwnedError):
        first.release()
    assert second.owned()


def test_release_asks_for_the_owner_and_delete_does_not(client: redis.Redis):
    holder, other = client.lock("guard", timeout=10), client.lock("guard", timeout=10)
    assert holder.acquire(blocking=False)
    with pytest.raises(LockError):
        other.release()
    assert client.exists("guard")
    client.delete("guard")
    assert other.acquire(blocking=False)


def test_extend_adds_and_reacquire_starts_again(client: redis.Redis):
    lock = client.lock("guard", timeout=10)
    lock.acquire()
    lock.extend(20)
    assert 29 <= client.ttl("guard") <= 30
    lock.extend(5, replace_ttl=True)
    assert 4 <= client.ttl("guard") <= 5
    lock.reacquire()
    assert 9 <= client.ttl("guard") <= 10


def test_entering_raises_when_the_time_is_up_and_acquire_tells(client: redis.Redis):
    client.set("guard", "somebody")
    assert client.lock("guard").acquire(blocking_timeout=0.01) is False
    with pytest.raises(LockError), client.lock("guard", blocking_timeout=0.01):
        pytest.fail("entered")


def test_the_token_is_kept_by_the_thread(client: redis.Redis):
    lock = client.lock("guard", timeout=10)
    failures: list[Exception] = []

    def release() -> None:
        try:
            lock.release()
        except (LockError, AttributeError) as error:  # the thread has no token at all
            failures.append(error)

    lock.acquire()
    thread = threading.Thread(target=release)
    thread.start()
    thread.join(SOON)
    assert failures
    assert client.exists("guard")


def test_tasks_that_share_a_lock_object_share_its_token(redis_socket: str):
    async def run() -> bool:
        client = redis.asyncio.Redis(unix_socket_path=redis_socket)
        await client.flushall()
        shared = client.lock("guard", timeout=10)
        await shared.acquire()
        await client.delete("guard")  # it has expired
        await asyncio.create_task(shared.acquire())  # another task's turn
        await shared.release()  # the first one's, which it has long lost
        is_held = bool(await client.exists("guard"))
        await client.aclose()
        return is_held

    assert asyncio.run(run()) is False


def test_valkey_is_as_redis(client: redis.Redis, redis_socket: str):
    other = valkey.Valkey(unix_socket_path=redis_socket)
    lock = other.lock("guard")
    assert lock.acquire(blocking=False)
    assert client.ttl("guard") == -1
    lock.release()
    other.close()


# ------------------------------------------------------------------- locks over redis-py


def test_python_redis_lock_renews_itself_only_when_told_to(client: redis.Redis):
    kept = redis_lock.Lock(client, "kept", expire=1, auto_renewal=True)
    lost = redis_lock.Lock(client, "lost", expire=1)
    never = redis_lock.Lock(client, "never")
    for lock in (kept, lost, never):
        assert lock.acquire(blocking=False)
    assert client.ttl("lock:never") == -1
    time.sleep(1.4)
    assert not redis_lock.Lock(client, "kept", expire=1).acquire(blocking=False)
    assert redis_lock.Lock(client, "lost", expire=1).acquire(blocking=False)
    kept.release()
    with pytest.raises(redis_lock.NotAcquired):
        lost.release()


def test_python_redis_lock_can_be_reset_by_anybody(client: redis.Redis):
    holder, other = (redis_lock.Lock(client, "guard", expire=10) for _ in range(2))
    assert holder.acquire(blocking=False)
    with pytest.raises(redis_lock.NotAcquired):
        other.release()
    other.reset()
    assert other.acquire(blocking=False)


def test_pottery_expires_after_ten_seconds_and_is_extended_three_times(client: redis.Redis):
    lock = pottery.Redlock(key="guard", masters={client})
    assert lock.acquire(blocking=False)
    assert 9_000 < client.pttl("redlock:guard") <= 10_000
    for _ in range(3):
        lock.extend()
    with pytest.raises(pottery.TooManyExtensions):
        lock.extend()
    client.delete("redlock:guard")
    with pytest.raises(pottery.ReleaseUnlockedLock):
        lock.release()


# ----------------------------------------------------------------------- PostgreSQL


def takes_advisory_locks(connection: psycopg.Connection[Any]) -> Code:
    yield "lock"
    connection.execute("SELECT pg_advisory_lock(7), pg_advisory_xact_lock(8)")
    yield "commit"
    connection.commit()
    yield "work"


def is_free(database: psycopg.Connection[Any], key: int) -> bool:
    """Whether nobody holds an advisory lock; it is not kept."""
    with database.transaction():
        row = database.execute("SELECT pg_try_advisory_xact_lock(%s)", [key]).fetchone()
    return bool(row and row[0])


def test_a_sessions_lock_ends_with_the_connection_and_a_transactions_with_the_commit(
    database: psycopg.Connection[Any], postgres_uri: str, start: Start
):
    holder = start(postgres_client, postgres_uri, takes_advisory_locks)
    assert holder.step() == "lock"
    assert (is_free(database, 7), is_free(database, 8)) == (False, False)
    assert database.execute("SELECT pg_advisory_unlock(7)").fetchone() == (False,)  # it is another's
    assert holder.step() == "commit"
    assert (is_free(database, 7), is_free(database, 8)) == (False, True)
    holder.kill()
    database.execute("SELECT pg_advisory_lock(7)")  # waits until the server has noticed
    database.execute("SELECT pg_advisory_unlock(7)")


# ----------------------------------------------------------------------- one host


def takes_files(place: Place) -> Code:
    first, second = filelock.FileLock(f"{place.path}.1"), portalocker.Lock(f"{place.path}.2")
    yield "acquire"
    first.acquire(timeout=0)
    second.acquire(timeout=0)
    yield "work"


def test_a_file_lock_ends_with_its_process(tmp_path: Path, start: Start):
    path = str(tmp_path / "lock")
    holder = start(Place, path, takes_files)
    assert holder.step() == "acquire"
    with pytest.raises(filelock.Timeout):
        filelock.FileLock(f"{path}.1").acquire(timeout=0)
    with pytest.raises(portalocker.LockException):
        portalocker.Lock(f"{path}.2", fail_when_locked=True).acquire()
    holder.kill()
    with filelock.FileLock(f"{path}.1", timeout=SOON), portalocker.Lock(f"{path}.2", timeout=SOON):
        pass


def hold(lock: ProcessLock, is_held: Event) -> None:
    lock.acquire()
    is_held.set()
    threading.Event().wait()


def test_a_lock_of_multiprocessing_stays_when_its_holder_is_killed():
    lock, is_held = SPAWN.Lock(), SPAWN.Event()
    holder: multiprocessing.process.BaseProcess = SPAWN.Process(target=hold, args=(lock, is_held), daemon=True)
    holder.start()
    assert is_held.wait(PATIENCE)
    holder.kill()
    holder.join(PATIENCE)
    assert not lock.acquire(timeout=0.1)


def test_any_thread_gives_back_a_lock_of_threading():
    lock = threading.Lock()
    lock.acquire()
    thread = threading.Thread(target=lock.release)
    thread.start()
    thread.join(SOON)
    assert not lock.locked()


# ---------------------------------------------------------------------- defaults


def lock_types() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(file, class, what the models say of it) of each class of locks."""
    for file in (resources.files("fenceline") / "models").iterdir():
        if file.name.startswith("locks_"):
            for one in tomllib.loads(file.read_text("utf-8")).get("type", ()):
                if one.get("role") == "lock":
                    yield from ((file.name, name, one) for name in one.get("names", ()))


def resolve(name: str) -> Any:
    """The object with this qualified name. Raises ImportError or AttributeError where there is none."""
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        return functools.reduce(getattr, parts[length:], found)
    raise ImportError(name)


def is_importable(name: str) -> bool:
    """Whether the library that a name is taken from is installed; a name that it does not have is another test's."""
    try:
        importlib.import_module(name.partition(".")[0])
    except ImportError:
        return False
    return True


def defaults_of(name: str) -> dict[str, object]:
    """The defaults of a class's constructor; a parameter that is hidden in ``**kwargs`` has none that can be seen."""
    return {
        one.name: one.default
        for one in inspect.signature(resolve(name)).parameters.values()
        if one.default is not inspect.Parameter.empty
    }


EXPIRING = [(n, one) for f, n, one in lock_types() if "timeout" in one.get("roles", {}) and is_importable(n)]


@pytest.mark.parametrize(("name", "kind"), [pytest.param(n, one, id=n) for n, one in sorted(EXPIRING, key=str)])
def test_the_expiry_is_what_the_library_takes(name: str, kind: dict[str, Any]):
    param = kind["roles"]["timeout"]
    defaults = defaults_of(name)
    if param not in defaults:
        pytest.skip(f"{param} of {name} has no default that can be seen")
    never = [one["lease"] for one in kind.get("cases", ()) if one["when"].get(param) == "absent"]
    expected = kind["roles"].get("default_expiry")
    assert defaults[param] == expected
    assert expected is not None or never == ["none"] or kind["roles"]["lease"] == "none"


@pytest.mark.parametrize(
    ("package", "name", "param", "seconds"),
    [
        ("etcd3", "etcd3.locks.Lock.acquire", "timeout", 10),
        ("etcd3", "etcd3.Etcd3Client.lock", "ttl", 60),
        ("kazoo", "kazoo.client.KazooClient", "timeout", 10.0),
        ("kazoo", "kazoo.recipe.lock.Lock.acquire", "timeout", None),
        ("aioredlock", "aioredlock.Aioredlock", "internal_lock_timeout", 10.0),
        ("sqlalchemy_dlock", "sqlalchemy_dlock.create_sadlock", "contextual_timeout", None),
    ],
)
def test_other_defaults(package: str, name: str, param: str, seconds: float | None):
    pytest.importorskip(package)
    assert inspect.signature(resolve(name)).parameters[param].default == seconds


def test_what_sherlock_takes_without_being_told():
    sherlock = pytest.importorskip("sherlock")
    settings = sherlock._configuration
    assert (settings.expire, settings.timeout) == (60, 10)


def test_how_long_portalocker_waits():
    assert portalocker.utils.DEFAULT_TIMEOUT == 5


def test_how_long_a_lock_of_dynamodb_lasts():
    module = pytest.importorskip("python_dynamodb_lock.python_dynamodb_lock")
    parameters = inspect.signature(module.DynamoDBLockClient).parameters
    assert parameters["lease_duration"].default.total_seconds() == 30
    assert parameters["heartbeat_period"].default.total_seconds() == 5
