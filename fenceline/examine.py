"""One file of a run, from its bytes to its findings; whatever is wrong with it stays its own affair."""

from __future__ import annotations

import importlib
import os
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fenceline.analysis import Offer, analyse_file, open_project
from fenceline.analyzer import syntax
from fenceline.analyzer.assigned import HELD
from fenceline.analyzer.demand import Demand
from fenceline.analyzer.finding import Confidence, Finding, fingerprint_of
from fenceline.analyzer.inference import INFERENCE, Asked, Inference
from fenceline.analyzer.models import load_models
from fenceline.analyzer.nodes import Broken
from fenceline.analyzer.relevance import Relevance
from fenceline.analyzer.source import Source, SourceError, read_source
from fenceline.fixers.fixer import FixSettings
from fenceline.held import ProjectHeld
from fenceline.report.document import RunError
from fenceline.rules import all_rules, unreadable_source
from fenceline.suppressions import Suppression, has_ours, suppressions_in
from fenceline.timings import Timings

DEBUG_VARIABLE = "FENCELINE_DEBUG"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a worker process is told; everything in it can be sent to another process.

    Without ``fixes`` no fixes are looked for. ``planned`` are the files, relative to the root, that are read as if they
    held this.
    """

    root: Path
    models: tuple[Path, ...]
    codes: frozenset[str]
    least: Confidence = Confidence.LOW
    search: tuple[Path, ...] = ()
    fixes: FixSettings | None = None
    planned: Mapping[str, bytes] = field(default_factory=dict)

    def planned_files(self) -> dict[Path, bytes]:
        """What is planned, by paths that can be opened."""
        return {self.root / path: data for path, data in self.planned.items()}


@dataclass(slots=True)
class FileResult:
    """What came of one file; ``lines`` is 0 for a file that could not be read.

    ``parsed`` are the files, this one or others, that were parsed for the first time to answer for this one.
    ``reached`` are the files, this one or others, in which its analysis has looked for a finding.
    ``suppressions`` are read only where one may name a rule of ours. ``asked`` is what our own types did not answer.
    ``is_cached``: taken from an earlier run.
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
    is_cached: bool = False


class Examiner:
    """Examines files one by one, with what they share loaded once."""

    def __init__(self, settings: Settings) -> None:
        """Raises :class:`fenceline.analyzer.models.ModelError` for a model file that cannot be used."""
        self.settings = settings
        self.rules = tuple(rule for rule in all_rules() if rule.code in settings.codes)
        models = load_models(settings.models)
        self.project = open_project(settings.root, models, settings.search, settings.least, _offer(settings.fixes))
        relevance = Relevance(models.tokens)
        held = self.project.memo[HELD]
        assert isinstance(held, ProjectHeld)
        layout = self.project.project.layout
        self.demand = Demand(layout, relevance, lambda: held.words(relevance))
        self.inference = Inference(models, layout, self.demand.imported_by)
        self.project.memo[INFERENCE] = self.inference

    def examine(self, path: str) -> FileResult:
        """Never raises for what the file holds: the result tells what was wrong."""
        result = FileResult(path)
        known = self.project.project.parsed
        before = len(known)
        try:
            self._examine(path, result)
        except SourceError as error:
            self._report_unreadable(result, error.message)
        except Exception as error:  # noqa: BLE001 - one bad file must not end the run
            if os.environ.get(DEBUG_VARIABLE) == "1":
                traceback.print_exc()
            result.errors.append(internal_error(path, error))
        result.parsed.update(str(one) for one in known[before:])
        result.asked = self.inference.taken()
        return result

    def _examine(self, path: str, result: FileResult) -> None:
        with result.timings.phase("read"):
            source = read_source(self.settings.root / path)
            result.lines = source.line_count
            if has_ours(source.data):
                result.suppressions = suppressions_in(source)
        with result.timings.phase("parse"):  # what is broken is said of every file, also where nothing can matter
            broken = [] if syntax.is_whole(source) else syntax.parse(source).broken
        for n, part in enumerate(broken):
            self._report_broken(result, source, part, n)
        with result.timings.phase("demand"):
            is_asked_for = self.demand.is_asked_for(source.path, source.data)
        if not is_asked_for:
            return
        with result.timings.phase("analyse"):
            result.findings += analyse_file(self.project, path, self.rules, result.timings, result.reached)

    def _report_unreadable(self, result: FileResult, reason: str) -> None:
        result.errors.append(RunError(result.path, "unreadable", reason))
        if unreadable_source.RULE.code in self.settings.codes:
            result.findings.append(unreadable_finding(result.path, reason))

    def _report_broken(self, result: FileResult, source: Source, part: Broken, n: int) -> None:
        reason = f"{part.name}: {part.reason}" if part.name else part.reason
        result.errors.append(RunError(result.path, "unreadable", reason, part.span.line, part.span.column))
        if unreadable_source.RULE.code in self.settings.codes:
            result.findings.append(broken_finding(result.path, source, part, n))


def _offer(settings: FixSettings | None) -> Offer | None:
    if settings is None:
        return None
    # only here: nothing else needs what it imports to rewrite code
    fixing = importlib.import_module("fenceline.fixing")
    return lambda analysis, hit, module: fixing.offer(analysis, hit, module, settings)


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
        fingerprint=fingerprint_of(rule.code, None, path, "", 0),
    )  # fmt: skip


def broken_finding(path: str, source: Source, part: Broken, n: int) -> Finding:
    """FEN003 for one definition or statement of a file."""
    rule, span = unreadable_source.RULE, part.span
    return Finding(
        rule=rule.code, name=rule.name, path=path, line=span.line, column=span.column, end_line=span.end_line,
        end_column=span.end_column, function=part.name, severity=rule.severity, confidence=Confidence.HIGH,
        message=f"{part.reason}, so {part.name or 'this part'} is not analysed",
        fingerprint=fingerprint_of(rule.code, part.name, path, source.line(span.line), n),
    )  # fmt: skip
