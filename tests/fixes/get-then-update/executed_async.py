import redis.asyncio as redis

client = redis.Redis()


async def reserve(sku):
    left = int(await client.get(f"stock:{sku}") or 0)
    if left <= 0:
        return False
    await client.decr(f"stock:{sku}")
    return True
