"""What comes on standard input, as if a file of the project held it: what editors send."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fenceline.cli import cli
from tests.cli.conftest import BROKEN, Outcome, project

__all__ = ["project"]

Write = Callable[[Mapping[str, str | bytes]], Path]

STOCK = """\
import redis

r = redis.Redis()


def left(sku):
    return int(r.get(f"stock:{sku}") or 0)
"""
ORDER = """\
from shop.stock import left, r


def order(sku):
    if left(sku) > 0:
        r.decr(f"stock:{sku}")
"""
SHOP = {"shop/__init__.py": "", "shop/stock.py": STOCK, "shop/views.py": "x = 1\n"}


def run(text: str | bytes, *arguments: Any) -> Outcome:
    result = CliRunner().invoke(cli, ["check", *map(str, arguments)], input=text)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Outcome(result.exit_code, result.stdout, result.stderr)


def test_the_text_takes_the_place_of_the_file(project: Write):
    project(SHOP)
    found = run(ORDER, "--stdin-filename", "shop/views.py", "--format", "json")
    assert (found.code, found.paths(), found.rules()) == (1, ["shop/views.py"], ["FEN201"])
    assert found.report()["summary"]["files"] == 1
    assert run(ORDER, "--stdin-filename", "shop/views.py", "-").code == 1


def test_the_disk_is_left_as_it_is(project: Write):
    root = project({**SHOP, "shop/views.py": ORDER})
    assert run("x = 1\n", "--stdin-filename", "shop/views.py").code == 0
    assert (root / "shop/views.py").read_text() == ORDER


def test_a_file_that_is_not_there_yet(project: Write):
    root = project(SHOP)
    found = run(ORDER, "--stdin-filename", "shop/new.py", "--quiet")
    assert found.out.startswith("shop/new.py:6:9: FEN201")
    found = run(ORDER, "--stdin-filename", "no/folder/new.py", "--quiet")
    assert found.out.startswith("no/folder/new.py:6:9: FEN201")
    assert not (root / "no").exists()


def test_the_nearest_project_is_that_of_the_file(project: Write, monkeypatch: pytest.MonkeyPatch):
    root = project(SHOP)
    monkeypatch.chdir("/")
    assert run(ORDER, "--stdin-filename", root / "shop/views.py", "-q").out.startswith("shop/views.py:6:9: FEN201")


def test_what_is_excluded_is_checked_unless_forced(project: Write):
    project({**SHOP, "pyproject.toml": '[tool.fenceline]\nexclude = ["shop/views.py"]\n'})
    assert run(ORDER, "--stdin-filename", "shop/views.py").code == 1
    assert run(ORDER, "--stdin-filename", "shop/views.py", "--force-exclude").code == 0
    assert run(ORDER, "--stdin-filename", "tests/test_new.py", "--force-exclude").code == 0


def test_broken_and_unreadable_text(project: Write):
    project(SHOP)
    assert run(BROKEN, "--stdin-filename", "shop/views.py", "--format", "json").rules() == ["FEN003"]
    assert run(b"x = '\xe4'\n", "--stdin-filename", "shop/views.py", "--format", "json").rules() == ["FEN003"]
    assert run("", "--stdin-filename", "shop/views.py").code == 0


def test_comments_in_the_text_count(project: Write):
    project(SHOP)
    hidden = ORDER.replace('{sku}")', '{sku}")  # noqa: FEN201')
    assert run(hidden, "--stdin-filename", "shop/views.py").code == 0
    unused = "x = 1  # noqa: FEN201\n"
    assert run(unused, "--stdin-filename", "shop/views.py", "--format", "json").rules() == ["FEN001"]


def test_fixes_are_for_the_text(project: Write):
    project({"visits.py": ""})
    text = "import redis\n\nr = redis.Redis()\n\n\ndef visit(page):\n    r.set(page, int(r.get(page) or 0) + 1)\n"
    (finding,) = run(text, "--stdin-filename", "visits.py", "--show-fixes", "--format", "json").report()["findings"]
    assert finding["fix"]["edits"][0]["start"]["line"] == 7


def test_what_is_written_already_is_served_from_the_store(project: Write, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("FENCELINE_NO_CACHE")
    project({**SHOP, "shop/views.py": ORDER})
    whole = run("", "--format", "json")
    found = run(ORDER, "--stdin-filename", "shop/views.py", "--format", "json", "--statistics")
    assert found.report()["statistics"]["files"]["cached"] == 1
    assert found.report()["findings"] == whole.report()["findings"]
    other = run(ORDER + "\n", "--stdin-filename", "shop/views.py", "--format", "json", "--statistics")
    assert (other.report()["statistics"]["files"]["cached"], other.rules()) == (0, ["FEN201"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-"], "needs a --stdin-filename"),
        (["--stdin-filename", "a.py", "b.py"], "goes with no other paths"),
        (["--stdin-filename", "a.py", "--fix"], "does not go with --fix"),
        (["--stdin-filename", "a.py", "--write-baseline", "b.json"], "does not go with --write-baseline"),
        (["--stdin-filename", "a.py", "--root", "shop"], "not inside the root"),
    ],
)
def test_what_does_not_go_together(project: Write, arguments: list[str], message: str):
    project(SHOP)
    outcome = run("x = 1\n", *arguments)
    assert outcome.code == 2
    assert message in outcome.err


def test_a_real_pipe(project: Write):
    root = project(SHOP)
    command = [sys.executable, "-m", "fenceline", "check", "-q", "--stdin-filename", "shop/views.py"]
    done = subprocess.run(command, input=ORDER.encode(), capture_output=True, timeout=120, check=False, cwd=root)
    assert done.stdout.startswith(b"shop/views.py:6:9: FEN201")
