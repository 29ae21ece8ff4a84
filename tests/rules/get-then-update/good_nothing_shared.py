import logging
import uuid

import redis
from django.core.cache import cache

client = redis.Redis(host="cache", socket_timeout=2)
log = logging.getLogger(__name__)


def different_keys(sku):
    if int(client.get(f"limit:{sku}") or 0) > 0:
        client.decr(f"stock:{sku}")


def different_fields(account):
    if client.hget("closed", account) is None:
        client.hincrby("balances", account, 1)


def different_caches(sku):
    if cache.get(f"open:{sku}"):
        client.decr(f"stock:{sku}")


def key_of_its_own(payload):
    job = uuid.uuid4().hex
    if client.get(f"job:{job}") is None:
        client.set(f"job:{job}", payload, ex=60)
    return job


def write_not_decided_by_the_read(sku):
    log.info("%s left", client.get(f"stock:{sku}"))
    client.decr(f"stock:{sku}")


def read_after_the_write(sku):
    client.decr(f"stock:{sku}")
    if int(client.get(f"stock:{sku}") or 0) <= 0:
        log.info("%s is sold out", sku)


def same_constant_either_way(sku):
    if not client.exists(f"known:{sku}"):
        client.set(f"known:{sku}", 1)


def read_only(sku):
    if int(client.get(f"stock:{sku}") or 0) <= 0:
        raise ValueError(sku)


def blind_write(sku, count):
    client.set(f"stock:{sku}", count)


def filled_on_a_miss(sku):
    name = client.get(f"name:{sku}")
    if name is None:
        name = sku.title()
        client.set(f"name:{sku}", name, ex=60)
    return name


def deleted_when_stale(session):
    if client.ttl(f"session:{session}") < 0:
        client.delete(f"session:{session}")


def in_memory_only(levels, sku):
    if levels.get(sku, 0) > 0:
        levels[sku] -= 1
