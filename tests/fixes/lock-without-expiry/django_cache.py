"""Entries of Django's cache, which has no scripts."""

from django.core.cache import cache
from django.core.cache import caches as all_caches


def told_to_stay(shop):
    if cache.add(f"lock:{shop}", "1", None):
        try:
            cache.set("n", 1)
        finally:
            cache.delete(f"lock:{shop}")


def waits(shop):
    store = all_caches["locks"]
    while not store.add(f"lock:{shop}", "1", timeout=None):
        pass
    try:
        cache.set("n", 1)
    finally:
        store.delete(f"lock:{shop}")
