from django_redis import get_redis_connection
import valkey

client = valkey.Valkey()


decrement_if_above = client.register_script("""
local held = redis.call('GET', KEYS[1])
if tonumber(held) > tonumber(ARGV[1]) then
    redis.call('DECRBY', KEYS[1], ARGV[2])
end
return held
""")


def take(sku):
    if int(decrement_if_above(keys=[sku], args=[0, 1])) > 0:
        return True
    return False


DECREMENT_IF_ABOVE = """
local held = redis.call('GET', KEYS[1])
if held and held ~= '' and tonumber(held) > tonumber(ARGV[1]) then
    redis.call('DECRBY', KEYS[1], ARGV[2])
end
return held
"""


def django(sku):
    connection = get_redis_connection("default")
    left = connection.eval(DECREMENT_IF_ABOVE, 1, sku, 0, 1)
    if left and int(left) > 0:
        return True
    return False
