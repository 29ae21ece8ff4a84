import json

import redis
from django.core.cache import cache

client = redis.Redis()


def used_as_it_was_read(page):
    raw = client.get(page)  # unfixed: "used afterwards"
    client.set(page, int(raw or 0) + 1)
    return raw


def clamped(page):
    seen = int(client.get(page) or 0)  # unfixed: "computed with"
    client.set(page, max(seen - 1, 0))


def a_document(page, item):
    items = json.loads(client.get(page) or "[]")  # unfixed: "computed with"
    items.append(item)
    client.set(page, json.dumps(items))


def on_condition(page):
    seen = int(client.get(page) or 0)  # unfixed: "is not known"
    if seen in (10, 20):
        client.set(page, seen + 1)


def asks_somebody(page):
    seen = int(client.get(page) or 0)  # unfixed: "cannot be moved"
    client.set(page, seen + weigh(page))


def something_in_between(page):
    seen = int(client.get(page) or 0)  # unfixed: "something else happens"
    print(seen)
    client.set(page, seen + 1)


def from_another_number(page):
    seen = int(client.get(page) or 5)  # unfixed: "not 0"
    client.set(page, seen + 1)


def twice(page):
    seen = int(client.get(page) or 0)  # unfixed: "computed with"
    client.set(page, seen * 2)


async def never_atomic(name):
    failures = await cache.aget(name, 0)  # unfixed: "not counted by one command"
    await cache.aset(name, failures + 1, 60)


def weigh(page):
    return len(page)
