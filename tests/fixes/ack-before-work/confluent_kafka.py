import json

import redis
from confluent_kafka import Consumer, DeserializingConsumer
from confluent_kafka.aio import AIOConsumer

db = redis.Redis()
SETTINGS = {"bootstrap.servers": "kafka:9092", "group.id": "shippers"}


def committed_by_the_clock():
    consumer = Consumer(SETTINGS)
    consumer.subscribe(["orders"])
    while True:
        message = consumer.poll(1.0)
        if message is None or message.error():
            continue
        db.sadd("orders", message.key())


def asked_for():
    consumer = DeserializingConsumer({**SETTINGS, "enable.auto.commit": True})
    consumer.subscribe(["orders"])
    while True:
        for message in consumer.consume(num_messages=10, timeout=1.0):
            db.sadd("orders", json.loads(message.value())["id"])


def committed_first():
    consumer = Consumer({"bootstrap.servers": "kafka:9092", "group.id": "x", "enable.auto.commit": False})
    while True:
        message = consumer.poll(1.0)
        consumer.commit(message=message, asynchronous=False)
        db.sadd("orders", message.key())


async def committed_while_waiting():
    consumer = AIOConsumer(SETTINGS)
    while True:
        message = await consumer.poll(timeout=1.0)
        db.sadd("orders", message.key())
