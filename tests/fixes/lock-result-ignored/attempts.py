"""Attempts whose answer is thrown away."""

import threading

import redis
import redis_lock
from django.db import connection
from django_pglocks import advisory_lock
from redis.asyncio import Redis

client = redis.Redis()
aclient = Redis()
_lock = threading.Lock()


def at_once(account, amount):
    lock = client.lock(f"account:{account}", timeout=10)
    lock.acquire(blocking=False)  # or not
    try:
        client.incrby(f"balance:{account}", amount)
    finally:
        lock.release()


def in_time(account, amount):
    lock = client.lock(f"account:{account}", timeout=10, blocking_timeout=5)
    lock.acquire()
    try:
        client.incrby(f"balance:{account}", amount)
    finally:
        lock.release()


def kept_in_a_name(account, amount):
    lock = client.lock(f"account:{account}", timeout=10)
    got = lock.acquire(blocking_timeout=3)
    try:
        client.incrby(f"balance:{account}", amount)
    finally:
        lock.release()
    client.incr("settled")


async def asynchronous(account, amount):
    lock = aclient.lock(f"account:{account}", timeout=10)
    await lock.acquire(blocking=False)
    try:
        await aclient.incrby(f"balance:{account}", amount)
    finally:
        await lock.release()


def round_by_round(accounts):
    for account in accounts:
        lock = redis_lock.Lock(client, f"account:{account}", expire=10)
        lock.acquire(blocking=False)
        try:
            client.incr(f"rounds:{account}")
        finally:
            lock.release()


def of_the_database(month):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(4711)")
        try:
            cursor.execute("UPDATE months SET closed = true WHERE month = %s", (month,))
        finally:
            cursor.execute("SELECT pg_advisory_unlock(4711)")


def by_with(month):
    with advisory_lock("month", wait=False), connection.cursor() as cursor:
        cursor.execute("UPDATE months SET closed = true WHERE month = %s", (month,))


def of_threads():
    _lock.acquire(timeout=2)
    try:
        client.incr("n")
    finally:
        _lock.release()
