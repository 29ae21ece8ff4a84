import json

import redis
import redis.asyncio
from django.core.cache import cache

client = redis.Redis(host="cache", socket_timeout=2)
async_client = redis.asyncio.Redis(host="cache", socket_timeout=2)


def watched(key, name, value):
    with client.pipeline() as pipe:
        while True:
            try:
                pipe.watch(key)
                document = json.loads(pipe.get(key) or "{}")
                document[name] = value
                pipe.multi()
                pipe.set(key, json.dumps(document))
                pipe.execute()
                break
            except redis.WatchError:
                continue


def transaction_method(key, item):
    def change(pipe):
        items = json.loads(pipe.get(key) or "[]")
        items.append(item)
        pipe.multi()
        pipe.set(key, json.dumps(items))

    client.transaction(change, key)


def locked(key, name, value):
    with client.lock(f"lock:{key}", timeout=10, blocking_timeout=3):
        document = json.loads(client.get(key) or "{}")
        document[name] = value
        client.set(key, json.dumps(document))


def locked_in_the_cache(key, item):
    with cache.lock(f"lock:{key}", timeout=10, blocking_timeout=3):
        items = cache.get(key, [])
        items.append(item)
        cache.set(key, items)


def lock_acquired_and_released(key):
    lock = client.lock(f"lock:{key}", timeout=10)
    if not lock.acquire(blocking_timeout=3):
        raise TimeoutError(key)
    try:
        client.set(key, int(client.get(key) or 0) + 1)
    finally:
        lock.release()


async def locked_in_async_code(key, item):
    async with async_client.lock(f"lock:{key}", timeout=10, blocking_timeout=3):
        items = json.loads(await async_client.get(key) or "[]")
        items.append(item)
        await async_client.set(key, json.dumps(items))


class Preferences:
    def __init__(self, store: redis.Redis):
        self.store = store

    def _load(self, user):
        return json.loads(self.store.get(f"preferences:{user}") or "{}")

    def change(self, user, name, value):
        with self.store.lock(f"lock:preferences:{user}", timeout=10, blocking_timeout=3):
            values = self._load(user)
            values[name] = value
            self.store.set(f"preferences:{user}", json.dumps(values))
