"""Annotations of GitHub, read back as the runner reads them, and the summary of a job."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fenceline.analyzer.finding import Confidence, Severity
from fenceline.report import github
from fenceline.report.document import Report, RunError
from tests.cli.conftest import BROKEN, Run, made, program, project, run
from tests.reports.reports import HOSTILE, full, hostile, report_of

__all__ = ["program", "project", "run"]


def command_in(line: str) -> tuple[str, dict[str, str], str] | None:
    """As ``ActionCommand.TryParseV2`` of the runner does it: the command, its properties and its message."""
    line = line.lstrip()
    if not line.startswith("::") or (end := line.find("::", 2)) < 0:
        return None
    name, _, told = line[2:end].partition(" ")
    properties: dict[str, str] = {}
    for pair in filter(None, told.strip().split(",")):
        key, _, value = pair.partition("=")
        for token, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
            value = value.replace(token, character)
        properties[key] = value
    message = line[end + 2 :]
    for token, character in (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        message = message.replace(token, character)
    return name, properties, message


def commands(report: Report) -> list[tuple[str, dict[str, str], str]]:
    text = github.render(report).encode().decode()
    return [found for line in text.replace("\r", "\n").split("\n") if (found := command_in(line))]


def test_a_finding_is_an_annotation():
    (found,) = commands(report_of(made(line=41, end_line=41, column=8, end_column=29)))
    name, properties, message = found
    assert name == "error"
    assert properties == {
        "file": "shop/stock.py", "line": "41", "endLine": "41", "col": "8", "endColumn": "29",
        "title": "FEN201 get-then-update (confidence high)",
    }  # fmt: skip
    assert message.splitlines() == [
        "stock:{sku} is read, tested and then decremented by separate Redis commands",
        "two requests run reserve(sku) at once",
        "1. A, line 41: GET stock:{sku} → v0",
        "2. B, line 41: GET stock:{sku} → v0",
        "3. A, line 44: DECR stock:{sku} → v1",
        "4. B, line 44: DECR stock:{sku} (decided on v0, which A has replaced)",
        "no serial order of the two requests ends like this",
    ]


def test_reached_and_fixes_are_told():
    message = commands(full())[0][2]
    assert "reached from POST /checkout: shop/views.py:31 → shop/stock.py:38 (and 2 more ways)" in message
    assert (
        "fix (unsafe, verified in 143 states): test and set it in one script – somebody has to look: "
        "fenceline fix --select FEN201 --unsafe-fixes --diff\ndeploy the script first"
    ) in message


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts(text: str):
    error, annotation = commands(hostile(text))
    name, properties, message = annotation
    assert name == "error"
    encodable = text.encode("utf-8", "backslashreplace").decode()
    assert properties["file"] == f"shop/{encodable}.py"
    assert properties["line"] == "41"
    assert set(properties) == {"file", "line", "endLine", "title"}
    assert len(message) <= 4096
    assert all(line.isprintable() for line in message.split("\n"))
    assert error[0] == "error"
    assert error[2] == f"internal error: {encodable}"
    rest = [line for line in re.split("[\r\n]+", github.render(hostile(text))) if line and not line.startswith("::")]
    assert rest == ["Found 1 hazard (2 suppressed) in 3 files; 1 could not be read in full (1.2 s)."]


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ({"line": 3, "end_line": 5, "column": 2, "end_column": 4}, {"line": "3", "endLine": "5"}),
        ({"line": 3, "end_line": 4, "column": 2, "end_column": 1}, {"line": "3", "endLine": "3"}),
    ],
)
def test_columns_are_for_one_line(place: dict[str, int], told: dict[str, str]):
    _, properties, _ = commands(report_of(made(**place)))[0]
    assert {key: value for key, value in properties.items() if key not in {"file", "title"}} == told


def test_the_kind_of_an_annotation_is_the_severity():
    findings = [made(severity=severity) for severity in Severity]
    assert [name for name, *_ in commands(report_of(*findings))] == ["error", "warning", "notice"]


def test_the_worst_come_first_and_what_is_not_shown_is_counted():
    severities = [Severity.INFO] * 14 + [Severity.WARNING] * 3 + [Severity.ERROR] * 12
    findings = [made(severity=one, confidence=list(Confidence)[n % 3], line=n + 1, end_line=n + 1)
                for n, one in enumerate(severities)]  # fmt: skip
    found = commands(report_of(*findings))
    names = [name for name, *_ in found]
    assert names == ["error"] * 12 + ["warning"] * 3 + ["notice"] * 15
    titles = [properties["title"] for _, properties, _ in found[:12]]
    assert titles == sorted(titles, key=lambda title: ("high" in title, "medium" in title), reverse=True)
    notices = [message for name, _, message in found if name == "notice"]
    expected = "There are 6 more findings: GitHub shows 10 errors and 10 warnings of a step, the log has all."
    assert notices.index(expected) == 9  # the tenth is the last that is shown
    assert github.render(report_of(*findings)).splitlines()[-1] == expected
    assert "more" not in github.render(report_of(*findings[:10]))


def test_one_more_is_one_more():
    assert "There is 1 more finding:" in github.render(report_of(*[made()] * 11))


def test_nothing_found_is_one_line():
    assert github.render(report_of()) == "Found no hazards in 3 files (1.2 s).\n"


def test_an_internal_error_is_an_error():
    report = report_of(errors=(RunError("a.py", "internal", "KeyError: 'x'"),))
    assert commands(report) == [("error", {"file": "a.py", "title": "Fenceline"}, "internal error: KeyError: 'x'")]


def test_files_are_those_of_the_repository(tmp_path: Path):
    (tmp_path / ".git").write_text("gitdir: elsewhere\n")  # a worktree has a file there
    root = tmp_path / "services" / "shop"
    root.mkdir(parents=True)
    assert commands(report_of(made(), root=root))[0][1]["file"] == "services/shop/shop/stock.py"


@pytest.mark.parametrize("command", ["check", "fix"])
def test_the_summary_is_added_to_the_file_of_the_step(project, run: Run, monkeypatch, command: str):
    root = project({"a.py": BROKEN})
    file = root / "summary.md"
    file.write_text("from before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    assert run(command, "--format", "github").out.startswith("::")
    text = file.read_text("utf-8")
    assert text.startswith("from before\n\n# Fenceline\n\nFound no hazards in 1 file; 1 could not be read in full")
    assert "## FEN003 unreadable-source: `a.py:1`" in text
    run(command)
    assert file.read_text("utf-8") == text


def test_without_a_file_of_the_step_there_is_no_summary(project, run: Run, monkeypatch):
    root = project({"a.py": BROKEN})
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    run("check", "--format", "github")
    assert {one.name for one in root.iterdir()} == {"a.py", "pyproject.toml"}


def test_a_summary_that_cannot_be_written_is_said(project, run: Run, monkeypatch):
    project({"a.py": BROKEN})
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "none/summary.md")
    outcome = run("check", "--format", "github")
    assert outcome.code == 2
    assert "none/summary.md: cannot be written" in outcome.err


def test_a_summary_has_room_for_a_mebibyte():
    findings = [made(line=n, end_line=n, message="é" * 2000) for n in range(1, 600)]
    text = github.summary(report_of(*findings))
    assert 900_000 < len(text.encode()) <= 1024 * 1024
    assert "more findings: there is no room for them here" in text
    assert len(github.summary(report_of(*findings), 20_000).encode()) <= 20_000
    assert github.summary(report_of(*findings), 10) == ""
