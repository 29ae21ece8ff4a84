"""The lock is taken and given back in helpers: a context manager, a class, a decorator, two functions."""

import functools
from contextlib import contextmanager

import redis

client = redis.Redis()


@contextmanager
def locked(name):
    while not client.set(f"lock:{name}", "1", nx=True):  # expect: FEN402
        pass
    try:
        yield
    finally:
        client.delete(f"lock:{name}")


def uses_manager():
    with locked("a"):
        client.incr("n")


class Lock:
    def __init__(self, name):
        self.key = f"lock:{name}"

    def __enter__(self):
        while not client.set(self.key, "1", nx=True):  # expect: FEN402
            pass
        return self

    def __exit__(self, *args):
        client.delete(self.key)


def uses_class(name):
    with Lock(name):
        client.incr("n")


def take(name):
    return client.setnx(f"taken:{name}", 1)  # expect: FEN402


def give_back(name):
    client.delete(f"taken:{name}")


def uses_functions(name):
    if not take(name):
        return
    try:
        client.incr("n")
    finally:
        give_back(name)


def exclusive(func):
    @functools.wraps(func)
    def inner(*args):
        if not client.set("lock:job", "1", nx=True):  # expect: FEN402
            return None
        try:
            return func(*args)
        finally:
            client.delete("lock:job")

    return inner


@exclusive
def job():
    client.incr("n")
