import redis

client = redis.Redis()


def may_try(user):
    key = f"tries:{user}"
    tries = int(client.get(key) or 0)
    if tries >= 3:
        return False
    n = client.incr(key)
    if n == 1:
        client.expire(key, 60)
    return True
