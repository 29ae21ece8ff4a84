import redis

client = redis.Redis()


def settle(account, amount):
    with client.lock(f"account:{account}", timeout=300):
        balance = int(client.get(f"balance:{account}"))
        client.set(f"balance:{account}", balance - amount)
