import redis
import redis.asyncio as aio

client = redis.Redis()
calm = aio.Redis()
WINDOW = 60


count_until = client.register_script("""
local made = redis.call('INCRBY', KEYS[1], ARGV[1])
if made == 1 then
    redis.call('EXPIRE', KEYS[1], ARGV[2])
end
return made
""")


def tries(user):
    n = count_until(keys=[f"tries:{user}"], args=[1, WINDOW])
    return n


def counted(user):
    count_until(keys=[user], args=[1, 2 * WINDOW])


COUNT_UNTIL = """
local made = redis.call('INCRBY', KEYS[1], ARGV[1])
if made == 1 then
    redis.call('EXPIRE', KEYS[1], ARGV[2])
end
return made
"""


class Limit:
    def __init__(self, nodes: redis.RedisCluster):
        self.nodes = nodes

    def tries(self, user):
        n = self.nodes.eval(COUNT_UNTIL, 1, user, 1, 60)
        if n == 1:
            pass
        elif n > 5:
            raise PermissionError
        return n


count_until_2 = calm.register_script("""
local made = redis.call('INCRBY', KEYS[1], ARGV[1])
if made == 1 then
    redis.call('EXPIRE', KEYS[1], ARGV[2])
end
return made
""")


async def tries_soon(user):
    n = await count_until_2(keys=[user], args=[1, WINDOW])
    return n
