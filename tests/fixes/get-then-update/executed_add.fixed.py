from django.core.cache import cache


def claim(order_id, worker):
    if cache.add(f"claim:{order_id}", worker, timeout=60):
        return True
    return False
