"""Values in memcached that the server counts, or that are set only as they were read."""

import aiomcache
import memcache
import pylibmc
from pymemcache.client.base import Client

client = Client(("localhost", 11211), default_noreply=False)
plain = memcache.Client(["localhost:11211"], cache_cas=True)
fast = pylibmc.Client(["localhost"], behaviors={"cas": True})
slow = aiomcache.Client("localhost", 11211)


def visit(page):
    client.add(f"visits:{page}", 0)
    return client.incr(f"visits:{page}", 1)


def compared(user, item):
    while True:
        cart, version = client.gets(f"cart:{user}")
        if client.cas(f"cart:{user}", [*cart, item], version):
            return


def compared_a_few_times(user, points):
    for _ in range(3):
        total, version = fast.gets("points:" + user)
        if fast.cas("points:" + user, total + points, version):
            return True
    return False


def compared_by_the_client(user, points):
    while True:
        total = plain.gets("points:" + user)
        if plain.cas("points:" + user, total + points):
            break


async def awaited(user: bytes, points: int):
    for _ in range(10):
        total, version = await slow.gets(b"points:" + user)
        if await slow.cas(b"points:" + user, str(int(total) + points).encode(), version):
            return True
    return False
