"""The expiry comes by a second command, which is another matter."""

import redis

client = redis.Redis()


def expiry_follows(name):
    if client.setnx(f"lock:{name}", 1):  # expect: FEN206
        client.expire(f"lock:{name}", 30)
        try:
            client.incr("n")
        finally:
            client.eval(
                "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end", 1, f"lock:{name}", 1
            )
