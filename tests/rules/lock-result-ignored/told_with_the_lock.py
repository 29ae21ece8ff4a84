"""Whether the lock was got comes back beside the lock."""

import redis

client = redis.Redis()


def take(name):
    lock = client.lock(name, timeout=30)
    if not lock.acquire(blocking=False):
        return None, False
    return lock, True


def move(sku):
    lock, got = take(f"stock:{sku}")
    if not got:
        return
    try:
        stock = int(client.get(f"count:{sku}"))
        client.set(f"count:{sku}", stock - 1)
    finally:
        lock.release()


def move_anyway(sku):
    lock = client.lock(f"stock:{sku}", timeout=30)
    lock.acquire(blocking=False)  # expect: FEN405
    try:
        stock = int(client.get(f"count:{sku}"))
        client.set(f"count:{sku}", stock - 1)
    finally:
        lock.release()
