"""What is sent is enough: a project that is written out elsewhere gives the same results, file by file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fenceline.config import Config
from fenceline.engine import prepare
from fenceline.examine import Examiner
from fenceline.executors import remote, snapshot
from fenceline.executors.executor import ExecutorError
from fenceline.executors.snapshot import snapshot_of
from fenceline.outcomes import FileResult
from fenceline.records import record_of
from tests.executors.trees import STOCK, VIEW, shop


def plain(root: Path) -> None:
    shop(root, 2)


def src_layout(root: Path) -> None:
    shop(root / "src", 2)
    (root / "pyproject.toml").touch()


def namespace_package(root: Path) -> None:
    shop(root, 2)
    (root / "shop/__init__.py").unlink()


def link_to_a_file(root: Path) -> None:
    shop(root, 1)
    (root / "shop/stock.py").rename(root / "shop/really.py")
    (root / "shop/stock.py").symlink_to("really.py")


def link_to_a_directory(root: Path) -> None:
    shop(root, 1, "really")
    (root / "shop").symlink_to("really")
    (root / "use.py").write_text(VIEW.format(package="shop.", n=7))


def link_out_of_the_project(root: Path) -> None:
    shop(root, 1)
    elsewhere = root.parent / "elsewhere"
    elsewhere.mkdir()
    (root / "shop/stock.py").rename(elsewhere / "stock.py")
    (root / "shop/stock.py").symlink_to(elsewhere / "stock.py")
    (elsewhere / "inner").mkdir()
    (elsewhere / "inner/stock.py").write_text(STOCK)
    (root / "linked").symlink_to(elsewhere)
    (root / "use.py").write_text(VIEW.format(package="linked.inner.", n=7))


def links_in_circles(root: Path) -> None:
    shop(root, 1)
    (root / "shop/up").symlink_to("..")
    (root / "shop/self.py").symlink_to("self.py")
    (root / "shop/gone.py").symlink_to("nowhere.py")


def broken_files(root: Path) -> None:
    shop(root, 1)
    (root / "shop/broken.py").write_text("def f(:\n    pass\n")
    (root / "shop/latin.py").write_bytes(b"name = '\xff'\n")
    (root / "shop/large.py").write_text("#" * 5_000_001)
    (root / "shop/folder.py").mkdir()


def name_that_is_not_utf_8(root: Path) -> None:
    shop(root, 1)
    try:
        (root / "shop/b\udcff.py").write_text(VIEW.format(package="shop.", n=3))
    except (OSError, UnicodeError):
        pytest.skip("the file system refuses such names")


def migrations(root: Path) -> None:
    shop(root, 1)
    (root / "shop/migrations").mkdir()
    (root / "shop/migrations/__init__.py").touch()
    (root / "shop/models.py").write_text("from django.db import models\n\n\nclass Row(models.Model):\n    pass\n")


TREES: list[Callable[[Path], None]] = [
    plain, src_layout, namespace_package, link_to_a_file, link_to_a_directory, link_out_of_the_project,
    links_in_circles, broken_files, name_that_is_not_utf_8, migrations,
]  # fmt: skip


def both_ways(root: Path, planned: Mapping[str, bytes] | None = None) -> tuple[list[FileResult], list[FileResult]]:
    """The results of all files: by this process in the tree itself, and in what was sent of it."""
    run = prepare([root], Config(), root, planned=planned)
    here = Examiner(run.settings)
    taken = snapshot_of(run.settings)
    paths = [path for path in run.found.files if taken.holds(path)]
    there = remote.examine_there("key", remote.program(), remote.packed(taken), tuple(paths))
    remote.forget("key")
    remote._over.clear()
    return [here.examine(path) for path in paths], there


def told(result: FileResult) -> object:
    parts = (result.findings, result.errors, result.reached, result.suppressions)
    return result.path, result.lines, sorted(result.parsed), *map(record_of, parts)


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.__name__)
def test_the_results_are_the_same(tree: Callable[[Path], None], tmp_path: Path):
    root = tmp_path.resolve() / "here"
    root.mkdir()
    tree(root)
    here, there = both_ways(root)
    assert [told(one) for one in there] == [told(one) for one in here]
    assert any(one.findings for one in here)


def test_a_root_inside_of_a_package(tmp_path: Path):
    root = tmp_path.resolve() / "whole"
    shop(root, 1)
    (root / "shop/sub").mkdir()
    (root / "shop/sub/__init__.py").touch()
    (root / "shop/sub/use.py").write_text(VIEW.format(package="shop.", n=7))
    here, there = both_ways(root / "shop/sub")
    assert [told(one) for one in there] == [told(one) for one in here]
    assert here[1].findings


def test_what_is_planned_is_sent_instead(tmp_path: Path):
    root = tmp_path.resolve()
    shop(root, 1)
    run = prepare([root], Config(), root, planned={"shop/view_01.py": b"", "shop/new": STOCK.encode()})
    taken = snapshot_of(run.settings)
    assert taken.holds("shop/new")
    (result,) = remote.examine_there("key", remote.program(), remote.packed(taken), ("shop/view_01.py",))
    remote.forget("key")
    assert not result.findings
    assert not result.lines


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    root, scratch = tmp_path / "here", tmp_path / "scratch"
    scratch.mkdir()
    shop(root, 1)
    monkeypatch.setattr(remote, "_scratch", lambda: str(scratch))
    data = remote.packed(snapshot_of(prepare([root], Config(), root).settings))
    for key in ("one", "two", "three"):
        remote.examine_there(key, remote.program(), data, ("shop/stock.py",))
    assert len(list(scratch.iterdir())) == remote.MOST_ROOMS
    for key in ("one", "two", "three"):
        remote.forget(key)
    assert not list(scratch.iterdir())
    assert remote.examine_there("three", remote.program(), data, ("shop/stock.py",)) == []
    assert not list(scratch.iterdir())


def test_another_program_is_refused(tmp_path: Path):
    with pytest.raises(remote.OtherProgramError):
        remote.examine_there("key", {**remote.program(), "fenceline": "0"}, b"", ())


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shop(tmp_path, 3)
    monkeypatch.setattr(snapshot, "MOST_FILES", 3)
    with pytest.raises(ExecutorError, match="too much to be sent to workers"):
        snapshot_of(prepare([tmp_path], Config(), tmp_path).settings)
