"""Findings for machines: the JSON contract, version 1, described by ``schema.json`` beside this module."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

import fenceline
from fenceline.analyzer.finding import Edit, Finding, Fix, Place, Reached
from fenceline.analyzer.steps import TraceStep
from fenceline.baseline import Entry
from fenceline.report import statistics
from fenceline.report.document import Change, Fixed, Report, Repository, RunError, Summary

VERSION = 1


def render(report: Report, *, with_statistics: bool = False) -> str:
    """The report as one JSON document. A file name that is not UTF-8 becomes an escaped lone surrogate.

    Of the same project it is the same to the byte, whoever has examined it, and whatever was kept: what differs from
    run to run is told ``with_statistics`` alone.
    """
    told: dict[str, Any] = {"statistics": statistics.figures(report.summary)} if with_statistics else {}
    if with_statistics and report.repositories:
        cost = ({"seconds": round(one.seconds, 3), "taken_over": one.is_taken_over} for one in report.repositories)
        told["repositories"] = [_repository(*pair) for pair in zip(report.repositories, cost, strict=True)]
    text = json.dumps(document(report) | told, indent=2, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode() + "\n"


def render_fixed(fixed: Fixed, failed: Mapping[str, str], *, is_diff: bool) -> str:
    """What was fixed, and the report of what is left, as one JSON document; with ``is_diff`` nothing was written."""
    changes = [_change(one, "" if is_diff else failed.get(one.path, ""), is_diff=is_diff) for one in fixed.changes]
    text = json.dumps(document(fixed.report) | {"changes": changes}, indent=2, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode() + "\n"


def schema() -> dict[str, Any]:
    """The JSON schema that every document of this version satisfies."""
    text = (resources.files(__package__) / "schema.json").read_text("utf-8")
    return dict(json.loads(text))


def document(report: Report) -> dict[str, Any]:
    """The report as JSON values."""
    return {
        "version": VERSION,
        "tool": {"name": "fenceline", "version": fenceline.__version__},
        "findings": [
            _finding(finding) | (_fixing(finding) if report.with_fixes else {}) for finding in report.findings
        ],
        "suppressed": [
            _finding(one.finding) | {"suppressed_by": one.where, "reason": one.reason} for one in report.suppressed
        ],
        "stale": [_stale(one) for one in report.baseline.stale] if report.baseline is not None else [],
        "min_severity": str(report.min_severity),
        "min_confidence": str(report.min_confidence),
        "summary": _summary(report.summary),
        **({"repositories": [_repository(one, {}) for one in report.repositories]} if report.repositories else {}),
    }


def _repository(one: Repository, cost: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": one.name,
        "path": one.given,
        "failure": one.failure or None,
        "summary": _summary(one.report.summary),
        **cost,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "function": finding.function,
        "severity": str(finding.severity),
        "confidence": str(finding.confidence),
        "message": finding.message,
        "fingerprint": finding.fingerprint,
        "related": [_place(place) for place in finding.related],
        "premise": finding.premise,
        "trace": [_step(step, number) for number, step in enumerate(finding.trace, start=1)],
        "consequence": finding.consequence,
        "reached": _reached(finding.reached) if finding.reached is not None else None,
    }


def _stale(entry: Entry) -> dict[str, Any]:
    return {
        "rule": entry.rule,
        "path": entry.path,
        "function": entry.function,
        "message": entry.message,
        "count": entry.count,
        "reason": entry.reason,
    }


def _fixing(finding: Finding) -> dict[str, Any]:
    return {"fix": _fix(finding.fix) if finding.fix is not None else None, "unfixed": list(finding.unfixed)}


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "fixer": fix.fixer,
        "applicability": fix.applicability,
        "title": fix.title,
        "verified": fix.verified,
        "states": fix.states,
        "why_unsafe": fix.why_unsafe,
        "notes": list(fix.notes),
        "edits": [_edit(edit) for edit in fix.edits],
        "digests": dict(fix.digest),
    }


def _edit(edit: Edit) -> dict[str, Any]:
    return {
        "path": edit.path,
        "start": {"line": edit.line, "column": edit.column},
        "end": {"line": edit.end_line, "column": edit.end_column},
        "text": edit.text,
    }


def _change(change: Change, error: str, *, is_diff: bool) -> dict[str, Any]:
    return {
        "path": change.path,
        "written": not is_diff and not error,
        "error": error or None,
        "fixed": [_finding(finding) | _fixing(finding) for finding in change.findings],
    }


def _place(place: Place) -> dict[str, Any]:
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "message": place.message,
    }


def _reached(reached: Reached) -> dict[str, Any]:
    return {
        "kind": reached.kind,
        "name": reached.name,
        "method": reached.method or None,
        "route": reached.route or None,
        "chain": [{"path": one.path, "line": one.line, "function": one.function} for one in reached.chain],
        "more": reached.more,
    }


def _step(step: TraceStep, number: int) -> dict[str, Any]:
    return {
        "step": number,
        "actor": step.actor,
        "path": step.path,
        "line": step.line,
        "op": step.kind,
        "text": f"{step.text} → {step.value}" if step.value else step.text,
        "note": step.note,
        "store": step.store or None,
        "held": [{"actor": actor, "name": name} for actor, name in step.held],
    }


def _summary(summary: Summary) -> dict[str, Any]:
    return {
        "files": summary.files,
        "lines": summary.lines,
        "findings": summary.findings,
        "suppressed": summary.suppressed,
        "baselined": summary.baselined,
        "unchanged": summary.unchanged,
        "skipped": summary.skipped,
        "errors": [_error(error) for error in summary.errors],
    }


def _error(error: RunError) -> dict[str, Any]:
    entry: dict[str, Any] = {"path": error.path, "kind": error.kind, "message": error.message}
    if error.line:
        entry |= {"line": error.line, "column": error.column}
    return entry
