import redis.asyncio as aioredis
from redis.asyncio import Redis

client = aioredis.from_url("redis://cache/0", socket_timeout=2)


async def awaited_get_then_decr(sku):
    left = await client.get(f"stock:{sku}")  # expect: FEN201
    if left is None or int(left) <= 0:
        return False
    await client.decr(f"stock:{sku}")
    return True


async def walrus(sku):
    if (left := await client.get(f"stock:{sku}")) and int(left) > 0:  # expect: FEN201
        await client.decr(f"stock:{sku}")


async def parameter(store: Redis, queue, item):
    if await store.llen(queue) < 100:  # expect: FEN201
        await store.rpush(queue, item)


class Seats:
    def __init__(self, url):
        self.redis = Redis.from_url(url, socket_timeout=2)

    async def claim(self, seat, person):
        if await self.redis.exists(f"seat:{seat}"):  # expect: FEN201
            return False
        await self.redis.set(f"seat:{seat}", person, ex=600)
        return True


async def in_a_loop(skus):
    for sku in skus:
        left = int(await client.get(f"stock:{sku}") or 0)  # expect: FEN201
        if left:
            await client.decr(f"stock:{sku}")


async def helper_reads(sku):
    return int(await client.get(f"left:{sku}") or 0)  # expect: FEN201


async def through_a_helper(sku):
    if await helper_reads(sku) > 0:
        await client.decr(f"left:{sku}")
