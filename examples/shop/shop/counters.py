"""Counters that the dashboard reads."""

from django.core.cache import cache

from shop.connections import client


def count_view(product_id):
    key = f"views:{product_id}"
    views = cache.get(key, 0)  # expect: FEN202
    cache.set(key, views + 1, timeout=None)


def count_view_in_place(product_id):
    key = f"views:{product_id}"
    cache.add(key, 0, timeout=None)
    cache.incr(key)


def raise_best_day(takings_cents):
    best = int(client.get("takings:best") or 0)  # expect: FEN202
    client.set("takings:best", max(best, takings_cents))


def raise_best_day_in_place(day, takings_cents):
    client.zadd("takings:best-days", {day: takings_cents}, gt=True)


def count_search(term):
    client.zincrby("searches", 1, term)
