"""Small projects, and what is found in them here."""

from __future__ import annotations

from pathlib import Path

STOCK = '''"""Stock in Redis."""

import redis


class Stock:
    def __init__(self, client: redis.Redis):
        self.client = client

    def left(self, sku):
        return int(self.client.get(f"stock:{sku}") or 0)

    def take(self, sku):
        self.client.decr(f"stock:{sku}")
'''

VIEW = '''"""A view."""

from {package}stock import Stock


def order_{n}(client, sku: str):
    stock = Stock(client)
    if stock.left(sku) < {n}:
        raise LookupError(sku)
    stock.take(sku)
'''


def shop(root: Path, views: int, package: str = "shop") -> list[str]:
    """A helper, and so many files in each of which it is used wrongly; the paths that are written."""
    folder = root / package
    folder.mkdir(parents=True, exist_ok=True)
    (root / "pyproject.toml").touch()
    prefix = f"{package}." if package else ""
    files = {"__init__.py": "", "stock.py": STOCK}
    files |= {f"view_{n:02}.py": VIEW.format(package=prefix, n=n) for n in range(1, views + 1)}
    if not package:
        del files["__init__.py"]
    for name, text in files.items():
        (folder / name).write_text(text)
    return [f"{package}/{name}" if package else name for name in files]
