import asyncio
import threading
import uuid

import redis
import redis.asyncio

client = redis.Redis(host="cache", socket_timeout=2)
async_client = redis.asyncio.Redis(host="cache", socket_timeout=2)
thread_lock = threading.Lock()
task_lock = asyncio.Lock()


def thread_lock_around_both(key):
    with thread_lock:
        if int(client.get(key) or 0) > 0:  # expect: FEN201
            client.decr(key)


def thread_lock_acquired(key):
    thread_lock.acquire()
    try:
        if int(client.get(key) or 0) <= 0:  # expect: FEN201
            return False
        client.decr(key)
        return True
    finally:
        thread_lock.release()


async def task_lock_around_both(key):
    async with task_lock:
        if int(await async_client.get(key) or 0) > 0:  # expect: FEN201
            await async_client.decr(key)


def read_before_the_lock(key):
    left = int(client.get(key) or 0)  # expect: FEN201
    with client.lock(f"lock:{key}", timeout=10, blocking_timeout=3):
        if left > 0:
            client.decr(key)


def write_after_the_lock(key):
    with client.lock(f"lock:{key}", timeout=10, blocking_timeout=3):
        left = int(client.get(key) or 0)  # expect: FEN201
    if left > 0:
        client.decr(key)


def lock_that_nobody_else_takes(key):
    with client.lock(f"lock:{uuid.uuid4()}", timeout=10, blocking_timeout=3):
        if int(client.get(key) or 0) > 0:  # expect: FEN201
            client.decr(key)


class Shelf:
    _lock = threading.RLock()

    def __init__(self, store: redis.Redis):
        self.store = store

    def take(self, key):
        with self._lock:
            if int(self.store.get(key) or 0) > 0:  # expect: FEN201
                self.store.decr(key)
