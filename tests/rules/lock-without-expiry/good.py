"""Locks that end by themselves, and keys that are no locks."""

import redis
import redis_lock
from django.core.cache import cache
from django.db import connection
from kazoo.client import KazooClient

client = redis.Redis()
zookeeper = KazooClient()
TIMEOUT = 30


def with_expiry(name):
    with client.lock(f"lock:{name}", timeout=30):
        client.incr("n")


def constant(name):
    with client.lock(f"lock:{name}", TIMEOUT):
        client.incr("n")


def unknown(name, timeout, **options):
    with client.lock(f"lock:{name}", timeout=timeout):
        client.incr("n")
    with client.lock(f"lock:{name}", **options):
        client.incr("n")


def default_of_the_cache(name):
    if cache.add(f"lock:{name}", 1):
        cache.set("n", 1)


def renewed(name):
    with redis_lock.Lock(client, name, expire=30, auto_renewal=True):
        client.incr("n")


def session(month):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(4711)")
        try:
            cursor.execute("UPDATE months SET closed = true WHERE month = %s", (month,))
        finally:
            cursor.execute("SELECT pg_advisory_unlock(4711)")


def ephemeral(name):
    with zookeeper.Lock(f"/locks/{name}"):
        client.incr("n")


def mark(order):
    """Done once and for all; taken away only where the work has failed."""
    if not client.set(f"done:{order}", 1, nx=True):
        return
    try:
        client.rpush("orders", order)
    except redis.ResponseError:
        client.delete(f"done:{order}")
        raise


def first_value(name):
    client.setnx(f"count:{name}", 0)
    if client.incr(f"count:{name}") > 10:
        client.delete(f"count:{name}")
