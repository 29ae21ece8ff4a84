"""A message carries a row, or what a row held, instead of saying which row it is.

What it claims
--------------
A task is sent with an instance of a mapped class among its arguments; or with the value that a column had when the row
was loaded, which its receiver writes back to that column. What the worker has is the row as it was at the sending.

Why it matters
--------------
Between the sending and the work lie the queue, retries, an hour of a broken worker. The instance does not know what has
happened since: the worker decides on an order that has long been cancelled, and when it saves it, it undoes the
cancelling. An instance also ties the message to the code: after a deploy old messages are loaded into new classes.

When it is fine
---------------
The message carries the key, and the worker loads the row; the receiver uses nothing of the instance but its key, or
reads it again first; the row is being deleted, so that there is nothing to load; the message states a fact of its time
that nobody writes back (an event, a mail's text); the receiver's write asks whether the column still has that value.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN308",
    name="stale-payload",
    summary="a task is sent with a row or with what it held, so its worker works on what was true at the sending",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query_in("fenceline.queries.stale_payload"),
    references=("https://docs.celeryq.dev/en/stable/userguide/tasks.html#state",),
    examples=(
        Example(
            title="an instance in a task",
            bad="""from celery import shared_task
from django.db import models


class Order(models.Model):
    state = models.CharField(max_length=10)
    total = models.IntegerField()


@shared_task
def ship(order):
    if order.state == "paid":
        print("ships", order.total)


def paid(order_id):
    order = Order.objects.get(pk=order_id)
    ship.delay(order)
""",
            good="""from celery import shared_task
from django.db import models


class Order(models.Model):
    state = models.CharField(max_length=10)
    total = models.IntegerField()


@shared_task
def ship(order_id):
    order = Order.objects.get(pk=order_id)
    if order.state == "paid":
        print("ships", order.total)


def paid(order_id):
    order = Order.objects.get(pk=order_id)
    ship.delay(order.pk)
""",
        ),
        Example(
            title="a column that the worker writes back",
            bad="""from celery import shared_task
from django.db import models


class Account(models.Model):
    plan = models.CharField(max_length=20)


@shared_task
def restore_plan(account_id, plan):
    Account.objects.filter(pk=account_id).update(plan=plan)


def give_trial(account_id):
    account = Account.objects.get(pk=account_id)
    restore_plan.apply_async((account_id, account.plan), countdown=600)
    Account.objects.filter(pk=account_id).update(plan="trial")
""",
            good="""from celery import shared_task
from django.db import models


class Account(models.Model):
    plan = models.CharField(max_length=20)


@shared_task
def restore_plan(account_id, plan):
    Account.objects.filter(pk=account_id, plan="trial").update(plan=plan)


def give_trial(account_id):
    account = Account.objects.get(pk=account_id)
    restore_plan.apply_async((account_id, account.plan), countdown=600)
    Account.objects.filter(pk=account_id).update(plan="trial")
""",
        ),
    ),
)
