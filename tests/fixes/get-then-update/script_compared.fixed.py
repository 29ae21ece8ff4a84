# unsafe
import redis

client = redis.Redis(decode_responses=True)


set_if_equal = client.register_script("""
local held = redis.call('GET', KEYS[1])
if held == ARGV[1] then
    redis.call('SET', KEYS[1], ARGV[2])
end
return held
""")


def close(order, expected):
    if set_if_equal(keys=[order], args=[expected, "closed"]) == expected:
        return True
    return False
