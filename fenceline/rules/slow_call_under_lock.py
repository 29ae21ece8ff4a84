"""A network call, a process or a sleep while a lock or a transaction with locked rows is held.

What it claims
--------------
Between the first row that a transaction locks or writes and its commit, or between taking a lock that others wait for
and giving it back, the entry calls another service, starts a process or sleeps. The times that the source states are
added up; a call without a timeout has no bound. Everybody who needs the row or the lock waits as long.

Why it matters
--------------
A held row is held until the commit. When the other side is slow for once, requests for the same row queue up behind it,
each with its connection, until the pool is empty and all of the site stands still. The other side's bad minute has
become yours.

When it is fine
---------------
The call comes before the first write or after the commit (``on_commit``); it is short by its timeout: up to five
seconds in all is said with low confidence only; the lock is there to keep just this call single, so that nobody does
anything quick under it; who does not get the lock goes on without it. A lock that ends by itself before the call does
is what FEN401 speaks of.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN409",
    name="slow-call-under-lock",
    summary="a network call, a process or a sleep while a lock, or a transaction with locked rows, is held",
    doc=__doc__,
    severity=Severity.WARNING,
    query=query_in("fenceline.queries.slow_call_under_lock"),
    references=(
        "https://docs.djangoproject.com/en/stable/topics/db/transactions/#performing-actions-after-commit",
        "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS",
    ),
    examples=(
        Example(
            title="a charge under a row lock",
            bad="""import requests
from django.db import models, transaction


class Order(models.Model):
    state = models.CharField(max_length=16)


def pay(pk):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=pk)
        requests.post("https://bank.example.com/charges", json={"order": pk}, timeout=60)
        order.state = "paid"
        order.save()
""",
            good="""import requests
from django.db import models, transaction


class Order(models.Model):
    state = models.CharField(max_length=16)


def pay(pk):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=pk)
        order.state = "paying"
        order.save()
    requests.post("https://bank.example.com/charges", json={"order": pk}, timeout=60)
    Order.objects.filter(pk=pk, state="paying").update(state="paid")
""",
        ),
        Example(
            title="a process inside a transaction",
            bad="""import subprocess

from django.db import models, transaction


class Document(models.Model):
    path = models.CharField(max_length=200)


def consume(path, script):
    with transaction.atomic():
        document = Document.objects.create(path=path)
        subprocess.run([script, str(document.pk)], check=True)
""",
            good="""import subprocess

from django.db import models, transaction


class Document(models.Model):
    path = models.CharField(max_length=200)


def consume(path, script):
    with transaction.atomic():
        document = Document.objects.create(path=path)
    subprocess.run([script, str(document.pk)], check=True)
""",
        ),
        Example(
            title="a lock that quick things wait for as well",
            bad="""import threading

import requests

lock = threading.Lock()
rates = {}


def rate(currency):
    with lock:
        return rates[currency]


def refresh():
    with lock:
        rates.update(requests.get("https://rates.example.com/", timeout=30).json())
""",
            good="""import threading

import requests

lock = threading.Lock()
rates = {}


def rate(currency):
    with lock:
        return rates[currency]


def refresh():
    fresh = requests.get("https://rates.example.com/", timeout=30).json()
    with lock:
        rates.update(fresh)
""",
        ),
    ),
)
