import json

import redis


class DocumentStore:
    """A thin wrapper, as every project grows one."""

    def __init__(self, url: str):
        self._redis = redis.Redis.from_url(url, socket_timeout=2)

    def load(self, name):
        raw = self._redis.get(f"document:{name}")  # expect: FEN202
        return json.loads(raw) if raw else {}

    def store(self, name, document):
        self._redis.set(f"document:{name}", json.dumps(document))

    def lock(self, name):
        return self._redis.lock(f"lock:document:{name}", timeout=10, blocking_timeout=3)


documents = DocumentStore("redis://cache/0")
