"""A client that the module has not made itself is handed the text; the second function finds it there."""

import redis
import redis.asyncio


class Stock:
    def __init__(self, client: redis.Redis, calm: redis.asyncio.Redis):
        self.client = client
        self.calm = calm

    def take(self, sku):
        if int(self.client.get(sku)) > 0:
            self.client.decr(sku)
            return True
        return False

    async def take_soon(self, sku):
        left = await self.calm.get(sku)
        if int(left) > 0:
            await self.calm.decr(sku)
            return True
        return False


def take(client: redis.RedisCluster, sku, quantity):
    left = int(client.get(sku) or 0)
    if left < quantity:
        return left
    client.decrby(sku, quantity)
    return left
