"""Keys set if they are absent, without an expiry, and deleted in the end."""

import redis
import valkey
from django.core.cache import cache
from django.core.cache import caches as all_caches
from redis import Redis as Client
from redis.asyncio import Redis as AsyncRedis

client = redis.Redis()
named = Client(host="localhost")
keys = valkey.Valkey()
aclient = AsyncRedis()


def set_nx():
    if not client.set("lock:a", "1", nx=True):  # expect: FEN402 "lock:a never expires"
        return
    try:
        client.incr("n")
    finally:
        client.delete("lock:a")


def setnx(shop):
    acquired = named.setnx(  # expect: FEN402
        f"lock:{shop}",
        1,  # (formatted by hand)
    )  # the call begins two lines up
    if acquired:
        try:
            named.incr("n")
        finally:
            named.unlink(f"lock:{shop}")


def explicit_none(shop):
    got = keys.set(f"lock:{shop}", 1, nx=True, ex=None)  # expect: FEN402
    if got:
        try:
            keys.incr("n")
        finally:
            keys.delete(f"lock:{shop}")


async def waits(account):
    while not await aclient.set(f"lock:{account}", 1, nx=True):  # expect: FEN402
        pass
    try:
        await aclient.incr("n")
    finally:
        await aclient.delete(f"lock:{account}")


def told_to_stay(shop):
    if cache.add(f"lock:{shop}", "1", None):  # expect: FEN402
        try:
            cache.set("n", 1)
        finally:
            cache.delete(f"lock:{shop}")


def other_cache(shop):
    store = all_caches["locks"]
    if store.add(f"lock:{shop}", "1", timeout=None):  # expect: FEN402
        try:
            cache.set("n", 1)
        finally:
            store.delete(f"lock:{shop}")
