from django.core.cache import cache


def failed_login(name):
    failures = cache.get(f"failures:{name}", 0)
    cache.set(f"failures:{name}", failures + 1, timeout=600)
