"""Where a finding lies, as the places that host code want to be told: relative to the repository, or as a URI."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from fenceline.analyzer.finding import Edit, Finding, Hop, Place
from fenceline.analyzer.steps import TraceStep
from fenceline.effort import SlowFile
from fenceline.report.document import Report, RunError


def repository_of(root: Path) -> Path:
    """The directory that git keeps, of those around a project; the project's own where there is none.

    A project may be one of several in a repository; those who show code to people know the repository alone.
    """
    if not root.is_absolute():
        return root
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)


def seen_from_repository(report: Report) -> Report:
    """The same report with paths that are relative to the repository."""
    top = repository_of(report.root)
    if top == report.root:
        return report
    return replace(within_folder(report.root.relative_to(top).as_posix(), report), root=top)


def within_folder(name: str, report: Report) -> Report:
    """The same report with paths that begin with a directory."""
    folder = f"{name}/"
    slowest = _within(folder, report.summary.effort.slowest)
    effort = replace(report.summary.effort, slowest=slowest)
    summary = replace(report.summary, errors=_within(folder, report.summary.errors), effort=effort)
    suppressed = tuple(replace(one, finding=_finding_within(folder, one.finding)) for one in report.suppressed)
    findings = tuple(_finding_within(folder, one) for one in report.findings)
    return replace(report, findings=findings, summary=summary, suppressed=suppressed)


def _finding_within(folder: str, finding: Finding) -> Finding:
    reached, fix = finding.reached, finding.fix
    return replace(
        finding,
        path=folder + finding.path,
        related=_within(folder, finding.related),
        trace=_within(folder, finding.trace),
        reached=replace(reached, chain=_within(folder, reached.chain)) if reached is not None else None,
        fix=replace(fix, edits=_within(folder, fix.edits)) if fix is not None else None,
    )


_Located = TypeVar("_Located", Edit, Hop, Place, RunError, SlowFile, TraceStep)


def _within(folder: str, places: tuple[_Located, ...]) -> tuple[_Located, ...]:
    return tuple(replace(one, path=folder + one.path) for one in places)


def uri_of(path: str) -> str:
    """A relative path as a relative URI: the bytes of the file name, percent-encoded."""
    try:
        data = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        data = path.encode("utf-8", "surrogatepass")
    return quote(data, safe="/")


def without_surrogates(text: str) -> str:
    r"""A text that can be encoded: lone surrogates, of file names that are not UTF-8, as ``\udcff``."""
    return text.encode("utf-8", "backslashreplace").decode()


def last_line(line: int, end_line: int, end_column: int) -> int:
    """The line of the last character of a place, whose end is that after it."""
    return max(line, end_line - 1 if end_column <= 1 else end_line)
