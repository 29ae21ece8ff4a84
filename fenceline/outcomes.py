"""What a worker is told of a run, and what it says of a file: values that can be sent from process to process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fenceline.analyzer.asked import Asked
from fenceline.analyzer.finding import Confidence, Finding, fingerprint_of
from fenceline.analyzer.source import Source
from fenceline.analyzer.work import Work
from fenceline.fixers.settings import FixSettings
from fenceline.kept import Kept, Learned
from fenceline.report.document import RunError
from fenceline.rules import unreadable_source
from fenceline.suppressions import Suppression
from fenceline.timings import Timings

if TYPE_CHECKING:
    from fenceline.analyzer.nodes import Broken

Progress = Callable[[int, int], None]
"""Called with the number of files that are done and the number of all files."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a worker process is told; everything in it can be sent to another process.

    Without ``fixes`` no fixes are looked for. ``planned`` are the files, relative to the root, that are read as if they
    held this. ``kept`` is what earlier runs have found out; without it, what is found out is not handed back.
    """

    root: Path
    models: tuple[Path, ...]
    codes: frozenset[str]
    least: Confidence = Confidence.LOW
    search: tuple[Path, ...] = ()
    fixes: FixSettings | None = None
    planned: Mapping[str, bytes] = field(default_factory=dict)
    kept: Kept | None = None

    def planned_files(self) -> dict[Path, bytes]:
        """What is planned, by paths that can be opened."""
        return {self.root / path: data for path, data in self.planned.items()}


@dataclass(slots=True)
class FileResult:
    """What came of one file; ``lines`` is 0 for a file that could not be read.

    ``parsed`` are the files, this one or others, that were parsed for the first time to answer for this one.
    ``reached`` are the files, this one or others, in which its analysis has looked for a finding.
    ``suppressions`` are read only where one may name a rule of ours, or hide a finding. ``asked`` is what our own types
    did not answer.
    ``is_asked_for``: it mentions what matters, or calls what does. ``is_cached``: taken from an earlier run.
    ``process`` is the number of the process that has examined it, and ``peak`` the most memory that one has had by
    then, in bytes, 0 where nobody knows. ``learned`` is what
    the next run may keep.
    """

    path: str
    findings: list[Finding] = field(default_factory=list)
    errors: list[RunError] = field(default_factory=list)
    lines: int = 0
    parsed: set[str] = field(default_factory=set)
    timings: Timings = field(default_factory=Timings)
    reached: set[str] = field(default_factory=set)
    suppressions: tuple[Suppression, ...] = ()
    asked: Asked = field(default_factory=Asked)
    work: Work = field(default_factory=Work)
    is_asked_for: bool = False
    is_cached: bool = False
    process: int = 0
    peak: int = 0
    learned: Learned | None = None


def internal_error(path: str, error: BaseException) -> RunError:
    """The entry for a file on which the analysis itself failed."""
    text = " ".join(str(error).split())
    return RunError(path, "internal", f"{type(error).__name__}: {text}" if text else type(error).__name__)


def unreadable_finding(path: str, reason: str, what: str = "file") -> Finding:
    """FEN003 for a file, or a directory, as a whole."""
    rule = unreadable_source.RULE
    return Finding(
        rule=rule.code, name=rule.name, path=path, line=1, column=1, end_line=1, end_column=1, function=None,
        severity=rule.severity, confidence=Confidence.HIGH,
        message=f"the {what} {reason}, so it is not analysed",
        fingerprint=fingerprint_of(rule.code, None, what),
    )  # fmt: skip


def broken_finding(path: str, source: Source, part: Broken) -> Finding:
    """FEN003 for one definition or statement of a file."""
    rule, span = unreadable_source.RULE, part.span
    return Finding(
        rule=rule.code, name=rule.name, path=path, line=span.line, column=span.column, end_line=span.end_line,
        end_column=span.end_column, function=part.name, severity=rule.severity, confidence=Confidence.HIGH,
        message=f"{part.reason}, so {part.name or 'this part'} is not analysed",
        fingerprint=fingerprint_of(rule.code, part.name, "", source.line(span.line)),
    )  # fmt: skip
