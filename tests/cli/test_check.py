"""The options of ``check``, and its exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import fenceline
from fenceline import workers
from fenceline.analyzer.finding import Confidence
from fenceline.examine import Examiner
from fenceline.executors import local
from fenceline.outcomes import Settings
from tests.cli.conftest import BROKEN, Run, made

FINE = "import redis\n\n\ndef reserve(sku):\n    return sku\n"


def test_nothing_found_is_exit_0(project, run: Run):
    project({"shop/stock.py": FINE})
    outcome = run("check")
    assert outcome.code == 0
    assert outcome.out.startswith("Found no hazards in 1 file (")
    assert outcome.err == ""


def test_findings_are_exit_1(project, run: Run, analysis_finds):
    project({"shop/stock.py": FINE})
    analysis_finds(made())
    outcome = run("check", "shop")
    assert outcome.code == 1
    assert "shop/stock.py:41:8: FEN201 get-then-update: stock:{sku} is read" in outcome.out
    assert "Found 1 hazard in 1 file (" in outcome.out


def test_exit_zero(project, run: Run):
    project({"a.py": BROKEN})
    assert run("check").code == 1
    assert run("check", "--exit-zero").code == 0


def test_quiet_prints_one_line_a_finding(project, run: Run, analysis_finds):
    project({"shop/stock.py": FINE})
    analysis_finds(made(), made(line=60))
    outcome = run("check", "--quiet")
    assert [line.split(": ")[0] for line in outcome.out.splitlines()] == ["shop/stock.py:41:8", "shop/stock.py:60:8"]


def test_findings_are_separated_by_a_blank_line(project, run: Run, analysis_finds):
    project({"shop/stock.py": FINE})
    analysis_finds(made(trace=(), related=()), made(line=60, trace=(), related=()))
    blocks = run("check").out.split("\n\n")
    assert len(blocks) == 3
    assert blocks[2].startswith("Found 2 hazards in 1 file")


def test_quiet_and_nothing_found_prints_nothing(project, run: Run):
    project({"a.py": FINE})
    assert run("check", "-q").out == ""


def test_json_follows_the_schema(project, run: Run, analysis_finds):
    project({"shop/stock.py": FINE, "broken.py": BROKEN})
    analysis_finds(made(), made(function=None, line=50, confidence=Confidence.MEDIUM))
    report = run("check", "--format", "json").report()
    assert report["version"] == 1
    assert [(finding["rule"], finding["line"]) for finding in report["findings"]] == [
        ("FEN003", 1), ("FEN201", 41), ("FEN201", 50),
    ]  # fmt: skip
    assert report["findings"][1]["trace"][0] == {
        "step": 1, "actor": "A", "path": "shop/stock.py", "line": 41, "op": "read", "text": "GET stock:{sku} → v0",
        "note": "", "store": None, "held": [],
    }  # fmt: skip
    assert report["findings"][2]["function"] is None
    assert report["summary"]["files"] == 2
    assert report["summary"]["findings"] == 3
    assert report["summary"]["errors"][0]["path"] == "broken.py"


def test_format_and_output_format_are_the_same(project, run: Run):
    project({"a.py": FINE})
    assert run("check", "--output-format", "json").report()["findings"] == []


@pytest.mark.parametrize(("least", "count"), [("low", 3), ("medium", 2), ("high", 1), (None, 2)])
def test_min_confidence(project, run: Run, analysis_finds, least: str | None, count: int):
    project({"shop/stock.py": FINE})
    analysis_finds(*(made(line=n, confidence=member) for n, member in enumerate(Confidence, start=1)))
    options = ("--min-confidence", least) if least else ()
    assert len(run("check", "--format", "json", *options).rules()) == count


def test_min_confidence_from_the_configuration_is_overruled(project, run: Run, analysis_finds):
    project({"pyproject.toml": '[tool.fenceline]\nmin-confidence = "high"\n', "shop/stock.py": FINE})
    analysis_finds(*(made(line=n, confidence=member) for n, member in enumerate(Confidence, start=1)))
    assert len(run("check", "--format", "json").rules()) == 1
    assert len(run("check", "--format", "json", "--min-confidence", "low").rules()) == 3


@pytest.mark.parametrize(
    ("options", "is_on"),
    [
        (("--ignore", "FEN003"), False),
        (("--ignore", "unreadable-source"), False),
        (("--ignore", "FEN0"), False),
        (("--ignore", "fen003"), False),
        (("--ignore", "FEN0", "--select", "FEN003"), True),
        (("--select", "FEN0", "--ignore", "FEN003"), False),
        (("--select", "ALL"), True),
        (("--ignore", "ALL", "--extend-select", "FEN003"), True),
    ],
)
def test_selection(project, run: Run, options: tuple[str, ...], is_on: bool):
    project({"a.py": BROKEN})
    assert run("check", "--format", "json", *options).rules() == (["FEN003"] if is_on else [])


def test_an_unread_file_is_told_in_the_summary_even_if_its_rule_is_off(project, run: Run):
    project({"a.py": BROKEN})
    outcome = run("check", "--ignore", "FEN003", "--format", "json")
    assert outcome.code == 0
    assert outcome.report()["summary"]["errors"][0]["path"] == "a.py"


def test_unknown_selector_names_the_nearest(project, run: Run):
    project({"a.py": FINE})
    outcome = run("check", "--select", "unreadable-sorce")
    assert outcome.code == 2
    assert outcome.err.strip().splitlines()[-1].endswith("did you mean 'unreadable-source'?")


def test_output_goes_to_a_file(project, run: Run):
    root = project({"a.py": BROKEN})
    outcome = run("check", "--output", "report.txt")
    assert outcome.code == 1
    assert outcome.out == ""
    assert (root / "report.txt").read_text().startswith("a.py:1:1: FEN003")


def test_output_that_cannot_be_written(project, run: Run):
    project({"a.py": FINE})
    outcome = run("check", "--output", "nowhere/report.txt")
    assert outcome.code == 2
    assert "nowhere/report.txt: cannot be written" in outcome.err


def test_statistics(project, run: Run, analysis_finds):
    project({"shop/stock.py": FINE})
    analysis_finds(made(), made(line=60))
    lines = run("check", "--statistics").out.splitlines()
    assert "     2  FEN201 get-then-update" in lines
    assert any(line.startswith("files      1 (") for line in lines)
    assert any(line.startswith("lines      5 in") and line.endswith("lines/s)") for line in lines)
    assert any(line.startswith("run        discover ") for line in lines)
    assert "candidates 0" in lines


@pytest.mark.parametrize("option", ["--jobs=0", "--min-confidence=sure", "--format=yaml", "--no-such-option"])
def test_wrong_usage_is_exit_2(project, run: Run, option: str):
    project({"a.py": FINE})
    assert run("check", option).code == 2


def test_root_makes_paths_relative(project, run: Run):
    root = project({"shop/a.py": BROKEN})
    assert run("check", root / "shop" / "a.py", "--root", root / "shop", "--format", "json").paths() == ["a.py"]
    assert run("check", root / "shop" / "a.py", "--format", "json").paths() == ["shop/a.py"]


def test_root_alone_is_what_is_checked(project, run: Run):
    root = project({"shop/a.py": BROKEN, "b.py": BROKEN})
    assert run("check", "--root", root / "shop", "--format", "json").paths() == ["a.py"]


def test_a_path_outside_the_root(project, run: Run):
    root = project({"shop/a.py": FINE, "b.py": FINE})
    outcome = run("check", root / "b.py", "--root", root / "shop")
    assert outcome.code == 2
    assert "not inside the root" in outcome.err


def test_no_such_path(project, run: Run):
    project({"a.py": FINE})
    outcome = run("check", "missing.py")
    assert outcome.code == 2
    assert outcome.err == "Error: missing.py: no such file or directory\n"


def test_nothing_to_check_is_said(project, run: Run):
    project({"tests/test_a.py": FINE})
    outcome = run("check")
    assert outcome.code == 0
    assert outcome.out == "No Python files to check (left out: 1 test).\n"


def test_the_number_of_workers_changes_nothing(project, program: Run):
    project({f"m{n}.py": BROKEN if n % 3 else FINE for n in range(12)})
    reports = [program("check", "--format", "json", "--jobs", jobs).report() for jobs in (1, 3)]
    assert reports[0]["findings"] == reports[1]["findings"]
    assert len(reports[0]["findings"]) == 8
    for report in reports:
        assert [entry["path"] for entry in report["summary"]["errors"]] == sorted(f["path"] for f in report["findings"])


STORES = """
import redis

class Stores:
    def __getitem__(self, host):
        return redis.Redis(host=host)

STORES = Stores()

def take(name):
    if int(STORES["main"].get(name) or 0) < 10:
        STORES["main"].incr(name)
"""


def test_what_astroid_was_asked_is_counted_once_by_any_number_of_workers(project, program: Run):
    calls = {f"m{n}.py": f"from stores import take\n\ndef f{n}():\n    take('a')\n" for n in range(8)}
    project({"stores.py": STORES, **calls})
    reports = [program("check", "--format", "json", "--statistics", "--jobs", jobs).report() for jobs in (1, 2)]
    assert reports[0]["findings"] == reports[1]["findings"]
    assert [one["rule"] for one in reports[0]["findings"]] == ["FEN201"]
    for report in reports:
        inference = report["statistics"]["inference"]
        assert {name: inference[name] for name in ("asked", "answered", "helped")} == {
            "asked": 2, "answered": 2, "helped": 2,
        }  # fmt: skip


@pytest.mark.parametrize("is_asked", [True, False])
def test_astroid_is_imported_when_it_is_asked(project, is_asked: bool):
    text = STORES if is_asked else STORES.replace("= Stores()", "= {'main': redis.Redis()}")
    project({"stores.py": text})
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from fenceline.config import Config\nfrom fenceline.engine import check\n"
        "report = check([Path.cwd()], Config(jobs=1), Path.cwd())\n"
        "print(len(report.findings), 'astroid' in sys.modules)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(fenceline.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=env)
    assert (done.stdout, done.stderr) == (f"1 {is_asked}\n", "")


def test_a_fault_in_the_analysis_of_one_file_ends_nothing(project, run: Run, monkeypatch: pytest.MonkeyPatch):
    project({"a.py": FINE, "b.py": FINE, "c.py": BROKEN})

    def analyse(_project: object, path: str, *_rest: object) -> list[object]:
        if path == "a.py":
            raise RuntimeError("a bug\nin two lines")
        return []

    monkeypatch.setattr("fenceline.examine.analyse_file", analyse)
    outcome = run("check")
    assert outcome.code == 2
    assert "c.py:1:1: FEN003" in outcome.out
    assert outcome.err == "fenceline: internal error in 'a.py': RuntimeError: a bug in two lines\n"
    report = run("check", "--format", "json").report()
    assert report["summary"]["errors"][0]["kind"] == "internal"
    assert run("check", "--exit-zero").code == 2


def test_a_traceback_is_shown_on_request(project, run: Run, monkeypatch: pytest.MonkeyPatch):
    project({"a.py": FINE})
    monkeypatch.setattr("fenceline.examine.analyse_file", lambda *_: 1 / 0)
    monkeypatch.setenv("FENCELINE_DEBUG", "1")
    assert "Traceback" in run("check").err


def test_colour_only_on_a_terminal(project, program: Run):
    project({"a.py": BROKEN})
    assert "\x1b[" not in program("check").out


@pytest.mark.parametrize(("env", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_no_color(monkeypatch: pytest.MonkeyPatch, env: dict[str, str], coloured: bool):
    from fenceline.terminal import colour_allowed

    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert colour_allowed(Terminal()) is coloured  # type: ignore[arg-type]


def test_output_that_the_encoding_lacks_is_escaped(project, program: Run):
    project({"größe.py": BROKEN})
    outcome = program("check", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert outcome.code == 1
    assert "gr\\xf6\\xdfe.py:1:1" in outcome.out


def test_a_file_name_that_is_not_utf_8(project, program: Run):
    root = project({})
    try:
        (root / "b\udcff\nd.py").write_text(BROKEN)
    except (OSError, UnicodeError):
        pytest.skip("the file system refuses such names")
    text = program("check")
    assert text.code == 1
    assert "b\\udcff\\nd.py:1:1: FEN003" in text.out
    assert program("check", "--format", "json").paths() == ["b\udcff\nd.py"]


def test_fingerprints_survive_moved_lines(project, run: Run):
    root = project({"a.py": BROKEN})
    before = run("check", "--format", "json").report()["findings"][0]
    (root / "a.py").write_text("import os\n\n\n" + BROKEN)
    after = run("check", "--format", "json").report()["findings"][0]
    assert after["line"] == before["line"] + 3
    assert after["fingerprint"] == before["fingerprint"]


def start_fragile_worker(settings: Settings, place: local.Place) -> None:
    """The start of a worker process that dies of one file."""
    local._examiner_of_worker[:], local._place_of_worker[:] = [Fragile(settings)], [place]


class Fragile(Examiner):
    def examine(self, path: str):
        if path == "m2.py":
            os._exit(9)
        return super().examine(path)


def test_a_worker_that_dies_takes_one_file_with_it(project, monkeypatch: pytest.MonkeyPatch):
    root = project({f"m{n}.py": BROKEN for n in range(6)})
    settings = Settings(root, (), frozenset({"FEN003"}))
    monkeypatch.setattr(local, "_start_worker", start_fragile_worker)
    monkeypatch.setattr(local, "can_fork", lambda: False)  # a copy of this process does not start so
    results = workers.examine_files(settings, [f"m{n}.py" for n in range(6)], local.Local(2))
    assert [result.path for result in results] == [f"m{n}.py" for n in range(6)]
    assert [error.kind for result in results for error in result.errors] == [
        "unreadable", "unreadable", "internal", "unreadable", "unreadable", "unreadable",
    ]  # fmt: skip
