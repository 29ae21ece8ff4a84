"""The report for people, to the letter."""

from __future__ import annotations

import dataclasses

import click
import pytest

from fenceline.analyzer.finding import Confidence, Severity, fingerprint_of, normalise_code, sort_findings
from fenceline.analyzer.ir import TraceStep
from fenceline.report import statistics, text
from fenceline.report.document import Inferred, Report, RunError, Summary
from fenceline.timings import Timings
from tests.cli.conftest import made

DESIGNED = """\
shop/stock.py:41:8: FEN201 get-then-update: stock:{sku} is read, tested and then decremented by separate Redis commands
    two requests run reserve(sku) at once
      replica A                                   replica B
  41  GET stock:{sku}  → v0
                                              41  GET stock:{sku}  → v0
  44  DECR stock:{sku} → v1
                                              44  DECR stock:{sku}     decided on v0, which A has replaced
    no serial order of the two requests ends like this

Found 1 hazard in 120 files (1.2 s).
There are fixers for it: fenceline fix --diff
"""


def report_of(*findings, **changes) -> Report:
    summary = Summary(files=120, parsed=3, lines=1000, findings=len(findings), seconds=1.234)
    return Report(tuple(findings), dataclasses.replace(summary, **changes))


def rendered(*findings, width: int | None = None, **options) -> str:
    return click.unstyle(text.render(report_of(*findings), width=width, **options))


def step(actor: str, line: int, told: str, value: str = "", note: str = "", path: str = "shop/stock.py") -> TraceStep:
    return TraceStep(actor, path, line, "read", told, value, note)


def test_the_shape():
    assert rendered(made()) == DESIGNED


def test_the_shape_on_a_terminal_of_120():
    assert rendered(made(), width=120) == DESIGNED


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120])
def test_lanes_fit_the_terminal(width: int):
    trace = (
        step("A", 41, "GET stock:{tenant}:{warehouse}:{sku}:available:units", "v0", "read while B is about to write"),
        step("B", 1041, "GET " + "x" * 70, "v0"),
        step("B", 44, "DECR stock", "", "decided on v0, which A has replaced a good while ago in another request"),
    )
    lines = rendered(made(message="m", premise="", consequence="", trace=trace), width=max(width, 54)).splitlines()[1:]
    assert max(map(len, lines)) <= max(width, 54)
    assert "decided on v0," in "\n".join(lines)


def test_long_steps_are_wrapped_in_their_lane():
    long = "SELECT … FROM shop_stock WHERE shop_stock.sku = {sku} AND shop_stock.warehouse = {warehouse}"
    lines = rendered(made(trace=(step("A", 41, long, "v0"), step("B", 41, long, "v0")))).splitlines()[2:8]
    assert lines == [
        "      replica A                                           replica B",
        "  41  SELECT … FROM shop_stock WHERE shop_stock.sku",
        "        = {sku} AND shop_stock.warehouse =",
        "        {warehouse} → v0",
        "                                                      41  SELECT … FROM shop_stock WHERE shop_stock.sku",
        "                                                            = {sku} AND shop_stock.warehouse =",
    ]


def test_steps_in_other_files_name_them():
    trace = (
        step("A", 7, "GET k", "v0", path="shop/api.py"),
        step("B", 12, "SET k", path="shop/very/deep/down/below/store.py"),
    )
    lines = rendered(made(trace=trace, related=())).splitlines()
    assert lines[3].startswith("             shop/api.py:7  GET k → v0")
    assert "…/down/below/store.py:12  SET k" in lines[4]


def test_a_trace_of_one_run_has_one_lane():
    trace = (step("A", 3, "BEGIN"), step("A", 4, "send notify", note="before COMMIT"))
    lines = rendered(made(trace=trace)).splitlines()
    assert lines[2:4] == ["   3  BEGIN", "   4  send notify  before COMMIT"]


def test_related_places_stand_below_when_no_step_tells_them():
    lines = rendered(made(trace=())).splitlines()
    assert lines[3] == "    shop/stock.py:44:9: the value is changed here"


def test_control_characters_are_escaped():
    out = rendered(made(message="key \x1b[31m\r\u202e", premise="a\nb"))
    assert "key \\x1b[31m\\r\\u202e" in out
    assert "    a\\nb\n" in out


def test_the_closing_line():
    def closing(*findings, **changes) -> str:
        return text.closing_line(report_of(*findings, **changes))

    unread = made("FEN003", "unreadable-source")
    errors = (RunError("a.py", "unreadable", "x"), RunError("a.py", "unreadable", "y"))
    assert closing() == "Found no hazards in 120 files (1.2 s)."
    assert closing(made(), made(), made()) == "Found 3 hazards in 120 files (1.2 s)."
    assert closing(made(), files=1) == "Found 1 hazard in 1 file (1.2 s)."
    assert closing(unread, errors=errors) == "Found no hazards in 120 files; 1 could not be read in full (1.2 s)."
    assert closing(files=0, skipped={"migration": 1, "test": 2}) == (
        "No Python files to check (left out: 1 migration, 2 test)."
    )


def test_statistics_tell_time_per_candidate():
    timings = Timings()
    for place in ("a.py:1", "b.py:2"):
        with timings.candidate(place), timings.phase("explore"):
            pass
    other = Timings(candidates=2, candidate_seconds=1.0, slowest_seconds=0.75, slowest_place="c.py:3")
    timings.add(other)
    lines = list(statistics.lines(report_of(timings=timings)))
    (candidates,) = [line for line in lines if line.startswith("candidates")]
    assert candidates.startswith("candidates 4 (mean 250.")
    assert candidates.endswith("max 750.0 ms at c.py:3)")
    assert any(line.startswith("work       explore ") for line in lines)


def test_statistics_tell_what_astroid_was_asked():
    inferred = Inferred(asked=12, answered=5, helped=2, seconds=0.345)
    assert "astroid    asked 12, answered 5, helped 2 (0.34 s)" in statistics.lines(report_of(inferred=inferred))
    assert "astroid    asked 0, answered 0, helped 0" in statistics.lines(report_of())


def test_severities_and_confidences_are_ordered():
    assert Confidence.LOW < Confidence.MEDIUM < Confidence.HIGH
    assert Severity.INFO < Severity.WARNING < Severity.ERROR
    assert max(Confidence.HIGH, Confidence.LOW) is Confidence.HIGH
    assert Confidence.LOW <= Confidence.LOW
    assert not Confidence.LOW > Confidence.LOW
    assert Confidence.HIGH >= Confidence.MEDIUM
    with pytest.raises(TypeError):
        assert Confidence.LOW < Severity.ERROR


def test_findings_are_sorted_by_place():
    findings = [made(path="b.py"), made(path="a.py", line=9), made(path="a.py", line=9, column=2), made(path="a.py")]
    assert [(f.path, f.line, f.column) for f in sort_findings(findings)] == [
        ("a.py", 9, 2), ("a.py", 9, 8), ("a.py", 41, 8), ("b.py", 41, 8),
    ]  # fmt: skip


def test_fingerprints():
    first = fingerprint_of("FEN201", "reserve", "stock:{sku}", "r.get(key)")
    assert first == fingerprint_of("FEN201", "reserve", "stock:{sku}", " r.get(\n  key)".replace("(\n  ", "("))
    assert len({
        first,
        fingerprint_of("FEN202", "reserve", "stock:{sku}", "r.get(key)"),
        fingerprint_of("FEN201", "release", "stock:{sku}", "r.get(key)"),
        fingerprint_of("FEN201", None, "stock:{sku}", "r.get(key)"),
        fingerprint_of("FEN201", "reserve", "stock", "r.get(key)"),
        fingerprint_of("FEN201", "reserve", "stock:{sku}", "r.get(other)"),
    }) == 6  # fmt: skip
    assert normalise_code("a  =\n\t1 ") == "a = 1"
