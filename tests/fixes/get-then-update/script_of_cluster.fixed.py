import redis

client = redis.RedisCluster(host="nodes")


DECREMENT_IF_ABOVE = """
local held = redis.call('GET', KEYS[1])
if tonumber(held) > tonumber(ARGV[1]) then
    redis.call('DECRBY', KEYS[1], ARGV[2])
end
return held
"""


def take(sku):
    if int(client.eval(DECREMENT_IF_ABOVE, 1, sku, 0, 1)) > 0:
        return True
    return False
