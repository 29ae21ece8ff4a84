import uuid

import redis
from django.core.cache import cache

client = redis.Redis(host="cache", socket_timeout=2)

RELEASE = client.register_script(
    """
    if redis.call('GET', KEYS[1]) == ARGV[1] then
        return redis.call('DEL', KEYS[1])
    end
    return 0
    """
)


def set_if_absent_around_both(key):
    token = uuid.uuid4().hex
    if not client.set(f"lock:{key}", token, nx=True, ex=30):
        return False
    try:
        if int(client.get(key) or 0) <= 0:
            return False
        client.decr(key)
        return True
    finally:
        RELEASE(keys=[f"lock:{key}"], args=[token])


def taken_in_a_helper(key, token):
    return bool(client.set(f"lock:{key}", token, nx=True, ex=30))


def given_back_in_a_helper(key, token):
    RELEASE(keys=[f"lock:{key}"], args=[token])


def through_helpers(key):
    token = uuid.uuid4().hex
    if taken_in_a_helper(key, token):
        try:
            if int(client.get(key) or 0) > 0:
                client.decr(key)
        finally:
            given_back_in_a_helper(key, token)


def once_a_minute(key):
    """The mark is left to expire: it says "done lately"."""
    if not cache.add(f"swept:{key}", 1, timeout=60):
        return
    if cache.get(key, 0) > 0:
        cache.decr(key)


class Guard:
    def __init__(self, key):
        self.key = f"lock:{key}"
        self.token = uuid.uuid4().hex

    def __enter__(self):
        if not client.set(self.key, self.token, nx=True, ex=30):
            raise TimeoutError(self.key)
        return self

    def __exit__(self, *error):
        RELEASE(keys=[self.key], args=[self.token])


def guard_class(key):
    with Guard(key):
        if int(client.get(key) or 0) > 0:
            client.decr(key)
