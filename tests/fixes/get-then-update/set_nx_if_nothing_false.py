from django.core.cache import cache


def busy(user):
    if cache.get(f"busy:{user}"):
        return False
    cache.set(f"busy:{user}", True, 60)
    return True


def idle(user):
    if not cache.get(f"busy:{user}"):
        cache.set(f"busy:{user}", True, 60)
        return True
    return False
