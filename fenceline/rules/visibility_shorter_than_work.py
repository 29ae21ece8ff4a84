"""A message is given to another consumer while the first still works on it.

What it claims
--------------
A message that is taken stays hidden from others for a time that is known (the visibility timeout, the acknowledgement
deadline, the longest time between two polls). The work on it may take longer, by its hard time limit or by the sum of
its timeouts and sleeps; or a task is put off for longer than that (``countdown``, ``eta``).

Why it matters
--------------
Nothing fails: the message is simply delivered again, to a second worker that starts from the beginning beside the
first, and after the same time to a third.

When it is fine
---------------
The timeout is longer than the longest work, or the consumer extends it while it works.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN306",
    name="visibility-shorter-than-work",
    summary="a message is delivered again while the first consumer still works on it",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query_in("fenceline.queries.visibility_shorter_than_work"),
    references=("https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html",),
    examples=(
        Example(
            title="hidden for half a minute, worked on for a minute",
            bad="""import boto3
import requests

sqs = boto3.client("sqs")


def run(url):
    while True:
        answer = sqs.receive_message(QueueUrl=url, VisibilityTimeout=30)
        for message in answer.get("Messages", []):
            requests.put("https://ship.example.org/orders", data=message["Body"], timeout=60)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
""",
            good="""import boto3
import requests

sqs = boto3.client("sqs")


def run(url):
    while True:
        answer = sqs.receive_message(QueueUrl=url, VisibilityTimeout=90)
        for message in answer.get("Messages", []):
            requests.put("https://ship.example.org/orders", data=message["Body"], timeout=60)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
""",
        ),
        Example(
            title="two minutes of work, a poll expected every minute",
            bad="""import time

import redis
from confluent_kafka import Consumer

client = redis.Redis()


def run():
    consumer = Consumer({"group.id": "exports", "enable.auto.commit": False, "max.poll.interval.ms": 60000})
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        time.sleep(120)
        client.sadd("exported", message.key())
        consumer.commit(message)
""",
            good="""import time

import redis
from confluent_kafka import Consumer

client = redis.Redis()


def run():
    consumer = Consumer({"group.id": "exports", "enable.auto.commit": False, "max.poll.interval.ms": 300000})
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        time.sleep(120)
        client.sadd("exported", message.key())
        consumer.commit(message)
""",
        ),
    ),
)
