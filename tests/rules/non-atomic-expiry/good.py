"""Keys that get their expiry with their value, or that are mended."""

import redis

client = redis.Redis()

LIMIT = client.register_script(
    """
    local n = redis.call('INCR', KEYS[1])
    if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
    return n
    """
)


def in_one_command(name):
    return client.set(name, 1, nx=True, ex=30)


def with_its_expiry(name, value):
    client.setex(name, 30, value)
    client.expire(name, 60)


def in_one_transaction(user, fields):
    pipe = client.pipeline()
    pipe.hset(f"profile:{user}", mapping=fields)
    pipe.expire(f"profile:{user}", 3600)
    pipe.execute()


def in_one_script(user):
    return LIMIT(keys=[f"tries:{user}"], args=[60])


COUNT = """
local made = redis.call('INCRBY', KEYS[1], ARGV[1])
if made == 1 then
    redis.call('EXPIRE', KEYS[1], ARGV[2])
end
return made
"""


def in_a_script_that_is_known(user):
    return client.eval(COUNT, 1, f"tries:{user}", 1, 60)


def made_with_its_lifetime(user):
    client.set(f"tries:{user}", 0, nx=True, ex=60)
    return client.incr(f"tries:{user}")


def mended(user):
    n = client.incr(f"tries:{user}")
    if client.ttl(f"tries:{user}") == -1:
        client.expire(f"tries:{user}", 60)
    return n


def another_key(user, other):
    client.incr(f"tries:{user}")
    client.expire(f"seen:{other}", 60)


def only_longer(user):
    if client.get(f"session:{user}"):
        client.expire(f"session:{user}", 3600)


def one_or_the_other(key, value, is_known):
    if is_known:
        client.expire(key, 60)
    else:
        client.sadd(key, value)


def in_a_transaction_and_again(user, fields):
    with client.pipeline() as pipe:
        pipe.hset(f"profile:{user}", mapping=fields)
        pipe.expire(f"profile:{user}", 60)
        pipe.execute()
    client.expire(f"profile:{user}", 3600)


class Parcel:
    """Its key is there as long as the parcel is under way; who ends the way, ends its life."""

    def __init__(self, name):
        self.key = f"parcel:{name}"
        self.client = redis.Redis()

    def note(self, place):
        self.client.hset(self.key, "place", place)

    def forget(self, ttl):
        self.client.expire(self.key, ttl)

    def delivered(self):
        self.note("door")
        self.forget(3600)
