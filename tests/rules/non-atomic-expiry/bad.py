"""Keys that one command makes and another gives an expiry."""

import redis
import redis.asyncio
from django.core.cache import cache
from django_redis import get_redis_connection

client = redis.Redis()
asynchronous = redis.asyncio.Redis()


def limit(user):
    tries = client.incr(f"tries:{user}")  # expect: FEN206 "INCR"
    if tries == 1:
        client.expire(f"tries:{user}", 60)
    return tries <= 5


async def limit_too(user):
    key = f"tries:{user}"
    if await asynchronous.incr(key) == 1:  # expect: FEN206
        await asynchronous.pexpire(key, 60_000)


def lock(name):
    if client.setnx(name, 1):  # expect: FEN206 "SETNX"
        client.expire(name, 30)
        return True
    return False


def profile(user, fields):
    client.hset(f"profile:{user}", mapping=fields)  # expect: FEN206
    client.expire(f"profile:{user}", 3600)


def recent(user, sku):
    connection = get_redis_connection()
    connection.lpush(f"recent:{user}", sku)  # expect: FEN206
    connection.ltrim(f"recent:{user}", 0, 9)
    connection.expire(f"recent:{user}", 3600)


def first_the_expiry(user, seen):
    client.expire(f"seen:{user}", 60)
    client.sadd(f"seen:{user}", seen)  # expect: FEN206


def kept_apart(user, value):
    client.set(f"value:{user}", value)  # expect: FEN206
    client.expireat(f"value:{user}", 2_000_000_000)


class Store:
    def __init__(self):
        self.client = redis.Redis()

    def put(self, key, value):
        self.client.set(key, value)  # expect: FEN206
        self.client.expire(key, 60)


def in_a_pipeline_that_is_none(user):
    with client.pipeline() as pipe:
        pipe.execute()
    client.zadd(f"seen:{user}", {"a": 1})  # expect: FEN206
    client.expire(f"seen:{user}", 60)


def another_library(key):
    cache.add(key, 1, timeout=None)  # expect: FEN206
    cache.touch(key, 60)


class Machine:
    def __init__(self, name):
        self.key = f"machine:{name}"
        self.client = redis.Redis()

    def beat(self):
        self.client.hset(self.key, "seen", "now")  # expect: FEN206
        self.client.expire(self.key, 60)
