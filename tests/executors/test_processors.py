"""How many processors there are, by what the system says of this process."""

from pathlib import Path

import pytest

from fenceline.executors.processors import usable_processors


@pytest.fixture
def eight(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _process: set(range(8)), raising=False)


def groups(tmp_path: Path, membership: str, files: dict[str, str]) -> tuple[Path, Path]:
    for name, text in files.items():
        path = tmp_path / "groups" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "membership").write_text(membership)
    return tmp_path / "groups", tmp_path / "membership"


@pytest.mark.parametrize(
    ("membership", "files", "count"),
    [
        ("0::/\n", {}, 8),
        ("0::/\n", {"cpu.max": "max 100000\n"}, 8),
        ("0::/\n", {"cpu.max": "150000 100000\n"}, 2),
        ("0::/a/b\n", {"a/cpu.max": "300000 100000\n", "a/b/cpu.max": "max 100000\n"}, 3),
        ("0::/a/b\n", {"a/cpu.max": "300000 100000\n", "a/b/cpu.max": "50000 100000\n"}, 1),
        ("0::/../outside\n", {"cpu.max": "400000 100000\n"}, 4),
        ("4:cpu,cpuacct:/a\n1:memory:/a\n", {
            "cpu,cpuacct/a/cpu.cfs_quota_us": "200000\n", "cpu,cpuacct/a/cpu.cfs_period_us": "100000\n",
        }, 2),
        ("4:cpu:/a\n", {"cpu/a/cpu.cfs_quota_us": "-1\n", "cpu/a/cpu.cfs_period_us": "100000\n"}, 8),
        ("0::/\n", {"cpu.max": "9900000 100000\n"}, 8),
        ("nonsense\n", {"cpu.max": "nonsense"}, 8),
    ],
)  # fmt: skip
def test_limits_of_containers_count(eight, tmp_path: Path, membership: str, files: dict[str, str], count: int):
    assert usable_processors(*groups(tmp_path, membership, files)) == count


def test_without_control_groups(eight, tmp_path: Path):
    assert usable_processors(tmp_path / "none", tmp_path / "none") == 8
