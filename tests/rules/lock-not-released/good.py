"""Locks that are given back on every way out, or on none by design."""

import threading
from contextlib import contextmanager

import redis
from django.core.cache import cache
from redis.asyncio import Redis

from shop.work import prepare

client = redis.Redis()
aclient = Redis()
_lock = threading.Lock()
_places = threading.BoundedSemaphore(4)


def with_block(account):
    with client.lock(f"account:{account}", timeout=600):
        if account is None:
            return
        client.incr("n")


def finally_(account):
    lock = client.lock(f"account:{account}", timeout=600)
    lock.acquire()
    try:
        client.incr("n")
    finally:
        lock.release()


def remembers(account):
    acquired = False
    lock = client.lock(f"account:{account}", timeout=600)
    try:
        acquired = lock.acquire(blocking=False)
        if not acquired:
            return None
        client.incr("n")
        return account
    finally:
        if acquired:
            lock.release()


async def asynchronous(account):
    lock = aclient.lock(f"account:{account}", timeout=600)
    if not await lock.acquire(blocking=False):
        return
    try:
        await aclient.incr("n")
    finally:
        await lock.release()


def everything_is_caught(account):
    lock = client.lock(f"account:{account}", timeout=600)
    lock.acquire()
    try:
        client.incr("n")
    except Exception:
        lock.release()
        raise
    lock.release()


def nothing_can_fail(self):
    _lock.acquire()
    self.total += 1
    _lock.release()


def handed_on():
    _lock.acquire()
    if not prepare():
        _lock.release()
        return False
    return True


def taken_in_a_loop():
    for _ in range(3):
        if _lock.acquire(timeout=1):
            try:
                prepare()
            finally:
                _lock.release()
            return True
    return False


def double_checked(self):
    if self.session is None:
        _lock.acquire()
        try:
            if self.session is None:
                self.session = prepare()
        finally:
            _lock.release()
    return self.session


def given_back_elsewhere(pool, items):
    for item in items:
        _places.acquire()
        try:
            pool.submit(prepare, item)
        except RuntimeError:
            _places.release()
            raise


class Batch:
    def __enter__(self):
        self.lock = client.lock("batch", timeout=600)
        self.lock.acquire()
        return self

    def __exit__(self, *args):
        try:
            client.incr("n")
        finally:
            self.lock.release()


@contextmanager
def locked(name):
    lock = client.lock(name, timeout=600)
    lock.acquire()
    try:
        yield lock
    finally:
        lock.release()


def uses_manager():
    with locked("a"):
        client.incr("n")


def left_to_expire(shop):
    if cache.add(f"cleaned:{shop}", 1, 899):
        client.incr("n")


def soon_over(account):
    """Where a command fails, the lock ends by itself in a moment."""
    lock = client.lock(f"account:{account}", timeout=10)
    lock.acquire()
    client.incr("n")
    lock.release()


class Sender:
    """Places are given back when the work is done, which is elsewhere."""

    places = threading.BoundedSemaphore(4)

    def send_next(self, pool):
        if not self.places.acquire(timeout=1):
            return False
        item = client.lpop("items")
        if item is None:
            self.places.release()
            return False
        pool.submit(prepare, item).add_done_callback(self.is_done)
        return True

    def is_done(self, future):
        self.places.release()

    def run(self, pool):
        while True:
            if not self.send_next(pool):
                return


class Worker:
    """Whether it is held is remembered in an attribute that may be set elsewhere."""

    is_held = False

    def run(self, account):
        lock = client.lock(f"account:{account}", timeout=600)
        self.is_held = lock.acquire(blocking_timeout=5)
        if not self.is_held:
            return
        try:
            prepare(self)
            client.incr("n")
        finally:
            if self.is_held:
                lock.release()


class Limiter:
    """What happens on the way to the release is part of it."""

    def __init__(self):
        self.lock = client.lock("limiter", timeout=600)

    def __enter__(self):
        self.lock.acquire()

    def __exit__(self, *args):
        prepare()
        self.lock.release()


def uses_limiter():
    with Limiter():
        client.incr("n")
