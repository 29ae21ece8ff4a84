"""A lock has no expiry: when its holder dies, nobody gets it any more.

What it claims
--------------
The entry takes a lock that lives in a store, and that stays there until it is given back: a conditional write without
an expiry and the delete that follows it, or a lock of a library that was made without one. Nothing else ends it.

Why it matters
--------------
A process that is killed between the two (a deploy, the out-of-memory killer, a lost node) never gives it back. No
``finally`` helps against that. From then on every other run waits for ever, or believes that the work is being done,
until somebody deletes the key by hand.

When it is fine
---------------
The lock has an expiry, and is renewed where the work may take longer; it belongs to a session or a transaction that the
server ends with the connection (Postgres advisory locks, ZooKeeper, etcd leases); whoever finds it taken checks how
old it is and takes it over; the key is no lock but a mark that is meant to stay.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN402",
    fixers=("set_lock_expiry",),
    name="lock-without-expiry",
    summary="a lock never expires, so that nobody gets it any more when its holder dies",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query_in("fenceline.queries.lock_without_expiry"),
    references=("https://redis.io/docs/latest/develop/use/patterns/distributed-locks/",),
    examples=(
        Example(
            title="a key set if it is absent, and deleted in the end",
            bad="""import redis

client = redis.Redis()


def rebuild_index():
    if not client.set("lock:index", "1", nx=True):
        return
    try:
        client.incr("index:generation")
    finally:
        client.delete("lock:index")
""",
            good="""import redis

client = redis.Redis()


def rebuild_index():
    with client.lock("lock:index", timeout=60, blocking_timeout=5):
        client.incr("index:generation")
""",
        ),
        Example(
            title="a lock of the client library without a timeout",
            bad="""import redis

client = redis.Redis()


def settle(account, amount):
    with client.lock(f"account:{account}"):
        balance = int(client.get(f"balance:{account}"))
        client.set(f"balance:{account}", balance - amount)
""",
            good="""import redis

client = redis.Redis()


def settle(account, amount):
    with client.lock(f"account:{account}", timeout=10):
        balance = int(client.get(f"balance:{account}"))
        client.set(f"balance:{account}", balance - amount)
""",
        ),
        Example(
            title="an entry of Django's cache that is told to stay",
            bad="""from django.core.cache import cache


def refresh(shop):
    if cache.add(f"refresh:{shop}", "1", timeout=None):
        try:
            cache.set(f"prices:{shop}", prices_of(shop))
        finally:
            cache.delete(f"refresh:{shop}")
""",
            good="""from django.core.cache import cache


def refresh(shop):
    if cache.add(f"refresh:{shop}", "1", timeout=300):  # at most every five minutes
        cache.set(f"prices:{shop}", prices_of(shop))
""",
        ),
        Example(
            title="asyncio",
            bad="""from redis.asyncio import Redis

client = Redis()


async def settle(account, amount):
    lock = client.lock(f"account:{account}")
    async with lock:
        balance = int(await client.get(f"balance:{account}"))
        await client.set(f"balance:{account}", balance - amount)
""",
            good="""from redis.asyncio import Redis

client = Redis()


async def settle(account, amount):
    lock = client.lock(f"account:{account}", timeout=10)
    async with lock:
        balance = int(await client.get(f"balance:{account}"))
        await client.set(f"balance:{account}", balance - amount)
""",
        ),
    ),
)
