"""A message counts as done before it is: a crash in between loses it.

What it claims
--------------
The message is acknowledged, or its offset committed, before the work on it is done: by an explicit call ahead of the
work, by an option that the code sets (``auto_ack=True``), or by a client that commits in the background while the
message is still being worked on.

Why it matters
--------------
A process that is stopped in between leaves nothing behind: no error, no redelivery, only an order that nobody ships.

When it is fine
---------------
Losing a message now and then is what was wanted. A framework's own early acknowledgement (Celery's default) is a trade
that it made, and is not reported.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN302",
    name="ack-before-work",
    summary="a message is acknowledged before the work on it is done, so that a crash loses it",
    doc=__doc__,
    severity=Severity.WARNING,
    query=query_in("fenceline.queries.ack_before_work"),
    fixers=("acknowledge_after_work", "commit_after_work", "acknowledge_by_hand"),
    references=("https://www.rabbitmq.com/docs/confirms",),
    examples=(
        Example(
            title="acknowledged first",
            bad="""import pika
import redis

client = redis.Redis()


def on_order(channel, method, properties, body):
    channel.basic_ack(method.delivery_tag)
    client.sadd("orders", body)


def run():
    connection = pika.BlockingConnection()
    channel = connection.channel()
    channel.basic_consume("orders", on_message_callback=on_order)
    channel.start_consuming()
""",
            good="""import pika
import redis

client = redis.Redis()


def on_order(channel, method, properties, body):
    client.sadd("orders", body)
    channel.basic_ack(method.delivery_tag)


def run():
    connection = pika.BlockingConnection()
    channel = connection.channel()
    channel.basic_consume("orders", on_message_callback=on_order)
    channel.start_consuming()
""",
        ),
        Example(
            title="the offset is committed first",
            bad="""import redis
from confluent_kafka import Consumer

client = redis.Redis()


def run():
    consumer = Consumer({"group.id": "stock", "enable.auto.commit": False})
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        consumer.commit(message)
        client.sadd("orders", message.key())
""",
            good="""import redis
from confluent_kafka import Consumer

client = redis.Redis()


def run():
    consumer = Consumer({"group.id": "stock", "enable.auto.commit": False})
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        client.sadd("orders", message.key())
        consumer.commit(message)
""",
        ),
    ),
)
