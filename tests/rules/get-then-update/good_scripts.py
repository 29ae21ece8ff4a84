import redis
import redis.asyncio

client = redis.Redis(host="cache", socket_timeout=2)
async_client = redis.asyncio.Redis(host="cache", socket_timeout=2)

TAKE = """
local left = tonumber(redis.call('GET', KEYS[1]) or '0')
if left < tonumber(ARGV[1]) then return 0 end
redis.call('DECRBY', KEYS[1], ARGV[1])
return 1
"""
take_script = client.register_script(TAKE)
take_sha = "5bcb1c0c3f"


def registered_at_import(key, quantity):
    return take_script(keys=[key], args=[quantity]) == 1


def registered_in_place(key, quantity):
    script = client.register_script(TAKE)
    if not script(keys=[key], args=[quantity]):
        raise ValueError(key)


def evaluated(key, quantity):
    return bool(client.eval(TAKE, 1, key, quantity))


def evaluated_by_hash(key, quantity):
    return bool(client.evalsha(take_sha, 1, key, quantity))


async def evaluated_in_async_code(key, quantity):
    return bool(await async_client.eval(TAKE, 1, key, quantity))


def level_logged_before_the_script(key, quantity, log):
    log.info("%s left", client.get(key))
    return bool(take_script(keys=[key], args=[quantity]))


class Shelf:
    def __init__(self, store: redis.Redis):
        self.store = store
        self._take = store.register_script(TAKE)

    def take(self, key, quantity):
        return self._take(keys=[key], args=[quantity]) == 1
