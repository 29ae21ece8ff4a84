"""What files held when they were last read: known again by stamps, never wrongly."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fenceline import contents, stamps
from fenceline.config import load_config
from fenceline.contents import contents_of
from fenceline.engine import check
from fenceline.report.document import Report
from fenceline.stamps import Stamps
from tests.cli.conftest import project
from tests.small_shop import SHOP, STOCK

__all__ = ["project"]

Write = Callable[[Mapping[str, str | bytes]], Path]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="stamps have no time of the last change of the entry")


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FENCELINE_NO_CACHE")


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """All files count as written long ago."""
    monkeypatch.setattr(stamps, "NANOSECONDS_OF_A_MOMENT", -60_000_000_000)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the project's files that are read for a digest."""
    names: list[str] = []
    whole = contents.digest_of

    def noted(file: str, name: str, known: Stamps) -> tuple[os.stat_result, bytes]:
        names.append(name)
        return whole(file, name, known)

    monkeypatch.setattr(contents, "digest_of", noted)
    return names


def checked(root: Path) -> Report:
    return check([root], load_config(root), root)


def test_what_is_known_is_not_read_again(project: Write, settled: None, read: list[str]):
    root = project(SHOP)
    first = checked(root)
    assert set(read) == set(SHOP)
    read.clear()
    again = checked(root)
    assert read == []
    assert again.summary.cached == 4
    assert again.findings == first.findings


def test_one_that_is_changed_is_read_again(project: Write, settled: None, read: list[str]):
    root = project(SHOP)
    checked(root)
    read.clear()
    changed = root / "shop" / "stock.py"
    before = changed.stat()
    changed.write_text(STOCK.replace("decr", "incr"))  # as long as it was
    os.utime(changed, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert changed.stat().st_size == before.st_size
    assert checked(root).summary.cached < 4
    assert set(read) == {"shop/stock.py"}


def test_what_was_written_a_moment_before_is_read_each_time(project: Write, read: list[str]):
    root = project(SHOP)
    checked(root)
    read.clear()
    checked(root)
    assert set(read) == set(SHOP)


def test_stamps_change_no_digest(project: Write, settled: None, tmp_path: Path):
    root = project(SHOP)
    plain = contents_of(root)
    folder = tmp_path / "stamps"
    for _ in range(3):
        known = Stamps(folder)
        assert contents_of(root, stamps=known) == plain
        known.save()
    assert len(json.loads((folder / f"{os.geteuid()}.json").read_bytes())) == 4


def test_what_is_gone_is_forgotten(project: Write, settled: None, tmp_path: Path):
    root = project({**SHOP, "gone.py": ""})
    for name in ("gone.py", "other.py"):
        known = Stamps(tmp_path)
        contents_of(root, stamps=known)
        known.save()
        (root / name).unlink()
        (root / f"instead_of_{name}").touch()
    assert "gone.py" not in json.loads((tmp_path / f"{os.geteuid()}.json").read_bytes())


@pytest.mark.parametrize("text", ["", "[]", "{", '{"other.py": 3}', '{"other.py": []}', '{"other.py": [1, "zz"]}'])
def test_a_file_that_is_not_ours_is_not_believed(project: Write, settled: None, text: str):
    root = project(SHOP)
    checked(root)
    (file,) = (root / ".fenceline_cache" / "stamps").iterdir()
    file.write_text(text)
    assert checked(root).summary.cached == 4


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="may read everything")
def test_a_file_that_may_not_be_read_any_more_is_tried(project: Write, settled: None):
    root = project(SHOP)
    checked(root)
    (root / "other.py").chmod(0)
    assert checked(root).summary.cached < 4


def test_nothing_is_left_where_nothing_is_kept(project: Write, settled: None):
    root = project(SHOP)
    known = Stamps(root / "nowhere" / "stamps")
    contents_of(root, stamps=known)
    known.save()
    assert not (root / "nowhere").exists()


def test_a_copy_of_the_project_has_stamps_of_its_own(project: Write, settled: None, tmp_path: Path):
    root = project({**SHOP, "pyproject.toml": f'[tool.fenceline]\ncache-dir = "{tmp_path}/shared"\n'})
    checked(root)
    assert not (tmp_path / "shared" / "stamps").exists()
    assert checked(root).summary.cached == 4
