"""Locks of libraries that are made without an expiry, by the function that holds them for a known time."""

import redis
import redis_lock
import requests
import valkey
from django.core.cache import cache
from redis.asyncio import Redis as AsyncRedis
from redis.lock import Lock

client = redis.Redis()
keys = valkey.Valkey()
aclient = AsyncRedis()


def settle(account, amount):
    with client.lock(f"account:{account}"):  # one at a time
        balance = int(client.get(f"balance:{account}"))
        client.set(f"balance:{account}", balance - amount)


def said_to_stay(account, amount):
    with client.lock(f"account:{account}", timeout=None, blocking_timeout=5):
        client.incrby(f"balance:{account}", amount)


def by_place(account, amount):
    with client.lock(f"account:{account}", None, 0.2):
        client.incrby(f"balance:{account}", amount)


def none_at_all(account, amount):
    with keys.lock(f"account:{account}", timeout=0):
        keys.incrby(f"balance:{account}", amount)


def made_by_its_class():
    lock = Lock(client, 'index', blocking=True)
    lock.acquire()
    try:
        client.incr("index:generation")
    finally:
        lock.release()


def of_another_library():
    with redis_lock.Lock(client, "index"):
        client.incr("index:generation")


async def asynchronous(account, amount):
    lock = aclient.lock(f"account:{account}")
    async with lock:
        balance = int(await aclient.get(f"balance:{account}"))
        await aclient.set(f"balance:{account}", balance - amount)


def below_each_other(shop):
    with cache.lock(
        f"prices:{shop}",  # a key of its own
        sleep=0.2,
    ):
        cache.set(f"prices:{shop}", 1)


class Service:
    def __init__(self, client: redis.Redis):
        self.client = client

    def run(self):
        with self.client.lock("service"):
            self.client.incr("runs")


def longer_than_the_default():
    with client.lock("report"):
        requests.post("https://reports.example.org", timeout=400)
        client.incr("reports")
