"""A command that takes the expiry itself."""

import datetime

import redis
import redis.asyncio as aio

client = redis.Redis()
calm = aio.Redis()


def claim(name):
    if client.setnx(f"claim:{name}", 1):
        client.expire(f"claim:{name}", 30)  # until then
        return True
    return False


def claim_or_leave(name):
    got = client.setnx(f"claim:{name}", 1)
    if not got:
        return False
    client.expire(f"claim:{name}", 30)
    return got


def claim_with_nx(name):
    got = client.set(f"claim:{name}", "me", nx=True)
    if got:
        client.pexpire(f"claim:{name}", 500)
        work(name)
    return got


def remember(name, value):
    client.set(f"page:{name}", value)
    client.expire(f"page:{name}", datetime.timedelta(minutes=5))


async def remember_soon(name, value):
    await calm.set(f"page:{name}", value)
    await calm.expire(f"page:{name}", time=60)


async def claim_soon(name):
    if not await calm.setnx(name, 1):
        return
    await calm.expire(name, 60)
    work(name)


def work(name):
    print(name)
