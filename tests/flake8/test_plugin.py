"""Findings in flake8: which, where and how often they are looked for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fenceline.discovery import find_root
from tests.cli.conftest import BROKEN, Run, program, project, run
from tests.flake8.conftest import REPOSITORY, Flake8
from tests.small_shop import SHOP, STOCK, VIEWS

__all__ = ["program", "project", "run"]

Write = Callable[[Mapping[str, str | bytes]], Path]

RACE = """\
import redis

r = redis.Redis()


def reserve(sku):
    left = r.get(f"stock:{sku}"){behind}
    if left and int(left) > 0:
        r.decr(f"stock:{sku}")
"""
FOUND = "shop/stock.py:7:16: FEN201 get-then-update: stock:{sku} is read (GET), tested and then changed (DECR) by separate commands"  # noqa: E501


POINTS = """

def add(customer_id):
    one = Customer.objects.get(pk=customer_id)
    one.points += 1
    one.save()
"""


KILLING = """
import os
import sys

if "flake8_run" in " ".join(sys.orig_argv):
    os._exit(9)
"""


def race(behind: str = "") -> str:
    return RACE.replace("{behind}", behind)


def test_the_program_loads_it(flake8: Flake8, each_version: Path | None, project: Write):
    project({})
    said = flake8("--version", first=each_version, with_others=True)
    assert said.out.startswith("6." if each_version else "7.")
    assert "fenceline: " in said.out
    assert "flake8-bugbear: " in said.out
    assert "flake8-async: " in said.out


@pytest.mark.parametrize("jobs", [1, 2])
def test_findings_come_where_check_prints_them(
    flake8: Flake8, each_version: Path | None, project: Write, run: Run, jobs: int
):
    project(SHOP)
    said = flake8("--jobs", jobs, "shop", "other.py", first=each_version, with_others=True)
    assert said.lines == [FOUND]
    assert said.code == 1
    assert said.lines == run("check", "--quiet").out.splitlines()
    assert said.analyses == 1


def test_other_plugins_say_what_they_say(flake8: Flake8, project: Write):
    project({"a.py": race() + "\n\ndef f(x=[]):\n    import os\n    return x\n", "b.py": "x = 1\n"})
    said = flake8("--jobs", 2, "--extend-select", "B", with_others=True)
    assert sorted(set(said.codes)) == ["B006", "F401", "FEN201"]


@pytest.mark.parametrize("is_spawning", [False, True], ids=["fork", "spawn"])
def test_workers_share_one_analysis(flake8: Flake8, project: Write, is_spawning: bool):
    project({f"m{n}.py": race() for n in range(12)})
    said = flake8("--jobs", 4, "--select", "FEN", is_spawning=is_spawning)
    assert said.codes == ["FEN201"] * 12
    assert said.analyses == 1


def test_workers_of_version_6_share_one_analysis(flake8: Flake8, version_6: Path, project: Write):
    project({f"m{n}.py": race() for n in range(4)})
    said = flake8("--jobs", 2, "--select", "FEN", first=version_6, is_spawning=True)
    assert (said.codes, said.analyses) == (["FEN201"] * 4, 1)


@pytest.mark.parametrize(
    "options",
    [["--select=E", "--jobs=1"], ["--ignore=FEN", "--jobs=2"], ["--extend-ignore=FEN"], ["--select=E,B"]],
    ids=" ".join,
)
def test_nothing_is_analysed_for_nobody(flake8: Flake8, project: Write, options: list[str]):
    root = project(SHOP)
    said = flake8(*options, env={"FENCELINE_NO_CACHE": ""})
    assert (said.lines, said.analyses) == ([], 0)
    assert not (root / ".fenceline_cache").exists()


@pytest.mark.parametrize("options", [["--version"], ["--help"], ["--bug-report"]], ids=" ".join)
def test_what_runs_nothing_analyses_nothing(flake8: Flake8, project: Write, options: list[str]):
    project(SHOP)
    said = flake8(*options)
    assert (said.code, said.analyses) == (0, 0)
    if options == ["--help"]:
        assert "--fenceline-min-confidence {low,medium,high}" in said.out


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        (["--select=FEN"], ["FEN201", "FEN203"]),
        (["--select=FEN201"], ["FEN201"]),
        (["--select=E", "--extend-select=FEN203"], ["FEN203"]),
        (["--extend-ignore=FEN201"], ["FEN203"]),
        (["--per-file-ignores=a.py:FEN201"], ["FEN203"]),
        (["--fenceline-select=get-then-update,FEN001"], ["FEN201"]),
        (["--fenceline-min-confidence=high"], []),
        (["--fenceline-select=FEN201", "--ignore=FEN203"], ["FEN201"]),
    ],
    ids=" ".join,
)
def test_both_ways_to_choose(flake8: Flake8, project: Write, options: list[str], codes: list[str]):
    project({"a.py": "from customers.models import Customer\n" + race() + POINTS})
    said = flake8("--jobs", 1, *options)
    assert said.codes == codes
    assert said.code == (1 if codes else 0)


def test_opt_in_rules_are_turned_on_here_alone(flake8: Flake8, project: Write):
    without = '[tool.fenceline]\nignore = ["FEN001"]\n'
    project({"a.py": "x = 1  # fenceline: ignore[FEN201]\n", "pyproject.toml": without})
    assert flake8("--select=FEN").codes == []
    assert flake8("--select=FEN002").codes == []
    assert flake8("--fenceline-extend-select=FEN002").codes == ["FEN002"]
    assert flake8("--fenceline-select=ALL,suppression-without-reason", "--fenceline-ignore=FEN001").codes == ["FEN002"]


@pytest.mark.parametrize("name", ["setup.cfg", "tox.ini", ".flake8"])
def test_configuration_files_of_flake8(flake8: Flake8, project: Write, name: str):
    project(
        {
            "a.py": race() + "\n\nx = 1  # fenceline: ignore[FEN203]\n",
            name: "[flake8]\nfenceline-select =\n    FEN001,\n    FEN203,\n    FEN002\nfenceline_ignore = FEN001\n",
        }
    )
    assert flake8().codes == ["FEN002"]
    assert flake8("--fenceline-ignore=FEN002").codes == ["FEN001"]


def test_settings_of_the_project_hold_where_flake8_has_none(flake8: Flake8, project: Write):
    project({"a.py": race(), "pyproject.toml": '[tool.fenceline]\nmin-confidence = "high"\n'})
    assert flake8().codes == []
    assert flake8("--fenceline-min-confidence=medium").codes == ["FEN201"]


def test_a_root_in_a_configuration_file_is_relative_to_it(
    flake8: Flake8, project: Write, monkeypatch: pytest.MonkeyPatch
):
    root = project({"services/app/pyproject.toml": "", ".flake8": "[flake8]\nfenceline-root = ./services\n"})
    project({f"services/app/{name}": text for name, text in SHOP.items() if "stock" not in name})
    project({"services/shop/__init__.py": "", "services/shop/stock.py": STOCK})
    monkeypatch.chdir(root / "services" / "app")
    (root / "services/app/shop/__init__.py").unlink()
    assert find_root([Path()]) == root / "services/app"
    assert flake8().codes == []
    project({"services/a.py": race()})
    monkeypatch.chdir(root / "services")
    assert flake8("--jobs", 1).codes == ["FEN201", "FEN201"]


def test_files_outside_the_root_have_none(flake8: Flake8, project: Write, tmp_path: Path):
    root = project({"app/a.py": race()})
    (tmp_path / "elsewhere.py").write_text(race())
    assert flake8(f"--fenceline-root={root}/app", "app", tmp_path / "elsewhere.py").lines == [
        line for line in flake8("app").lines if line.startswith("app/a.py")
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--fenceline-select=FEN999", "--jobs=1"], "fenceline: no rule matches 'FEN999'"),
        (
            ["--fenceline-min-confidence=sure", "--jobs=2"],
            "fenceline-min-confidence must be one of low, medium, high, not 'sure'",
        ),
        (["--fenceline-root=missing"], "fenceline-root: 'missing' is no directory"),
    ],
)
def test_what_is_wrong_with_options_is_said_in_one_line(
    flake8: Flake8, each_version: Path | None, project: Write, options: list[str], message: str
):
    project({"a.py": race(), "b.py": race()})
    said = flake8(*options, first=each_version)
    assert said.code == 1
    assert said.lines[0] == "There was a critical error during execution of Flake8:"
    assert message in said.lines[1]
    assert len(said.lines) == 2


def test_what_is_wrong_with_the_settings_is_said_in_one_line(flake8: Flake8, project: Write):
    project({"a.py": race(), "pyproject.toml": "[tool.fenceline]\nselct = []\n"})
    said = flake8()
    assert said.code == 1
    assert "[tool.fenceline] has no key 'selct'; did you mean 'select'?" in said.lines[1]


HIDING = (
    "# noqa",
    "# NOQA",
    "# noqa: FEN201",
    "# noqa:FEN201",
    "# noqa: E501,FEN201",
    "# noqa: E501 FEN201",
    "# noqa: FEN2",
    "# noqa: fen201",
    "# type: ignore # noqa: FEN201",
    "# noqa: FEN201 one worker takes orders",
    "# fenceline: ignore[FEN201]",
    "# fenceline: ignore",
)


def test_suppressions_are_respected_once(flake8: Flake8, each_version: Path | None, project: Write):
    """And none that hides something is called unused."""
    project({f"m{n}.py": race(f"  {comment}") for n, comment in enumerate(HIDING)})
    said = flake8("--select=FEN", first=each_version)
    assert (said.lines, said.code) == ([], 0)


NOT_HIDING = (
    ("# noqa: E501", ["FEN201"]),
    ("# noqa: FEN202", ["FEN201", "FEN001"]),
    ("# noqa: FEN201, FEN202", ["FEN001"]),
    ("# fenceline: ignore[FEN203]", ["FEN201", "FEN001"]),
    ("# noqa:", []),  # flake8 takes it for one without codes
    ("# noqa : FEN2011", []),
)


def test_suppressions_that_hide_nothing_are_told(flake8: Flake8, each_version: Path | None, project: Write, run: Run):
    project({f"m{n}.py": race(f"  {comment}") for n, (comment, _) in enumerate(NOT_HIDING)})
    said = flake8("--select=FEN", *(f"m{n}.py" for n in range(len(NOT_HIDING))), first=each_version)
    assert set(said.lines) <= set(run("check", "--quiet").out.splitlines())
    found = {f"m{n}.py": [] for n in range(len(NOT_HIDING))}
    for line, code in zip(said.lines, said.codes, strict=True):
        found[line.split(":")[0]].append(code)
    assert list(found.values()) == [codes for _, codes in NOT_HIDING]


def test_a_comment_above_or_behind_the_last_line_counts(flake8: Flake8, project: Write):
    text = race().replace(
        '    left = r.get(f"stock:{sku}")\n',
        '    left = r.get(\n        f"stock:{sku}",\n    )  # noqa: FEN201\n',
    )
    project({"a.py": text, "b.py": race().replace("    left", "    # fenceline: ignore[FEN201] old\n    left")})
    assert flake8("--select=FEN").codes == []


def test_a_file_that_flake8_leaves_out_as_a_whole(flake8: Flake8, project: Write):
    project({"a.py": "# flake8: noqa\n" + race(), "b.py": race()})
    assert [line.split(":")[0] for line in flake8("--select=FEN").lines] == ["./b.py"]


def test_noqa_can_be_turned_off(flake8: Flake8, project: Write):
    hidden = {"a.py": race("  # noqa: FEN201"), "b.py": race("  # fenceline: ignore[FEN201]")}
    project({**hidden, "c.py": "x = 1  # noqa: FEN1\n"})
    said = flake8("--select=FEN", "--disable-noqa")
    assert [line.split(":")[0] for line in said.lines] == ["./a.py"]


def test_formats_counts_and_exit_codes(flake8: Flake8, project: Write):
    project({"a.py": race()})
    assert flake8("--format=pylint", "a.py").out.startswith("a.py:7: [FEN201] get-then-update: ")
    assert flake8("--format=%(code)s|%(row)d|%(col)d", "a.py").out == "FEN201|7|12\n"
    zero = flake8("--exit-zero", "--count")
    assert (zero.code, zero.lines[-1]) == (0, "1")
    assert flake8("--statistics", "--quiet").out.splitlines()[-1].split()[:2] == ["1", "FEN201"]


def test_what_fenceline_leaves_out_has_none(flake8: Flake8, project: Write, run: Run):
    files = {
        "tests/test_a.py": race(),
        "migrations/0001.py": race(),
        "legacy/a.py": race(),
        "generated/a.py": race(),
        ".gitignore": "generated/\n",
        "pyproject.toml": '[tool.fenceline]\nexclude = ["legacy/"]\n',
        "a.py": race(),
    }
    root = project(files)
    (root / ".git").mkdir()
    said = flake8("--select=FEN", ".", "tests/test_a.py", "generated/a.py")
    assert said.lines == [line.replace("a.py", "./a.py", 1) for line in run("check", "-q").out.splitlines()]
    assert len(said.lines) == 1


def test_what_flake8_leaves_out_is_not_looked_at(flake8: Flake8, project: Write):
    project({"a.py": race(), "old/b.py": race()})
    assert len(flake8("--select=FEN", "--extend-exclude=old").lines) == 1
    assert len(flake8("--select=FEN", "--filename=*/b.py").lines) == 1


def test_a_finding_in_a_file_that_was_not_asked_for_is_not_shown(flake8: Flake8, project: Write):
    project({**SHOP, "a.py": race()})
    assert flake8("--select=FEN", "other.py").lines == []
    assert len(flake8("--select=FEN", "a.py").lines) == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_broken_files_stay_with_flake8(flake8: Flake8, each_version: Path | None, project: Write, jobs: int):
    project({"a.py": race(), "broken.py": BROKEN, "latin.py": b"x = '\xe4'\n", "empty.py": ""})
    said = flake8("--jobs", jobs, "a.py", "broken.py", "latin.py", "missing.py", "empty.py", first=each_version)
    found = {line.split(":")[0]: code for line, code in zip(said.lines, said.codes, strict=True)}
    assert found["a.py"] == "FEN201"
    assert found["missing.py"] == "E902"
    broken = {code for line, code in zip(said.lines, said.codes, strict=True) if line.startswith("broken")}
    assert broken & {"E999", "E902"}
    assert not [code for code in broken if code.startswith("FEN")]


def test_a_declared_encoding_and_a_byte_order_mark_move_nothing(flake8: Flake8, project: Write, run: Run):
    text = race().replace('left = r.get(f"stock:{sku}")', 'é = "ü"; left = r.get(f"stock:{sku}")')
    project(
        {
            "a.py": ("# coding: latin-1\n" + text).encode("latin-1"),
            "b.py": text.encode("utf-8-sig"),
            "c.py": text.replace("\n", "\r\n"),
        }
    )
    said = flake8("--select=FEN", "a.py", "b.py", "c.py")
    assert said.lines == run("check", "-q").out.splitlines()
    assert len(said.lines) == 3


def test_standard_input_has_the_project_around_it(flake8: Flake8, each_version: Path | None, project: Write):
    """What an editor sends is not what is on the disk."""
    root = project({**SHOP, "shop/stock.py": STOCK.replace("decr", "touch")})
    name = "shop/stock.py"
    assert flake8("--select=FEN").lines == []
    said = flake8("--stdin-display-name", name, "-", text="\n" + race(), first=each_version)
    assert (said.lines, said.analyses) == ([FOUND.replace(":7:16", ":8:12")], 1)
    unchanged = (root / name).read_text()
    assert flake8("--select=FEN", "--stdin-display-name", name, "-", text=unchanged).lines == []
    views = VIEWS.replace("shop.stock import left, take", "shop.stock import left, r") + "\n"
    text = views.replace("take(sku)", 'r.decr(f"stock:{sku}")')
    (line,) = flake8("--select=FEN", "--stdin-display-name", "shop/views.py", "-", text=text).lines
    assert line.startswith("shop/views.py:6:9: FEN201")  # what it decides on is read in the file on the disk


def test_standard_input_that_composes_is_found_in_its_own_file(flake8: Flake8, project: Write):
    project(SHOP)
    text = race().replace("r.get(", "r.get(\n        ")
    assert len(flake8("--stdin-display-name", "shop/new.py", "-", text=text).codes) == 1
    assert flake8("--stdin-display-name", "tests/test_new.py", "-", "--select=FEN", text=race()).codes == []
    assert flake8("-", text=race()).lines[0].startswith("stdin:7:12: FEN201")
    latin = "# coding: latin-1\n" + race().replace('f"stock', 'f"stöck')
    assert "stöck:{sku} is read" in flake8("-", text=latin.encode("latin-1"), env={"PYTHONIOENCODING": "utf-8"}).out


def test_it_works_where_nothing_can_be_shared(flake8: Flake8, project: Write, tmp_path: Path):
    project({"a.py": race(), "b.py": race()})
    missing = {"TMPDIR": str(tmp_path / "missing"), "TEMP": "", "TMP": ""}
    said = flake8("--jobs", 2, "--select=FEN", env=missing)
    assert said.codes == ["FEN201", "FEN201"]


def test_the_analysis_ends_with_whoever_asked_for_it(project: Write):
    """Nobody is left to wait for what it says."""
    project({f"m{n}.py": race() for n in range(300)})
    request = {
        "paths": ["."],
        "patterns": ["*.py"],
        "folder": ".",
        "with_noqa": True,
        **dict.fromkeys(("exclude", "select", "extend_select", "ignore"), ()),
        **dict.fromkeys(("min_confidence", "baseline", "root")),
    }
    command = [sys.executable, "-c", "from fenceline.flake8_run import main; main()"]
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.close()
        assert process.stdout.read() == b""
    assert process.returncode == 1


def test_an_analysis_that_dies_is_told_of(flake8: Flake8, project: Write, tmp_path: Path):
    project({"a.py": race(), "b.py": race()})
    killing = tmp_path / "killing"
    killing.mkdir()
    (killing / "sitecustomize.py").write_text(KILLING)
    said = flake8("--jobs", 2, "--select=FEN", first=killing)
    assert said.code == 1
    assert said.lines[1] == "fenceline: the analysis has ended with exit code 9"


def test_results_are_kept_for_the_next_run_and_for_check(flake8: Flake8, project: Write, program: Run):
    keeping = {"FENCELINE_NO_CACHE": ""}
    root = project(SHOP)
    first = flake8("--select=FEN", env=keeping)
    assert len(list((root / ".fenceline_cache/results").iterdir())) == 1
    assert flake8("--select=FEN", "shop/stock.py", env=keeping).lines == []  # alone it is no hazard: nothing calls both
    assert flake8("--select=FEN", env=keeping).lines == first.lines
    assert (
        program("check", "--format", "json", "--statistics", env=keeping).report()["statistics"]["files"]["cached"] == 4
    )


def test_what_a_baseline_knows_is_not_shown(flake8: Flake8, project: Write, run: Run):
    project({"a.py": race(), "b.py": race()})
    assert run("check", "--write-baseline", "known.json", "a.py").code == 0
    said = flake8("--select=FEN", "--fenceline-baseline=known.json")
    assert [line.split(":")[0] for line in said.lines] == ["./b.py"]
    project({"setup.cfg": "[flake8]\nfenceline-baseline = ./known.json\n"})
    assert [line.split(":")[0] for line in flake8("--select=FEN").lines] == ["./b.py"]
    project({"setup.cfg": "", "pyproject.toml": '[tool.fenceline]\nbaseline = "known.json"\n'})
    assert [line.split(":")[0] for line in flake8("--select=FEN").lines] == ["./b.py"]
    assert "known.jsn" in flake8("--select=FEN", "--fenceline-baseline=known.jsn").lines[1]


@pytest.mark.parametrize("jobs", [1, 3])
def test_what_is_shown_is_a_part_of_what_check_prints(
    flake8: Flake8, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: Run, jobs: int
):
    root = tmp_path / "shop"
    shutil.copytree(REPOSITORY / "examples" / "shop", root, ignore=shutil.ignore_patterns(".*_cache"))
    monkeypatch.chdir(root)
    keeping = {"FENCELINE_NO_CACHE": ""}
    said = flake8("--jobs", jobs, "--select=FEN", "shop", env=keeping)
    printed = program("check", "--quiet", "shop", env=keeping).out.splitlines()
    assert len(said.lines) > 30
    assert said.analyses == 1
    assert set(said.lines) == set(printed)
