"""A limit on the wait changes nothing of what is read."""

import asyncio

from redis.asyncio import Redis

client = Redis()


async def reserve_in_time(sku):
    left = await asyncio.wait_for(client.get(f"stock:{sku}"), timeout=2)  # expect: FEN201
    if int(left) > 0:
        await asyncio.shield(client.decr(f"stock:{sku}"))
        return True
    return False
