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


release_lock = client.register_script("""
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
""")


def plain():
    token = uuid.uuid4().hex
    if not client.set("lock:a", token, nx=True, ex=30):
        return
    try:
        client.incr("n")
    finally:
        release_lock(keys=["lock:a"], args=[token])  # for the next one


def never_compared(shop):
    token = uuid.uuid4().hex
    if client.set(f"lock:{shop}", token, px=30_000, nx=True):
        try:
            client.incr("n")
        finally:
            release_lock(keys=[f"lock:{shop}"], args=[token])


def compared_apart(shop):
    token = str(uuid.uuid4())
    if client.set(f"lock:{shop}", token, ex=30, nx=True):
        try:
            client.incr("n")
        finally:
            # only ours
            release_lock(keys=[f"lock:{shop}"], args=[token])  # and now it is free


release_lock_2 = keys.register_script("""
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
""")


def expiry_by_name(shop, seconds):
    token = uuid.uuid4().hex
    if keys.set(f"lock:{shop}", token, ex=seconds, nx=True):
        try:
            keys.incr("n")
        finally:
            release_lock_2(keys=[f"lock:{shop}"], args=[token])


release_lock_3 = aclient.register_script("""
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
""")


async def asynchronous(shop):
    token = uuid.uuid4().hex
    got = await aclient.set(f"lock:{shop}", token, ex=30, nx=True)
    if not got:
        return
    try:
        await aclient.incr("n")
    finally:
        await release_lock_3(keys=[f"lock:{shop}"], args=[token])


def of_whoever_has_it():
    """Also the run that was turned away comes by the ``finally``."""
    token = uuid.uuid4().hex
    try:
        if not client.set("lock:b", token, nx=True, ex=30):
            return
        client.incr("n")
    finally:
        release_lock(keys=["lock:b"], args=[token])


RELEASE_LOCK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
"""


def in_a_cluster(shop):
    token = uuid.uuid4().hex
    if not cluster.set(f"lock:{shop}", token, nx=True, ex=30):
        return
    try:
        cluster.incr(f"runs:{shop}")
    finally:
        cluster.eval(RELEASE_LOCK, 1, f"lock:{shop}", token)


class Service:
    def __init__(self, client: redis.Redis):
        self.client = client

    def run(self, shop):
        token = uuid.uuid4().hex
        if not self.client.set(f"lock:{shop}", token, nx=True, ex=30):
            return
        try:
            self.client.incr(f"runs:{shop}")
        finally:
            self.client.eval(RELEASE_LOCK, 1, f"lock:{shop}", token)
