"""Ways out between acquire and release."""

import threading
from contextlib import contextmanager

import redis
import requests
from redis.asyncio import Redis

from shop.work import prepare

client = redis.Redis()
aclient = Redis()
_lock = threading.Lock()


def command_fails(account):
    lock = client.lock(f"account:{account}", timeout=600)
    lock.acquire()  # expect: FEN404 "INCR n (line 20) fails"
    client.incr("n")
    lock.release()


def call_fails(account):
    lock = client.lock(f"account:{account}", timeout=600)
    if lock.acquire(blocking=False):  # expect: FEN404
        requests.get("https://example.com", timeout=5)
        lock.release()


def unread_call_fails():
    _lock.acquire()  # expect: FEN404 "prepare(…)"
    prepare()
    _lock.release()


def returns(account, amount):
    lock = client.lock(f"account:{account}", timeout=600)
    lock.acquire()  # expect: FEN404 "returns in line 42"
    try:
        if amount == 0:
            return
        client.incr("n")
        lock.release()
    except redis.ConnectionError:
        lock.release()
        raise


def raises(account, amount):
    lock = client.lock(f"account:{account}", timeout=600)
    if not lock.acquire(blocking_timeout=3):  # expect: FEN404 "line 55 raises"
        return
    if amount < 0:
        raise ValueError(amount)
    lock.release()


def next_round(accounts):
    for account in accounts:
        _lock.acquire()  # expect: FEN404 "next round"
        if account.is_closed:
            continue
        account.total += 1
        _lock.release()


def handler_is_too_narrow(account):
    lock = client.lock(f"account:{account}", timeout=600)
    lock.acquire()  # expect: FEN404
    try:
        prepare()
        client.incr("n")
    except redis.ConnectionError:
        lock.release()
        raise
    lock.release()


async def asynchronous(account):
    lock = aclient.lock(f"account:{account}", timeout=600)
    await lock.acquire()  # expect: FEN404
    await aclient.incr("n")
    await lock.release()


@contextmanager
def locked(name):
    lock = client.lock(name, timeout=600)
    lock.acquire()  # expect: FEN404
    yield lock
    lock.release()


def uses_manager():
    with locked("a"):
        client.incr("n")


def by_hand(shop):
    if not client.set(f"lock:{shop}", 1, nx=True):  # expect: FEN404  # expect: FEN402
        return
    client.incr("n")
    client.delete(f"lock:{shop}")


def asks_too_late(account):
    lock = client.lock(f"account:{account}", timeout=600)
    lock.acquire()  # expect: FEN404
    client.incr("n")
    if lock.owned():
        lock.release()
