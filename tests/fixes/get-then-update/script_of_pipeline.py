import redis
import redis.asyncio as aio

client = redis.Redis()
calm = aio.Redis()


def may_try(user):
    key = f"rate:{user}"
    count = client.get(key)
    if count and int(count) >= 10:
        return False
    pipe = client.pipeline()
    pipe.incr(key)
    pipe.expire(key, 60)
    pipe.execute()
    return True


async def may_try_soon(user):
    key = f"rate:{user}"
    count = int(await calm.get(key) or 0)
    if count < 10:
        async with calm.pipeline(transaction=True) as pipe:
            pipe.incr(key, 2)
            pipe.expire(key, 60)
            await pipe.execute()
        return True
    return False


def results_are_used(user):
    count = int(client.get(user) or 0)
    if count < 10:
        pipe = client.pipeline()
        pipe.incr(user)
        pipe.expire(user, 60)
        return pipe.execute()[0]
    return None


def walrus(key):
    if (left := client.get(key)) and int(left) > 0:
        client.decr(key)
    return left


def another_walrus(key):
    left = client.get(key)
    if left is not None and (number := int(left)) > 0:
        client.decr(key)
    return number
