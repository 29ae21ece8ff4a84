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
    if client.set(f"claim:{order_id}", worker, ex=60, nx=True):
        # ours from here on
        return True
    return False


def behind_a_way_out(order_id, worker):
    if not client.set(f"claim:{order_id}", worker, ex=60, nx=True):
        return False  # taken
    return True


async def waited_for(order_id, worker):
    if not await calm.set(f"claim:{order_id}", worker, nx=True):
        return False
    return True


def only_command(order_id):
    if not keys.exists(f"seen:{order_id}"):
        keys.set(
            f"seen:{order_id}",
            os.getpid(),  # whose
        )


def with_else(order_id):
    if not client.set(order_id, "a", px=500, nx=True):
        raise ValueError(order_id)


class Claims:
    def __init__(self, client: redis.RedisCluster):
        self.client = client

    def take(self, name):
        if self.client.set(name=name, value="me", px=3000, nx=True):
            return True
        return False


def django(user):
    if cache.add(f"busy:{user}", 1, timeout=60):
        return True
    return False


async def django_async(user):
    if not await caches["other"].aadd(f"busy:{user}", 1, 60):
        return False
    return True


def memcached(user):
    if memo.add(f"busy:{user}", "1", expire=60, noreply=False):
        return True
    return False


def member(room, user):
    if client.sadd(room, user):
        return True
    return False


def field(user, name, value):
    if not client.hsetnx(user, name, value):
        return False
    return True
