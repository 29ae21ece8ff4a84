import redis

client = redis.Redis()


def claim(order_id, worker):
    if not client.set(f"claim:{order_id}", worker, ex=60, nx=True):
        return False
    return True
