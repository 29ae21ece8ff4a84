# unsafe
"""Locks that others hold too, or that are held nobody knows how long."""

import redis
import requests

client = redis.Redis()
shared = client.lock("shared", timeout=300)


def uses_shared():
    with shared:
        client.incr("n")


class Service:
    def __init__(self, client: redis.Redis):
        self.client = client
        self.lock = client.lock("service", timeout=300)

    def run(self):
        with self.lock:
            self.client.incr("n")


def without_end(url):
    with client.lock("fetch", timeout=300):
        client.set("page", requests.get(url).text)


def many(urls):
    with client.lock("fetch-all", timeout=300):
        for url in urls:
            client.set(url, requests.get(url, timeout=10).text)


def not_seen(prepare):
    with client.lock("prepare", timeout=300):
        prepare()


def nobody_counts(shops):
    with client.lock("count", timeout=300):
        for shop in shops:
            client.incr(f"n:{shop}")
