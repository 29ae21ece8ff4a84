"""One key written in several ways, and keys that are read as a whole and changed in part."""

import redis
from django.core.cache import cache

client = redis.Redis(host="cache", socket_timeout=2)


def percent_and_format(page):
    count = int(client.get("views:%s" % page) or 0)  # expect: FEN202
    client.set("views:{}".format(page), count + 1)


def concatenated_and_fstring(page):
    count = int(client.get("views:" + page) or 0)  # expect: FEN202
    client.set(f"views:{page}", count + 1)


def as_a_mapping(key):
    count = int(client[key])  # expect: FEN202
    client[key] = count + 1


def whole_hash_then_field(key):
    data = client.hgetall(key)  # expect: FEN202
    client.hset(key, "visits", int(data.get("visits", 0)) + 1)


def whole_hash_then_mapping(key):
    data = client.hgetall(key)  # expect: FEN202
    client.hset(key, mapping={"visits": int(data["visits"]) + 1})


def several_fields(key):
    visits, _last = client.hmget(key, ["visits", "last"])  # expect: FEN202
    client.hset(key, "visits", int(visits) + 1)


def several_keys(user):
    values = cache.get_many([f"calls:{user}"])  # expect: FEN202
    cache.set(f"calls:{user}", values[f"calls:{user}"] + 1)


def default_stored_first(user):
    calls = cache.get_or_set(f"calls:{user}", 0)  # expect: FEN202
    cache.set(f"calls:{user}", calls + 1)


def result_of_a_pipeline(key):
    batch = client.pipeline()
    batch.get(key)
    (count,) = batch.execute()  # expect: FEN202
    client.set(key, int(count or 0) + 1)
