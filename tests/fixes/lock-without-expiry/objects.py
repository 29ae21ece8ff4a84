"""Locks that others hold too, or that are held nobody knows how long."""

import redis
import requests

client = redis.Redis()
shared = client.lock("shared")


def uses_shared():
    with shared:
        client.incr("n")


class Service:
    def __init__(self, client: redis.Redis):
        self.client = client
        self.lock = client.lock("service")

    def run(self):
        with self.lock:
            self.client.incr("n")


def without_end(url):
    with client.lock("fetch"):
        client.set("page", requests.get(url).text)


def many(urls):
    with client.lock("fetch-all"):
        for url in urls:
            client.set(url, requests.get(url, timeout=10).text)


def not_seen(prepare):
    with client.lock("prepare"):
        prepare()


def nobody_counts(shops):
    with client.lock("count"):
        for shop in shops:
            client.incr(f"n:{shop}")
