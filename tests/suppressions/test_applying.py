"""What suppressions do to a run: what is hidden, what is counted, and what is said of the suppressions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fenceline.analyzer.finding import Confidence, Severity
from fenceline.linking.called import files_that_lead_to
from fenceline.rules import all_rules
from tests.cli.conftest import BROKEN, Run, analysis_finds, made, program, project, run

__all__ = ["analysis_finds", "program", "project", "run"]

RACE = """\
import redis

r = redis.Redis()


def reserve(sku):
    left = r.get(f"stock:{{sku}}"){behind}
    if left and int(left) > 0:
        r.decr(f"stock:{{sku}}")
"""
FINE = "import redis\n\n\ndef reserve(sku):\n    return sku{behind}\n"


def checked(run: Run, *options: object) -> tuple[list[tuple[int, str]], int]:
    """The findings as (line, rule), and how many were suppressed."""
    report = run("check", "--format", "json", *options).report()
    assert report["summary"]["findings"] == len(report["findings"])
    return [(one["line"], one["rule"]) for one in report["findings"]], report["summary"]["suppressed"]


def messages(run: Run, *options: object) -> list[str]:
    return [one["message"] for one in run("check", "--format", "json", *options).report()["findings"]]


def behind(comment: str) -> str:
    return RACE.format(behind=f"  {comment}")


@pytest.mark.parametrize(
    "comment",
    [
        "# fenceline: ignore[FEN201] one worker",
        "# fenceline: ignore[get-then-update]",
        "# fenceline: ignore[fen2]",
        "# fenceline: ignore",
        "# fenceline: ignore[ALL]",
        "# noqa: FEN201",
        "# noqa:E501,fen201",
        "# noqa: FEN2",
        "# noqa",
    ],
)
def test_a_suppressed_finding_is_counted_and_no_more(project, run: Run, comment: str):
    project({"a.py": behind(comment)})
    assert checked(run) == ([], 1)
    outcome = run("check")
    assert outcome.code == 0
    assert "Found no hazards (1 suppressed) in 1 file (" in outcome.out


@pytest.mark.parametrize("comment", ["# noqa: E501", "# noqa: because", "", "# type: ignore"])
def test_comments_for_others_hide_nothing(project, run: Run, comment: str):
    project({"a.py": behind(comment)})
    assert checked(run) == ([(7, "FEN201")], 0)
    assert run("check").code == 1


@pytest.mark.parametrize("comment", ["# fenceline: ignore[FEN202]", "# noqa: FEN202", "# fenceline: ignore FEN201"])
def test_another_rule_is_not_hidden(project, run: Run, comment: str):
    project({"a.py": behind(comment)})
    assert checked(run) == ([(7, "FEN201"), (7, "FEN001")], 0)


@pytest.mark.parametrize("comment", ["# fenceline: ignore-file[FEN201] why", "# fenceline: ignore-file"])
@pytest.mark.parametrize("place", ["{comment}\n{text}", "{text}\n\n{comment}\n"])
def test_a_whole_file(project, run: Run, comment: str, place: str):
    project({"a.py": place.format(comment=comment, text=behind("")), "b.py": behind("")})
    report = run("check", "--format", "json").report()
    assert [(one["path"], one["rule"]) for one in report["findings"]] == [("b.py", "FEN201")]
    assert report["summary"]["suppressed"] == 1


def test_on_the_line_above(project, run: Run):
    project({"a.py": behind("").replace("    left", "    # fenceline: ignore[FEN201] why\n    left")})
    assert checked(run) == ([], 1)
    project({"a.py": behind("").replace("    left", "    # noqa: FEN201\n    left")})
    assert checked(run) == ([(7, "FEN001"), (8, "FEN201")], 0)


SPAN = """\
a = 1


@one  {one}
@two  {two}
def f(  {first}
    x,  {middle}
):  {head}
    return g(
        x  {inner}
    )  {last}
"""
NAMES = ("one", "two", "first", "middle", "head", "inner", "last")


@pytest.mark.parametrize(
    ("lines", "hiding"),
    [
        ((4, 4), {"one", "first", "middle", "head"}),
        ((5, 5), {"two", "first", "middle", "head"}),
        ((6, 6), {"first", "middle", "head"}),
        ((7, 7), {"first", "middle", "head"}),
        ((9, 9), {"inner", "last"}),
        ((10, 10), {"inner", "last"}),
        ((6, 11), {"first", "middle", "head", "inner", "last"}),
        ((4, 11), {"one", "first", "middle", "head", "inner", "last"}),
        ((1, 1), set()),
    ],
)
def test_which_comments_speak_of_a_place(project, run: Run, analysis_finds, lines: tuple[int, int], hiding: set[str]):
    place = {"line": lines[0], "end_line": lines[1], "path": "a.py", "trace": (), "related": ()}
    analysis_finds(made(**place, column=1, end_column=4))
    found = set()
    for name in NAMES:
        comments = {one: "# noqa: FEN201" if one == name else "# redis" for one in NAMES}
        project({"a.py": SPAN.format(**comments)})
        if not checked(run, "--ignore", "FEN001")[0]:
            found.add(name)
    assert found == hiding


@pytest.mark.parametrize("least", ["low", "medium", "high"])
def test_findings_of_any_confidence_make_use_of_a_suppression(project, run: Run, analysis_finds, least: str):
    project({"a.py": "import redis\n" + "".join(f"x{n}  # noqa: FEN201\n" for n in range(3))})
    found = [made(path="a.py", line=n, end_line=n, confidence=one) for n, one in enumerate(Confidence, start=2)]
    analysis_finds(*found)
    wanted = [one for one in found if one.confidence >= Confidence(least)]
    assert checked(run, "--min-confidence", least) == ([], len(wanted))


def test_a_low_finding_that_was_not_asked_for_makes_use_of_it_too(project, run: Run):
    """The analysis does not look for findings below the least confidence, unless a suppression asks."""
    project({"a.py": SUSPECTED.format(behind="")})
    assert checked(run) == ([], 0)
    assert checked(run, "--min-confidence", "low") == ([(8, "FEN201")], 0)
    project({"a.py": SUSPECTED.format(behind="  # noqa: FEN201")})
    assert checked(run) == ([], 0)
    assert checked(run, "--min-confidence", "low") == ([], 1)


SUSPECTED = RACE.replace("import redis", "import redis, elsewhere").replace("def res", "@elsewhere.locked\ndef res")


# ------------------------------------------------------------------------------- FEN001


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# fenceline: ignore[FEN201] why", "FEN201 suppresses nothing here"),
        ("# fenceline: ignore[get-then-update]", "get-then-update suppresses nothing here"),
        ("# noqa: FEN201,E501", "FEN201 suppresses nothing here"),
        ("# fenceline: ignore", "nothing is found that this comment suppresses here"),
        ("# fenceline: ignore[FEN]", "nothing is found that this comment suppresses here"),
        ("# fenceline: ignore[FEN999]", "FEN999: no such rule"),
        ("# fenceline: ignore[get-then-updat]", "no such rule, so it suppresses nothing; did you mean 'get-"),
        ("# noqa: FEN2011", "FEN2011: no such rule"),
        ("# fenceline: ignore[FEN201", "cannot be read (its bracket is not closed)"),
        ("# noqa: FEN003", "FEN003 suppresses nothing here"),
    ],
)
@pytest.mark.parametrize("text", [FINE, FINE.replace("import redis", "import os")], ids=["relevant", "irrelevant"])
def test_unused(project, run: Run, comment: str, message: str, text: str):
    project({"a.py": text.format(behind=f"  {comment}")})
    assert checked(run) == ([(5, "FEN001")], 0)
    assert message in messages(run)[0]
    assert run("check").code == 1
    assert "Found no hazards in 1 file; 1 suppression to mend (" in run("check").out
    assert checked(run, "--ignore", "FEN001") == ([], 0)


def test_each_code_is_told_where_it_stands(project, run: Run):
    project({"a.py": behind("# fenceline: ignore[FEN202, FEN201,FEN304] why")})
    report = run("check", "--format", "json").report()
    line = behind("# fenceline: ignore[FEN202, FEN201,FEN304] why").splitlines()[6]
    shown = [line[one["column"] - 1 : one["end_column"] - 1] for one in report["findings"]]
    assert shown == ["FEN202", "FEN304"]
    assert [one["function"] for one in report["findings"]] == ["reserve", "reserve"]
    assert len({one["fingerprint"] for one in report["findings"]}) == 2


@pytest.mark.parametrize("comment", ["# noqa", "# noqa: E501,W291", "# noqa: FEN", "# noqa: why"])
def test_what_may_be_for_others_is_never_unused(project, run: Run, comment: str):
    project({"a.py": FINE.format(behind=f"  {comment}")})
    assert checked(run) == ([], 0)


@pytest.mark.parametrize("options", [("--ignore", "FEN201"), ("--select", "FEN001,FEN304"), ("--select", "FEN304")])
def test_rules_that_are_not_applied_are_not_missed(project, run: Run, options: tuple[str, ...]):
    project({"a.py": behind("# noqa: FEN201")})
    assert checked(run, *options) == ([], 0)


@pytest.mark.parametrize("comment", ["# noqa: FEN2", "# fenceline: ignore"])
def test_a_rule_that_is_not_applied_may_make_use_of_a_wider_suppression(project, run: Run, comment: str):
    project({"a.py": behind(comment)})
    assert checked(run, "--select", "FEN001,FEN202") == ([], 0)
    project({"a.py": FINE.format(behind=f"  {comment}")})
    assert checked(run, "--select", "FEN001,FEN202") == ([(5, "FEN001")], 0)


def test_an_unknown_rule_is_told_whatever_is_applied(project, run: Run):
    project({"a.py": FINE.format(behind="  # noqa: FEN999")})
    assert checked(run, "--select", "FEN001") == ([(5, "FEN001")], 0)


def test_nothing_is_said_of_a_file_that_could_not_be_read_in_full(project, run: Run):
    project({"a.py": FINE.format(behind="  # noqa: FEN201") + BROKEN, "b.py": b"\xff # noqa: FEN201\n"})
    assert {rule for _, rule in checked(run)[0]} == {"FEN003"}


def test_nothing_is_said_of_files_that_are_left_out(project, run: Run):
    project({"tests/test_a.py": FINE.format(behind="  # noqa: FEN201"), "b.py": ""})
    assert checked(run) == ([], 0)
    assert checked(run, "tests/test_a.py") == ([(5, "FEN001")], 0)


def test_an_unreadable_part_can_be_suppressed(project, run: Run):
    project({"a.py": "# fenceline: ignore-file[FEN003] a template\n" + BROKEN})
    assert checked(run) == ([], 1)


def test_nothing_is_said_after_an_internal_error(project, run: Run, monkeypatch: pytest.MonkeyPatch):
    project({"a.py": FINE.format(behind="  # noqa: FEN201")})
    monkeypatch.setattr("fenceline.examine.analyse_file", lambda *_: 1 / 0)
    assert checked(run) == ([], 0)


@pytest.mark.parametrize(
    "comment",
    [
        "# fenceline: ignore[FEN202, FEN001] generated",
        "# noqa: FEN202, FEN001",
        "# fenceline: ignore[FEN202, unused-suppression]",
        "# fenceline: ignore[FEN202]  # noqa",
        "# fenceline: ignore[FEN202]  # noqa: FEN001",
    ],
)
def test_what_is_said_of_suppressions_can_be_suppressed(project, run: Run, comment: str):
    project({"a.py": FINE.format(behind=f"  {comment}")})
    assert checked(run) == ([], 1)


def test_it_can_be_suppressed_for_a_file(project, run: Run):
    project({"a.py": "# fenceline: ignore-file[FEN001]\n" + FINE.format(behind="  # noqa: FEN201")})
    assert checked(run) == ([], 1)


def test_the_suppression_of_unused_ones_is_itself_never_unused(project, run: Run):
    project({"a.py": behind("# fenceline: ignore[FEN201, FEN001]")})
    assert checked(run) == ([], 1)


def test_two_for_one_finding_are_both_used(project, run: Run):
    project({"a.py": "# fenceline: ignore-file[FEN2] x\n" + behind("# noqa: FEN201  # fenceline: ignore[FEN201]")})
    assert checked(run) == ([], 1)


# ------------------------------------------------------------------------------- FEN002


@pytest.mark.parametrize(
    ("comment", "is_told"),
    [
        ("# fenceline: ignore[FEN201]", True),
        ("# fenceline: ignore", True),
        ("# fenceline: ignore[FEN201] --", True),
        ("# noqa: FEN201", True),
        ("# noqa: FEN201  # type: ignore", True),
        ("# noqa: FEN201 one worker", False),
        ("# noqa: FEN201  # one worker", False),
        ("# fenceline: ignore[FEN201] one worker", False),
        ("# noqa", False),
        ("# fenceline: ignore[FEN201, FEN002]", False),
        ("# fenceline: ignore[FEN201, suppression-without-reason]", False),
    ],
)
def test_without_reason(project, run: Run, comment: str, is_told: bool):
    project({"a.py": behind(comment)})
    rules = [rule for _, rule in checked(run, "--extend-select", "FEN002")[0]]
    assert rules == ["FEN002"] * is_told
    assert checked(run, "--extend-select", "FEN002", "--ignore", "FEN001")[0] == [(7, "FEN002")] * is_told


def test_the_reason_is_asked_for_on_request_only(project, run: Run):
    project({"a.py": behind("# noqa: FEN201")})
    assert checked(run) == ([], 1)


# ------------------------------------------------------------------------------- across files

READS = "import redis\n\nr = redis.Redis()\n\n\ndef left(sku):\n    return r.get(f'stock:{{sku}}'){behind}\n"
TAKES = "from stock.reads import r\n\n\ndef take(sku):\n    r.decr(f'stock:{{sku}}'){behind}\n"
BRINGS = """\
import redis
from stock.reads import left
from stock.takes import take


def reserve(sku):
    have = left(sku)
    if have and int(have) > 0:
        take(sku)
"""


def three(reads: str = "", takes: str = "") -> dict[str, str]:
    return {
        "stock/__init__.py": "",
        "stock/reads.py": READS.format(behind=reads),
        "stock/takes.py": TAKES.format(behind=takes),
        "stock/brings.py": BRINGS,
    }


def places(run: Run, *options: object) -> list[tuple[str, str, int]]:
    report = run("check", "--format", "json", *options).report()
    return [(one["path"], one["rule"], one["line"]) for one in report["findings"]]


def test_a_finding_that_another_file_leads_to(project, run: Run):
    project(three())
    assert places(run) == [("stock/reads.py", "FEN201", 7)]
    project(three(reads="  # noqa: FEN201"))
    assert places(run) == []
    assert places(run, "stock/brings.py") == [], "the comment stands in a file that is not checked"
    assert places(run, "stock/reads.py") == [], "the files that call are looked at before it is called unused"


def test_a_blanket_comment_in_a_file_that_is_not_checked(project, run: Run):
    project(three(reads="  # noqa"))
    assert places(run, "stock/brings.py") == []


def test_unused_though_others_call(project, run: Run):
    project(three(takes="  # noqa: FEN201"))
    expected = [("stock/takes.py", "FEN001", 5)]
    assert places(run) == [("stock/reads.py", "FEN201", 7), *expected]
    assert places(run, "stock/takes.py") == expected


def test_too_many_callers_outside_the_run_leave_a_doubt(project, run: Run):
    many = {f"stock/more{n}.py": BRINGS for n in range(50)}
    project({**three(takes="  # noqa: FEN201"), **many})
    assert places(run, "stock/takes.py") == []
    assert places(run, "stock/takes.py", "--min-confidence", "low")[-1] == ("stock/takes.py", "FEN001", 5)
    assert ("stock/takes.py", "FEN001", 5) in places(run)


def test_who_leads_to_a_function(tmp_path: Path):
    texts = {
        "task.py": "def send(): pass\n",
        "table.py": "JOBS = ['task.send']\n",
        "view.py": "def show(x):\n    x.send\n",
        "address.py": "show()\nclass Form:\n    def __init__(self): show()\n",
        "page.py": "def page(): Form()\n",
        "other.py": "sending, resend = 1, 2\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found = files_that_lead_to({"send"}, {tmp_path / name: text.encode() for name, text in texts.items()})
    assert found == {tmp_path / name for name in texts if name != "other.py"}


# ------------------------------------------------------------------------------- the run as a whole


def test_the_number_of_workers_changes_nothing(project, program: Run):
    files: dict[str, str] = {}
    comments = ["", "# noqa: FEN201", "# noqa: FEN202", "# fenceline: ignore", "# fenceline: ignore[FEN2, FEN999]"]
    for n, comment in enumerate(comments * 2):
        files[f"m{n}.py"] = behind(comment)
    project(files)
    options = ("check", "--format", "json", "--extend-select", "FEN002", "--jobs")
    reports = [program(*options, jobs).report() for jobs in (1, 3)]
    assert reports[0]["findings"] == reports[1]["findings"]
    assert len(reports[0]["findings"]) == 2 * (1 + 1 + 3 + 1 + 2)
    assert reports[0]["summary"]["suppressed"] == reports[1]["summary"]["suppressed"] == 6


def test_fingerprints_do_not_know_of_suppressions(project, run: Run):
    again = behind("{comment}").partition("r = redis.Redis()")[2].replace("reserve", "again")
    twice = behind("") + again
    project({"a.py": twice.format(comment="", sku="{sku}")})
    before = run("check", "--format", "json").report()["findings"]
    project({"a.py": twice.format(comment="# noqa: FEN201", sku="{sku}")})
    after = run("check", "--format", "json").report()["findings"]
    assert len(before) == 2
    assert after == before[:1]


def test_statistics_count_what_is_shown(project, run: Run):
    project({"a.py": behind("# noqa: FEN201"), "b.py": behind("# noqa: FEN202")})
    out = run("check", "--statistics").out
    assert "     1  FEN001 unused-suppression\n" in out
    assert "     1  FEN201 get-then-update\n" in out
    assert "(1 suppressed)" in out


def bad_examples() -> list[Any]:
    return [
        pytest.param(rule.code, one.bad, id=f"{rule.code}-{one.title.replace(' ', '-')}")
        for rule in all_rules()
        if rule.query is not None
        for one in rule.examples
        if one.bad is not None
    ]


@pytest.mark.parametrize(("code", "bad"), bad_examples())
def test_every_bad_example_is_silent_with_its_suppression(project, run: Run, code: str, bad: str):
    files: Mapping[str, str] = {"example.py": bad}
    root: Path = project(files)
    options = ("--extend-select", code)
    lines = bad.splitlines()
    before, _ = checked(run, *options)
    for line in {line for line, _ in before}:
        lines[line - 1] += f"  # fenceline: ignore[{code}] shown on purpose"
    (root / "example.py").write_text("\n".join(lines))
    assert checked(run, *options) == ([], len(before))


def test_many_suppressions(project, run: Run):
    """Most of them unused, and a long run of them on lines of their own."""
    rows = [f"x{n} = {n}  # noqa: FEN201" for n in range(1000)]
    project({"a.py": "\n".join([*rows, *["# fenceline: ignore"] * 500])})
    assert len(run("check", "--quiet").out.splitlines()) == 1500


@pytest.mark.parametrize(
    ("comments", "reason"),
    [
        ("# fenceline: ignore[FEN201] one worker", "one worker"),
        ("# fenceline: ignore[FEN201]", ""),
        ("# noqa: FEN201 one worker", "one worker"),
        ("# noqa: FEN201  # fenceline: ignore[FEN201] the second says why", "the second says why"),
    ],
)
def test_what_is_suppressed_is_told_with_its_reason(project, run: Run, comments: str, reason: str):
    project({"a.py": behind(comments)})
    report = run("check", "--format", "json").report()
    assert [(one["rule"], one["line"], one["suppressed_by"], one["reason"]) for one in report["suppressed"]] == [
        ("FEN201", 7, "comment", reason)
    ]
    assert report["summary"]["suppressed"] == 1


def test_what_nobody_asked_for_is_not_told_as_suppressed(project, run: Run, analysis_finds):
    text = "import redis\n\nx = 1  # noqa: FEN201 low\ny = 1  # noqa: FEN201 bad enough\n"
    project({"shop/stock.py": text})
    analysis_finds(
        made(line=3, end_line=3, confidence=Confidence.LOW), made(line=4, end_line=4, severity=Severity.WARNING)
    )
    assert [one["line"] for one in run("check", "--format", "json").report()["suppressed"]] == [4]
    assert run("check", "--format", "json", "--min-severity", "error").report()["suppressed"] == []
