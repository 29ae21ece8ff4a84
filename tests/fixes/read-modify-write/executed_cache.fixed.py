# unsafe
from django.core.cache import cache


def failed_login(name):
    cache.add(f"failures:{name}", 0, timeout=600)
    cache.incr(f"failures:{name}")
