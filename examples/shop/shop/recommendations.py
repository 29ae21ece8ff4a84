"""Pages ask two services through one pool; the slow one fills it, and the other's callers wait as well."""

from concurrent.futures import ThreadPoolExecutor

import requests
from django.conf import settings

pool = ThreadPoolExecutor(max_workers=8)
fast_pool = ThreadPoolExecutor(max_workers=8)
slow_pool = ThreadPoolExecutor(max_workers=4)


def page_parts(sku):
    similar = pool.submit(requests.get, f"{settings.SIMILAR_URL}/{sku}")  # missed-alarm: FEN502
    reviews = pool.submit(requests.get, f"{settings.REVIEWS_URL}/{sku}")
    return similar.result().json(), reviews.result().json()  # missed-alarm: FEN501


def page_parts_apart(sku):
    similar = slow_pool.submit(requests.get, f"{settings.SIMILAR_URL}/{sku}", timeout=1)
    reviews = fast_pool.submit(requests.get, f"{settings.REVIEWS_URL}/{sku}", timeout=1)
    return similar.result(timeout=2).json(), reviews.result(timeout=2).json()
