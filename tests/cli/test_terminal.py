"""What is shown while a run lasts, and that the documents name what there is."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import fenceline
from fenceline import activity, config, terminal
from fenceline.cli import check
from tests.cli.conftest import BROKEN, Run

README = Path(fenceline.__file__).parents[1] / "README.md"


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "SECONDS_BEFORE_PROGRESS", 0.05)
    monkeypatch.setattr(terminal, "SECONDS_BETWEEN_UPDATES", 0.01)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")


def last_line(screen: io.StringIO) -> str:
    """What is shown by now."""
    for _ in range(500):
        time.sleep(0.02)
        if screen.getvalue():
            time.sleep(0.1)
            return screen.getvalue().split("\r")[-1].rstrip()
    raise AssertionError("nothing is shown")


def test_progress_is_shown_when_the_work_is_long(quick: None):
    screen = Screen()
    with terminal.progress_on(screen, is_wanted=True) as note:
        assert note is not None
        activity.goes_on_with("examining")
        note(20, 100)
        assert last_line(screen) == "examining 20 of 100 files"
        activity.goes_on_with("sorting out")
        time.sleep(0.1)
        assert last_line(screen) == "sorting out"
    assert re.search(r"\r +\r$", screen.getvalue())  # nothing is left


def test_a_file_that_takes_long_is_named(quick: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(terminal, "SECONDS_OF_A_SLOW_FILE", 0.05)
    screen = Screen()
    with terminal.progress_on(screen, is_wanted=True):
        activity.goes_on_with("examining", lambda: ("shop/\x1b[31mviews.py",))
        time.sleep(0.3)
        assert last_line(screen) == "examining, 0 s at shop/\\x1b[31mviews.py"


def test_progress_fits_a_narrow_terminal(quick: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "20")
    screen = Screen()
    with terminal.progress_on(screen, is_wanted=True):
        activity.goes_on_with("examining 漢字漢字漢字 and more of it")
        last_line(screen)
    assert max(map(terminal._cells, screen.getvalue().split("\r"))) <= 19


def test_no_progress_when_the_work_is_short():
    screen = Screen()
    with terminal.progress_on(screen, is_wanted=True) as note:
        assert note is not None
        note(1, 1)
    assert screen.getvalue() == ""


@pytest.mark.parametrize(("screen", "is_wanted", "term"), [
    (Screen(), False, "xterm"), (io.StringIO(), True, "xterm"), (Screen(), True, "dumb"),
])  # fmt: skip
def test_no_progress_in_pipes_or_when_quiet(
    quick: None, monkeypatch: pytest.MonkeyPatch, screen: io.StringIO, term: str, *, is_wanted: bool
):
    monkeypatch.setenv("TERM", term)
    with terminal.progress_on(screen, is_wanted=is_wanted) as note:
        assert note is None
        time.sleep(0.2)
    assert screen.getvalue() == ""


SHORT = "import redis\n\nr = redis.Redis()\n"
LONG = SHORT + "".join(
    f"def f{n}(sku):\n    if int(r.get(f's:{{sku}}')) > 0:\n        r.decr(f's:{{sku}}')\n\n\n" for n in range(100)
)


PROGRAM = "from fenceline import cli, terminal; terminal.SECONDS_BEFORE_PROGRESS = {}; cli.main()"


def on_a_terminal(root: Path, *arguments: str, before: float = 1.0) -> tuple[int, str]:
    """The exit code of the program and what it shows where standard error is a terminal; standard output is none.

    Progress is shown after so many seconds: how long a run takes depends on what else the machine does.
    """
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", PROGRAM.format(before), "check", "--no-cache", *arguments]
    variables = {**os.environ, "TERM": "xterm", "COLUMNS": "70"}
    with subprocess.Popen(command, cwd=root, env=variables, stdout=subprocess.DEVNULL, stderr=theirs) as run:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while part := os.read(ours, 4096):
                shown += part
        code = run.wait(300)
    os.close(ours)
    return code, shown.decode()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_terminal_shows_progress_and_keeps_nothing_of_it(project, jobs: str):
    root = project({f"m{n}.py": LONG for n in range(6)})
    code, shown = on_a_terminal(root, "--jobs", jobs)
    assert code == 1
    assert re.search(r"\rexamining \d of 6 files", shown)
    assert re.search(r"\r +\r$", shown)
    assert "\n" not in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize(("arguments", "before"), [(["--quiet"], 0.1), ([], 300.0)])
def test_a_terminal_shows_nothing_of_what_is_short_or_quiet(project, arguments: list[str], before: float):
    assert on_a_terminal(project({"m.py": LONG}), *arguments, before=before) == (1, "")


def test_progress_is_shown_after_a_second():
    assert terminal.SECONDS_BEFORE_PROGRESS == 1.0


def test_the_output_format_can_be_configured(project, run: Run):
    project({"pyproject.toml": '[tool.fenceline]\noutput-format = "json"\njobs = 1\n', "a.py": BROKEN})
    assert run("check").rules() == ["FEN003"]
    assert run("check", "--format", "text").out.startswith("a.py:1:1: FEN003")


def test_models_are_relative_to_the_configuration(project, run: Run):
    project({"pyproject.toml": '[tool.fenceline]\nmodels = ["conf/ours.toml"]\n', "conf/ours.toml": "",
             "shop/a.py": BROKEN})  # fmt: skip
    assert run("check", "shop").code == 1


def test_the_readme_names_every_option_and_key():
    text = README.read_text("utf-8")
    options = {name for parameter in check.params for name in parameter.opts if name.startswith("--")}
    assert {name for name in options if name not in text} <= {"--format"}
    block = re.search(r"\[tool\.fenceline\]\n(.*?)```", text, re.DOTALL)
    assert block is not None
    keys = set(re.findall(r"^([a-z-]+) =", block[1], re.MULTILINE))
    assert keys <= {one.key for one in config.SETTINGS}
