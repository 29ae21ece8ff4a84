"""What only looks whether a key is there, and sets it: one command, whose result decides."""

import os

import redis
import redis.asyncio as aio
import valkey
from django.core.cache import cache, caches
from pymemcache.client.base import Client

client = redis.Redis()
calm = aio.Redis()
keys = valkey.Valkey()
memo = Client("localhost")


def body(order_id, worker):
    if not client.exists(f"claim:{order_id}"):
        # ours from here on
        client.set(f"claim:{order_id}", worker, ex=60)
        return True
    return False


def behind_a_way_out(order_id, worker):
    if client.exists(f"claim:{order_id}"):
        return False  # taken
    client.setex(f"claim:{order_id}", 60, worker)
    return True


async def waited_for(order_id, worker):
    held = await calm.get(f"claim:{order_id}")
    if held is not None:
        return False
    await calm.set(f"claim:{order_id}", worker)
    return True


def only_command(order_id):
    if not keys.exists(f"seen:{order_id}"):
        keys.set(
            f"seen:{order_id}",
            os.getpid(),  # whose
        )


def with_else(order_id):
    if not client.exists(order_id):
        client.psetex(order_id, 500, "a")
    else:
        raise ValueError(order_id)


class Claims:
    def __init__(self, client: redis.RedisCluster):
        self.client = client

    def take(self, name):
        value = self.client.get(name)
        if value is None:
            self.client.set(name=name, value="me", px=3000)
            return True
        return False


def django(user):
    if cache.get(f"busy:{user}") is None:
        cache.set(f"busy:{user}", 1, timeout=60)
        return True
    return False


async def django_async(user):
    if await caches["other"].ahas_key(f"busy:{user}"):
        return False
    await caches["other"].aset(f"busy:{user}", 1, 60)
    return True


def memcached(user):
    if memo.get(f"busy:{user}") is None:
        memo.set(f"busy:{user}", "1", expire=60)
        return True
    return False


def member(room, user):
    if not client.sismember(room, user):
        client.sadd(room, user)
        return True
    return False


def field(user, name, value):
    if client.hexists(user, name):
        return False
    client.hset(user, name, value)
    return True
