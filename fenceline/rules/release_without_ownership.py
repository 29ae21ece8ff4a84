"""A lock is given back by whoever comes: nobody looks whether it is still his.

What it claims
--------------
The entry takes a lock that expires, and gives it back by deleting its key, or by a release of the library that does not
ask who holds it. When the work takes longer than the expiry, what is deleted is the lock of the next holder. A check in
a command of its own, ahead of the delete, leaves a gap between the two. Or a class tries to take the locks of many
names, and another of its methods deletes or prolongs them all, not only those that it has got.

Why it matters
--------------
One run that is late (a slow call, a paused process) takes the lock away from the next, which then works beside the one
after it, and so on: after the first overrun the lock guards nothing as long as there is load.

When it is fine
---------------
The release compares and deletes at one moment: a Lua script, a watched transaction, or the release of a library lock,
with a value in the key that no other run has. The delete happens only ahead of the deadline, which the run knows. The
lock has no expiry, so nobody can lose it (but see lock-without-expiry).
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN403",
    fixers=("delete_own_lock", "delete_lock_in_time"),
    name="release-without-ownership",
    summary="a lock is given back without a check whose it is, so that a late run frees the lock of another",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query_in("fenceline.queries.release_without_ownership"),
    references=("https://redis.io/docs/latest/develop/use/patterns/distributed-locks/",),
    examples=(
        Example(
            title="SET NX and a plain DELETE",
            bad="""import redis

client = redis.Redis()


def rebuild_index():
    if not client.set("lock:index", "1", nx=True, ex=30):
        return
    try:
        client.incr("index:generation")
    finally:
        client.delete("lock:index")
""",
            good='''import uuid

import redis

client = redis.Redis()
release = client.register_script("""
if redis.call("GET", KEYS[1]) == ARGV[1] then
    return redis.call("DEL", KEYS[1])
end
return 0
""")


def rebuild_index():
    token = str(uuid.uuid4())
    if not client.set("lock:index", token, nx=True, ex=30):
        return
    try:
        client.incr("index:generation")
    finally:
        release(keys=["lock:index"], args=[token])
''',
        ),
        Example(
            title="a token that is compared in a command of its own",
            bad="""import uuid

import redis

client = redis.Redis(decode_responses=True)


def rebuild_index():
    token = str(uuid.uuid4())
    if not client.set("lock:index", token, nx=True, ex=30):
        return
    try:
        client.incr("index:generation")
    finally:
        if client.get("lock:index") == token:
            client.delete("lock:index")
""",
            good="""import redis

client = redis.Redis()


def rebuild_index():
    lock = client.lock("lock:index", timeout=30)
    if not lock.acquire(blocking=False):
        return
    try:
        client.incr("index:generation")
    finally:
        lock.release()
""",
        ),
        Example(
            title="a lock in Django's cache",
            bad="""from django.core.cache import cache


def refresh(shop):
    if cache.add(f"refresh:{shop}", "1", timeout=60):
        try:
            cache.set(f"prices:{shop}", prices_of(shop))
        finally:
            cache.delete(f"refresh:{shop}")
""",
            good="""from time import monotonic

from django.core.cache import cache


def refresh(shop):
    deadline = monotonic() + 57
    if cache.add(f"refresh:{shop}", "1", timeout=60):
        try:
            cache.set(f"prices:{shop}", prices_of(shop))
        finally:
            if monotonic() < deadline:
                cache.delete(f"refresh:{shop}")
""",
        ),
        Example(
            title="asyncio, waiting for the key",
            bad="""import asyncio

from redis.asyncio import Redis

client = Redis()


async def settle(account):
    while not await client.set(f"lock:{account}", 1, nx=True, px=5000):
        await asyncio.sleep(0.05)
    try:
        await client.incr(f"settled:{account}")
    finally:
        await client.delete(f"lock:{account}")
""",
            good="""from redis.asyncio import Redis

client = Redis()


async def settle(account):
    async with client.lock(f"lock:{account}", timeout=5):
        await client.incr(f"settled:{account}")
""",
        ),
    ),
)
