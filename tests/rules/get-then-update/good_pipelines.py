import redis
from django.core.cache import cache

client = redis.Redis(host="cache", socket_timeout=2)


class Registry:
    """Commands go to the pipeline that the caller is filling, or straight to the server."""

    def __init__(self, connection: redis.Redis, name: str):
        self.connection = connection
        self.key = f"registry:{name}"

    def add(self, job, score, pipeline=None):
        connection = pipeline if pipeline is not None else self.connection
        connection.zadd(self.key, {job: score})

    def refresh(self, job, score):
        return self.connection.zadd(self.key, {job: score}, xx=True)

    def move(self, job, other, score):
        with self.connection.pipeline() as pipeline:
            pipeline.zrem(self.key, job)
            other.add(job, score, pipeline=pipeline)
            pipeline.execute()

    def clean(self, before):
        with self.connection.pipeline() as pipeline:
            pipeline.zrangebyscore(self.key, 0, before)
            pipeline.zremrangebyscore(self.key, 0, before)
            stale, _count = pipeline.execute()
        return stale


def value_and_lifetime_together(key, value):
    with client.pipeline() as pipeline:
        pipeline.set(key, value)
        pipeline.expire(key, 60)
        pipeline.execute()


def read_and_reset_together(key):
    with client.pipeline() as pipeline:
        pipeline.get(key)
        pipeline.set(key, 0)
        before, _done = pipeline.execute()
    return int(before or 0)


def filled_once_under_a_lock(key, compute):
    """Looked at twice: the second look is under the lock."""
    value = cache.get(key)
    if value is not None:
        return value
    lock = cache.lock(f"lock:{key}", timeout=10, blocking_timeout=3)
    if not lock.acquire():
        return compute()
    try:
        value = cache.get(key)
        if value is None:
            value = compute()
            cache.set(key, value, timeout=60)
        return value
    finally:
        lock.release()
