"""A number that is read, changed by a fixed amount and set back."""

import redis
import redis.asyncio as aio
import valkey

client = redis.Redis()
calm = aio.Redis()


def visit(page):
    client.incr(f"visits:{page}")


def in_one_line(page):
    client.incr(f"visits:{page}")


def spend(user, amount):
    left = client.decrby(user, amount)  # what is left
    return left


def gives_back_the_old(user):
    count = client.incrby(user, 2) - 2
    return count


async def visit_soon(page):
    key = f"visits:{page}"
    total = await calm.incr(key)
    return total


def of_a_hash(page, amount, client: valkey.Valkey):
    client.hincrby("visits", page, -amount)


def of_a_float(user, amount):
    client.incrbyfloat(user, amount * 2)


def with_its_expiry(user):
    pipe = client.pipeline(transaction=True)
    pipe.incr(user)
    pipe.expire(user, 60)
    n = pipe.execute()[0]
    return n


async def with_its_expiry_soon(user):
    pipe = calm.pipeline(transaction=True)
    pipe.incr(user)
    pipe.expire(user, 60)
    n = (await pipe.execute())[0]
    return n


class Pages:
    def __init__(self, client: redis.RedisCluster):
        self.client = client

    def visit(self, pages):
        for page in pages:
            self.client.incr(page)
