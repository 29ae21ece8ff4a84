"""Locks of libraries that are made without an expiry."""

import redis
import redis_lock
from django.core.cache import cache
from redis.asyncio import Redis
from redis.lock import Lock as RedisLock

client = redis.Redis()
aclient = Redis()


def with_block(account):
    with client.lock(f"account:{account}"):  # expect: FEN402
        client.incr("n")


def by_hand(account):
    lock = RedisLock(client, f"account:{account}")
    lock.acquire()  # expect: FEN402
    try:
        client.incr("n")
    finally:
        lock.release()


def zero(account):
    with client.lock(f"account:{account}", timeout=0):  # expect: FEN402
        client.incr("n")


def blocking_only(account):
    with client.lock(f"account:{account}", blocking_timeout=5):  # expect: FEN402
        client.incr("n")


async def asynchronous(account):
    async with aclient.lock(f"account:{account}"):  # expect: FEN402
        await aclient.incr("n")


def other_library(account):
    with redis_lock.Lock(client, f"account:{account}"):  # expect: FEN402
        client.incr("n")


def of_the_cache(account):
    with cache.lock(f"account:{account}"):  # expect: FEN402
        cache.set("n", 1)
