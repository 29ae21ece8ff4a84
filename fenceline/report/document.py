"""What a run hands to every format: the findings and the summary of the run, and what was fixed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fenceline.analyzer.finding import Confidence, Finding, Severity
from fenceline.baseline import Applied
from fenceline.effort import Effort
from fenceline.timings import Timings

if TYPE_CHECKING:
    from fenceline.files import Content


@dataclass(frozen=True, slots=True)
class RunError:
    """Something that kept a file, or a directory, from being analysed.

    kind: 'unreadable' (the file's fault; line and column say where, 0 for the whole file), 'internal' (ours) or
    'failed' (a repository of many that could not be checked; the path is its name).
    """

    path: str
    kind: str
    message: str
    line: int = 0
    column: int = 0

    @property
    def is_failure(self) -> bool:
        """Whether the run has failed with it, and not only something that it was to read."""
        return self.kind != "unreadable"


@dataclass(frozen=True, slots=True)
class Inferred:
    """How often another inference was asked for the receiver of a call, and had an answer.

    ``helped``: how often that named a modelled type. ``seconds`` are those of all processes together.
    """

    asked: int = 0
    answered: int = 0
    helped: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of a run. ``files`` were looked at; ``lines`` counts theirs.

    ``parsed`` is how many files were read into a syntax tree: those of the run that can matter, and others of the
    project that were needed to understand them. ``suppressed`` findings are hidden by comments, ``baselined`` ones by
    the baseline; ``unchanged`` ones were there at the revision that the run compares with. ``timings`` are those of
    examining files, by all processes together.
    """

    files: int
    parsed: int
    lines: int
    findings: int
    seconds: float
    cached: int = 0
    suppressed: int = 0
    baselined: int = 0
    unchanged: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    errors: tuple[RunError, ...] = ()
    timings: Timings = field(default_factory=Timings)
    inferred: Inferred = field(default_factory=Inferred)
    effort: Effort = field(default_factory=Effort)


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that is not reported, by a comment (``where`` is "comment") or by a baseline ("baseline").

    ``reason`` is what was said beside it, '' where nothing was.
    """

    finding: Finding
    where: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a run, findings sorted. ``with_fixes``: fixes were looked for.

    ``suppressed`` are those that are sure and bad enough to be shown. ``root`` is the project's directory, to which all
    paths are relative. Nothing below ``min_severity`` and ``min_confidence`` was asked for. ``baseline`` is
    what came of it, None without one. ``repositories`` are those of a report over many, in the order of their list:
    each path then begins with the name of one, and ``root`` is empty.
    """

    findings: tuple[Finding, ...]
    summary: Summary
    with_fixes: bool = False
    suppressed: tuple[Suppressed, ...] = ()
    root: Path = Path()
    min_severity: Severity = Severity.INFO
    min_confidence: Confidence = Confidence.LOW
    baseline: Applied | None = None
    repositories: tuple[Repository, ...] = ()

    def file(self, path: str) -> Path:
        """Where a file of the report is."""
        inside = [one for one in self.repositories if path.startswith(f"{one.name}/")]
        if not inside:
            return self.root / path
        one = max(inside, key=lambda each: len(each.name))
        return one.report.root / path.removeprefix(f"{one.name}/")

    @property
    def has_internal_error(self) -> bool:
        """Whether a file could not be analysed through a fault of ours, or a repository of many not be checked."""
        return any(error.is_failure for error in self.summary.errors)


@dataclass(frozen=True, slots=True)
class Repository:
    """One of many repositories. ``given`` is its path as it was asked for; ``report`` has paths relative to it.

    ``failure`` says why it could not be checked, '' if it was. ``seconds`` are those of the clock.
    """

    name: str
    given: str
    report: Report
    failure: str
    seconds: float

    @property
    def is_taken_over(self) -> bool:
        """Whether an earlier run has done it, and nothing has changed since."""
        summary = self.report.summary
        return not self.failure and 0 < summary.files == summary.cached


@dataclass(frozen=True, slots=True)
class Change:
    """A file that is changed, and the findings of which it then holds the fixes. ``path`` is relative to the root."""

    path: str
    findings: tuple[Finding, ...]
    old: Content
    new: Content


@dataclass(frozen=True, slots=True)
class Fixed:
    """The outcome of fixing: the files that change, and the report on what will be left then.

    ``refused`` says of findings in that report, by fingerprint, why their fix cannot be made. ``is_cut``: more fixes
    are left than there were passes for.
    """

    report: Report
    changes: tuple[Change, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)
    is_cut: bool = False

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is fixed, each once, by path and place."""
        return tuple(dict.fromkeys(one for change in self.changes for one in change.findings))
