import redis

client = redis.Redis()


def settle(account, amount):
    lock = client.lock(f"account:{account}", timeout=600)
    with lock:
        client.incrby(f"balance:{account}", amount)
