"""A hazard in one file, and one whose halves stand in two: programs that several tests check."""

from __future__ import annotations

RACE = """\
import redis

r = redis.Redis()


def reserve(sku):
    left = r.get(f"stock:{sku}")
    if left and int(left) > 0:
        r.decr(f"stock:{sku}")
"""
STOCK = """\
import redis

r = redis.Redis()


def left(sku):
    return int(r.get(f"stock:{sku}") or 0)


def take(sku):
    r.decr(f"stock:{sku}")
"""
VIEWS = """\
from shop.stock import left, take


def order(sku):
    if left(sku) > 0:
        take(sku)
"""
SHOP = {"shop/__init__.py": "", "shop/stock.py": STOCK, "shop/views.py": VIEWS, "other.py": "x = 1\n"}
