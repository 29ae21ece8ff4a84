import redis
import redis.asyncio as aio

client = redis.Redis()
calm = aio.Redis()
WINDOW = 60


def tries(user):
    n = client.incr(f"tries:{user}")
    if n == 1:
        client.expire(f"tries:{user}", WINDOW)
    return n


def counted(user):
    if client.incr(user) == 1:
        client.expire(user, 2 * WINDOW)


class Limit:
    def __init__(self, nodes: redis.RedisCluster):
        self.nodes = nodes

    def tries(self, user):
        n = self.nodes.incr(user)
        if n == 1:
            self.nodes.expire(user, 60)
        elif n > 5:
            raise PermissionError
        return n


async def tries_soon(user):
    if (n := await calm.incr(user)) == 1:
        await calm.expire(user, WINDOW)
    return n
