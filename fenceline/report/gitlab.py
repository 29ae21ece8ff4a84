"""Findings as GitLab's Code Quality report: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

from fenceline.analyzer.finding import Confidence, Finding, Severity
from fenceline.report.document import Report
from fenceline.report.markdown import fenced
from fenceline.report.places import last_line, seen_from_repository, without_surrogates
from fenceline.report.plain import printable
from fenceline.report.told import told

_SEVERITIES = {
    (Severity.ERROR, Confidence.HIGH): "critical",
    (Severity.ERROR, Confidence.MEDIUM): "major",
    (Severity.ERROR, Confidence.LOW): "minor",
    (Severity.WARNING, Confidence.HIGH): "major",
    (Severity.WARNING, Confidence.MEDIUM): "minor",
    (Severity.WARNING, Confidence.LOW): "info",
}
"""What is only suspected stands a step lower. Nothing is a blocker: that is for the people who own the code to say."""


def render(report: Report) -> str:
    """The findings as one JSON array."""
    seen: Counter[tuple[str, str]] = Counter()
    entries = [_entry(one, seen) for one in seen_from_repository(report).findings]
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


def _entry(finding: Finding, seen: Counter[tuple[str, str]]) -> dict[str, Any]:
    same = (finding.path, finding.fingerprint)
    seen[same] += 1
    end_line = last_line(finding.line, finding.end_line, finding.end_column)
    entry: dict[str, Any] = {
        "type": "issue",
        "description": f"{finding.rule} {finding.name}: {printable(finding.message)}",
        "check_name": finding.rule,
        "categories": ["Bug Risk"],
        "fingerprint": _fingerprint(*same, seen[same]),
        "severity": _SEVERITIES.get((finding.severity, finding.confidence), "info"),
        "location": {
            "path": without_surrogates(finding.path),
            "lines": {"begin": finding.line, "end": end_line},
            "positions": {
                "begin": {"line": finding.line, "column": finding.column},
                "end": {"line": finding.end_line, "column": finding.end_column},
            },
        },
    }
    if text := told(finding):
        entry["content"] = {"body": fenced(text)}
    return entry


def _fingerprint(path: str, fingerprint: str, number: int) -> str:
    """GitLab keeps one entry a fingerprint: the same code in two files must have two."""
    text = "\0".join((path, fingerprint, str(number)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
