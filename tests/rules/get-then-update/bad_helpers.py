import redis

client = redis.Redis(host="cache", socket_timeout=2)


def stock_key(sku):
    return f"stock:{sku}"


def key_from_a_function(sku):
    if int(client.get(stock_key(sku)) or 0) > 0:  # expect: FEN201
        client.decr(stock_key(sku))


def level(sku):
    return int(client.get(f"level:{sku}") or 0)  # expect: FEN201


def read_in_a_helper(sku):
    if level(sku) > 0:
        client.decr(f"level:{sku}")


def take_one(sku):
    client.decr(f"units:{sku}")


def write_in_a_helper(sku):
    if int(client.get(f"units:{sku}") or 0) > 0:  # expect: FEN201
        take_one(sku)


def has_room(store: redis.Redis, queue):
    return store.llen(queue) < 100  # expect: FEN201


def push(store: redis.Redis, queue, item):
    store.rpush(queue, item)


def both_in_helpers(item):
    if not has_room(client, "jobs"):
        return False
    push(client, "jobs", item)
    return True


class Shelf:
    PREFIX = "shelf"

    def __init__(self, store: redis.Redis):
        self.store = store

    def _key(self, sku):
        return f"{self.PREFIX}:{sku}"

    def _left(self, sku):
        return int(self.store.get(self._key(sku)) or 0)  # expect: FEN201

    def _take(self, sku, quantity):
        self.store.decrby(self._key(sku), quantity)

    def reserve(self, sku, quantity):
        if self._left(sku) < quantity:
            return False
        self._take(sku, quantity)
        return True
