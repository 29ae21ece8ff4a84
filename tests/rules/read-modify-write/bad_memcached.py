"""Values in memcached that are read, computed from and set back."""

import aiomcache
import memcache
import pylibmc
from pymemcache.client.base import Client, PooledClient
from pymemcache.client.hash import HashClient

client = Client(("localhost", 11211))
pool = PooledClient("localhost:11211", max_pool_size=4)
ring = HashClient([("a", 11211), ("b", 11211)])
plain = memcache.Client(["localhost:11211"])
fast = pylibmc.Client(["localhost"], binary=True, behaviors={"cas": True})
slow = aiomcache.Client("localhost", 11211)


def visit(page):
    seen = int(client.get(f"visits:{page}") or 0)  # expect: FEN202
    client.set(f"visits:{page}", seen + 1)


def in_a_pool(user, item):
    cart = pool.get(f"cart:{user}", [])  # expect: FEN202
    pool.set(f"cart:{user}", [*cart, item], expire=3600)


def in_a_ring(user, points):
    ring.set(f"points:{user}", ring.get(f"points:{user}") + points)  # expect: FEN202


def of_the_older_kind(user, points):
    total = plain.get("points:%s" % user)  # expect: FEN202
    plain.set("points:%s" % user, total + points, time=60)


def of_the_library_in_c(user, points):
    total = fast.get("points:" + user)  # expect: FEN202
    fast.set("points:" + user, total + points)


async def awaited(user: bytes, points: int):
    total = await slow.get(b"points:" + user)  # expect: FEN202
    await slow.set(b"points:" + user, str(int(total) + points).encode())


def versions_are_no_use_to_a_set(page):
    seen, version = client.gets(f"visits:{page}")  # expect: FEN202
    client.set(f"visits:{page}", seen + 1)
    return version


def answer_is_thrown_away(sku):
    left, version = client.gets(f"stock:{sku}")  # expect: FEN202 "CAS"
    if left > 0:
        client.cas(f"stock:{sku}", left - 1, version)
        return True
    return False
