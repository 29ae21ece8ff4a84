"""``fix`` with the fixers that there are, run as a program: in one process and in several."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

SOURCES = Path(__file__).resolve().parents[1] / "fixes"
CASES = {
    "shop/locks.py": SOURCES / "lock-without-expiry" / "keys.py",
    "shop/commits.py": SOURCES / "lock-released-before-commit" / "django.py",
}
RULES = ("--select", "FEN402,FEN406", "--min-confidence", "low")


@pytest.fixture
def root(project) -> Path:
    return project({name: path.read_bytes() for name, path in CASES.items()})


def shown(out: str) -> str:
    return out.rpartition("(")[0]  # without the time that it took


def test_several_workers_make_the_same_of_it(root: Path, program: Run):
    alone, together = (program("fix", *RULES, "--diff", "--jobs", jobs, root) for jobs in (1, 3))
    assert alone.code == 1
    assert alone.out == together.out
    assert shown(alone.err) == shown(together.err)
    assert {name: (root / name).read_bytes() for name in CASES} == {n: p.read_bytes() for n, p in CASES.items()}


def test_what_is_written_is_what_was_shown(root: Path, program: Run):
    (root / "shop/locks.py").chmod(0o755)
    outcome = program("fix", *RULES, "--jobs", 2, root)
    assert outcome.err == ""
    assert "Fixed" in outcome.out
    for name, path in CASES.items():
        assert (root / name).read_bytes() != path.read_bytes()
        compile((root / name).read_bytes(), name, "exec")
    assert (root / "shop/locks.py").stat().st_mode & 0o777 == 0o755
    assert sorted(one.name for one in (root / "shop").iterdir()) == ["commits.py", "locks.py"]
    again = program("fix", *RULES, root)
    assert again.out.splitlines()[-1].startswith("Fixed nothing")
