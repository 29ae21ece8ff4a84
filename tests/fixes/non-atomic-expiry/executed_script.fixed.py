import redis

client = redis.Redis()


count_until = client.register_script("""
local made = redis.call('INCRBY', KEYS[1], ARGV[1])
if made == 1 then
    redis.call('EXPIRE', KEYS[1], ARGV[2])
end
return made
""")


def may_log_in(user):
    n = count_until(keys=[f"tries:{user}"], args=[1, 60])
    return n <= 3
