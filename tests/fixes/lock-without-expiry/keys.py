"""Keys that are set if they are absent, without an expiry, and deleted in the end."""

import redis
import valkey
from redis.asyncio import Redis as AsyncRedis

client = redis.Redis()
keys = valkey.Valkey()
aclient = AsyncRedis()


def rebuild():
    if not client.set("lock:index", "1", nx=True):
        return
    try:
        client.incr("index:generation")
    finally:
        client.delete("lock:index")  # for the next one


def setnx(shop):
    acquired = keys.setnx(
        f"lock:{shop}",
        1,  # (formatted by hand)
    )
    if acquired:
        try:
            keys.incr("n")
        finally:
            keys.unlink(f"lock:{shop}")


async def waits(account):
    while not await aclient.set(f"lock:{account}", 1, nx=True, ex=None):
        pass
    try:
        await aclient.incr("n")
    finally:
        await aclient.delete(f"lock:{account}")


class Service:
    def __init__(self, client: redis.Redis):
        self.client = client

    def run(self, shops):
        for shop in shops:
            if self.client.setnx(f"lock:{shop}", 1):
                try:
                    self.client.incr(f"runs:{shop}")
                finally:
                    self.client.delete(f"lock:{shop}")
