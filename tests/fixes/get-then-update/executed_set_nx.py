import redis

client = redis.Redis()


def claim(order_id, worker):
    if client.exists(f"claim:{order_id}"):
        return False
    client.setex(f"claim:{order_id}", 60, worker)
    return True
