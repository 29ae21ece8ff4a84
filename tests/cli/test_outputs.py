"""Several reports of one run, and where each goes."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path

import click
import pytest

from fenceline import engine, passes, terminal
from fenceline.commands.outputs import FORMAT, OUTPUT, Target, paired
from fenceline.config import OUTPUT_FORMATS
from fenceline.report import formats
from fenceline.report.formats import FORMATS, Format, View
from tests.cli.conftest import BROKEN, Run, made

FINE = "import redis\n"


def pairs(line: str) -> tuple[Target, ...]:
    """What a line of formats (words) and outputs (words with a dot, or a dash) asks for."""
    words = line.split()
    return paired([(OUTPUT, Path(word)) if "." in word or word == "-" else (FORMAT, word) for word in words])


@pytest.mark.parametrize(
    ("line", "targets"),
    [
        ("", [(None, None)]),
        ("a.txt", [(None, "a.txt")]),
        ("-", [(None, None)]),
        ("json", [("json", None)]),
        ("json a.json", [("json", "a.json")]),
        ("a.json json", [("json", "a.json")]),
        ("- json", [("json", None)]),
        ("text json a.json", [("text", None), ("json", "a.json")]),
        ("json a.json text", [("json", "a.json"), ("text", None)]),
        ("json a.json text -", [("json", "a.json"), ("text", None)]),
        ("text a.txt json a.json", [("text", "a.txt"), ("json", "a.json")]),
        ("json a.json json b.json", [("json", "a.json"), ("json", "b.json")]),
        ("text json a.json text b.txt", [("text", None), ("json", "a.json"), ("text", "b.txt")]),
    ],
)
def test_an_output_belongs_to_the_format_before_it(line: str, targets: list[tuple[str | None, str | None]]):
    assert pairs(line) == tuple(Target(name, Path(path) if path else None) for name, path in targets)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("text json", "text and json would both go to standard output: give one of them an --output behind it"),
        ("text - json -", "text and json would both go to standard output"),
        ("json a.json b.json", "two outputs for --output-format json: a.json and b.json"),
        ("a.json json b.json", "two outputs for --output-format json: a.json and b.json"),
        ("a.txt b.txt", "two outputs for one report: a.txt and b.txt"),
        ("a.json json text", "--output a.json belongs behind the --output-format that it is for"),
        ("a.json json b.txt text", "--output a.json belongs behind the --output-format that it is for"),
        ("text a.txt json ./x/../a.txt", "text and json would both go to x/../a.txt"),
    ],
)
def test_what_cannot_be_paired_is_refused(line: str, message: str):
    with pytest.raises(click.UsageError) as error:
        pairs(line)
    assert message in error.value.message


def test_one_run_feeds_all(project, run: Run, analysis_finds, monkeypatch: pytest.MonkeyPatch):
    root = project({"shop/stock.py": FINE})
    analysis_finds(made())
    runs = []
    prepare = engine.prepare
    monkeypatch.setattr(engine, "prepare", lambda *args, **how: runs.append(how) or prepare(*args, **how))
    outcome = run("check", "shop", "--format", "text", "--output-format", "json", "--output", "a.json",
                  "--output-format=text", "--output=b.txt")  # fmt: skip
    assert outcome.code == 1
    assert outcome.out.startswith("shop/stock.py:41:8: FEN201")
    assert [one["rule"] for one in json.loads((root / "a.json").read_text("utf-8"))["findings"]] == ["FEN201"]
    assert (root / "b.txt").read_text("utf-8") == outcome.out
    assert len(runs) == 1
    assert not runs[0]["with_fixes"]


@pytest.mark.parametrize(
    "options", [("--output", "a.json", "--format", "json"), ("--format", "json", "--output", "a.json")]
)
def test_one_format_and_one_output_in_any_order(project, run: Run, options: tuple[str, ...]):
    root = project({"a.py": BROKEN})
    outcome = run("check", *options)
    assert (outcome.code, outcome.out) == (1, "")
    assert json.loads((root / "a.json").read_text("utf-8"))["version"] == 1


def test_an_output_alone_is_of_the_configured_format(project, run: Run):
    root = project({"pyproject.toml": '[tool.fenceline]\noutput-format = "json"\n', "a.py": BROKEN})
    assert run("check", "--output", "a.json").out == ""
    assert json.loads((root / "a.json").read_text("utf-8"))["version"] == 1
    assert run("check", "--output", "-").report()["version"] == 1


@pytest.mark.parametrize("command", ["check", "fix"])
def test_two_reports_in_one_place_are_wrong_usage(project, run: Run, command: str):
    project({"a.py": FINE})
    outcome = run(command, "--output-format", "text", "--output-format", "json")
    assert outcome.code == 2
    assert f"Usage: cli {command}" in outcome.err
    assert "both go to standard output" in outcome.err


@pytest.mark.parametrize("command", ["check", "fix"])
def test_a_missing_directory_ends_the_run_before_it_begins(project, run: Run, command: str, monkeypatch):
    root = project({"a.py": BROKEN})
    for module in (engine, passes):
        monkeypatch.setattr(module, "prepare", lambda *_, **__: 1 / 0)
    outcome = run(command, "--format", "json", "--output", "a.json", "--format", "text", "--output", "none/a.txt")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "Error: none/a.txt: cannot be written: there is no directory none\n"
    assert not (root / "a.json").exists()


def test_an_output_is_no_directory(project, run: Run):
    project({"a.py": FINE, "out/b.py": FINE})
    outcome = run("check", "--output", "out")
    assert outcome.code == 2
    assert "is a directory" in outcome.err


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> Format:
    """A format that is not complete without fixes."""
    form = Format("json", "json", needs_fixes=True, tells_changes=True)
    monkeypatch.setitem(FORMATS, "json", form)
    return form


@pytest.mark.parametrize("asked", [(), ("--show-fixes",)])
def test_fixes_are_looked_for_once_where_a_format_needs_them(project, run: Run, eager: Format, monkeypatch, asked):
    project({"a.py": BROKEN})
    runs = []
    prepare = engine.prepare
    monkeypatch.setattr(engine, "prepare", lambda *args, **how: runs.append(how) or prepare(*args, **how))
    run("check", *asked, "--format", "text", "--format", "json", "--output", "a.json")
    assert [how["with_fixes"] for how in runs] == [True]


def test_a_format_that_tells_no_changes_reports_what_is_left(project, run: Run, monkeypatch):
    monkeypatch.setitem(FORMATS, "json", Format("json", "json"))
    project({"a.py": BROKEN})
    document = run("fix", "--format", "json").report()
    assert "changes" not in document
    assert len(document["findings"]) == 1


def test_fix_writes_its_report_to_a_file(project, run: Run):
    root = project({"a.py": BROKEN})
    outcome = run("fix", "--output", "a.txt", "--format", "text")
    assert (outcome.code, outcome.out) == (1, "")
    assert "Fixed nothing; 1 is left" in (root / "a.txt").read_text("utf-8")


def test_a_patch_goes_to_standard_output_where_no_data_does(project, run: Run):
    root = project({"a.py": "x = 1  # fenceline: ignore[FEN201] old\n"})
    data = run("fix", "--diff", "--format", "json").report()
    assert [one["path"] for one in data["changes"]] == ["a.py"]
    patch = run("fix", "--diff", "--format", "json", "--output", "a.json")
    assert patch.out.startswith("--- a/a.py")
    assert (root / "a.json").exists()
    plain = run("fix", "--diff", "--format", "json", "--output", "a.json", "--format", "text")
    assert plain.out == patch.out
    assert "Would fix 1 hazard in 1 file" in plain.err


def test_data_on_standard_output_is_utf_8_in_any_locale(project, program: Run):
    project({"größe.py": BROKEN})
    outcome = program("check", "--format", "json", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert outcome.paths() == ["größe.py"]


def test_every_format_can_be_configured_and_has_a_renderer():
    assert tuple(FORMATS) == OUTPUT_FORMATS
    for name, form in FORMATS.items():
        assert form.name == name
        assert callable(form._renderer().render)
        assert hasattr(form._renderer(), "render_fixed") or not form.tells_changes


def test_a_renderer_is_imported_when_it_is_used(program: Run):
    import subprocess
    import sys

    code = "import sys, fenceline.commands.check; print(sorted(m for m in sys.modules if 'fenceline.report.' in m))"
    source = str(Path(formats.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": source},
    )
    assert done.stdout == "['fenceline.report.formats', 'fenceline.report.plain']\n"


def test_a_view_is_for_people_only(monkeypatch: pytest.MonkeyPatch):
    class Renderer:
        @staticmethod
        def render(report: object, **how: object) -> str:
            return f"{report} {how}"

    monkeypatch.setattr(Format, "_renderer", lambda _: Renderer)
    assert Format("a", "a").render("r", View(80)) == "r {}"  # type: ignore[arg-type]
    assert "'width': 80" in Format("a", "a", is_for_people=True).render("r", View(80))  # type: ignore[arg-type]


def test_a_report_replaces_a_file_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "a.txt"
    file.write_text("before")
    file.chmod(0o640)
    link = tmp_path / "link.txt"
    link.symlink_to(file)
    terminal.write_file(link, "after ü\n")
    assert link.is_symlink()
    assert file.read_bytes() == "after ü\n".encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640

    def full(_self: Path, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        terminal.write_file(file, "half")
    assert file.read_text("utf-8") == "after ü\n"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.txt", "link.txt"]


def test_a_file_in_a_directory_that_is_not_ours_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "a.txt"
    file.write_text("before")
    write = Path.write_bytes

    def refuse(path: Path, data: bytes) -> int:
        if path.suffix == ".tmp":
            raise PermissionError(13, "Permission denied")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", refuse)
    terminal.write_file(file, "after")
    assert file.read_text() == "after"


def test_a_pipe_is_written_to(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    terminal.write_file(pipe, "through")
    reader.join(10)
    assert read == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
