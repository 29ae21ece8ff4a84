# unsafe
"""Entries of Django's cache, which has no scripts."""

from time import monotonic

from django.core.cache import cache
from django.core.cache import caches as all_caches


def told_to_stay(shop):
    deadline = monotonic() + 270
    if cache.add(f"lock:{shop}", "1", 300):
        try:
            cache.set("n", 1)
        finally:
            if monotonic() < deadline:
                cache.delete(f"lock:{shop}")


def waits(shop):
    store = all_caches["locks"]
    while not store.add(f"lock:{shop}", "1", timeout=300):
        pass
    deadline = monotonic() + 270
    try:
        cache.set("n", 1)
    finally:
        if monotonic() < deadline:
            store.delete(f"lock:{shop}")
