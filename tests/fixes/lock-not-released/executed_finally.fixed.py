import redis

client = redis.Redis()


def settle(account, amount):
    lock = client.lock(f"account:{account}", timeout=600)
    if not lock.acquire(blocking=False):
        return "busy"
    try:
        client.incrby(f"balance:{account}", amount)
    finally:
        lock.release()
    return "settled"
