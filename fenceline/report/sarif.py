"""Findings as SARIF 2.1.0: for code scanning, editors and every other tool that reads the standard.

The words of the standard are those of
https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html; the numbers are what GitHub takes.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from typing import Any

import fenceline
from fenceline.analyzer.finding import Finding
from fenceline.report.document import Report, RunError, Suppressed
from fenceline.report.places import seen_from_repository, uri_of, without_surrogates
from fenceline.report.plain import counted
from fenceline.report.sarif_results import Places, result
from fenceline.report.sarif_rules import described_rules

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_RESULTS = 25_000
"""A file with more in one run is refused by GitHub."""

_Object = dict[str, Any]


def render(report: Report) -> str:
    """The report as one SARIF log, with one run a repository; suppressed findings are results with their suppressions.

    It is one line: with indents it would be more than twice as long, and some who take it have a limit.
    """
    log = _log(report)
    try:
        return _dumped(log)
    except UnicodeEncodeError:
        return _dumped(_clean(log))


def _dumped(log: _Object) -> str:
    text = json.dumps(log, ensure_ascii=False, separators=(",", ":")) + "\n"
    text.encode()
    return text


def _clean(value: Any) -> Any:
    """The document without what cannot be encoded: a lone surrogate is no text to those who read JSON strictly."""
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, dict):
        return {_clean(key): _clean(each) for key, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list) else value


def _log(report: Report) -> _Object:
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": _runs(report)}


def _runs(report: Report) -> list[_Object]:
    """One run; of many repositories one each, told apart by its category, with paths as its own code scanning has.

    The category is the ``automationDetails.id`` up to its last slash.
    """
    if not report.repositories:
        return [_run(seen_from_repository(report))]
    return [
        {**_run(seen_from_repository(one.report)), "automationDetails": {"id": f"fenceline/{uri_of(one.name)}/"}}
        for one in report.repositories
    ]


def _run(report: Report) -> _Object:
    rules = described_rules()
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    places = Places(functools.cache(uri_of))
    shown, hidden = most_important(report)
    suppressed = {id(one.finding): one for one in hidden}
    has_baseline = report.baseline is not None or any(one.where == "baseline" for one in report.suppressed)
    left_out = len(report.findings) + len(report.suppressed) - len(shown) - len(hidden)
    return {
        "tool": {
            "driver": {
                "name": "Fenceline",
                "version": fenceline.__version__,
                "semanticVersion": fenceline.__version__,
                "rules": rules,
            }
        },
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "originalUriBaseIds": {"%SRCROOT%": _source_root(report)},
        "invocations": [_invocation(report, places, left_out)],
        "results": [
            result(one, index[one.rule], places, suppressed.get(id(one)), has_baseline=has_baseline)
            for one in (*shown, *(one.finding for one in hidden))
        ],
    }


def _source_root(report: Report) -> _Object:
    root: _Object = {"description": {"text": "The repository, or where there is none the project."}}
    if report.root.is_absolute():
        root["uri"] = report.root.as_uri().rstrip("/") + "/"
    return root


def most_important(report: Report) -> tuple[Sequence[Finding], Sequence[Suppressed]]:
    """As many findings as a run may have, in their order; of too many the worst, and of those the surest.

    What is suppressed comes after all that is not.
    """
    shown = _worst(report.findings, MOST_RESULTS)
    hidden = report.suppressed
    if len(hidden) > MOST_RESULTS - len(shown):
        kept = {id(one) for one in _worst([one.finding for one in hidden], MOST_RESULTS - len(shown))}
        hidden = tuple(one for one in hidden if id(one.finding) in kept)
    return shown, hidden


def _worst(findings: Sequence[Finding], count: int) -> Sequence[Finding]:
    if len(findings) <= count:
        return findings
    ranked = sorted(findings, key=lambda one: (one.severity, one.confidence), reverse=True)
    kept = {id(one) for one in ranked[:count]}
    return [one for one in findings if id(one) in kept]


def _invocation(report: Report, places: Places, left_out: int) -> _Object:
    notifications = [_notification(error, places) for error in report.summary.errors]
    if left_out:
        text = (
            f"{counted(left_out, 'result')} left out, the least severe and least sure: a run has {MOST_RESULTS} at most"
        )
        notifications.append({"level": "warning", "message": {"text": text}})
    return {
        "executionSuccessful": not report.has_internal_error,
        "toolExecutionNotifications": notifications,
        "properties": {"minSeverity": str(report.min_severity), "minConfidence": str(report.min_confidence)},
    }


def _notification(error: RunError, places: Places) -> _Object:
    location = places.location(error.path, error.line, error.column) if error.line else places.location(error.path)
    return {
        "level": "error" if error.is_failure else "warning",
        "descriptor": {"id": error.kind},
        "message": {"text": error.message},
        "locations": [location],
    }
