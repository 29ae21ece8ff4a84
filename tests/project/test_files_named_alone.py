from __future__ import annotations

from pathlib import Path

from fenceline.config import Config
from fenceline.engine import check

STORE = """import redis


def connect():
    return redis.Redis()
"""
JOB = """from shop.store import connect


def reserve(sku):
    client = connect()
    if int(client.get(sku) or 0) > 0:
        client.decr(sku)
"""


def test_which_files_are_named_does_not_change_where_imports_start_from(tmp_path: Path):
    for name, text in {"backend/shop/__init__.py": "", "backend/shop/store.py": STORE, "scripts/job.py": JOB}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    job = tmp_path / "scripts" / "job.py"
    alone, whole = (check([one], Config(jobs=1), tmp_path).findings for one in (job, tmp_path))
    assert [(one.rule, one.line) for one in whole] == [("FEN201", 6)]
    assert alone == whole
