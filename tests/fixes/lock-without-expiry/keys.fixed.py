"""Keys that are set if they are absent, without an expiry, and deleted in the end."""

from uuid import uuid4

import redis
import valkey
from redis.asyncio import Redis as AsyncRedis

client = redis.Redis()
keys = valkey.Valkey()
aclient = AsyncRedis()


release_lock = client.register_script("""
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
""")


def rebuild():
    token = uuid4().hex
    if not client.set("lock:index", token, nx=True, ex=300):
        return
    try:
        client.incr("index:generation")
    finally:
        release_lock(keys=["lock:index"], args=[token])  # for the next one


release_lock_2 = keys.register_script("""
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
""")


def setnx(shop):
    token = uuid4().hex
    acquired = keys.set(
        f"lock:{shop}",
        token,  # (formatted by hand)
        nx=True,
        ex=300,
    )
    if acquired:
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


async def waits(account):
    token = uuid4().hex
    while not await aclient.set(f"lock:{account}", token, nx=True, ex=300):
        pass
    try:
        await aclient.incr("n")
    finally:
        await release_lock_3(keys=[f"lock:{account}"], args=[token])


RELEASE_LOCK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
"""


class Service:
    def __init__(self, client: redis.Redis):
        self.client = client

    def run(self, shops):
        for shop in shops:
            token = uuid4().hex
            if self.client.set(f"lock:{shop}", token, nx=True, ex=300):
                try:
                    self.client.incr(f"runs:{shop}")
                finally:
                    self.client.eval(RELEASE_LOCK, 1, f"lock:{shop}", token)
