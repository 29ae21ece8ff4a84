"""Two runs take the same two locks, or rows, in opposite order.

What it claims
--------------
One path takes a lock, or locks a row, and then a second one while it holds the first. Another path takes them the other
way round; or it is one path, and the order depends on its arguments (``transfer(a, b)`` and ``transfer(b, a)``), or on
the order of a collection that the caller hands in. Each of two runs then holds what the other one waits for. A lock
that cannot be taken twice, and is taken again by who holds it, waits for itself.

Why it matters
--------------
A database ends one of the two with an error after a while, which nobody has expected there; locks without an expiry
wait for ever, and take one worker after the other with them. It happens under load only, when two of them meet.

When it is fine
---------------
The keys are sorted before the first is taken (``sorted(...)``, ``order_by("pk").select_for_update()``); all of them are
taken in one statement; one outer lock is held by both; who does not get the second lock gives up (``nowait``, a
timeout) and tries again from the start.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN408",
    name="lock-order-inversion",
    summary="two runs take the same two locks, or rows, in opposite order",
    doc=__doc__,
    severity=Severity.WARNING,
    query=query_in("fenceline.queries.lock_order_inversion"),
    references=(
        "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS",
        "https://docs.djangoproject.com/en/stable/ref/models/querysets/#select-for-update",
    ),
    examples=(
        Example(
            title="from one account to another",
            bad="""from django.db import models, transaction


class Account(models.Model):
    balance = models.IntegerField()


def transfer(source, target, amount):
    with transaction.atomic():
        payer = Account.objects.select_for_update().get(pk=source)
        payee = Account.objects.select_for_update().get(pk=target)
        payer.balance -= amount
        payee.balance += amount
        payer.save()
        payee.save()
""",
            good="""from django.db import models, transaction


class Account(models.Model):
    balance = models.IntegerField()


def transfer(source, target, amount):
    with transaction.atomic():
        pks = [source, target]
        rows = {one.pk: one for one in Account.objects.select_for_update().filter(pk__in=pks).order_by("pk")}
        rows[source].balance -= amount
        rows[target].balance += amount
        rows[source].save()
        rows[target].save()
""",
        ),
        Example(
            title="in the order of the basket",
            bad="""from django.db import models, transaction
from django.db.models import F


class Stock(models.Model):
    count = models.IntegerField()


def take(lines):
    with transaction.atomic():
        for line in lines:
            Stock.objects.filter(pk=line.stock_id).update(count=F("count") - line.quantity)
""",
            good="""from django.db import models, transaction
from django.db.models import F


class Stock(models.Model):
    count = models.IntegerField()


def take(lines):
    with transaction.atomic():
        for line in sorted(lines, key=lambda one: one.stock_id):
            Stock.objects.filter(pk=line.stock_id).update(count=F("count") - line.quantity)
""",
        ),
        Example(
            title="two paths through two locks",
            bad="""import threading

queue_lock = threading.Lock()
index_lock = threading.Lock()


def add(item, queue, index):
    with queue_lock:
        queue.append(item)
        with index_lock:
            index[item.name] = item


def drop(name, queue, index):
    with index_lock:
        item = index.pop(name)
        with queue_lock:
            queue.remove(item)
""",
            good="""import threading

queue_lock = threading.Lock()
index_lock = threading.Lock()


def add(item, queue, index):
    with queue_lock:
        queue.append(item)
        with index_lock:
            index[item.name] = item


def drop(name, queue, index):
    with queue_lock:
        with index_lock:
            queue.remove(index.pop(name))
""",
        ),
        Example(
            title="a lock that waits for itself",
            bad="""import threading


class Registry:
    def __init__(self):
        self.lock = threading.Lock()
        self.items = {}

    def get(self, name):
        with self.lock:
            return self.items.get(name)

    def add(self, name, item):
        with self.lock:
            if self.get(name) is None:
                self.items[name] = item
""",
            good="""import threading


class Registry:
    def __init__(self):
        self.lock = threading.RLock()
        self.items = {}

    def get(self, name):
        with self.lock:
            return self.items.get(name)

    def add(self, name, item):
        with self.lock:
            if self.get(name) is None:
                self.items[name] = item
""",
        ),
    ),
)
