import json

import redis
from django.core.cache import cache

client = redis.Redis(host="cache", socket_timeout=2)


def read_basket(user):
    return json.loads(client.get(f"basket:{user}") or "{}")  # expect: FEN202


def write_basket(user, basket):
    client.set(f"basket:{user}", json.dumps(basket))


def both_in_helpers(user, sku, quantity):
    basket = read_basket(user)
    basket[sku] = basket.get(sku, 0) + quantity
    write_basket(user, basket)


def plus_one(value):
    return int(value or 0) + 1


def computed_in_a_helper(key):
    client.set(key, plus_one(client.get(key)))  # expect: FEN202


def with_item(items, item):
    items.append(item)
    return items


def changed_in_a_helper(key, item):
    items = cache.get(key, [])  # expect: FEN202
    cache.set(key, with_item(items, item))


class Preferences:
    def __init__(self, store: redis.Redis, user):
        self.store = store
        self.user = user

    def _load(self):
        return json.loads(self.store.get(f"preferences:{self.user}") or "{}")  # expect: FEN202

    def _store(self, values):
        self.store.set(f"preferences:{self.user}", json.dumps(values))

    def change(self, name, value):
        values = self._load()
        values[name] = value
        self._store(values)
