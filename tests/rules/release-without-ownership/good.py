"""Releases that look whose the lock is, or that cannot free another's."""

import uuid
from contextlib import contextmanager
from time import monotonic

import pottery
import redis
import redis_lock
from django.core.cache import cache

client = redis.Redis(decode_responses=True)
RELEASE = """
if redis.call("get", KEYS[1]) == ARGV[1] then
    return redis.call("del", KEYS[1])
end
return 0
"""
release = client.register_script(RELEASE)


def registered(shop):
    token = uuid.uuid4().hex
    if client.set(f"lock:{shop}", token, nx=True, ex=30):
        try:
            client.incr("n")
        finally:
            release(keys=[f"lock:{shop}"], args=[token])


def evaluated(shop):
    token = uuid.uuid4().hex
    if client.set(f"lock:{shop}", token, nx=True, ex=30):
        try:
            client.incr("n")
        finally:
            client.eval(RELEASE, 1, f"lock:{shop}", token)


@contextmanager
def cookbook(name, expiry=60):
    """Of Celery's cookbook: deleted only while it is surely ours."""
    timeout_at = monotonic() + expiry - 3
    status = cache.add(name, "worker", expiry)
    try:
        yield status
    finally:
        if monotonic() < timeout_at and status:
            cache.delete(name)


def uses_cookbook(feed):
    with cookbook(f"feed:{feed}") as acquired:
        if acquired:
            cache.set("n", 1)


def library(shop):
    with client.lock(f"lock:{shop}", timeout=30):
        client.incr("n")


def other_libraries(shop):
    with redis_lock.Lock(client, shop, expire=30):
        client.incr("n")
    with pottery.Redlock(key=shop, masters={client}, auto_release_time=30):
        client.incr("n")


def left_to_expire(shop):
    if client.set(f"lock:{shop}", 1, nx=True, ex=30):
        client.incr("n")


def mark(order):
    if not client.set(f"done:{order}", 1, nx=True, ex=86400):
        return
    try:
        client.rpush("orders", order)
    except redis.ResponseError:
        client.delete(f"done:{order}")
        raise
