import redis.asyncio as redis

LIMIT = 5
client = redis.Redis(decode_responses=True)


increment_if_below = client.register_script("""
local held = redis.call('GET', KEYS[1])
if tonumber(held or ARGV[1]) < tonumber(ARGV[2]) then
    redis.call('INCRBY', KEYS[1], ARGV[3])
end
return held
""")


async def enter(room):
    people = int(await increment_if_below(keys=[f"room:{room}"], args=["0", LIMIT, 1]) or "0")
    if people >= LIMIT:
        return False
    return True


decrement_if_above = client.register_script("""
local held = redis.call('GET', KEYS[1])
if tonumber(held or ARGV[1]) > tonumber(ARGV[2]) then
    redis.call('DECRBY', KEYS[1], ARGV[3])
end
return held
""")


async def leave(room):
    await decrement_if_above(keys=[f"room:{room}"], args=["0", 0, 1])
