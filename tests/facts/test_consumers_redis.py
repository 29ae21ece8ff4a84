"""What the model files say of messages in Redis, and of kombu's, shown by the libraries themselves.

A consumer in another process is killed at a step of its work; what is left says whether the message can come again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kombu
import kombu.simple
import pytest

from fenceline.analyzer.models import load_models, operation_for
from tests.facts.redis_consumers import (
    GROUP,
    LIST,
    SOON,
    STREAM,
    TAKEN,
    gets,
    gets_without_ack,
    kombu_connection,
    moves,
    pops,
    reads_from_group,
    reads_without_ack,
)
from tests.replay.workers import Code, Worker, redis_client

if TYPE_CHECKING:
    import redis

Start = Callable[..., Worker]
VISIBILITY = 0.3
OPTIONS = {"visibility_timeout": VISIBILITY, "polling_interval": 0.05}


@pytest.fixture
def client(redis_socket: str) -> Iterator[redis.Redis]:
    client = redis_client(redis_socket)
    client.flushall()
    client.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    client.xadd(STREAM, {"order": 1})
    client.rpush(LIST, "one")
    yield client
    client.close()


@pytest.fixture
def start(redis_socket: str) -> Iterator[Start]:
    """Starts a consumer in another process."""
    started: list[Worker] = []

    def one(work: Callable[[Any], Code], connect: Callable[[str], Any] = redis_client, address: str = "") -> Worker:
        started.append(Worker(connect, address or redis_socket, work))
        return started[-1]

    yield one
    for worker in started:
        worker.kill()
        worker.turns.close()


def role(method: str, name: str, **given: object) -> object:
    """What the model files say of a call, by its arguments."""
    operation = load_models().method("redis.client", method)
    assert operation is not None
    return operation_for(operation, given).roles[name]


# ---------------------------------------------------------------------- streams


def claimed(client: redis.Redis, idle: int = 0) -> list[Any]:
    """What the sweep of another consumer finds."""
    _, entries, *_ = client.xautoclaim(STREAM, GROUP, "second", min_idle_time=idle)
    return entries


def test_entry_without_ack_is_pending_and_comes_only_to_who_claims_it(client: redis.Redis, start: Start):
    worker = start(reads_from_group)
    assert [worker.step(), worker.step()] == ["read", "work"]
    worker.kill()
    assert client.xreadgroup(GROUP, "second", {STREAM: ">"}) == []
    assert client.xpending(STREAM, GROUP)["pending"] == 1
    assert len(claimed(client)) == 1
    assert role("xreadgroup", "delivery") == "at-least-once"
    assert role("xreadgroup", "retried") == "by-hand"


def test_entry_that_is_worked_on_is_claimed_when_it_is_idle_for_too_long(client: redis.Redis, start: Start):
    worker = start(reads_from_group)
    worker.step()
    assert claimed(client, idle=60_000) == []
    assert len(claimed(client, idle=0)) == 1
    assert worker.process.is_alive()
    assert role("xautoclaim", "visibility") == "min_idle_time"


def test_acknowledged_entry_is_not_claimed(client: redis.Redis, start: Start):
    worker = start(reads_from_group)
    assert [worker.step() for _ in range(3)] == ["read", "work", "ack"]
    worker.kill()
    assert client.xpending(STREAM, GROUP)["pending"] == 0
    assert claimed(client) == []


def test_entry_read_with_noack_is_lost(client: redis.Redis, start: Start):
    worker = start(reads_without_ack)
    assert worker.step() == "read"
    worker.kill()
    assert client.xpending(STREAM, GROUP)["pending"] == 0
    assert claimed(client) == []
    assert role("xreadgroup", "delivery", noack=True) == "at-most-once"


# ------------------------------------------------------------------------ lists


def test_popped_item_is_lost(client: redis.Redis, start: Start):
    worker = start(pops)
    worker.step()
    worker.kill()
    assert client.lrange(LIST, 0, -1) == []
    assert [role("blpop", one) for one in ("receives", "delivery", "ack")] == [True, "at-most-once", "none"]


def test_moved_item_waits_until_it_is_removed(client: redis.Redis, start: Start):
    worker = start(moves)
    assert [worker.step(), worker.step()] == ["move", "work"]
    worker.kill()
    assert client.lrange(TAKEN, 0, -1) == ["one"]
    again = start(moves)
    client.lmove(TAKEN, LIST, "LEFT", "RIGHT")  # somebody has to put it back
    assert [again.step() for _ in range(3)] == ["move", "work", "remove"]
    assert client.lrange(TAKEN, 0, -1) == []
    assert [role("blmove", one) for one in ("receives", "delivery", "retried")] == [True, "at-least-once", "by-hand"]
    assert role("lrem", "acks") is True


# ---------------------------------------------------------------------- pub/sub


def test_every_subscriber_gets_a_message_and_nobody_a_missed_one(client: redis.Redis):
    client.publish("news", "missed")
    with client.pubsub() as one, client.pubsub() as other:
        for each in (one, other):
            each.subscribe("news")
            assert each.get_message(timeout=SOON)["type"] == "subscribe"
        client.publish("news", "heard")
        assert [each.get_message(timeout=SOON)["data"] for each in (one, other)] == ["heard", "heard"]
        assert one.get_message(timeout=0.05) is None
    roles = load_models().types["redis.pubsub"].roles
    assert (roles["delivery"], roles["fires"]) == ("at-most-once", "every-process")


# ------------------------------------------------------------------------ kombu


@pytest.mark.parametrize(("work", "steps", "left"), [(gets, 2, True), (gets, 3, False), (gets_without_ack, 1, False)])
def test_message_that_a_killed_consumer_did_not_acknowledge(
    redis_socket: str, client: redis.Redis, start: Start, work: Callable[[Any], Code], steps: int, left: bool
):
    client.flushall()
    address = json.dumps({"url": f"redis+socket://{redis_socket}", "options": OPTIONS})
    with kombu_connection(address) as connection:
        connection.SimpleQueue(LIST).put("one")
        worker = start(work, kombu_connection, address)
        for _ in range(steps):
            worker.step()
        worker.kill()
        time.sleep(VISIBILITY + 0.05)
        queue = connection.SimpleQueue(LIST)
        queue.channel.qos.restore_visible(interval=1)  # the sweep that every consumer makes now and then
        try:
            assert queue.get(timeout=1).payload == "one"
            found = True
        except queue.Empty:
            found = False
    assert found is left


@pytest.mark.parametrize("no_ack", [False, True])
def test_message_of_a_channel_that_is_closed(tmp_path: Path, no_ack: bool):
    folder = str(tmp_path)
    control = str(tmp_path.parent / "control")  # one for all: what is bound is remembered for the whole process
    options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": control}
    with kombu.Connection("filesystem://", transport_options=options) as connection:
        first = connection.channel()
        queue = kombu.simple.SimpleQueue(first, LIST, no_ack=no_ack)
        queue.put("one")
        assert queue.get(timeout=SOON).payload == "one"
        first.close()
        second = kombu.simple.SimpleQueue(connection.channel(), LIST)
        assert second.qsize() == (0 if no_ack else 1)
    kind = load_models().types["kombu.simple_queue"]
    case = next(one for one in kind.cases if one.holds({"no_ack": True}))
    assert (kind.roles["delivery"], case.roles["delivery"]) == ("at-least-once", "at-most-once")


def test_defaults_of_kombu():
    assert kombu.simple.SimpleQueue.no_ack is False
    assert kombu.simple.SimpleBuffer.no_ack is True
    assert not kombu.Consumer.no_ack
