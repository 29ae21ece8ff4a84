"""What is not fixed, and why."""

import redis

client = redis.Redis()


def gives_something_back(account, amount):
    lock = client.lock(f"account:{account}", timeout=10)
    lock.acquire(blocking=False)  # unfixed: "the function gives something back"
    try:
        return client.incrby(f"balance:{account}", amount)
    finally:
        lock.release()


def released_all_the_same(account, amount):
    lock = client.lock(f"account:{account}", timeout=10)
    try:
        lock.acquire(blocking=False)  # unfixed: "would be given back by a run that has not got it"
        client.incrby(f"balance:{account}", amount)
    finally:
        lock.release()
