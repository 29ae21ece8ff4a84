import redis

client = redis.Redis()


def settle(account, amount):
    lock = client.lock(f"account:{account}", timeout=10, blocking_timeout=5)
    lock.acquire()
    try:
        client.incrby(f"balance:{account}", amount)
    finally:
        lock.release()
