"""Synthetic trees: always the same, and with exactly the hazards that are known."""

from __future__ import annotations

import ast
import hashlib
import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main as benchmarks
from benchmarks.rounds import wrong_in
from benchmarks.sites import SITES
from benchmarks.synthetic import Hazards, difference, read_hazards, write_tree
from fenceline.config import Config
from fenceline.engine import check
from fenceline.report.document import Report


def digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    text = "".join(f"{path.relative_to(folder)}\n{path.read_text(encoding='utf-8')}" for path in files)
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthetic") / "tree"
    write_tree(folder, 200, seed=2)
    return folder


@pytest.fixture(scope="module")
def report(tree: Path) -> Report:
    return check([tree], Config(cache_dir=None, jobs=1), tree)


def test_a_seed_always_gives_the_same_tree(tree, tmp_path):
    write_tree(tmp_path / "again", 200, seed=2)
    write_tree(tmp_path / "other", 200, seed=3)
    assert digest(tmp_path / "again") == digest(tree) != digest(tmp_path / "other")


def test_a_tree_has_as_many_python_files_as_asked_for_and_all_of_them_compile(tree):
    files = list(tree.rglob("*.py"))
    assert len(files) == 200
    for path in files:
        ast.parse(path.read_text(encoding="utf-8"))


def test_exactly_the_hazards_of_the_tree_are_found(tree, report):
    expected = read_hazards(tree)
    assert expected is not None
    assert difference(expected, [(one.path, one.rule) for one in report.findings]) == []
    assert report.summary.findings == len(expected.places) > 8


def test_a_tree_has_hazards_of_several_rules_and_twins_that_have_none(tree):
    expected = read_hazards(tree)
    assert expected is not None
    applications = sum(1 for _ in tree.glob("apps/*/services.py"))
    assert len({rule for _, rule in expected.places}) >= 6
    assert len(expected.places) < applications * len(SITES) / 2


def test_files_that_cannot_matter_are_not_parsed(tree, report):
    plain = sum(1 for _ in tree.glob("apps/*/domain/*.py"))
    assert report.summary.parsed < report.summary.files - plain * 0.9


def test_what_was_missed_and_what_is_too_much_is_said():
    expected = Hazards(3, (("a.py", "FEN201"), ("a.py", "FEN201"), ("b.py", "FEN203")))
    found = [("a.py", "FEN201"), ("b.py", "FEN203"), ("b.py", "FEN205")]
    assert difference(expected, found) == ["missed FEN201 in a.py", "unexpected FEN205 in b.py"]
    report = {"findings": [{"path": path, "rule": rule} for path, rule in found]}
    assert wrong_in(expected, report) == "missed FEN201 in a.py; unexpected FEN205 in b.py"
    assert wrong_in(Hazards(3, tuple(found)), report) == ""


def test_a_tree_is_made_from_the_command_line(tmp_path, capsys):
    assert benchmarks(["generate", str(tmp_path / "tree"), "--files", "50"]) == 0
    assert json.loads((tmp_path / "tree" / "hazards.json").read_text(encoding="utf-8"))["files"] == 50
    assert "50 files" in capsys.readouterr().out


def test_what_is_no_synthetic_tree_has_no_known_hazards(tmp_path):
    assert read_hazards(tmp_path) is None
