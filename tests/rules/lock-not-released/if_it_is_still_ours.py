"""Given back at the end if it is still ours: after an expiry it is somebody else's."""

import redis
from redis.lock import Lock as RedisLock

client = redis.Redis()


def schedule(app, order):
    lock: RedisLock = client.lock("schedule", timeout=300)
    acquired = lock.acquire(blocking_timeout=15)
    if not acquired:
        return None
    try:
        if order.state == "deleted":
            return None
        client.rpush("orders", order.id)
        return order.id
    except redis.RedisError:
        return None
    finally:
        if lock.owned():
            lock.release()


def schedule_or_say(app, order):
    lock = client.lock("schedule", timeout=300)
    if not lock.acquire(blocking=False):
        return None
    try:
        client.rpush("orders", order.id)
    finally:
        if not lock.owned():
            print("it took too long")
        else:
            lock.release()


def schedule_on_one_way(app, order):
    lock = client.lock("schedule", timeout=300)
    if not lock.acquire(blocking=False):  # expect: FEN404
        return
    if order.state == "deleted":
        return
    client.rpush("orders", order.id)
    if lock.owned():
        lock.release()


def schedule_if_another_is_ours(app, order):
    other = client.lock("other", timeout=300)
    lock = client.lock("schedule", timeout=300)
    if not lock.acquire(blocking=False):  # expect: FEN404
        return
    try:
        if order.state == "deleted":
            return
        client.rpush("orders", order.id)
        return
    finally:
        if other.owned():
            lock.release()
