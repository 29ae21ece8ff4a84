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
    lock.acquire()  # from here on
    # one at a time
    client.incr("n")

    client.incr("m")  # both
    lock.release()  # to here

    client.incr("after")


def call_fails(account):
    lock = client.lock(f"account:{account}", timeout=600)
    if lock.acquire(blocking=False):
        requests.get("https://example.com", timeout=5)
        lock.release()


def limited(account):
    lock = client.lock(f"account:{account}", timeout=600)
    if not lock.acquire(blocking_timeout=3):
        return
    if account < 0:
        raise ValueError(account)
    client.incr("n")
    lock.release()


def answer_has_a_name(account):
    lock = keys.lock(f"account:{account}", timeout=600)
    got = lock.acquire(blocking=False)
    if not got:
        return None
    result = keys.incr("n")
    lock.release()
    return result


def unread_call_fails():
    _lock.acquire()
    prepare()
    _lock.release()


def returns(account, amount):
    lock = client.lock(f"account:{account}", timeout=600)
    lock.acquire()
    try:
        if amount == 0:
            return
        client.incr("n")
        lock.release()
    except redis.ConnectionError:
        lock.release()
        raise


def next_round(accounts):
    for account in accounts:
        _lock.acquire()
        if account.is_closed:
            continue
        account.total += 1
        _lock.release()


def handler_is_too_narrow(account):
    lock = client.lock(f"account:{account}", timeout=600)
    lock.acquire()
    try:
        prepare()
        client.incr("n")
    except redis.ConnectionError:
        lock.release()
        raise
    lock.release()


async def asynchronous(account):
    lock = aclient.lock(f"account:{account}", timeout=600)
    await lock.acquire()
    await aclient.incr("n")
    await lock.release()


async def asynchronous_try(account):
    lock = aclient.lock(f"account:{account}", timeout=600)
    if await lock.acquire(blocking=False):
        await aclient.incr("n")
        await lock.release()


@contextmanager
def locked(name):
    lock = client.lock(name, timeout=600)
    lock.acquire()
    yield lock
    lock.release()


def uses_manager():
    with locked("a"):
        client.incr("n")


def by_hand(shop):
    if not client.set(f"lock:{shop}", 1, nx=True, ex=600):
        return
    client.incr("n")
    client.delete(f"lock:{shop}")


def by_hand_waiting(shop):
    while not client.set(f"lock:{shop}", 1, nx=True, ex=600):
        pass
    client.incr("n")
    client.delete(f"lock:{shop}")


def in_the_cache(shop):
    if cache.add(f"lock:{shop}", 1, 600):
        cache.set("n", prepare())
        cache.delete(f"lock:{shop}")


def of_another_library():
    lock = redis_lock.Lock(client, "index", expire=600)
    lock.acquire()
    client.incr("n")
    lock.release()


def of_files(path):
    lock = filelock.FileLock("index.lock")
    lock.acquire()
    prepare()
    lock.release()


class Service:
    def __init__(self):
        self._lock = threading.RLock()
        self.total = 0

    def add(self, amount):
        self._lock.acquire()
        if amount < 0:
            raise ValueError(amount)
        self.total += amount
        self._lock.release()
