import redis
import redis.asyncio as aio
import valkey

client = redis.Redis()
calm = aio.Redis()
keys = valkey.Valkey()


def profile(user, fields):
    client.hset(f"profile:{user}", mapping=fields)
    client.expire(f"profile:{user}", 3600)


def tries(user):
    n = client.incr(f"tries:{user}")  # one more
    client.expire(f"tries:{user}", 60)
    return n


def several(room, one, other):
    keys.sadd(room, one)
    keys.sadd(room, other)
    # until they leave
    keys.expire(room, 60)


async def seen(user, page):
    await calm.rpush(f"seen:{user}", page)
    await calm.expire(f"seen:{user}", 60)


async def count(user):
    pipe = 1
    n = await calm.incr(user)
    await calm.expire(user, 60)
    return n + pipe


def also_where_it_was(name):
    client.setnx(name, 1)
    client.expire(name, 60)


def how_long_is_computed(video, data, is_there):
    client.hset(video, mapping=data)

    # two days, or six hours
    hours = 48 if is_there else 6
    client.expire(video, 60 * 60 * hours)
