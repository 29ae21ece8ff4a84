"""A client that the module has not made itself is handed the text; the second function finds it there."""

import redis
import redis.asyncio


DECREMENT_IF_ABOVE = """
local held = redis.call('GET', KEYS[1])
if tonumber(held) > tonumber(ARGV[1]) then
    redis.call('DECRBY', KEYS[1], ARGV[2])
end
return held
"""


class Stock:
    def __init__(self, client: redis.Redis, calm: redis.asyncio.Redis):
        self.client = client
        self.calm = calm

    def take(self, sku):
        if int(self.client.eval(DECREMENT_IF_ABOVE, 1, sku, 0, 1)) > 0:
            return True
        return False

    async def take_soon(self, sku):
        left = await self.calm.eval(DECREMENT_IF_ABOVE, 1, sku, 0, 1)
        if int(left) > 0:
            return True
        return False


DECREMENT_IF_ABOVE_2 = """
local held = redis.call('GET', KEYS[1])
if tonumber(held or ARGV[1]) >= tonumber(ARGV[2]) then
    redis.call('DECRBY', KEYS[1], ARGV[3])
end
return held
"""


def take(client: redis.RedisCluster, sku, quantity):
    left = int(client.eval(DECREMENT_IF_ABOVE_2, 1, sku, 0, quantity, quantity) or 0)
    if left < quantity:
        return left
    return left
