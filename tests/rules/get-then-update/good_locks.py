import contextlib
import functools

import redis
import redis.asyncio
from django.core.cache import cache
from redis.lock import Lock

client = redis.Redis(host="cache", socket_timeout=2)
async_client = redis.asyncio.Redis(host="cache", socket_timeout=2)


def lock_as_context(key):
    with client.lock(f"lock:{key}", timeout=10, blocking_timeout=3):
        if int(client.get(key) or 0) <= 0:
            return False
        client.decr(key)
        return True


def lock_class(key):
    with Lock(client, f"lock:{key}", timeout=10, blocking_timeout=3):
        if int(client.get(key) or 0) > 0:
            client.decr(key)


def lock_acquired_and_released(key):
    lock = client.lock(f"lock:{key}", timeout=10)
    if not lock.acquire(blocking_timeout=3):
        return False
    try:
        if int(client.get(key) or 0) <= 0:
            return False
        client.decr(key)
        return True
    finally:
        lock.release()


def lock_not_waited_for(key):
    lock = client.lock(f"lock:{key}", timeout=10)
    if lock.acquire(blocking=False):
        try:
            if int(client.get(key) or 0) > 0:
                client.decr(key)
        finally:
            lock.release()


def first_look_is_only_a_hint(key):
    if int(client.get(key) or 0) <= 0:
        return False
    with client.lock(f"lock:{key}", timeout=10, blocking_timeout=3):
        if int(client.get(key) or 0) <= 0:
            return False
        client.decr(key)
        return True


@contextlib.contextmanager
def locked(name):
    with client.lock(f"lock:{name}", timeout=10, blocking_timeout=3):
        yield


def lock_from_a_generator(key):
    with locked(key):
        if int(client.get(key) or 0) > 0:
            client.decr(key)


def one_at_a_time(function):
    @functools.wraps(function)
    def guarded(key):
        with client.lock(f"lock:{key}", timeout=10, blocking_timeout=3):
            return function(key)

    return guarded


@one_at_a_time
def lock_from_a_decorator(key):
    if int(client.get(key) or 0) > 0:
        client.decr(key)


async def lock_in_async_code(key):
    async with async_client.lock(f"lock:{key}", timeout=10, blocking_timeout=3):
        if int(await async_client.get(key) or 0) > 0:
            await async_client.decr(key)


def lock_of_the_cache(key):
    with cache.lock(f"lock:{key}", timeout=10, blocking_timeout=3):
        if cache.get(key, 0) > 0:
            cache.decr(key)


def _has_stock(key):
    return int(client.get(key) or 0) > 0


def _take(key):
    client.decr(key)


def lock_around_helpers(key):
    with client.lock(f"lock:{key}", timeout=10, blocking_timeout=3):
        if _has_stock(key):
            _take(key)


class Shelf:
    def __init__(self, store: redis.Redis):
        self.store = store

    def _lock(self, key):
        return self.store.lock(f"lock:{key}", timeout=10, blocking_timeout=3)

    def lock_from_a_method(self, key):
        with self._lock(key):
            if int(self.store.get(key) or 0) > 0:
                self.store.decr(key)
