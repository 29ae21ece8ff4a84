"""A run: from the paths of the command line to a report."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fenceline.analyzer.finding import READ_HERE, Finding, sort_findings
from fenceline.analyzer.inference import Asked
from fenceline.analyzer.project import source_roots
from fenceline.analyzer.source import as_if_written
from fenceline.config import Config
from fenceline.discovery import Discovery, discover, project_sources
from fenceline.installed import installed_models
from fenceline.outcomes import FileResult, Progress, Settings, unreadable_finding
from fenceline.report.document import Inferred, Report, RunError, Summary, Suppressed
from fenceline.results import Results
from fenceline.rules import all_rules, unreadable_source
from fenceline.selection import selected_rules
from fenceline.suppress import suppress
from fenceline.timings import Timings


def check(
    paths: Sequence[Path], config: Config, root: Path, progress: Progress | None = None, *, with_fixes: bool = False
) -> Report:
    """Discover, examine (read, judge whether it can matter, parse, analyse), suppress, filter, sort.

    With ``with_fixes``, fixes are looked for as well. Raises PathError, UnknownSelectorError and ModelError: what is
    wrong with the request, not with a file.
    """
    run = prepare(paths, config, root, with_fixes=with_fixes)
    return report_of(run, examine(run, run.found.files, progress))


@dataclass(slots=True)
class Run:
    """What a run has been asked for, and what it has found to look at. ``started`` is a time of the clock."""

    config: Config
    settings: Settings
    found: Discovery
    results: Results
    started: float
    timings: Timings


def prepare(paths: Sequence[Path], config: Config, root: Path, *, with_fixes: bool = False) -> Run:
    """Choose the rules and discover the files; raises as :func:`check` does."""
    started, timings = time.perf_counter(), Timings()
    rules = selected_rules(all_rules(), config.selections)
    codes = frozenset(rule.code for rule in rules)
    with timings.phase("discover"):
        found = discover(root, paths, config.exclude, force_exclude=config.force_exclude)
    # of the whole project: which files are named decides what is reported, not what is known
    sources = {*project_sources(root), *(root / path for path in found.files)}
    search = tuple(source_roots(root, sources))
    fixes = config.fixes if with_fixes else None
    settings = Settings(root, (*installed_models(), *config.models), codes, config.min_confidence, search, fixes)
    folder = root / config.cache_dir if config.cache_dir is not None else None
    return Run(config, settings, found, Results(root, folder, config.jobs, found.files), started, timings)


def examine(run: Run, files: Sequence[str], progress: Progress | None = None) -> list[FileResult]:
    """What comes of these files, in their order. Raises ModelError."""
    return run.results.of(run.settings, files, progress)


def report_of(run: Run, results: Sequence[FileResult]) -> Report:
    """What is reported of the results of all files."""
    config, settings, timings = run.config, run.settings, run.timings
    for result in results:
        timings.add(result.timings)
    everything = [finding for result in results for finding in result.findings]
    if unreadable_source.RULE.code in settings.codes:
        unlisted = ((entry.path, _listing_reason(entry.reason)) for entry in run.found.unreadable)
        everything += [unreadable_finding(path, reason, "directory") for path, reason in unlisted]
    with timings.phase("suppress"), as_if_written(settings.planned_files()):
        findings, hidden = suppress(everything, results, settings, config, run.results.of)
    with timings.phase("sort"):
        shown = sort_findings(_wanted(findings, config))
        silent = _suppressed(hidden, config)
    summary = _summary(run.found, results, shown, len(silent), timings, time.perf_counter() - run.started)
    return Report(
        tuple(shown),
        summary,
        settings.fixes is not None,
        silent,
        settings.root,
        config.min_severity,
        config.min_confidence,
    )


def _wanted(findings: Iterable[Finding], config: Config) -> list[Finding]:
    """The findings that are sure and bad enough, each once."""
    return [
        finding
        for finding in _distinct(findings)
        if finding.confidence >= config.min_confidence and finding.severity >= config.min_severity
    ]


def _suppressed(hidden: Iterable[Suppressed], config: Config) -> tuple[Suppressed, ...]:
    """Those that would be reported, sorted as findings are."""
    known = {id(one.finding): one for one in hidden}
    return tuple(known[id(one)] for one in sort_findings(_wanted((one.finding for one in known.values()), config)))


def _distinct(findings: Iterable[Finding]) -> list[Finding]:
    """One finding a place and rule, the surest: several files may lead to a hazard in one that they all call.

    Also one a read, where several files change what a function in another has read.
    """
    best: dict[tuple[str, str, int, int], Finding] = {}
    for one in findings:
        place = (one.rule, one.path, one.line, one.column)
        if place not in best or best[place].confidence < one.confidence:
            best[place] = one
    reads: dict[tuple[str, str, str, int, int], Finding] = {}
    for one in sorted(best.values(), key=_is_led_to):
        read = one.related[0] if _is_led_to(one) else one
        place_of_read = (one.rule, one.message, read.path, read.line, read.column)
        if place_of_read not in reads or reads[place_of_read].confidence < one.confidence:
            reads[place_of_read] = one
    return list(reads.values())


def _is_led_to(finding: Finding) -> bool:
    """Whether a finding stands where something is changed that another file reads."""
    return bool(finding.related) and finding.related[0].message == READ_HERE


def _listing_reason(reason: str) -> str:
    return f"cannot be listed: {reason}"


def _summary(
    found: Discovery,
    results: Sequence[FileResult],
    shown: Sequence[Finding],
    suppressed: int,
    timings: Timings,
    seconds: float,
) -> Summary:
    errors = [RunError(entry.path, "unreadable", _listing_reason(entry.reason)) for entry in found.unreadable]
    errors += [error for result in results for error in result.errors]
    asked = Asked()
    for result in results:
        asked.add(result.asked)
    return Summary(
        files=len(results),
        parsed=len(set().union(*(result.parsed for result in results))),
        lines=sum(result.lines for result in results),
        findings=len(shown),
        suppressed=suppressed,
        seconds=seconds,
        cached=sum(result.is_cached for result in results),
        skipped=dict(sorted(found.skipped.items())),
        errors=tuple(sorted(errors, key=lambda error: (error.path, error.line, error.column, error.message))),
        timings=timings,
        inferred=Inferred(len(asked.places), asked.answered, asked.helped, asked.seconds),
    )
