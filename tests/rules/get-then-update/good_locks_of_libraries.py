"""Keys that are read and changed under a lock of a library that other processes see."""

import consul
import etcd3
import pottery
import redis
import redis_lock
import sherlock
import valkey
from aioredlock import Aioredlock
from django_pglocks import advisory_lock
from kazoo.client import KazooClient
from pottery import AIORedlock, synchronize
from redlock import Redlock
from sqlalchemy_dlock import create_sadlock

client = redis.Redis()
zk = KazooClient("localhost")
manager = Redlock([{"host": "localhost"}])
amanager = Aioredlock()


def under_valkey(sku):
    with valkey.Valkey().lock(f"lock:{sku}", timeout=10, blocking_timeout=5):
        if int(client.get(f"stock:{sku}")) > 0:
            client.decr(f"stock:{sku}")
            return True


def under_python_redis_lock(sku):
    with redis_lock.Lock(client, sku, expire=10, auto_renewal=True):
        if int(client.get(f"stock:{sku}")) > 0:
            client.decr(f"stock:{sku}")
            return True


def under_pottery(sku):
    with pottery.Redlock(key=sku, masters={client}, auto_release_time=20):
        if int(client.get(f"stock:{sku}")) > 0:
            client.decr(f"stock:{sku}")
            return True


async def under_awaited_pottery(sku):
    async with AIORedlock(key=sku, masters={client}):
        if int(client.get(f"stock:{sku}")) > 0:
            client.decr(f"stock:{sku}")
            return True


@synchronize(key="stock", masters={client}, auto_release_time=5)
def under_a_decorator(sku):
    if int(client.get(f"stock:{sku}")) > 0:
        client.decr(f"stock:{sku}")
        return True


def under_redlock(sku):
    lock = manager.lock(f"lock:{sku}", 1000)
    if not lock:
        return False
    try:
        if int(client.get(f"stock:{sku}")) > 0:
            client.decr(f"stock:{sku}")
            return True
    finally:
        manager.unlock(lock)
    return False


async def under_aioredlock(sku):
    async with await amanager.lock(f"lock:{sku}", lock_timeout=10):
        if int(client.get(f"stock:{sku}")) > 0:
            client.decr(f"stock:{sku}")
            return True


def under_sherlock(sku):
    with sherlock.RedisLock(f"lock:{sku}", client=client, expire=10, timeout=2):
        if int(client.get(f"stock:{sku}")) > 0:
            client.decr(f"stock:{sku}")
            return True


def under_kazoo(sku):
    with zk.Lock(f"/stock/{sku}", "worker"):
        if int(client.get(f"stock:{sku}")) > 0:
            client.decr(f"stock:{sku}")
            return True


def under_etcd(sku):
    lock = etcd3.client().lock(f"stock:{sku}", ttl=10)
    if not lock.acquire(timeout=5):
        return False
    try:
        if int(client.get(f"stock:{sku}")) > 0:
            client.decr(f"stock:{sku}")
            return True
    finally:
        lock.release()
    return False


def under_consul(sku, session):
    store = consul.Consul()
    if store.kv.put(f"lock/{sku}", "me", acquire=session):
        if int(client.get(f"stock:{sku}")) > 0:
            client.decr(f"stock:{sku}")
            return True
    return False


def under_postgres(sku):
    with advisory_lock(sku):
        if int(client.get(f"stock:{sku}")) > 0:
            client.decr(f"stock:{sku}")
            return True


def under_sqlalchemy_dlock(connection, sku):
    with create_sadlock(connection, sku):
        if int(client.get(f"stock:{sku}")) > 0:
            client.decr(f"stock:{sku}")
            return True
