import redis

client = redis.Redis()


increment_if_below = client.register_script("""
local held = redis.call('GET', KEYS[1])
if tonumber(held or ARGV[1]) < tonumber(ARGV[2]) then
    local made = redis.call('INCRBY', KEYS[1], ARGV[3])
    if made == 1 then
        redis.call('EXPIRE', KEYS[1], ARGV[4])
    end
end
return held
""")


def may_try(user):
    key = f"tries:{user}"
    tries = int(increment_if_below(keys=[key], args=[0, 3, 1, 60]) or 0)
    if tries >= 3:
        return False
    return True
