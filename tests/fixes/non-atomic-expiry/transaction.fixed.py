import redis
import redis.asyncio as aio
import valkey

client = redis.Redis()
calm = aio.Redis()
keys = valkey.Valkey()


def profile(user, fields):
    pipe = client.pipeline(transaction=True)
    pipe.hset(f"profile:{user}", mapping=fields)
    pipe.expire(f"profile:{user}", 3600)
    pipe.execute()


def tries(user):
    pipe = client.pipeline(transaction=True)
    pipe.incr(f"tries:{user}")  # one more
    pipe.expire(f"tries:{user}", 60)
    n = pipe.execute()[0]
    return n


def several(room, one, other):
    pipe = keys.pipeline(transaction=True)
    pipe.sadd(room, one)
    pipe.sadd(room, other)
    # until they leave
    pipe.expire(room, 60)
    pipe.execute()


async def seen(user, page):
    pipe = calm.pipeline(transaction=True)
    pipe.rpush(f"seen:{user}", page)
    pipe.expire(f"seen:{user}", 60)
    await pipe.execute()


async def count(user):
    pipe = 1
    pipe_2 = calm.pipeline(transaction=True)
    pipe_2.incr(user)
    pipe_2.expire(user, 60)
    n = (await pipe_2.execute())[0]
    return n + pipe


def also_where_it_was(name):
    pipe = client.pipeline(transaction=True)
    pipe.setnx(name, 1)
    pipe.expire(name, 60)
    pipe.execute()


def how_long_is_computed(video, data, is_there):
    pipe = client.pipeline(transaction=True)
    pipe.hset(video, mapping=data)

    # two days, or six hours
    hours = 48 if is_there else 6
    pipe.expire(video, 60 * 60 * hours)
    pipe.execute()
