# unsafe
"""Django's cache has no scripts: the entry is deleted only ahead of its expiry."""

from time import monotonic

from django.core.cache import cache


def cached(shop):
    deadline = monotonic() + 54
    if cache.add(f"lock:{shop}", "1", 60):
        try:
            cache.set("n", 1)
        finally:
            if monotonic() < deadline:
                cache.delete(f"lock:{shop}")  # for the next one
