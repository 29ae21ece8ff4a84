"""Attempts that may fail, whose answer nobody looks at."""

import threading

import redis
import redis_lock
from django.core.cache import cache
from django.db import connection
from django_pglocks import advisory_lock
from redis.asyncio import Redis

client = redis.Redis()
aclient = Redis()
_lock = threading.Lock()


def not_waited_for(account):
    lock = client.lock(f"account:{account}", timeout=10)
    lock.acquire(blocking=False)  # expect: FEN405 "at once"
    try:
        client.incr("n")
    finally:
        lock.release()


def positional(account):
    lock = redis_lock.Lock(client, account, expire=10)
    lock.acquire(False)  # expect: FEN405
    try:
        client.incr("n")
    finally:
        lock.release()


def in_the_constructor(account):
    lock = client.lock(f"account:{account}", timeout=10, blocking_timeout=3)
    lock.acquire()  # expect: FEN405 "in time"
    try:
        client.incr("n")
    finally:
        lock.release()


def kept_and_forgotten(account):
    lock = client.lock(f"account:{account}", timeout=10)
    got = lock.acquire(blocking_timeout=3)  # expect: FEN405
    try:
        client.incr("n")
    finally:
        lock.release()


async def asynchronous(account):
    lock = aclient.lock(f"account:{account}", timeout=10)
    await lock.acquire(blocking=False)  # expect: FEN405
    try:
        await aclient.incr("n")
    finally:
        await lock.release()


def by_hand(shop):
    client.set(f"lock:{shop}", "1", nx=True, ex=10)  # expect: FEN405
    try:
        client.incr("n")
    finally:
        client.eval(
            "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end", 1, f"lock:{shop}", 1
        )


def cached(shop):
    cache.add(f"lock:{shop}", "1", 10)  # expect: FEN405
    try:
        cache.set("n", 1)
    finally:
        cache.delete(f"lock:{shop}")  # expect: FEN403


def tried_in_the_database(month):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(4711)")  # expect: FEN405
        try:
            cursor.execute("UPDATE months SET closed = true WHERE month = %s", (month,))
        finally:
            cursor.execute("SELECT pg_advisory_unlock(4711)")


def as_nothing(month):
    with advisory_lock("month", wait=False), connection.cursor() as cursor:  # expect: FEN405
        cursor.execute("UPDATE months SET closed = true WHERE month = %s", (month,))


def threads():
    _lock.acquire(timeout=2)  # expect: FEN405
    try:
        client.incr("n")
    finally:
        _lock.release()
