import redis
import redis.asyncio as aio

client = redis.Redis()
calm = aio.Redis()


increment_if_below = client.register_script("""
local held = redis.call('GET', KEYS[1])
if not held or held == '' or tonumber(held) < tonumber(ARGV[1]) then
    redis.call('INCRBY', KEYS[1], ARGV[2])
    redis.call('EXPIRE', KEYS[1], ARGV[3])
end
return held
""")


def may_try(user):
    key = f"rate:{user}"
    count = increment_if_below(keys=[key], args=[10, 1, 60])
    if count and int(count) >= 10:
        return False
    return True


increment_if_below_2 = calm.register_script("""
local held = redis.call('GET', KEYS[1])
if tonumber(held or ARGV[1]) < tonumber(ARGV[2]) then
    redis.call('INCRBY', KEYS[1], ARGV[3])
    redis.call('EXPIRE', KEYS[1], ARGV[4])
end
return held
""")


async def may_try_soon(user):
    key = f"rate:{user}"
    count = int(await increment_if_below_2(keys=[key], args=[0, 10, 2, 60]) or 0)
    if count < 10:
        return True
    return False


def results_are_used(user):
    count = int(client.get(user) or 0)
    if count < 10:
        pipe = client.pipeline()
        pipe.incr(user)
        pipe.expire(user, 60)
        return pipe.execute()[0]
    return None


decrement_if_above = client.register_script("""
local held = redis.call('GET', KEYS[1])
if held and held ~= '' and tonumber(held) > tonumber(ARGV[1]) then
    redis.call('DECRBY', KEYS[1], ARGV[2])
end
return held
""")


def walrus(key):
    left = decrement_if_above(keys=[key], args=[0, 1])
    return left


def another_walrus(key):
    left = client.get(key)
    if left is not None and (number := int(left)) > 0:
        client.decr(key)
    return number
