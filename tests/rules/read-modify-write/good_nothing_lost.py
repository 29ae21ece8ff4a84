import json
import time
import uuid

import redis
from django.core.cache import cache

client = redis.Redis(host="cache", socket_timeout=2)


def copied_to_another_key(page, day):
    client.set(f"views:{page}:{day}", int(client.get(f"views:{page}") or 0))


def computed_from_another_key(sku):
    price = float(client.get(f"price:{sku}") or 0)
    client.set(f"gross:{sku}", price * 1.2)


def value_from_the_caller(user, theme, log):
    log.info("before: %s", cache.get(f"theme:{user}"))
    cache.set(f"theme:{user}", theme)


def heartbeat(worker):
    client.set(f"seen:{worker}", time.time(), ex=60)


def key_of_its_own(steps):
    progress = f"progress:{uuid.uuid4()}"
    client.set(progress, 0, ex=600)
    for _step in steps:
        done = int(client.get(progress) or 0)
        client.set(progress, done + 1, ex=600)


def filled_on_a_miss(sku):
    document = cache.get(f"document:{sku}")
    if document is None:
        document = {"sku": sku}
        cache.set(f"document:{sku}", document, 60)
    return document


def read_only(user):
    return json.loads(client.get(f"settings:{user}") or "{}")


def in_memory_only(counts, page):
    counts[page] = counts.get(page, 0) + 1


def written_then_read(user, theme):
    client.set(f"theme:{user}", theme)
    return client.get(f"theme:{user}")
