import redis

client = redis.Redis()


def claim(name):
    if client.setnx(f"claim:{name}", 1):
        client.expire(f"claim:{name}", 30)
        return True
    return False
