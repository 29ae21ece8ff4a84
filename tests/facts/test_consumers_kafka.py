"""What the model files say of Kafka's clients, shown by them on a cluster of librdkafka's own: who commits, and when.

A consumer in another process is killed at a step of its work; what the next one of its group is given says whether the
message came again or was lost.
"""

from __future__ import annotations

import inspect
import itertools
import json
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import confluent_kafka
import pytest
from aiokafka import AIOKafkaConsumer

from fenceline.analyzer.models import load_models
from tests.facts.kafka_consumers import (
    LONG_ENOUGH,
    QUICK,
    aiokafka_consumer,
    awaits,
    commits_first,
    commits_last,
    confluent,
    iterates,
    kafka_python,
    stores_last,
)
from tests.replay.workers import Code, Worker

with warnings.catch_warnings(action="ignore"):  # it reads its schemas by a function that is deprecated
    import kafka

Start = Callable[..., Worker]
SOON = 10.0
"""Seconds to wait for what happens at once."""
_numbers = itertools.count()


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a broker that lives as long as the producer that makes it."""
    producer = confluent_kafka.Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "log_level": 0})
    brokers = producer.list_topics(timeout=SOON).brokers.values()
    yield ",".join(f"{one.host}:{one.port}" for one in brokers)
    producer.flush(SOON)


@pytest.fixture
def topic(cluster: str) -> str:
    """A topic of its own with two messages in its first partition."""
    name = f"orders-{next(_numbers)}"
    producer = confluent_kafka.Producer({"bootstrap.servers": cluster, "log_level": 0})
    for value in (b"one", b"two"):
        producer.produce(name, value, partition=0)
    assert producer.flush(SOON) == 0
    return name


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a consumer in another process."""
    started: list[Worker] = []

    def one(connect: Callable[[str], Any], settings: dict[str, Any], work: Callable[[Any], Code]) -> Worker:
        started.append(Worker(connect, json.dumps(settings), work))
        return started[-1]

    yield one
    for worker in started:
        worker.kill()
        worker.turns.close()


def settings_of(cluster: str, topic: str, **more: Any) -> dict[str, Any]:
    settings = {"bootstrap.servers": cluster, "group.id": topic, "auto.offset.reset": "earliest", "log_level": 0}
    return {"topic": topic, **settings, **{name.replace("_", "."): value for name, value in more.items()}}


def next_of_the_group(cluster: str, topic: str) -> bytes:
    """What the next consumer of the group is given first."""
    consumer = confluent(json.dumps(settings_of(cluster, topic, enable_auto_commit=False)))
    message = consumer.poll(SOON)
    consumer.close()
    assert message is not None
    assert message.error() is None
    value = message.value()
    assert isinstance(value, bytes)
    return value


def wait_for_commit(cluster: str, topic: str) -> None:
    """Returns when the group has read the first message, as far as the broker knows."""
    watcher = confluent(json.dumps(settings_of(cluster, topic, enable_auto_commit=False)))
    until = time.monotonic() + SOON
    while watcher.committed([confluent_kafka.TopicPartition(topic, 0)], timeout=SOON)[0].offset != 1:
        assert time.monotonic() < until, "nothing was committed"
        time.sleep(0.05)
    watcher.close()


def role(type_id: str, name: str, **given: object) -> object:
    """What the model files say of a consumer, by what its constructor is given."""
    kind = load_models().types[type_id]
    case = next((one for one in kind.cases if one.holds(given)), None)
    return {**kind.roles, **(case.roles if case is not None else {})}[name]


# -------------------------------------------------------------- confluent-kafka


def test_killed_before_the_commit_the_message_comes_again(cluster: str, topic: str, start: Start):
    worker = start(confluent, settings_of(cluster, topic, enable_auto_commit=False), commits_last)
    assert [worker.step(), worker.step()] == ["poll", "work"]
    worker.kill()
    assert next_of_the_group(cluster, topic) == b"one"
    assert role("confluent.consumer", "ack", **{"enable.auto.commit": False}) == "manual"
    assert role("confluent.consumer", "delivery", **{"enable.auto.commit": False}) == "at-least-once"


def test_killed_after_the_commit_it_does_not(cluster: str, topic: str, start: Start):
    worker = start(confluent, settings_of(cluster, topic, enable_auto_commit=False), commits_last)
    assert [worker.step() for _ in range(3)] == ["poll", "work", "commit"]
    worker.kill()
    assert next_of_the_group(cluster, topic) == b"two"


def test_committed_before_the_work_it_is_lost(cluster: str, topic: str, start: Start):
    worker = start(confluent, settings_of(cluster, topic, enable_auto_commit=False), commits_first)
    assert [worker.step(), worker.step()] == ["poll", "commit"]
    worker.kill()
    assert next_of_the_group(cluster, topic) == b"two"


def test_auto_commit_is_the_default_and_passes_a_message_that_is_worked_on(cluster: str, topic: str, start: Start):
    worker = start(confluent, settings_of(cluster, topic, auto_commit_interval_ms=QUICK), commits_last)
    assert worker.step() == "poll"
    wait_for_commit(cluster, topic)
    worker.kill()
    assert next_of_the_group(cluster, topic) == b"two"
    assert role("confluent.consumer", "ack") == "auto"


def test_with_auto_commit_a_message_may_come_again_as_well(cluster: str, topic: str, start: Start):
    worker = start(confluent, settings_of(cluster, topic), commits_last)  # every five seconds
    assert [worker.step(), worker.step()] == ["poll", "work"]
    worker.kill()
    assert next_of_the_group(cluster, topic) == b"one"
    assert role("confluent.consumer", "delivery") == "at-least-once"


def test_offsets_stored_by_hand_wait_for_the_work(cluster: str, topic: str, start: Start):
    settings = settings_of(cluster, topic, auto_commit_interval_ms=QUICK, enable_auto_offset_store=False)
    worker = start(confluent, settings, stores_last)
    assert [worker.step(), worker.step()] == ["poll", "work"]
    time.sleep(LONG_ENOUGH)
    worker.kill()
    assert next_of_the_group(cluster, topic) == b"one"
    assert role("confluent.consumer", "ack", **{"enable.auto.offset.store": False}) == "manual"


def test_offsets_stored_by_hand_are_committed(cluster: str, topic: str, start: Start):
    settings = settings_of(cluster, topic, auto_commit_interval_ms=QUICK, enable_auto_offset_store=False)
    worker = start(confluent, settings, stores_last)
    assert [worker.step() for _ in range(3)] == ["poll", "work", "store"]
    wait_for_commit(cluster, topic)
    worker.kill()
    assert next_of_the_group(cluster, topic) == b"two"


# ----------------------------------------------------------------- kafka-python


def test_kafka_python_commits_between_two_polls_only(cluster: str, topic: str, start: Start):
    worker = start(kafka_python, settings_of(cluster, topic), iterates)
    assert [worker.step(), worker.step()] == ["next", "work"]
    worker.kill()
    assert next_of_the_group(cluster, topic) == b"one"
    assert role("kafka.consumer", "ack", group_id="g") == "after"


def test_kafka_python_commits_what_failed_when_it_is_closed(cluster: str, topic: str):
    consumer = kafka_python(json.dumps(settings_of(cluster, topic)))
    assert next(consumer).value == b"one"  # and the work on it raises
    consumer.close()
    assert next_of_the_group(cluster, topic) == b"two"


def test_defaults_of_kafka_python():
    defaults = kafka.KafkaConsumer.DEFAULT_CONFIG
    assert defaults["enable_auto_commit"] is True
    assert defaults["group_id"] is None
    assert defaults["auto_offset_reset"] == "latest"
    assert defaults["max_poll_interval_ms"] / 1000 == role("kafka.consumer", "default_visibility")
    assert role("kafka.consumer", "fires") == "every-process"
    assert role("kafka.consumer", "delivery") == "at-most-once"


# --------------------------------------------------------------------- aiokafka


def test_aiokafka_commits_while_the_work_waits(cluster: str, topic: str, start: Start):
    worker = start(aiokafka_consumer, settings_of(cluster, topic), awaits)
    assert worker.step() == "getone"
    worker.begin()
    wait_for_commit(cluster, topic)
    worker.kill()
    assert next_of_the_group(cluster, topic) == b"two"
    assert role("aiokafka.consumer", "ack", group_id="g") == "auto"


def test_defaults_of_aiokafka():
    parameters = inspect.signature(AIOKafkaConsumer).parameters
    assert parameters["enable_auto_commit"].default is True
    assert parameters["group_id"].default is None
    assert parameters["max_poll_interval_ms"].default / 1000 == role("aiokafka.consumer", "default_visibility")
