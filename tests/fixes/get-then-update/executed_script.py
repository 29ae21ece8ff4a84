import redis

client = redis.Redis()


def reserve(sku):
    left = client.get(f"stock:{sku}")
    if int(left) > 0:
        client.decr(f"stock:{sku}")
        return True
    return False
