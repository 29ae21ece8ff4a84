"""What counts after a change: nothing that an examination of everything would not say again."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import fenceline
from fenceline import results
from fenceline.config import load_config
from fenceline.engine import check
from fenceline.report.document import Report
from fenceline.rules import all_rules
from tests.cli.conftest import project
from tests.results.shifting_shop import Shop
from tests.small_shop import SHOP, STOCK, VIEWS

__all__ = ["project"]

Write = Callable[[Mapping[str, str | bytes]], Path]


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FENCELINE_NO_CACHE")


def checked(root: Path, **how: Any) -> Report:
    return check([root], load_config(root), root, **how)


def cold(root: Path) -> Report:
    return check([root], replace(load_config(root), cache_dir=None), root)


def said(report: Report) -> object:
    return report.findings, report.suppressed, report.summary.errors, report.summary.lines


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were examined since the list was emptied."""
    found: list[str] = []
    whole = results.Results._examined

    def noted(self: results.Results, settings: Any, paths: Any, *rest: Any) -> Any:
        found.extend(paths)
        return whole(self, settings, paths, *rest)

    monkeypatch.setattr(results.Results, "_examined", noted)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_after_any_changes_the_result_is_that_of_a_run_over_everything(tmp_path: Path, seed: int):
    (tmp_path / "pyproject.toml").write_text('[tool.fenceline]\nmin-confidence = "low"\n')
    shop = Shop(tmp_path, random.Random(seed))
    checked(tmp_path)
    for _ in range(8):
        changed = [shop.step() for _ in range(shop.chance.choice([1, 1, 2]))]
        assert said(checked(tmp_path)) == said(cold(tmp_path)), changed


MANY = {
    **SHOP,
    "shop/more.py": "from shop.stock import left\n\n\ndef show(sku):\n    return left(sku)\n",
    "shop/clock.py": "import redis\n\nr = redis.Redis()\n\n\ndef tick():\n    r.incr('ticks')\n",
    "shop/far.py": "from shop.clock import tick\n\n\ndef often():\n    tick()\n",
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"shop/stock.py": f"# counted\n{STOCK}"}, ["shop/more.py", "shop/stock.py", "shop/views.py"]),
        ({"shop/clock.py": f"{MANY['shop/clock.py']}    r.incr('more')\n"}, ["shop/clock.py", "shop/far.py"]),
        ({"shop/views.py": VIEWS.replace("> 0", "> 1")}, ["shop/views.py"]),
        ({"other.py": "x = 2\n"}, ["other.py"]),
        ({"unknown.py": "def nothing():\n    return 1\n"}, ["unknown.py"]),
        ({"tests/test_stock.py": "from shop.stock import left\n\n\ndef test():\n    left(1)\n"}, []),
    ],
    ids=str,
)
def test_a_changed_helper_examines_its_callers_and_nothing_else(
    project: Write, examined: list[str], change: dict[str, str], expected: list[str]
):
    root = project(MANY)
    checked(root)
    examined.clear()
    project(change)
    again = checked(root)
    assert sorted(examined) == expected
    assert again.summary.cached == again.summary.files - len(expected)


def test_a_function_that_is_called_no_more_examines_who_called_it(project: Write, examined: list[str]):
    """What is said of a helper depends on its callers as well: one takes a lock around it."""
    root = project(MANY)
    checked(root)
    examined.clear()
    project({"shop/more.py": "x = 1\n"})
    again = checked(root)
    assert "shop/more.py" in examined
    assert "shop/clock.py" not in examined
    assert said(again) == said(cold(root))


def test_only_what_was_changed_is_parsed_again_with_what_it_needs(project: Write):
    root = project(MANY)
    checked(root)
    project({"shop/far.py": MANY["shop/far.py"] + "    tick()\n"})
    assert checked(root).summary.parsed == 2  # itself, and what it calls


def test_a_run_over_a_part_leaves_the_rest_as_it_is(project: Write, examined: list[str]):
    root = project(MANY)
    checked(root)
    project({"shop/clock.py": f"# new\n{MANY['shop/clock.py']}"})
    examined.clear()
    check([root / "other.py"], load_config(root), root)
    assert examined == []
    checked(root)
    assert sorted(examined) == ["shop/clock.py", "shop/far.py"]


def test_changes_in_between_two_runs_over_parts(project: Write):
    root = project(MANY)
    checked(root)
    project({"shop/stock.py": STOCK.replace("decr", "incr")})
    check([root / "other.py"], load_config(root), root)
    project({"shop/stock.py": STOCK.replace("r.decr", "print"), "shop/views.py": VIEWS.replace("> 0", "> 3")})
    assert said(checked(root)) == said(cold(root))
    project(MANY)
    assert said(checked(root)) == said(cold(root))


def test_workers_say_what_they_have_consulted_as_well(project: Write, examined: list[str]):
    root = project({**MANY, "pyproject.toml": "[tool.fenceline]\njobs = 2\n"})
    checked(root)
    examined.clear()
    project({"shop/stock.py": f"# counted\n{STOCK}"})
    again = checked(root)
    assert sorted(examined) == ["shop/more.py", "shop/stock.py", "shop/views.py"]
    assert said(again) == said(cold(root))


def states(root: Path) -> list[Path]:
    return sorted((root / ".fenceline_cache" / "states").glob("*.json"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda _: b"\xff" * 100,
        lambda _: signed(b"[1, 2]"),
        lambda _: signed(b'{"files": 1}'),
        lambda _: signed(b'{"files": {"other.py": "x"}, "contents": {"other.py": "y"}}'),
        lambda data: signed(data.partition(b"\n")[2].replace(b'"questions":[[', b'"questions":[[1,')),
        lambda data: signed(data.partition(b"\n")[2].replace(b'"answers":[', b'"answers":[[],')),
    ],
)
def test_a_broken_state_is_as_none(project: Write, damage: Callable[[bytes], bytes]):
    root = project(MANY)
    checked(root)
    (state,) = states(root)
    state.write_bytes(damage(state.read_bytes()))
    project({"shop/stock.py": f"# counted\n{STOCK}"})
    again = checked(root)
    assert said(again) == said(cold(root))
    assert not again.has_internal_error
    project({"other.py": "x = 3\n"})
    assert checked(root).summary.cached == 6


def signed(body: bytes) -> bytes:
    return results._digest_of(body) + b"\n" + body


def test_states_are_few_and_hold_what_is_there_alone(project: Write):
    root = project(MANY)
    checked(root)
    (state,) = states(root)
    size = state.stat().st_size
    for number in range(12):
        project({"shop/clock.py": f"{MANY['shop/clock.py']}    r.incr('more {number}')\n"})
        checked(root)
    (state,) = states(root)
    assert state.stat().st_size < size * 1.2
    for rule in all_rules()[: results.MOST_STATES + 2]:
        (root / "pyproject.toml").write_text(f'[tool.fenceline]\nselect = ["{rule.code}"]\n')
        checked(root)
    assert len(states(root)) == results.MOST_STATES


def started(root: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "fenceline", "check", str(root)]
    env = {**os.environ, "PYTHONPATH": str(Path(fenceline.__file__).parents[1])}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)


def test_a_state_that_is_too_large_is_not_kept(project: Write, monkeypatch: pytest.MonkeyPatch):
    root = project(MANY)
    monkeypatch.setattr(results, "MOST_BYTES_OF_ONE", 2_000)
    first = checked(root)
    assert states(root) == []
    project({"other.py": "x = 2\n"})
    assert said(checked(root))[0] == first.findings  # type: ignore[index]


def test_runs_at_once_on_changed_files(project: Write):
    root = project(MANY)
    checked(root)
    for number in range(3):
        project({"shop/stock.py": f"# {number}\n{STOCK}"})
        running = [started(root) for _ in range(3)]
        outputs = [process.communicate(timeout=120)[0] for process in running]
        assert len({text.rpartition(" (")[0] for text in outputs}) == 1
    assert said(checked(root)) == said(cold(root))


def test_a_run_that_is_killed_leaves_what_was_there(project: Write):
    root = project(MANY)
    checked(root)
    for seconds in (0.2, 0.5, 0.9):
        project({"shop/stock.py": f"# {seconds}\n{STOCK}"})
        process = started(root)
        time.sleep(seconds)
        process.kill()
        process.communicate()
        assert said(checked(root)) == said(cold(root))


def test_the_state_moves_with_the_project(project: Write, tmp_path: Path, examined: list[str]):
    root = project(MANY)
    checked(root)
    moved = tmp_path / "elsewhere"
    shutil.copytree(root, moved)
    (moved / "other.py").write_text("x = 2\n")
    examined.clear()
    assert said(checked(moved)) == said(cold(moved))
    assert examined[:1] == ["other.py"]


def test_nothing_is_kept_that_was_found_out_of_planned_files(project: Write):
    root = project(MANY)
    os.environ.pop("FENCELINE_NO_CACHE", None)
    checked(root, planned={"shop/stock.py": b""})
    assert states(root) == []
