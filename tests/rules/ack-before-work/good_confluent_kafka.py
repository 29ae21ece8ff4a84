import os

import redis
from confluent_kafka import Consumer
from myapp.settings import KAFKA

db = redis.Redis()


def committed_last():
    consumer = Consumer({"bootstrap.servers": "kafka:9092", "group.id": "shippers", "enable.auto.commit": False})
    consumer.subscribe(["orders"])
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        db.sadd("orders", message.key())
        consumer.commit(message)


def stored_last():
    consumer = Consumer({"bootstrap.servers": "kafka:9092", "group.id": "x", "enable.auto.offset.store": False})
    while True:
        message = consumer.poll(1.0)
        db.sadd("orders", message.key())
        consumer.store_offsets(message)


def as_text():
    consumer = Consumer({"bootstrap.servers": "kafka:9092", "group.id": "x", "enable.auto.commit": "false"})
    while True:
        message = consumer.poll(1.0)
        db.sadd("orders", message.key())
        consumer.commit(message)


def set_elsewhere(settings):
    consumer = Consumer(settings)
    while True:
        message = consumer.poll(1.0)
        db.sadd("orders", message.key())


def set_in_part():
    consumer = Consumer({"group.id": "x", **KAFKA})
    while True:
        message = consumer.poll(1.0)
        db.sadd("orders", message.key())


def by_environment():
    consumer = Consumer({"group.id": "x", "enable.auto.commit": os.environ["AUTO_COMMIT"]})
    while True:
        message = consumer.poll(1.0)
        db.sadd("orders", message.key())
