"""Keys in memcached that are tested and then changed."""

import memcache
from pymemcache.client.base import Client

client = Client(("localhost", 11211))
plain = memcache.Client(["localhost:11211"])


def reserve(sku):
    left = client.get(f"stock:{sku}")  # expect: FEN201
    if int(left) > 0:
        client.decr(f"stock:{sku}", 1)
        return True
    return False


def claim(order_id, worker):
    if plain.get(f"claim:{order_id}") is None:  # expect: FEN201
        plain.set(f"claim:{order_id}", worker, time=60)
        return True
    return False
