"""JUnit's XML, read back by a library."""

from __future__ import annotations

import dataclasses

import junitparser
import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase

from fenceline.report import junit
from fenceline.report.document import Report, RunError
from tests.cli.conftest import made
from tests.reports.reports import HOSTILE, full, hostile, report_of


def cases(report: Report) -> list[TestCase]:
    text = junit.render(report)
    document = JUnitXml.fromstring(text.encode())
    (suite,) = document
    found = list(suite)
    results = [result for case in found for result in case.result]
    for part in (document, suite):
        assert part.tests == len(found)
        assert part.failures == sum(isinstance(one, Failure) for one in results)
        assert part.errors == sum(isinstance(one, Error) for one in results)
        assert part.skipped == sum(isinstance(one, Skipped) for one in results)
        assert part.time == pytest.approx(1.25)
    return found


def test_a_clean_run_is_one_test_that_passes():
    (case,) = cases(report_of())
    assert (case.classname, case.name, case.is_passed) == ("fenceline", "no hazards", True)


def test_a_finding_is_a_test_that_fails():
    (case,) = cases(report_of(made()))
    assert (case.classname, case.name) == ("shop/stock.py", "FEN201 get-then-update in reserve")
    assert (case._elem.get("file"), case._elem.get("line")) == ("shop/stock.py", "41")
    (failure,) = case.result
    assert failure.type == "error, confidence high"
    assert failure.message == made().message
    lines = failure.text.splitlines()
    assert lines[0] == f"shop/stock.py:41:8: FEN201 get-then-update: {made().message}"
    assert any("replica A" in line and "replica B" in line for line in lines)
    assert lines[-1] == "no serial order of the two requests ends like this"


def test_suppressed_findings_are_skipped_and_say_why():
    found = cases(full())
    assert [[result.message for result in case.result] for case in found[3:]] == [
        ["suppressed by a comment: one worker"], ["suppressed by a baseline"],
    ]  # fmt: skip


def test_an_internal_error_is_an_error():
    (case,) = cases(report_of(errors=(RunError("a.py", "internal", "KeyError"), RunError("b.py", "unreadable", "x"))))
    assert isinstance(case.result[0], Error)
    assert case.classname == "a.py"


def test_names_are_different_and_survive_moved_lines():
    findings = [made(), made(line=60, end_line=60), made(path="b.py"), made(function=None)]
    names = [(case.classname, case.name) for case in cases(report_of(*findings))]
    assert len(set(names)) == 4
    moved = [dataclasses.replace(one, line=one.line + 7, end_line=one.end_line + 7) for one in findings]
    assert [(case.classname, case.name) for case in cases(report_of(*moved))] == names


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts(text: str):
    found = cases(hostile(text))
    assert len(found) == 4
    (failure,) = found[0].result
    assert failure.message.isprintable()
    assert all(line.isprintable() for line in failure.text.split("\n"))
    if text.isprintable():
        assert failure.message == text
        assert found[0].classname == f"shop/{text}.py"


def test_the_library_is_the_one_that_is_meant():
    assert junitparser.version
