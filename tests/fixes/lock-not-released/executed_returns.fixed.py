import redis

client = redis.Redis()


def settle(account, amount):
    lock = client.lock(f"account:{account}", timeout=600)
    with lock:
        try:
            if amount == 0:
                return
            client.incrby(f"balance:{account}", amount)
        except redis.ConnectionError:
            raise
