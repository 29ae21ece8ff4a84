"""GitLab's code quality: what its documentation asks of a report."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fenceline.analyzer.finding import Confidence, Severity
from fenceline.report import gitlab
from fenceline.report.document import Report
from tests.cli.conftest import made
from tests.reports.reports import HOSTILE, full, hostile, report_of

POSITION = {"type": "object", "required": ["line", "column"], "additionalProperties": False, "properties": {
    "line": {"type": "integer", "minimum": 1}, "column": {"type": "integer", "minimum": 1},
}}  # fmt: skip
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "not": {"pattern": r"^(\./|/)"}},
                    "lines": {"type": "object", "required": ["begin"], "properties": {
                        "begin": {"type": "integer", "minimum": 1}, "end": {"type": "integer", "minimum": 1},
                    }},
                    "positions": {"type": "object", "properties": {"begin": POSITION, "end": POSITION}},
                },
            },
            "content": {"type": "object", "required": ["body"], "properties": {"body": {"type": "string"}}},
        },
    },
}  # fmt: skip
"""https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format, and of the Code Climate specification
what it takes over."""


def entries(report: Report) -> list[dict[str, Any]]:
    found = json.loads(gitlab.render(report).encode())
    jsonschema.validate(found, SCHEMA)
    fingerprints = [one["fingerprint"] for one in found]
    assert len(set(fingerprints)) == len(fingerprints)
    return found


def test_nothing_found_is_an_empty_list():
    assert entries(report_of()) == []


def test_a_finding_is_an_entry():
    (entry,) = entries(report_of(made()))
    assert entry["description"].startswith("FEN201 get-then-update: stock:{sku} is read, tested")
    assert entry["check_name"] == "FEN201"
    assert entry["location"]["path"] == "shop/stock.py"
    assert entry["location"]["lines"] == {"begin": 41, "end": 44}
    assert entry["location"]["positions"]["begin"] == {"line": 41, "column": 8}
    assert "replica A" in entry["content"]["body"]
    assert entry["content"]["body"].startswith("```text\n")


def test_severities():
    known = {
        (severity, confidence): entries(report_of(made(severity=severity, confidence=confidence)))[0]["severity"]
        for severity in Severity
        for confidence in Confidence
    }
    order = ["info", "minor", "major", "critical", "blocker"]
    for confidence in Confidence:
        ranks = [order.index(known[severity, confidence]) for severity in Severity]
        assert ranks == sorted(ranks)
    for severity in Severity:
        ranks = [order.index(known[severity, confidence]) for confidence in Confidence]
        assert ranks == sorted(ranks)
    assert known[Severity.ERROR, Confidence.HIGH] == "critical"
    assert known[Severity.INFO, Confidence.HIGH] == "info"


def test_the_same_code_in_two_files_or_twice_has_different_fingerprints():
    findings = [made(), made(path="shop/copy.py"), made(line=90, end_line=90)]
    assert len({one.fingerprint for one in findings}) == 1
    assert len(entries(report_of(*findings))) == 3


def test_fingerprints_survive_moved_lines():
    before = [one["fingerprint"] for one in entries(full())]
    moved = tuple(dataclasses.replace(one, line=one.line + 9, end_line=one.end_line + 9) for one in full().findings)
    assert [one["fingerprint"] for one in entries(report_of(*moved))] == before


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts(text: str):
    (entry,) = entries(hostile(text))
    assert entry["location"]["path"] == f"shop/{text}.py".encode("utf-8", "backslashreplace").decode()
    assert entry["description"].isprintable()
    first, *inside, last = entry["content"]["body"].splitlines()
    assert first == last + "text"
    assert last == "`" * len(last)
    assert not any(last in line for line in inside)


def test_paths_are_those_of_the_repository(tmp_path: Path):
    (tmp_path / ".git").mkdir()
    root = tmp_path / "shop"
    root.mkdir()
    assert entries(report_of(made(), root=root))[0]["location"]["path"] == "shop/shop/stock.py"
