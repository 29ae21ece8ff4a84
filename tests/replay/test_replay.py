"""The explorer claims, the replay proves: each counterexample is run at its printed schedule against a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from fenceline.analyzer import ir
from fenceline.analyzer.explore import explore
from tests.replay import shop
from tests.replay.workers import Worker, postgres_client, redis_client

if TYPE_CHECKING:
    import redis

Start = Callable[[Callable[..., Any]], tuple[Worker, Worker]]


@pytest.fixture
def client(redis_socket: str) -> Iterator[redis.Redis]:
    client = redis_client(redis_socket)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def on_redis(redis_socket: str) -> Iterator[Start]:
    yield from _workers(redis_client, redis_socket)


@pytest.fixture
def database(postgres_uri: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS plain, guarded, account")
        connection.execute("CREATE TABLE plain (name text)")
        connection.execute("CREATE TABLE guarded (name text UNIQUE)")
        connection.execute("CREATE TABLE account (id int PRIMARY KEY, n int)")
        connection.execute("INSERT INTO account VALUES (1, 10)")
        yield connection


@pytest.fixture
def on_postgres(postgres_uri: str) -> Iterator[Start]:
    yield from _workers(postgres_client, postgres_uri)


def _workers(connect: Callable[[str], Any], address: str) -> Iterator[Start]:
    started: list[Worker] = []

    def start(work: Callable[..., Any]) -> tuple[Worker, Worker]:
        started.extend((Worker(connect, address, work), Worker(connect, address, work)))
        return started[-2], started[-1]

    yield start
    for worker in started:
        worker.close()


def replay(verdict: ir.Verdict, workers: tuple[Worker, Worker], expire: Callable[[], object] | None = None) -> None:
    """Each printed step, by its actor, in its order."""
    assert verdict.status == "violation"
    for step in verdict.trace:
        worker = workers["AB".index(step.actor)]
        if step.kind == "crash":
            worker.kill()
        elif step.kind == "expiry":
            assert expire is not None
            expire()
        else:
            assert (worker.step(), worker.error) == (step.text, None)


def one_value(database: psycopg.Connection[Any], query: str) -> Any:
    row = database.execute(query).fetchone()
    return row and row[0]


def wait_until_blocked(database: psycopg.Connection[Any]) -> None:
    """Until the server itself says that a session waits for a lock; the worker's patience bounds it."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    for _ in range(200_000):
        if one_value(database, waiting):
            return
    pytest.fail("nobody waits")


def test_lost_update(client: redis.Redis, on_redis: Start):
    client.set("stock", 10)
    replay(explore(shop.TAKE), on_redis(shop.take))
    assert client.get("stock") == "9"


def test_lost_update_safe_twin(client: redis.Redis, on_redis: Start):
    client.set("stock", 10)
    assert explore(shop.TAKE_AT_ONCE).status == "safe"
    assert [worker.step() for worker in on_redis(shop.take_at_once)] == ["DECR", "DECR"]
    assert client.get("stock") == "8"


def test_check_then_act(client: redis.Redis, on_redis: Start):
    client.set("stock", 1)
    replay(explore(shop.RESERVE_TREE), on_redis(shop.reserve))
    assert client.get("stock") == "-1"


def test_check_then_act_safe_twin(client: redis.Redis, on_redis: Start):
    client.set("stock", 1)
    assert explore(shop.RESERVE_BY_SCRIPT).status == "safe"
    assert [worker.step() for worker in on_redis(shop.reserve_by_script)] == ["EVAL", "EVAL"]
    assert client.get("stock") == "0"


def test_check_then_create(database: psycopg.Connection[Any], on_postgres: Start):
    replay(explore(shop.CREATE), on_postgres(shop.create))
    assert one_value(database, "SELECT count(*) FROM plain") == 2


def test_check_then_create_safe_twin(database: psycopg.Connection[Any], on_postgres: Start):
    assert explore(shop.CREATE_UNIQUE).status == "safe"
    first, second = on_postgres(shop.create_unique)
    first.step()
    second.begin()
    wait_until_blocked(database)
    assert not second.has_answered()
    first.step()
    assert (second.finish(), second.error) == ("INSERT", None)
    assert one_value(database, "SELECT count(*) FROM guarded") == 1


def test_row_lock(database: psycopg.Connection[Any], on_postgres: Start):
    replay(explore(shop.WITHDRAW), on_postgres(shop.withdraw))
    assert one_value(database, "SELECT n FROM account") == 9


def test_row_lock_safe_twin(database: psycopg.Connection[Any], on_postgres: Start):
    assert explore(shop.WITHDRAW_LOCKED).status == "safe"
    first, second = on_postgres(shop.withdraw_locked)
    first.step()
    second.begin()
    wait_until_blocked(database)
    assert [first.step(), first.step()] == ["UPDATE", "COMMIT"]
    assert [second.finish(), second.step(), second.step()] == ["SELECT FOR UPDATE", "UPDATE", "COMMIT"]
    assert one_value(database, "SELECT n FROM account") == 8


def test_crash_before_the_ack(client: redis.Redis, on_redis: Start):
    client.rpush("queue", "message")
    replay(explore(shop.CONSUME), on_redis(shop.consume))
    assert client.get("stock") == "2"


def test_crash_before_the_ack_safe_twin(client: redis.Redis, on_redis: Start):
    client.rpush("queue", "message")
    assert explore(shop.CONSUME_ONCE).status == "safe"
    first, second = on_redis(shop.consume_once)
    first.step()
    first.kill()
    assert [second.step(), second.step()] == ["EVAL", "ack"]
    assert client.get("stock") == "1"


def test_expiry(client: redis.Redis, on_redis: Start):
    client.set("stock", 10)
    replay(explore(shop.TAKE_LEASED), on_redis(shop.take_leased), expire=lambda: client.pexpire("lease", 0))
    assert client.get("stock") == "9"


def test_duplicate_firing(client: redis.Redis, on_redis: Start):
    replay(explore(shop.NIGHTLY), on_redis(shop.nightly))
    assert client.llen("mails") == 2


def test_duplicate_firing_safe_twin(client: redis.Redis, on_redis: Start):
    assert explore(shop.NIGHTLY_MARKED).status == "safe"
    first, second = on_redis(shop.nightly_marked)
    assert [first.step(), second.step(), first.step()] == ["SET NX", "SET NX", "RPUSH"]
    assert client.llen("mails") == 1
