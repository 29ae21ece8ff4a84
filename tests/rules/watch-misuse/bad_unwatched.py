"""MULTI/EXEC makes the writes one step; what was read before it is not part of that step."""

import json

import redis
import redis.asyncio
from redis import Redis

client = redis.Redis(host="cache", socket_timeout=2)
async_client = redis.asyncio.Redis(host="cache", socket_timeout=2)


def decided_before(sku, order_id):
    left = client.get(f"stock:{sku}")  # expect: FEN207 "stock:{sku}"
    if int(left or 0) > 0:
        with client.pipeline(transaction=True) as pipe:
            pipe.decr(f"stock:{sku}")
            pipe.sadd(f"orders:{sku}", order_id)
            pipe.execute()
        return True
    return False


def computed_before(user, item):
    cart = json.loads(client.get(f"cart:{user}") or "[]")  # expect: FEN207
    cart.append(item)
    pipe = client.pipeline()
    pipe.set(f"cart:{user}", json.dumps(cart))
    pipe.expire(f"cart:{user}", 3600)
    pipe.execute()


def move(connection: Redis, source, target, amount):
    have = int(connection.get(source) or 0)  # expect: FEN207
    if have < amount:
        raise ValueError(source)
    pipe = connection.pipeline()
    pipe.multi()
    pipe.decrby(source, amount)
    pipe.incrby(target, amount)
    pipe.execute()


async def decided_before_in_async_code(sku):
    left = await async_client.get(f"stock:{sku}")  # expect: FEN207
    if int(left or 0) <= 0:
        return False
    async with async_client.pipeline(transaction=True) as pipe:
        pipe.decr(f"stock:{sku}")
        pipe.incr("sold")
        await pipe.execute()
    return True


class Queue:
    def __init__(self, connection: redis.Redis, name: str):
        self.connection = connection
        self.key = f"queue:{name}"

    def push(self, job, limit):
        if self.connection.llen(self.key) >= limit:  # expect: FEN207 "LLEN"
            return False
        with self.connection.pipeline() as pipe:
            pipe.rpush(self.key, job)
            pipe.incr("jobs")
            pipe.execute()
        return True
