from django.core.cache import cache, caches

limits = caches["limits"]


def get_then_set(page):
    count = cache.get(f"views:{page}", 0)  # expect: FEN202
    cache.set(f"views:{page}", count + 1)


def get_or_nothing_then_set(page):
    count = cache.get(f"views:{page}") or 0  # expect: FEN202
    count += 1
    cache.set(f"views:{page}", count, 3600)


def list_then_set(user, item):
    recent = cache.get(f"recent:{user}", [])  # expect: FEN202
    recent.insert(0, item)
    cache.set(f"recent:{user}", recent[:10], timeout=None)


def set_of_names_then_set(room, user):
    present = cache.get(f"room:{room}") or set()  # expect: FEN202
    present.add(user)
    cache.set(f"room:{room}", present)


def dictionary_then_set(user, key, value):
    settings = cache.get(f"settings:{user}", {})  # expect: FEN202
    cache.set(f"settings:{user}", {**settings, key: value})


def named_cache(user):
    calls = limits.get(f"calls:{user}", 0)  # expect: FEN202
    if calls >= 100:
        return False
    limits.set(f"calls:{user}", calls + 1, 60)
    return True


def named_cache_in_line(user):
    calls = caches["limits"].get(f"calls:{user}", 0)  # expect: FEN202
    caches["limits"].set(f"calls:{user}", calls + 1, 60)


def absent_is_one(user):
    attempts = cache.get(f"attempts:{user}")  # expect: FEN202
    if attempts is None:
        attempts = 0
    attempts = attempts + 1
    cache.set(f"attempts:{user}", attempts, 300)
    return attempts > 5


async def awaited(page):
    count = await cache.aget(f"views:{page}", 0)  # expect: FEN202
    await cache.aset(f"views:{page}", count + 1)


class Throttle:
    scope = "login"

    def __init__(self, store=cache):
        self.store = caches["limits"]

    def key(self, user):
        return f"{self.scope}:{user}"

    def allow(self, user, now):
        history = self.store.get(self.key(user), [])  # expect: FEN202
        while history and history[-1] <= now - 60:
            history.pop()
        if len(history) >= 5:
            return False
        history.insert(0, now)
        self.store.set(self.key(user), history, 60)
        return True
