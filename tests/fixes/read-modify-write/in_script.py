"""A number that is set back only under a condition on it."""

import redis

client = redis.Redis()


def early_return(key, limit):
    count = int(client.get(key) or 0)
    if count >= limit:
        return None
    count += 1
    client.set(key, count)
    return count


def tested(key):
    n = client.get(key)
    if n is not None and int(n) > 0:
        client.set(key, int(n) - 1)
        return True
    return False


def of_a_hash(user):
    points = int(client.hget(user, "points") or 0)
    if points < 100:
        client.hset(user, "points", points + 5)
        return True
    return False
