"""Keys in memcached that are changed by the command that decides, or only as they were read."""

from pymemcache.client.base import Client

client = Client(("localhost", 11211), default_noreply=False)


def claim(order_id, worker):
    return client.add(f"claim:{order_id}", worker, expire=60, noreply=False)


def reserve(sku):
    left = client.decr(f"stock:{sku}", 1)
    return left is not None


def reserve_as_it_was_read(sku):
    left, version = client.gets(f"stock:{sku}")
    if left > 0 and client.cas(f"stock:{sku}", left - 1, version):
        return True
    return False
