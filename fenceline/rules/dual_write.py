"""A change is committed and a message about it is sent, with nothing that repairs a crash in between.

What it claims
--------------
The function commits a change of rows and then sends a task or a message that carries what it has written: in a commit
hook, behind the transaction, or behind a statement that commits by itself. A process that is stopped between the two
leaves the change without its message, and nothing in sight sends it later.

Why it matters
--------------
Deploys and evictions stop processes between two lines. The order is there, and nobody packs it; nothing has failed that
a log would show. `on_commit` is the right place for a message that may be lost, and no place for one that may not.

When it is fine
---------------
The message is written to an outbox table in the transaction of the change, and a relay sends it; consumers read the log
of the database; a job looks for rows that were left behind and sends what they lack (it is found where it sends
the same task); the function itself is run again after a crash; the loss of a message does no harm. The rule is off
unless selected: which messages may be lost is a decision that the source does not tell.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN307",
    name="dual-write",
    summary="a commit and a message about it are two steps, and nothing repairs a crash between them",
    doc=__doc__,
    severity=Severity.WARNING,
    default_on=False,
    query=query_in("fenceline.queries.dual_write"),
    references=(
        "https://microservices.io/patterns/data/transactional-outbox.html",
        "https://docs.djangoproject.com/en/stable/topics/db/transactions/#use-in-tests",
    ),
    examples=(
        Example(
            title="the commit hook is lost with its process",
            bad="""from functools import partial

from celery import shared_task
from django.db import models, transaction


class Order(models.Model):
    total = models.IntegerField()


@shared_task
def pack(order_id):
    pass


def place(total):
    with transaction.atomic():
        order = Order.objects.create(total=total)
        transaction.on_commit(partial(pack.delay, order.pk))
""",
            good="""from django.db import models, transaction


class Order(models.Model):
    total = models.IntegerField()


class Outbox(models.Model):
    topic = models.CharField(max_length=40)
    payload = models.JSONField()


def place(total):
    with transaction.atomic():
        order = Order.objects.create(total=total)
        Outbox.objects.create(topic="pack", payload={"order": order.pk})
""",
        ),
        Example(
            title="a job sends what was left behind",
            bad="""from celery import shared_task
from django.db import models


class Order(models.Model):
    total = models.IntegerField()
    is_packed = models.BooleanField(default=False)


@shared_task
def pack(order_id):
    Order.objects.filter(pk=order_id).update(is_packed=True)


def place(total):
    order = Order.objects.create(total=total)
    pack.delay(order.pk)
""",
            good="""from celery import Celery
from django.db import models

app = Celery()


class Order(models.Model):
    total = models.IntegerField()
    is_packed = models.BooleanField(default=False)


@app.task
def pack(order_id):
    Order.objects.filter(pk=order_id).update(is_packed=True)


def place(total):
    order = Order.objects.create(total=total)
    pack.delay(order.pk)


@app.task
def pack_what_was_left():
    for order in Order.objects.filter(is_packed=False):
        pack.delay(order.pk)


app.conf.beat_schedule = {"left": {"task": "example.pack_what_was_left", "schedule": 600.0}}
""",
        ),
    ),
)
