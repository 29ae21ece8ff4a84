import redis

client = redis.Redis()


decrement_if_above = client.register_script("""
local held = redis.call('GET', KEYS[1])
if tonumber(held) > tonumber(ARGV[1]) then
    redis.call('DECRBY', KEYS[1], ARGV[2])
end
return held
""")


def reserve(sku):
    left = decrement_if_above(keys=[f"stock:{sku}"], args=[0, 1])
    if int(left) > 0:
        return True
    return False
