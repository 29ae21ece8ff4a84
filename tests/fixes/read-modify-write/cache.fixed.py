# unsafe
from django.core.cache import cache
from pymemcache.client.base import Client

memo = Client("localhost")


def failed_login(name):
    cache.add(f"failures:{name}", 0, timeout=600)
    cache.incr(f"failures:{name}")


def failed(name, times):
    cache.add(f"failures:{name}", 0, 600)
    failures = cache.incr(f"failures:{name}", times)
    return failures


def memcached(name):
    memo.add(name, 0, expire=60, noreply=False)
    memo.incr(name, 1)
