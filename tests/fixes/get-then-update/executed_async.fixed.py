import redis.asyncio as redis

client = redis.Redis()


decrement_if_above = client.register_script("""
local held = redis.call('GET', KEYS[1])
if tonumber(held or ARGV[1]) > tonumber(ARGV[2]) then
    redis.call('DECRBY', KEYS[1], ARGV[3])
end
return held
""")


async def reserve(sku):
    left = int(await decrement_if_above(keys=[f"stock:{sku}"], args=[0, 0, 1]) or 0)
    if left <= 0:
        return False
    return True
