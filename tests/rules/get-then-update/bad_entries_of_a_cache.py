"""In a cache, but no result that could be computed again: a code that counts once, a mark, something sent besides."""

import httpx
from django.core.cache import cache


def redeem(code):
    user = cache.get(f"code:{code}")  # expect: FEN201
    if user is None:
        return None
    cache.delete(f"code:{code}")
    return user


def open_shop(day):
    if cache.get(f"open:{day}") is None:  # expect: FEN201
        cache.set(f"open:{day}", "yes")
        cache.delete(f"closed:{day}")
        httpx.post("https://shop.example/open", json={"day": day})


def rate(base):
    known = cache.get(f"rate:{base}")  # expect: FEN201
    if known is None:
        known = 1
        cache.set(f"rate:{base}", known)
        httpx.post("https://audit.example", json={"base": base})
    return known
