# unsafe
from django.core.cache import cache


def busy(user):
    if not cache.add(f"busy:{user}", True, 60):
        return False
    return True


def idle(user):
    if cache.add(f"busy:{user}", True, 60):
        return True
    return False
