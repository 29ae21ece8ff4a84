"""A command that takes the expiry itself."""

import datetime

import redis
import redis.asyncio as aio

client = redis.Redis()
calm = aio.Redis()


def claim(name):
    if client.set(f"claim:{name}", 1, nx=True, ex=30):
        # until then
        return True
    return False


def claim_or_leave(name):
    got = bool(client.set(f"claim:{name}", 1, nx=True, ex=30))
    if not got:
        return False
    return got


def claim_with_nx(name):
    got = client.set(f"claim:{name}", "me", nx=True, px=500)
    if got:
        work(name)
    return got


def remember(name, value):
    client.set(f"page:{name}", value, ex=datetime.timedelta(minutes=5))


async def remember_soon(name, value):
    await calm.set(f"page:{name}", value, ex=60)


async def claim_soon(name):
    if not await calm.set(name, 1, nx=True, ex=60):
        return
    work(name)


def work(name):
    print(name)
