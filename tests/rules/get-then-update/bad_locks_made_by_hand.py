"""A lock made by hand helps only where its key is the same for both runs and it is held to the end."""

import redis

client = redis.Redis(host="cache", socket_timeout=2)


def result_not_looked_at(key):
    client.set(f"lock:{key}", "held", nx=True, ex=10)
    if int(client.get(key) or 0) > 0:  # expect: FEN201
        client.decr(key)
    client.delete(f"lock:{key}")


def given_back_too_early(key):
    if not client.set(f"lock:{key}", "held", nx=True, ex=10):
        return
    left = int(client.get(key) or 0)  # expect: FEN201
    client.delete(f"lock:{key}")
    if left > 0:
        client.decr(key)


def read_before_it_is_taken(key):
    left = int(client.get(key) or 0)  # expect: FEN201
    if not client.set(f"lock:{key}", "held", nx=True, ex=10):
        return
    if left > 0:
        client.decr(key)
    client.delete(f"lock:{key}")


def of_another_key(key, worker):
    if not client.set(f"lock:{worker}", "held", nx=True, ex=10):
        return
    if int(client.get(key) or 0) > 0:  # expect: FEN201
        client.decr(key)
    client.delete(f"lock:{worker}")


def loop_without_a_lock(key):
    while True:
        if int(client.get(key) or 0) > 0:  # expect: FEN201
            client.decr(key)
            break


def head_of_a_list(queue):
    head = client.lindex(queue, 0)  # expect: FEN201
    if head == b"ready":
        return client.lpop(queue)
    return None
