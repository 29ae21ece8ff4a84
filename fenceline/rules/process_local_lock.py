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

from collections.abc import Iterator, Sequence
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.holds import Hold, holds_of, inside
from fenceline.rules.proposal import Proposal
from fenceline.rules.rule import Example, Rule

RACES = ("FEN201", "FEN202", "FEN203", "FEN204", "FEN205", "FEN213", "FEN305")
"""The rules about reads and changes that depend on them."""


def query(flow: Flow, races: Sequence[Proposal]) -> Iterator[Proposal]:
    """Races all of whose ops are held together by a lock that other processes do not see."""
    if not races:
        return
    holds = [(hold, set(inside(flow, hold))) for hold in holds_of(flow) if hold.scope == "local"]
    for race in races:
        ops = {*race.candidate.reads, *race.candidate.acts} if race.candidate is not None else set()
        hold = next((one for one, section in holds if ops and ops <= section), None)
        if hold is not None:
            yield _proposal(hold, race)


def _proposal(hold: Hold, race: Proposal) -> Proposal:
    op = hold.taken.op
    is_one_host = hold.taken.options.get("reach") == ir.Const("host")
    keeps_out = "processes of one host" if is_one_host else "other runs in this process"
    act = race.related[:1]
    return replace(
        race,
        message=f"{hold.named} keeps out {keeps_out} only: {race.message}",
        span=op.span,
        path=op.path,
        related=[*act, (race.span, race.path, "read here, under the lock"), *race.related[1:]],
        is_certain=race.is_certain and not is_one_host,
        suspicion="all processes may run on one host" if is_one_host else race.suspicion,
    )


RULE = Rule(
    code="FEN407",
    name="process-local-lock",
    summary="a lock that only one process sees is held around what other processes read and change too",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query,
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
