import redis

client = redis.Redis()


def claim(name):
    if client.set(f"claim:{name}", 1, nx=True, ex=30):
        return True
    return False
