"""Locks with an expiry that are simply deleted."""

import uuid

import redis
import valkey
from redis.asyncio import Redis
from redis.cluster import RedisCluster

client = redis.Redis(decode_responses=True)
aclient = Redis()
keys = valkey.Valkey()
cluster = RedisCluster(host="localhost")


def plain():
    if not client.set("lock:a", "1", nx=True, ex=30):
        return
    try:
        client.incr("n")
    finally:
        client.delete("lock:a")  # for the next one


def never_compared(shop):
    token = uuid.uuid4().hex
    if client.set(f"lock:{shop}", token, px=30_000, nx=True):
        try:
            client.incr("n")
        finally:
            client.unlink(f"lock:{shop}")


def compared_apart(shop):
    token = str(uuid.uuid4())
    if client.set(f"lock:{shop}", token, ex=30, nx=True):
        try:
            client.incr("n")
        finally:
            # only ours
            if client.get(f"lock:{shop}") == token:
                client.delete(f"lock:{shop}")  # and now it is free


def expiry_by_name(shop, seconds):
    if keys.set(f"lock:{shop}", 1, ex=seconds, nx=True):
        try:
            keys.incr("n")
        finally:
            keys.delete(f"lock:{shop}")


async def asynchronous(shop):
    got = await aclient.set(f"lock:{shop}", 1, ex=30, nx=True)
    if not got:
        return
    try:
        await aclient.incr("n")
    finally:
        await aclient.delete(f"lock:{shop}")


def of_whoever_has_it():
    """Also the run that was turned away comes by the ``finally``."""
    try:
        if not client.set("lock:b", 1, nx=True, ex=30):
            return
        client.incr("n")
    finally:
        client.delete("lock:b")


def in_a_cluster(shop):
    if not cluster.set(f"lock:{shop}", "1", nx=True, ex=30):
        return
    try:
        cluster.incr(f"runs:{shop}")
    finally:
        cluster.delete(f"lock:{shop}")


class Service:
    def __init__(self, client: redis.Redis):
        self.client = client

    def run(self, shop):
        if not self.client.set(f"lock:{shop}", "1", nx=True, ex=30):
            return
        try:
            self.client.incr(f"runs:{shop}")
        finally:
            self.client.delete(f"lock:{shop}")
