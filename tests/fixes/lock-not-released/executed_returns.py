import redis

client = redis.Redis()


def settle(account, amount):
    lock = client.lock(f"account:{account}", timeout=600)
    lock.acquire()
    try:
        if amount == 0:
            return
        client.incrby(f"balance:{account}", amount)
        lock.release()
    except redis.ConnectionError:
        lock.release()
        raise
