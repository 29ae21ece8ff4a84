from django.core.cache import cache


def claim(order_id, worker):
    if cache.get(f"claim:{order_id}") is None:
        cache.set(f"claim:{order_id}", worker, timeout=60)
        return True
    return False
