"""Keys that are read and changed under a lock that other hosts do not see."""

import fasteners
import filelock
import portalocker
import redis
from filelock import AsyncFileLock, SoftFileLock

client = redis.Redis()


def under_a_file(sku):
    with filelock.FileLock(f"/tmp/{sku}.lock", timeout=5):
        if int(client.get(f"stock:{sku}")) > 0:  # expect: FEN201
            client.decr(f"stock:{sku}")
            return True


def under_a_file_that_exists(sku):
    lock = SoftFileLock(f"/tmp/{sku}.lock")
    lock.acquire(timeout=1)
    try:
        if int(client.get(f"stock:{sku}")) > 0:  # expect: FEN201
            client.decr(f"stock:{sku}")
            return True
    finally:
        lock.release()


async def under_an_awaited_file(sku):
    async with AsyncFileLock(f"/tmp/{sku}.lock"):
        if int(client.get(f"stock:{sku}")) > 0:  # expect: FEN201
            client.decr(f"stock:{sku}")
            return True


def under_portalocker(sku):
    with portalocker.Lock(f"/tmp/{sku}.lock", timeout=1):
        if int(client.get(f"stock:{sku}")) > 0:  # expect: FEN201
            client.decr(f"stock:{sku}")
            return True


@fasteners.interprocess_locked("/tmp/stock.lock")
def under_a_decorator(sku):
    if int(client.get(f"stock:{sku}")) > 0:  # expect: FEN201
        client.decr(f"stock:{sku}")
        return True
