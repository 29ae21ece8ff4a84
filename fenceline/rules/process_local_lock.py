"""A lock that only one process sees guards what other processes share.

What it claims
--------------
The entry reads a key or a row and changes it as decided, or computed, from what it read. Around both it holds a lock of
the ``threading``, ``asyncio`` or ``multiprocessing`` module. There is an interleaving of two runs in two processes,
each of which holds its own lock, whose outcome no serial order has.

Why it matters
--------------
The lock shows that somebody has seen the race. It closes it in the tests and on one machine, and opens it again as soon
as a second worker process or a second replica is started.

When it is fine
---------------
Only one process ever runs the code; the store refuses the second write, or another lock, of the store itself, is held
as well; what is guarded is state of the process.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RACES = ("FEN201", "FEN202", "FEN203", "FEN204", "FEN205", "FEN213", "FEN305")
"""The rules about reads and changes that depend on them."""

RULE = Rule(
    code="FEN407",
    name="process-local-lock",
    summary="a lock that only one process sees is held around what other processes read and change too",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query_in("fenceline.queries.process_local_lock"),
    over=RACES,
    supersedes=RACES,
    references=("https://docs.python.org/3/library/threading.html#lock-objects",),
    examples=(
        Example(
            title="threads of one process, and a counter in Redis",
            bad="""import threading

import redis

client = redis.Redis()
_lock = threading.Lock()


def reserve(sku):
    with _lock:
        left = int(client.get(f"stock:{sku}") or 0)
        if left == 0:
            return False
        client.decr(f"stock:{sku}")
    return True
""",
            good="""import redis

client = redis.Redis()


def reserve(sku):
    with client.lock(f"lock:stock:{sku}", timeout=10):
        left = int(client.get(f"stock:{sku}") or 0)
        if left == 0:
            return False
        client.decr(f"stock:{sku}")
    return True
""",
        ),
        Example(
            title="tasks of one event loop, and a row",
            bad="""import asyncio

from django.db import models

_lock = asyncio.Lock()


class Wallet(models.Model):
    balance = models.IntegerField()


async def withdraw(pk, amount):
    async with _lock:
        wallet = await Wallet.objects.aget(pk=pk)
        wallet.balance -= amount
        await wallet.asave()
""",
            good="""from django.db import models


class Wallet(models.Model):
    balance = models.IntegerField()


async def withdraw(pk, amount):
    await Wallet.objects.filter(pk=pk).aupdate(balance=models.F("balance") - amount)
""",
        ),
    ),
)
