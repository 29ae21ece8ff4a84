import redis
import redis.asyncio
from redis.exceptions import WatchError

client = redis.Redis(host="cache", socket_timeout=2)
async_client = redis.asyncio.Redis(host="cache", socket_timeout=2)


def watched_until_it_holds(key, quantity):
    with client.pipeline() as pipe:
        while True:
            try:
                pipe.watch(key)
                if int(pipe.get(key) or 0) < quantity:
                    pipe.unwatch()
                    return False
                pipe.multi()
                pipe.decrby(key, quantity)
                pipe.execute()
                return True
            except redis.WatchError:
                continue


def watched_a_few_times(key, quantity):
    for _attempt in range(5):
        with client.pipeline() as pipe:
            try:
                pipe.watch(key)
                left = int(pipe.get(key) or 0)
                if left < quantity:
                    return False
                pipe.multi()
                pipe.decrby(key, quantity)
                pipe.execute()
            except WatchError:
                continue
            return True
    raise RuntimeError(f"{key} is too busy")


def conflict_told_to_the_caller(key):
    with client.pipeline() as pipe:
        pipe.watch(key)
        if int(pipe.get(key) or 0) <= 0:
            return False
        pipe.multi()
        pipe.decr(key)
        pipe.execute()
        return True


def transaction_method(key, quantity):
    def take(pipe):
        left = int(pipe.get(key) or 0)
        if left < quantity:
            raise ValueError(key)
        pipe.multi()
        pipe.decrby(key, quantity)

    client.transaction(take, key)


async def watched_in_async_code(key):
    async with async_client.pipeline(transaction=True) as pipe:
        while True:
            try:
                await pipe.watch(key)
                if int(await pipe.get(key) or 0) <= 0:
                    return False
                pipe.multi()
                pipe.decr(key)
                await pipe.execute()
                return True
            except WatchError:
                continue
