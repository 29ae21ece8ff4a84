"""Consumers of Kafka that another process runs step by step; each imports only the client that it is made of."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from tests.replay.workers import PATIENCE, Code

if TYPE_CHECKING:
    import confluent_kafka
    import kafka
    from aiokafka import AIOKafkaConsumer

QUICK = 100
"""Milliseconds between two automatic commits."""
LONG_ENOUGH = 0.6
"""Seconds in which several automatic commits would have happened."""


def confluent(text: str) -> confluent_kafka.Consumer:
    import confluent_kafka

    settings = json.loads(text)
    topic = settings.pop("topic")
    consumer = confluent_kafka.Consumer(settings)
    consumer.assign([confluent_kafka.TopicPartition(topic, 0)])
    return consumer


def commits_last(consumer: confluent_kafka.Consumer) -> Code:
    yield "poll"
    message = consumer.poll(PATIENCE)
    yield "work"
    yield "commit"
    consumer.commit(message, asynchronous=False)
    yield "end"


def commits_first(consumer: confluent_kafka.Consumer) -> Code:
    yield "poll"
    message = consumer.poll(PATIENCE)
    yield "commit"
    consumer.commit(message, asynchronous=False)
    yield "work"


def stores_last(consumer: confluent_kafka.Consumer) -> Code:
    yield "poll"
    message = consumer.poll(PATIENCE)
    yield "work"
    yield "store"
    consumer.store_offsets(message)
    yield "end"


def kafka_python(text: str) -> kafka.KafkaConsumer:
    import kafka

    settings = json.loads(text)
    consumer = kafka.KafkaConsumer(
        bootstrap_servers=settings["bootstrap.servers"],
        group_id=settings["group.id"],
        auto_offset_reset="earliest",
        auto_commit_interval_ms=QUICK,
        api_version=(2, 0, 0),  # what the cluster of librdkafka speaks
    )
    consumer.assign([kafka.TopicPartition(settings["topic"], 0)])
    return consumer


def iterates(consumer: kafka.KafkaConsumer) -> Code:
    yield "next"
    assert next(consumer).value == b"one"
    yield "work"
    time.sleep(LONG_ENOUGH)
    yield "next"
    assert next(consumer).value == b"two"
    yield "end"


class Loop:
    """An aiokafka consumer and the loop that it runs in."""

    def __init__(self, settings: dict[str, Any], interval: int) -> None:
        self.loop = asyncio.new_event_loop()
        self.consumer = self.run(self._made(settings, interval))

    async def _made(self, settings: dict[str, Any], interval: int) -> AIOKafkaConsumer:
        from aiokafka import AIOKafkaConsumer, TopicPartition

        consumer = AIOKafkaConsumer(
            bootstrap_servers=settings["bootstrap.servers"],
            group_id=settings["group.id"],
            auto_offset_reset="earliest",
            auto_commit_interval_ms=interval,
        )
        consumer.assign([TopicPartition(settings["topic"], 0)])
        await consumer.start()
        return consumer

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, PATIENCE))

    def close(self) -> None:
        self.run(self.consumer.stop())


def aiokafka_consumer(text: str) -> Loop:
    return Loop(json.loads(text), QUICK)


def awaits(held: Loop) -> Code:
    yield "getone"
    assert held.run(held.consumer.getone()).value == b"one"
    yield "work"
    held.run(asyncio.sleep(PATIENCE / 2))
    yield "end"
