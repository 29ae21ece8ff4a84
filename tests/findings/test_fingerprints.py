"""Fingerprints tell findings apart and survive moved lines."""

from pathlib import Path

from fenceline.config import Config
from fenceline.engine import check

TWICE = """import redis

client = redis.Redis()


def visit(page):
    seen = int(client.get(f"visits:{page}") or 0)
    client.set(f"visits:{page}", seen + 1)
    seen = int(client.get(f"visits:{page}") or 0)
    client.set(f"visits:{page}", seen + 2)
"""


def fingerprints(root: Path, text: str) -> list[str]:
    (root / "page.py").write_text(text)
    return [one.fingerprint for one in check([root / "page.py"], Config(jobs=1), root).findings]


def test_two_equal_findings_of_one_function_have_two_fingerprints(tmp_path):
    found = fingerprints(tmp_path, TWICE)
    assert len(found) == 2
    assert len(set(found)) == 2


def test_moved_lines_keep_their_fingerprints(tmp_path):
    assert fingerprints(tmp_path, TWICE) == fingerprints(tmp_path, TWICE.replace("\n\n\n", "\n\n\n\n# moved\n\n\n"))
