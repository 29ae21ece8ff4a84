import logging

import redis

client = redis.Redis(host="cache", socket_timeout=2)
log = logging.getLogger(__name__)


def walrus(key):
    if (left := client.get(key)) and int(left) > 0:  # expect: FEN201
        client.decr(key)


def nested_ifs(key, express):
    left = client.get(key)  # expect: FEN201
    if left is not None:
        if int(left) > 0:
            if express:
                log.info("express order")
            client.decr(key)
            return True
    return False


def try_around_the_read(key):
    try:
        left = int(client.get(key))  # expect: FEN201
    except (TypeError, ValueError):
        return False
    if left <= 0:
        return False
    client.decr(key)
    return True


def try_around_both(key):
    try:
        if int(client.get(key) or 0) <= 0:  # expect: FEN201
            return False
        client.decr(key)
        return True
    except redis.RedisError:
        log.exception("no stock taken")
        return False
    finally:
        log.info("done")


def write_in_finally(key, work):
    running = int(client.get(key) or 0)  # expect: FEN201
    if running >= 5:
        raise RuntimeError("too many")
    try:
        work()
    finally:
        client.incr(key)


def matched(key):
    match client.get(key):  # expect: FEN201
        case None | b"0":
            return False
        case _:
            client.decr(key)
            return True


def in_a_loop(skus):
    for sku in skus:
        if int(client.get(f"stock:{sku}") or 0) > 0:  # expect: FEN201
            client.decr(f"stock:{sku}")


def continue_in_a_loop(skus):
    taken = []
    for sku in skus:
        left = int(client.get(f"stock:{sku}") or 0)  # expect: FEN201
        if not left:
            continue
        client.decr(f"stock:{sku}")
        taken.append(sku)
    return taken


def in_a_comprehension(keys):
    return [client.decr(key) for key in keys if int(client.get(key) or 0) > 0]  # expect: FEN201


def conditional_expression(key):
    left = int(client.get(key) or 0)  # expect: FEN201
    return True if left > 0 and client.decr(key) is not None else False


def boolean_operator(queue, item):
    client.llen(queue) < 100 and client.rpush(queue, item)  # expect: FEN201


def in_a_nested_function(key):
    def take():
        if int(client.get(key) or 0) > 0:  # expect: FEN201
            client.decr(key)

    take()


def in_a_lambda(key):
    take = lambda name: client.decr(name) if int(client.get(name) or 0) > 0 else None  # expect: FEN201
    return take(key)


def compared_in_a_variable(key, quantity):
    enough = int(client.get(key) or 0) >= quantity  # expect: FEN201
    log.info("asked for %s of %s", quantity, key)
    if not enough:
        return False
    client.decrby(key, quantity)
    return True


def write_through_transactionless_pipeline(key):
    left = int(client.get(key) or 0)  # expect: FEN201
    if left:
        with client.pipeline(transaction=False) as batch:
            batch.decr(key)
            batch.publish("taken", key)
            batch.execute()


def queued_under_the_test(key):
    batch = client.pipeline()
    if int(client.get(key) or 0) > 0:  # expect: FEN201
        batch.decr(key)
    batch.execute()


def queued_on_either_side(key):
    batch = client.pipeline()
    if int(client.get(key) or 0) > 0:  # expect: FEN201
        batch.decr(key)
    else:
        batch.publish("empty", key)
    batch.execute()
