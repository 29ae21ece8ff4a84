"""Values in Valkey, however its client is made."""

import valkey
import valkey.asyncio as avalkey
from redis.asyncio.cluster import RedisCluster as AsyncRedisCluster
from redis.asyncio.sentinel import Sentinel as AsyncRedisSentinel
from redis.cluster import RedisCluster
from redis.sentinel import Sentinel as RedisSentinel
from valkey.asyncio.cluster import ValkeyCluster as AsyncCluster
from valkey.cluster import ValkeyCluster
from valkey.sentinel import Sentinel

single = valkey.Valkey(host="localhost")
by_url = valkey.from_url("valkey://localhost")
cluster = ValkeyCluster(host="localhost")
primary = Sentinel([("localhost", 26379)]).master_for("shop")
old_cluster = RedisCluster.from_url("redis://localhost")
old_primary = RedisSentinel([("localhost", 26379)]).master_for("shop", db=1)


def visit(page):
    seen = int(single.get(f"visits:{page}") or 0)  # expect: FEN202
    single.set(f"visits:{page}", seen + 1)


def visit_by_url(page):
    by_url.set(f"visits:{page}", int(by_url.get(f"visits:{page}")) + 1)  # expect: FEN202


def visit_in_the_cluster(page):
    seen = int(cluster.hget("visits", page) or 0)  # expect: FEN202
    cluster.hset("visits", page, seen + 1)


def visit_the_primary(page):
    seen = int(primary.get(f"visits:{page}"))  # expect: FEN202
    primary.set(f"visits:{page}", seen + 1)


def visit_the_older_cluster(page):
    seen = int(old_cluster.get(f"visits:{page}"))  # expect: FEN202
    old_cluster.set(f"visits:{page}", seen + 1)


def visit_the_older_primary(page):
    seen = int(old_primary.get(f"visits:{page}"))  # expect: FEN202
    old_primary.set(f"visits:{page}", seen + 1)


async def awaited(page):
    client = avalkey.Valkey.from_url("valkey://localhost")
    seen = int(await client.get(f"visits:{page}"))  # expect: FEN202
    await client.set(f"visits:{page}", seen + 1)


async def awaited_in_the_cluster(client: AsyncCluster, page):
    seen = int(await client.get(f"visits:{page}"))  # expect: FEN202
    await client.set(f"visits:{page}", seen + 1)


async def awaited_in_the_older_cluster(page):
    async with AsyncRedisCluster.from_url("redis://localhost") as client:
        seen = int(await client.get(f"visits:{page}"))  # expect: FEN202
        await client.set(f"visits:{page}", seen + 1)


async def awaited_primary(page):
    client = AsyncRedisSentinel([("localhost", 26379)]).master_for("shop")
    seen = int(await client.get(f"visits:{page}"))  # expect: FEN202
    await client.set(f"visits:{page}", seen + 1)
