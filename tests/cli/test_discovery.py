"""Which files are looked at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fenceline.discovery import discover, find_root, left_out_as
from tests.cli.conftest import BROKEN, Run


def found(root: Path, *paths: str, exclude: tuple[str, ...] = (), force_exclude: bool = False) -> list[str]:
    wanted = [root / path for path in paths] or [root]
    return discover(root.resolve(), wanted, exclude, force_exclude=force_exclude).files


def test_python_files_and_nothing_else(project):
    root = project({"a.py": "", "b.pyi": "", "c.txt": "", "d/e.py": "", "d/f.PY": "", "script": "#!python"})
    assert found(root) == ["a.py", "d/e.py"]


def test_a_named_file_is_taken_whatever_it_is_called(project):
    root = project({"script": "", "tests/test_a.py": "", "venv/b.py": ""})
    assert found(root, "script", "tests/test_a.py", "venv/b.py") == ["script", "tests/test_a.py", "venv/b.py"]


def test_the_same_file_twice(project):
    root = project({"shop/a.py": ""})
    assert found(root, "shop/a.py", "shop", ".", "shop/../shop/a.py") == ["shop/a.py"]


@pytest.mark.parametrize("directory", [".venv", "venv", "node_modules", "__pycache__", "build", "dist", ".tox", ".git"])
def test_default_excludes(project, directory: str):
    root = project({"a.py": "", f"x/{directory}/b.py": "", f"{directory}/site-packages/c.py": ""})
    assert found(root) == ["a.py"]
    assert found(root, f"x/{directory}") == [f"x/{directory}/b.py"]
    assert found(root, f"x/{directory}", force_exclude=True) == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("tests/helpers.py", "test"),
        ("shop/test/case.py", "test"),
        ("shop/test_stock.py", "test"),
        ("shop/stock_test.py", "test"),
        ("shop/tests.py", "test"),
        ("conftest.py", "test"),
        ("shop/migrations/0001_initial.py", "migration"),
        ("shop/contest.py", None),
        ("shop/latest.py", None),
        ("shop/testing.py", None),
        ("migrations.py", None),
    ],
)
def test_tests_and_migrations(path: str, reason: str | None):
    assert left_out_as(path) == reason


def test_what_is_a_test_is_decided_relative_to_the_root(tmp_path: Path):
    root = tmp_path / "tests" / "build" / "project"
    (root / "shop").mkdir(parents=True)
    (root / "shop" / "a.py").touch()
    assert found(root) == ["shop/a.py"]
    assert found(tmp_path, "tests") == []


def test_gitignore_nested_and_negated(project):
    root = project({
        ".gitignore": "generated/\n*_pb2.py\n/top.py\n!\n",
        "top.py": "", "a_pb2.py": "", "generated/x.py": "", "shop/generated/y.py": "", "shop/top.py": "",
        "shop/.gitignore": "!keep_pb2.py\nlocal.py\n",
        "shop/keep_pb2.py": "", "shop/local.py": "", "local.py": "", "shop/deep/local.py": "",
    })  # fmt: skip
    assert found(root) == ["local.py", "shop/keep_pb2.py", "shop/top.py"]
    assert found(root, "shop/deep") == []
    assert found(root, "generated") == ["generated/x.py"]
    assert found(root, "generated", force_exclude=True) == []
    assert found(root, "generated/x.py", force_exclude=True) == []
    assert found(root, "generated/x.py") == ["generated/x.py"]


def test_gitignore_above_the_root_counts_inside_one_repository(project):
    root = project({".git/info/exclude": "secret.py\n", ".gitignore": "b.py\n", "app/a.py": "", "app/b.py": "",
                    "app/secret.py": "", "app/pyproject.toml": ""})  # fmt: skip
    assert found(root / "app") == ["a.py"]


def test_exclude_option_and_key(project, run: Run):
    project({"pyproject.toml": '[tool.fenceline]\nexclude = ["legacy/"]\n', "legacy/a.py": BROKEN, "b_pb2.py": BROKEN,
             "c.py": BROKEN})  # fmt: skip
    assert run("check", "--format", "json").paths() == ["b_pb2.py", "c.py"]
    assert run("check", "--format", "json", "--exclude", "*_pb2.py").paths() == ["c.py"]
    assert run("check", "legacy/a.py", "--format", "json").paths() == ["legacy/a.py"]
    assert run("check", "legacy/a.py", "c.py", "--force-exclude", "--format", "json").paths() == ["c.py"]


def test_exclude_that_is_no_pattern(project, run: Run):
    project({"a.py": ""})
    outcome = run("check", "--exclude", "!")
    assert outcome.code == 2
    assert "'!' is no pattern" in outcome.err


def test_a_directory_with_the_name_of_a_file(project):
    root = project({"x.py/inner.py": "", "a.py": ""})
    assert found(root) == ["a.py", "x.py/inner.py"]
    assert found(root, "x.py") == ["x.py/inner.py"]


def test_link_loops_end(project, run: Run):
    root = project({"shop/a.py": BROKEN})
    (root / "shop" / "loop").symlink_to(root / "shop", target_is_directory=True)
    (root / "shop" / "up").symlink_to(root.parent, target_is_directory=True)
    (root / "self").symlink_to(root / "self")
    (root / "self.py").symlink_to(root / "self.py")
    assert found(root) == ["shop/a.py"]
    outcome = run("check", "self.py", "shop/loop", "--format", "json")
    assert outcome.code == 2
    assert outcome.err == "Error: self.py: a link that leads nowhere\n"
    assert run("check", "shop/loop", "--format", "json").paths() == ["shop/loop/a.py"]
    assert len(run("check", "shop", "shop/loop", "--format", "json").paths()) == 1


def test_links_are_followed_once(project, tmp_path: Path):
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "s.py").touch()
    (shared / "back").symlink_to(tmp_path / "project", target_is_directory=True)
    root = project({"a.py": ""})
    (root / "one").symlink_to(shared, target_is_directory=True)
    (root / "two").symlink_to(shared, target_is_directory=True)
    (root / "b.py").symlink_to(root / "a.py")
    (root / "outside.py").symlink_to(shared / "s.py")
    assert found(root) == ["a.py", "one/s.py"]
    assert found(root, "b.py") == ["b.py"]
    assert found(root, "two") == ["two/s.py"]


def test_a_broken_link(project, run: Run):
    root = project({"a.py": ""})
    (root / "gone.py").symlink_to(root / "nowhere.py")
    assert found(root) == ["a.py"]
    outcome = run("check", "gone.py")
    assert outcome.code == 2
    assert "gone.py: a link that leads nowhere" in outcome.err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this platform")
def test_a_pipe_is_not_read(project, run: Run):
    root = project({"a.py": ""})
    os.mkfifo(root / "pipe.py")
    assert found(root) == ["a.py"]
    outcome = run("check", "pipe.py")
    assert outcome.code == 2
    assert "pipe.py: neither a file nor a directory" in outcome.err


def test_a_directory_that_cannot_be_listed(project, run: Run, monkeypatch: pytest.MonkeyPatch):
    project({"locked/a.py": BROKEN, "b.py": BROKEN})
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr("fenceline.discovery.os.scandir", refuse)
    outcome = run("check", "--format", "json")
    assert outcome.code == 1
    assert outcome.paths() == ["b.py", "locked"]
    assert outcome.report()["findings"][1]["message"] == (
        "the directory cannot be listed: Permission denied, so it is not analysed"
    )


def test_the_order_is_that_of_the_names(project):
    root = project({f"{name}/{name}.py": "" for name in "dbca"})
    assert found(root, "d", "a", "c", "b") == [f"{name}/{name}.py" for name in "abcd"]


def test_root_is_the_nearest_project(project):
    root = project({"shop/pyproject.toml": "", "shop/deep/a.py": "", "other/b.py": ""})
    assert find_root([root / "shop" / "deep" / "a.py"]) == root / "shop"
    assert find_root([root / "shop" / "deep", root / "other"]) == root
    (root / "other" / ".git").mkdir()
    assert find_root([root / "other" / "b.py"]) == root / "other"
