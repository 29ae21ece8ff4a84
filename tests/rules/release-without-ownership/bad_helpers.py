"""The same in helpers."""

import functools
import time
from contextlib import contextmanager

import redis
import redis_lock

client = redis.Redis()


@contextmanager
def locked(name, expiry=10):
    while not client.set(f"lock:{name}", "1", nx=True, ex=expiry):
        time.sleep(0.1)
    try:
        yield
    finally:
        client.delete(f"lock:{name}")  # expect: FEN403


def uses_manager():
    with locked("a"):
        client.incr("n")


class Lock:
    def __init__(self, name):
        self.key = f"lock:{name}"

    def acquire(self):
        return client.set(self.key, "1", nx=True, ex=10)

    def release(self):
        client.delete(self.key)  # expect: FEN403


def uses_class(name):
    lock = Lock(name)
    if not lock.acquire():
        return
    try:
        client.incr("n")
    finally:
        lock.release()


def exclusive(key):
    def decorate(func):
        @functools.wraps(func)
        def inner(*args):
            if not client.set(key, "1", nx=True, ex=10):
                return None
            try:
                return func(*args)
            finally:
                client.delete(key)  # expect: FEN403

        return inner

    return decorate


@exclusive("lock:job")
def job():
    client.incr("n")


def reset():
    lock = redis_lock.Lock(client, "b", expire=10)
    if lock.acquire(blocking=False):
        try:
            client.incr("n")
        finally:
            lock.reset()  # expect: FEN403
