from django.core.cache import cache
from pymemcache.client.base import Client

memo = Client("localhost")


def failed_login(name):
    failures = cache.get(f"failures:{name}", 0)
    cache.set(f"failures:{name}", failures + 1, timeout=600)


def failed(name, times):
    failures = cache.get(f"failures:{name}") or 0
    failures += times
    cache.set(f"failures:{name}", failures, 600)
    return failures


def memcached(name):
    failures = int(memo.get(name) or 0)
    memo.set(name, failures + 1, expire=60)
