import asyncio
import threading
from threading import Lock

import redis

client = redis.Redis()
one = Lock()
two = Lock()


def forth():
    with one:
        with two:  # expect: FEN408 "the lock two after the lock one"
            pass


def back():
    two.acquire()
    try:
        with one:
            pass
    finally:
        two.release()


def move(source, target):
    with client.lock(f"shelf:{source}"), client.lock(f"shelf:{target}"):  # expect: FEN408 "exchanged"
        client.incr("moves")


def move_many(names):
    locks = []
    for name in names:
        lock = client.lock(f"shelf:{name}")
        lock.acquire()  # expect: FEN408 "locks shelf"
        locks.append(lock)
    client.incr("moves")
    for lock in locks:
        lock.release()


class Cache:
    def __init__(self):
        self._lock = threading.Lock()
        self.items = {}

    def get(self, name):
        with self._lock:
            return self.items.get(name)

    def add(self, name):
        with self._lock:  # expect: FEN408 "waits for itself"
            if self.get(name) is None:
                self.items[name] = 1


class AsyncCache:
    def __init__(self):
        self.lock = asyncio.Lock()
        self.items = {}

    async def clear(self):
        async with self.lock:
            self.items.clear()

    async def reset(self):
        async with self.lock:  # expect: FEN408 "waits for itself"
            await self.clear()
