"""Connections that are None until they are opened: by another method, lazily, or again after an error."""

import redis
import valkey


class Store:
    def __init__(self):
        self.client = None
        self.open()

    def open(self):
        try:
            self.client = redis.StrictRedis(host="redis")
        except Exception:
            pass
        return self.client

    def get(self, key):
        if not self.client:
            return None
        try:
            return self.client.get(key)  # expect: FEN202
        except redis.RedisError:
            self.open()

    def set(self, key, value):
        self.client.set(key, value)

    def add(self, key, amount):
        return self.client.incrby(key, amount)


class Lazy:
    def __init__(self):
        self._client = None

    @property
    def client(self):
        if self._client is None:
            self._client = valkey.Valkey()
        return self._client


STORE = Store()
LAZY = Lazy()


def count():
    seen = STORE.get("seen")
    STORE.set("seen", int(seen) + 1)


def count_at_once():
    STORE.add("seen", 1)


def count_lazily():
    seen = LAZY.client.get("lazy")  # expect: FEN202
    LAZY.client.set("lazy", int(seen) + 1)


def count_lazily_at_once():
    LAZY.client.incr("lazy")
