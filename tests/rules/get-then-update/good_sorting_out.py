import json

import redis
from django.core.cache import cache

client = redis.Redis()


def forget_the_gone():
    """Members without a record are taken out of the set: it does not matter who takes them out, or how often."""
    names = [name.decode() for name in client.smembers("hosts")]
    if not names:
        return
    with client.pipeline() as pipe:
        for name in names:
            pipe.exists(f"host:{name}")
        found = pipe.execute()
        gone = [name for name, is_there in zip(names, found, strict=True) if not is_there]
        if gone:
            pipe.srem("hosts", *gone)
            pipe.execute()


def prices(sku):
    """What is stored is computed anew, and what was stored is given back: a cache that also lives longer when used."""
    key = f"prices:{sku}"
    held = cache.get(key)
    if held is None:
        result = {"sku": sku}
        cache.set(key, json.dumps(result), 300)
    else:
        cache.touch(key, 300)
        result = json.loads(held)
    return result


refresh = client.register_script("""
if redis.call('LLEN', KEYS[1]) == 0 then redis.call('DEL', KEYS[2]) end
""")


def close(queue):
    """A script that cannot be told apart from one that looks again."""
    if client.hget(f"queue:{queue}", "limit"):
        refresh(keys=[f"queue:{queue}:waiting", f"queue:{queue}"])


def claim_one():
    names = client.smembers("hosts")  # expect: FEN201
    if "first" in names:
        client.srem("hosts", "first")
        return True
    return False
