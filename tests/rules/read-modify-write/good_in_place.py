import redis
import redis.asyncio
from django.core.cache import cache

client = redis.Redis(host="cache", socket_timeout=2)
async_client = redis.asyncio.Redis(host="cache", socket_timeout=2)


def incr(page):
    client.incr(f"views:{page}")


def incrby(page, n):
    return client.incrby(f"views:{page}", n)


def field(account, cents):
    client.hincrby("balances", account, cents)


def fraction(account, amount):
    client.hincrbyfloat("balances", account, amount)


def member_score(board, player, points):
    client.zincrby(board, points, player)


def appended(user, word):
    client.append(f"words:{user}", " " + word)


def pushed(user, item):
    client.rpush(f"history:{user}", item)


def one_field_of_many(user, name, value):
    client.hset(f"profile:{user}", name, value)


def highest(board, player, points):
    client.zadd(board, {player: points}, gt=True)


def counter_made_then_counted(page):
    cache.add(f"views:{page}", 0, timeout=None)
    cache.incr(f"views:{page}")


def read_for_the_log_only(page, log):
    log.info("before: %s", client.get(f"views:{page}"))
    client.incr(f"views:{page}")


async def awaited_incr(page):
    await async_client.incr(f"views:{page}")


def old_value_taken_out(key):
    return client.getset(key, 0)


def counted_and_read(page):
    client.incr(f"views:{page}")
    return int(client.get(f"views:{page}"))


def script(key, n):
    return client.eval("return redis.call('INCRBY', KEYS[1], ARGV[1])", 1, key, n)


def both_in_one_transaction(page, day):
    with client.pipeline() as batch:
        batch.incr(f"views:{page}")
        batch.incr(f"views:{page}:{day}")
        batch.execute()
