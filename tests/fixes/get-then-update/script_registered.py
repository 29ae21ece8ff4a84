"""A client of the module: the script is registered where the client is."""

import redis

client = redis.Redis()
LIMIT = 10


def reserve(sku):
    left = client.get(f"stock:{sku}")
    if int(left) > 0:
        client.decr(f"stock:{sku}")
        return True
    return False


# takes several
def take(sku, quantity):
    left = int(client.get(f"stock:{sku}") or 0)  # what is left
    if quantity > left:
        raise ValueError(f"only {left} of {sku}")
    client.decrby(f"stock:{sku}", quantity)


def take_again(sku, quantity):
    left = int(client.get(f"stock:{sku}") or 0)
    if left >= quantity:
        client.decrby(f"stock:{sku}", quantity)


def may_try(user):
    key = f"rate:{user}"
    tries = client.get(key)
    if tries is not None and int(tries) >= LIMIT:
        return False
    n = client.incr(key)
    if n == 1:
        client.expire(key, 60)
    return True


def slide(user):
    key = f"rate:{user}"
    tries = client.get(key)
    tries = int(tries) if tries else 0
    if tries < LIMIT:
        client.incr(key)
        client.expire(key, 60)
    else:
        raise RuntimeError


def only_command(user):
    if int(client.get(user) or 0) < LIMIT:
        client.incr(user)


def with_else(user):
    if int(client.get(user) or 0) < LIMIT:
        client.incr(user)
    else:
        raise RuntimeError(user)


def close(order):
    if client.get(order) == b"open":
        client.set(order, "closed", ex=2 * 3600)
        return True
    return False


def last_wins(order, state):
    held = client.get(order)
    if held is None:
        return None
    client.set(order, state)
    return held


def append(queue, item):
    if client.llen(queue) < 100:
        client.rpush(queue, item)
        return True
    return False


def join(room, user):
    if not client.scard(room) >= 8:
        client.sadd(room, user)
        return True
    return False


def pay(account, amount):
    balance = int(client.hget("balances", account) or 0)
    if balance < amount:
        return False
    client.hincrby("balances", account, -amount)
    return True


def walrus(sku):
    if (left := client.get(sku)) is not None and int(left) > 0:
        client.decr(sku)
        return left
    return None


class Stock:
    def take(self, sku):
        if int(client.get(sku)) > 0:
            client.decr(sku)
            return True
        return False


def fields(cart, item):
    if client.hlen(cart) < 5:  # a small cart
        client.hset(cart, item, 1)
        return True
    return False


def last_one(sku):
    if int(client.get(sku) or 0) <= 0:  # sold out
        # nobody needs it
        client.delete(sku)
