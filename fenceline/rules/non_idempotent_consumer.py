"""A message that is delivered again repeats an effect that must happen once.

What it claims
--------------
The consumer's messages are delivered at least once, and it has an effect (a charge, a mail, an increment, a row
without a unique key) that a second delivery repeats: a crash after the effect and before the acknowledgement is enough.

Why it matters
--------------
Every deploy, every eviction, every rebalance stops consumers between two lines. The broker cannot know how far they
got, and delivers again: the customer is charged twice by code that has no bug when it is run once.

When it is fine
---------------
The effect carries an idempotency key that is the same for both deliveries; what was done is recorded in the same
transaction as the effect, under a unique key; the effect is an absolute value or has happened when the row says so,
under a lock; messages are delivered at most once.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN301",
    name="non-idempotent-consumer",
    summary="a delivery that is repeated after a crash repeats an effect that must happen once",
    doc=__doc__,
    severity=Severity.ERROR,
    faults=frozenset({"crash"}),
    query=query_in("fenceline.queries.non_idempotent_consumer"),
    fixers=("pass_idempotency_key", "record_message_once"),
    references=(
        "https://docs.celeryq.dev/en/stable/userguide/tasks.html#Task.acks_late",
        "https://stripe.com/docs/api/idempotent_requests",
    ),
    examples=(
        Example(
            title="charged again after a crash",
            bad="""import stripe
from celery import shared_task


@shared_task(acks_late=True)
def charge(order_id, amount):
    stripe.Charge.create(amount=amount, currency="eur", metadata={"order": order_id})
""",
            good="""import stripe
from celery import shared_task


@shared_task(acks_late=True)
def charge(order_id, amount):
    stripe.Charge.create(
        amount=amount, currency="eur", metadata={"order": order_id}, idempotency_key=f"charge:{order_id}"
    )
""",
        ),
        Example(
            title="a counter moved by each delivery",
            bad="""import redis
from confluent_kafka import Consumer

client = redis.Redis()
consumer = Consumer({"group.id": "stock", "enable.auto.commit": False})


def run():
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        client.incr("orders")
        consumer.commit(message)
""",
            good="""import redis
from confluent_kafka import Consumer

client = redis.Redis()
consumer = Consumer({"group.id": "stock", "enable.auto.commit": False})


def run():
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
