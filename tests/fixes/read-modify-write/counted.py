"""A number that is read, changed by a fixed amount and set back."""

import redis
import redis.asyncio as aio
import valkey

client = redis.Redis()
calm = aio.Redis()


def visit(page):
    seen = int(client.get(f"visits:{page}") or 0)
    client.set(f"visits:{page}", seen + 1)


def in_one_line(page):
    client.set(f"visits:{page}", int(client.get(f"visits:{page}") or 0) + 1)


def spend(user, amount):
    left = client.get(user)
    left = int(left or 0)
    left -= amount
    client.set(user, left)  # what is left
    return left


def gives_back_the_old(user):
    count = int(client.get(user) or 0)
    client.set(user, 2 + count)
    return count


async def visit_soon(page):
    key = f"visits:{page}"
    seen = int(await calm.get(key) or 0)
    total: int = seen + 1
    await calm.set(key, str(total))
    return total


def of_a_hash(page, amount, client: valkey.Valkey):
    seen = int(client.hget("visits", page) or 0)
    client.hset("visits", page, seen - amount)


def of_a_float(user, amount):
    total = float(client.get(user) or 0) + amount * 2
    client.set(user, total)


def with_its_expiry(user):
    n = int(client.get(user) or 0) + 1
    client.set(user, n, ex=60)
    return n


async def with_its_expiry_soon(user):
    n = int(await calm.get(user) or 0) + 1
    await calm.setex(user, 60, n)
    return n


class Pages:
    def __init__(self, client: redis.RedisCluster):
        self.client = client

    def visit(self, pages):
        for page in pages:
            seen = int(self.client.get(page) or 0)
            self.client.set(page, seen + 1)
