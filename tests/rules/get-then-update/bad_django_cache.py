from django.core.cache import cache, caches
from django.core.cache import cache as shared

limits = caches["limits"]


def get_then_set(seat, person):
    if cache.get(f"seat:{seat}"):  # expect: FEN201
        return False
    cache.set(f"seat:{seat}", person, 600)
    return True


def get_is_none_then_set(seat, person):
    if shared.get(f"seat:{seat}") is None:  # expect: FEN201
        shared.set(f"seat:{seat}", person, 600)
        return True
    return False


def contains_then_set(seat, person):
    if f"seat:{seat}" in cache:  # expect: FEN201
        return False
    cache.set(f"seat:{seat}", person, timeout=600)
    return True


def has_key_then_set(seat, person):
    if not cache.has_key(f"seat:{seat}"):  # expect: FEN201
        cache.set(f"seat:{seat}", person, timeout=600)
        return True
    return False


def get_then_incr(user):
    if cache.get(f"calls:{user}", 0) >= 100:  # expect: FEN201
        return False
    cache.incr(f"calls:{user}")
    return True


def named_cache(user):
    if limits.get(f"calls:{user}", 0) < 100:  # expect: FEN201
        limits.incr(f"calls:{user}")
        return True
    return False


def named_cache_in_line(user):
    if caches["limits"].get(f"left:{user}", 0) > 0:  # expect: FEN201
        caches["limits"].decr(f"left:{user}")


def get_then_delete(token):
    if cache.get(f"token:{token}") is None:  # expect: FEN201
        return False
    cache.delete(f"token:{token}")
    return True


async def awaited_get_then_set(seat, person):
    if await cache.aget(f"seat:{seat}"):  # expect: FEN201
        return False
    await cache.aset(f"seat:{seat}", person, 600)
    return True


class Turnstile:
    def __init__(self, alias="default"):
        self.cache = caches[alias]

    def enter(self, hall):
        if self.cache.get(hall, 0) >= 500:  # expect: FEN201
            return False
        self.cache.incr(hall)
        return True
