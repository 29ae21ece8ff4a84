import time
import uuid

import redis

client = redis.Redis(host="cache", socket_timeout=2)


def tested_by_the_loop(key):
    token = uuid.uuid4().hex
    while not client.set(f"lock:{key}", token, nx=True, ex=10):
        time.sleep(0.1)
    try:
        if int(client.get(key) or 0) > 0:
            client.decr(key)
    finally:
        client.delete(f"lock:{key}")  # expect: FEN403


def left_by_break(key):
    while True:
        if client.set(f"lock:{key}", "held", nx=True, ex=10):
            break
        time.sleep(0.1)
    try:
        if int(client.get(key) or 0) > 0:
            client.decr(key)
    finally:
        client.delete(f"lock:{key}")  # expect: FEN403


def left_by_break_or_given_up(key):
    for _attempt in range(10):
        if client.set(f"lock:{key}", "held", nx=True, ex=10):
            break
        time.sleep(0.1)
    else:
        raise TimeoutError(key)
    try:
        if int(client.get(key) or 0) > 0:
            client.decr(key)
    finally:
        client.delete(f"lock:{key}")


def noted_in_a_variable(key):
    is_held = False
    for _attempt in range(10):
        if client.setnx(f"lock:{key}", "held"):  # expect: FEN402
            is_held = True
            break
        time.sleep(0.1)
    if not is_held:
        return False
    try:
        if int(client.get(key) or 0) > 0:
            client.decr(key)
    finally:
        client.delete(f"lock:{key}")
    return True


def take(key, seconds=3):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if client.set(f"lock:{key}", "held", nx=True, ex=10):
            return
        time.sleep(0.05)
    raise TimeoutError(key)


def taken_in_a_helper_that_raises(key):
    take(key)
    try:
        if int(client.get(key) or 0) > 0:
            client.decr(key)
    finally:
        client.delete(f"lock:{key}")  # expect: FEN403
