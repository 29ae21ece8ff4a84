"""Values that Redis sets only if they are as they were read, and Valkey under its other names."""

import redis
import valkey
import valkey.asyncio
from valkey.cluster import ValkeyCluster
from valkey.sentinel import Sentinel

client = redis.Redis()
cluster = ValkeyCluster.from_url("valkey://localhost")
primary = Sentinel([("localhost", 26379)]).master_for("shop")


def compared(page):
    while True:
        seen = client.get(f"visits:{page}")
        if client.set(f"visits:{page}", int(seen) + 1, ifeq=seen):
            return


def counted_in_the_cluster(page):
    cluster.incr(f"visits:{page}")


def counted_by_the_primary(page):
    return primary.incrby(f"visits:{page}", 1)


async def counted(page):
    async with valkey.asyncio.from_url("valkey://localhost") as client:
        await client.hincrby("visits", page, 1)


def watched(page):
    store = valkey.Valkey()
    with store.pipeline() as pipe:
        while True:
            try:
                pipe.watch(f"visits:{page}")
                seen = int(pipe.get(f"visits:{page}") or 0)
                pipe.multi()
                pipe.set(f"visits:{page}", seen + 1)
                pipe.execute()
                return
            except valkey.WatchError:
                continue
