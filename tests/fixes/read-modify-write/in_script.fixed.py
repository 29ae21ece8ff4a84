"""A number that is set back only under a condition on it."""

import redis

client = redis.Redis()


increment_if_below = client.register_script("""
local held = redis.call('GET', KEYS[1])
if tonumber(held or ARGV[1]) < tonumber(ARGV[2]) then
    redis.call('INCRBY', KEYS[1], ARGV[3])
end
return held
""")


def early_return(key, limit):
    count = int(increment_if_below(keys=[key], args=[0, limit, 1]) or 0)
    if count >= limit:
        return None
    count += 1
    return count


decrement_if_above = client.register_script("""
local held = redis.call('GET', KEYS[1])
if held and tonumber(held) > tonumber(ARGV[1]) then
    redis.call('DECRBY', KEYS[1], ARGV[2])
end
return held
""")


def tested(key):
    n = decrement_if_above(keys=[key], args=[0, 1])
    if n is not None and int(n) > 0:
        return True
    return False


increment_if_below_2 = client.register_script("""
local held = redis.call('HGET', KEYS[1], ARGV[1])
if tonumber(held or ARGV[2]) < tonumber(ARGV[3]) then
    redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[4])
end
return held
""")


def of_a_hash(user):
    points = int(increment_if_below_2(keys=[user], args=["points", 0, 100, 5]) or 0)
    if points < 100:
        return True
    return False
