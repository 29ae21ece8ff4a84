"""What is shown while a run lasts, and that the documents name what there is."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

import fenceline
from fenceline import config, terminal
from fenceline.cli import check
from tests.cli.conftest import BROKEN, Run

README = Path(fenceline.__file__).parents[1] / "README.md"


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_when_the_work_is_long(monkeypatch: pytest.MonkeyPatch):
    clock = iter([0.0, 0.5, 1.5, 1.55, 1.7])
    monkeypatch.setattr("fenceline.terminal.time.monotonic", lambda: next(clock))
    screen = Screen()
    with terminal.progress_on(screen, is_wanted=True) as note:
        for done in (1, 20, 21, 30):
            note(done, 100)
    assert screen.getvalue().split("\r") == ["", "checked 20 of 100 files", "checked 30 of 100 files", " " * 23, ""]


def test_no_progress_when_the_work_is_short():
    screen = Screen()
    with terminal.progress_on(screen, is_wanted=True) as note:
        note(1, 1)
    assert screen.getvalue() == ""


@pytest.mark.parametrize(("screen", "is_wanted"), [(Screen(), False), (io.StringIO(), True)])
def test_no_progress_in_pipes_or_when_quiet(screen: io.StringIO, is_wanted: bool):
    with terminal.progress_on(screen, is_wanted=is_wanted) as note:
        assert note is None


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
