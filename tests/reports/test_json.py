"""JSON is a contract: every document satisfies its schema, and all text comes back as it was."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from fenceline.report import json as json_report
from fenceline.report.document import Report
from tests.cli.conftest import made
from tests.reports.reports import HOSTILE, full, hostile, report_of


def document(report: Report) -> dict[str, Any]:
    found = json.loads(json_report.render(report).encode())
    jsonschema.validate(found, json_report.schema())
    return found


def test_what_is_suppressed_is_told_beside_the_findings():
    found = document(full())
    assert [one["rule"] for one in found["findings"]] == ["FEN201", "FEN201", "FEN001"]
    assert [(one["line"], one["suppressed_by"], one["reason"]) for one in found["suppressed"]] == [
        (80, "comment", "one worker"), (90, "baseline", ""),
    ]  # fmt: skip


def test_what_was_asked_for_is_told():
    found = document(report_of(made()))
    assert (found["min_severity"], found["min_confidence"]) == ("info", "low")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_come_back(text: str):
    (finding,) = document(hostile(text))["findings"]
    assert finding["path"] == f"shop/{text}.py"
    assert finding["message"] == finding["premise"] == finding["trace"][0]["note"] == text
