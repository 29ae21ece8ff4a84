"""Findings as annotations of GitHub Actions: workflow commands, a line each.

How a command is read: ``ActionCommand.TryParseV2`` in https://github.com/actions/runner. It shows ten errors, ten
warnings and ten notices of a step; the rest stands in its log alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from fenceline.analyzer.finding import Finding, Severity
from fenceline.report.document import Report
from fenceline.report.markdown import render as as_markdown
from fenceline.report.places import last_line, seen_from_repository, without_surrogates
from fenceline.report.plain import printable
from fenceline.report.text import closing_line
from fenceline.report.told import told_in_turn, worst_first

MOST_SHOWN = 10
"""Annotations of one kind that are shown of a step."""

LONGEST_MESSAGE = 4096
"""Characters of a message that the runner keeps."""

MOST_SUMMARY = 1024 * 1024
"""Bytes of a summary that GitHub takes of a step."""

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


_FAILURES = {"internal": "internal error", "failed": "not checked"}


def render(report: Report) -> str:
    """A command a fault of ours and a finding, the worst first, and a line that says what there is."""
    report = seen_from_repository(report)
    findings = worst_first(report.findings)
    faults = [error for error in report.summary.errors if error.is_failure]
    lines = [
        command("error", f"{_FAILURES[one.kind]}: {one.message}", file=one.path, title="Fenceline") for one in faults
    ]
    lines += [_annotation(one) for one in findings]
    more = _more(findings)
    if more:
        notices = sum(one.severity is Severity.INFO for one in findings)
        place = len(lines) - max(0, notices - (MOST_SHOWN - 1))  # or it would not be shown either
        lines.insert(place, command("notice", more, title="Fenceline"))
    return "\n".join([*lines, closing_line(report), *([more] if more else [])]) + "\n"


def summary(report: Report, room: int = MOST_SUMMARY) -> str:
    """The report in Markdown, as much of it as a summary of a step has room for, in bytes."""
    return as_markdown(report, most=min(room, MOST_SUMMARY))


def _more(findings: Sequence[Finding]) -> str:
    counts = Counter(_COMMANDS[one.severity] for one in findings)
    hidden = sum(max(0, count - MOST_SHOWN) for count in counts.values())
    if not hidden:
        return ""
    are = "is 1 more finding" if hidden == 1 else f"are {hidden} more findings"
    return f"There {are}: GitHub shows {MOST_SHOWN} errors and {MOST_SHOWN} warnings of a step, the log has all."


def _annotation(finding: Finding) -> str:
    end_line = last_line(finding.line, finding.end_line, finding.end_column)
    place: dict[str, object] = {
        "file": finding.path,
        "line": finding.line,
        "endLine": end_line,
    }
    if end_line == finding.line == finding.end_line:  # columns are for a place on one line
        place |= {"col": finding.column, "endColumn": finding.end_column}
    title = f"{finding.rule} {finding.name} (confidence {finding.confidence})"
    return command(_COMMANDS[finding.severity], _message(finding), **place, title=title)


def _message(finding: Finding) -> str:
    """The fact, and the story as far as the runner keeps it."""
    text = "\n".join([printable(finding.message), *told_in_turn(finding)])
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def command(name: str, message: str, **properties: object) -> str:
    """A workflow command; nothing in its texts ends it or begins another."""
    told = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return without_surrogates(f"::{name} {told}::{_data(message)}")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
