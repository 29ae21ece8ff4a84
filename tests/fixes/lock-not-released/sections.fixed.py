"""Ways out between acquire and release."""

import threading
from contextlib import contextmanager

import filelock
import redis
import redis_lock
import requests
import valkey
from django.core.cache import cache
from redis.asyncio import Redis

from shop.work import prepare

client = redis.Redis()
keys = valkey.Valkey()
aclient = Redis()
_lock = threading.Lock()


def command_fails(account):
    lock = client.lock(f"account:{account}", timeout=600)
    # from here on
    with lock:
        # one at a time
        client.incr("n")

        client.incr("m")  # both
    # to here

    client.incr("after")


def call_fails(account):
    lock = client.lock(f"account:{account}", timeout=600)
    if lock.acquire(blocking=False):
        try:
            requests.get("https://example.com", timeout=5)
        finally:
            lock.release()


def limited(account):
    lock = client.lock(f"account:{account}", timeout=600)
    if not lock.acquire(blocking_timeout=3):
        return
    try:
        if account < 0:
            raise ValueError(account)
        client.incr("n")
    finally:
        lock.release()


def answer_has_a_name(account):
    lock = keys.lock(f"account:{account}", timeout=600)
    got = lock.acquire(blocking=False)
    if not got:
        return None
    try:
        result = keys.incr("n")
    finally:
        lock.release()
    return result


def unread_call_fails():
    with _lock:
        prepare()


def returns(account, amount):
    lock = client.lock(f"account:{account}", timeout=600)
    with lock:
        try:
            if amount == 0:
                return
            client.incr("n")
        except redis.ConnectionError:
            raise


def next_round(accounts):
    for account in accounts:
        with _lock:
            if account.is_closed:
                continue
            account.total += 1


def handler_is_too_narrow(account):
    lock = client.lock(f"account:{account}", timeout=600)
    with lock:
        try:
            prepare()
            client.incr("n")
        except redis.ConnectionError:
            raise


async def asynchronous(account):
    lock = aclient.lock(f"account:{account}", timeout=600)
    async with lock:
        await aclient.incr("n")


async def asynchronous_try(account):
    lock = aclient.lock(f"account:{account}", timeout=600)
    if await lock.acquire(blocking=False):
        try:
            await aclient.incr("n")
        finally:
            await lock.release()


@contextmanager
def locked(name):
    lock = client.lock(name, timeout=600)
    with lock:
        yield lock


def uses_manager():
    with locked("a"):
        client.incr("n")


def by_hand(shop):
    if not client.set(f"lock:{shop}", 1, nx=True, ex=600):
        return
    try:
        client.incr("n")
    finally:
        client.delete(f"lock:{shop}")


def by_hand_waiting(shop):
    while not client.set(f"lock:{shop}", 1, nx=True, ex=600):
        pass
    try:
        client.incr("n")
    finally:
        client.delete(f"lock:{shop}")


def in_the_cache(shop):
    if cache.add(f"lock:{shop}", 1, 600):
        try:
            cache.set("n", prepare())
        finally:
            cache.delete(f"lock:{shop}")


def of_another_library():
    lock = redis_lock.Lock(client, "index", expire=600)
    with lock:
        client.incr("n")


def of_files(path):
    lock = filelock.FileLock("index.lock")
    with lock:
        prepare()


class Service:
    def __init__(self):
        self._lock = threading.RLock()
        self.total = 0

    def add(self, amount):
        with self._lock:
            if amount < 0:
                raise ValueError(amount)
            self.total += amount
