"""A run: from the paths of the command line to a report."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fenceline.activity import goes_on_with
from fenceline.analyzer.asked import Asked
from fenceline.analyzer.finding import READ_HERE, Finding, numbered, sort_findings
from fenceline.analyzer.layout import source_roots_above
from fenceline.analyzer.source import as_if_written
from fenceline.baseline import Entry, read_baseline
from fenceline.baselining import Seen, sort_out
from fenceline.config import Config
from fenceline.discovery import Discovery, discover, source_paths
from fenceline.effort import effort_of
from fenceline.installed import installed_models
from fenceline.outcomes import FileResult, Progress, Settings, unreadable_finding
from fenceline.report.document import Inferred, Report, RunError, Summary, Suppressed
from fenceline.results import Results
from fenceline.rules import all_rules, unreadable_source
from fenceline.selection import selected_rules
from fenceline.suppress import suppress
from fenceline.timings import Timings


def check(
    paths: Sequence[Path],
    config: Config,
    root: Path,
    progress: Progress | None = None,
    *,
    with_fixes: bool = False,
    planned: Mapping[str, bytes] | None = None,
) -> Report:
    """Discover, examine (read, judge whether it can matter, parse, analyse), suppress, filter, sort.

    With ``with_fixes``, fixes are looked for as well. ``planned`` are files, relative to the root, that are read as if
    they held this. Raises PathError, UnknownSelectorError and ModelError: what is wrong with the request, not with a
    file.
    """
    run = prepare(paths, config, root, with_fixes=with_fixes, planned=planned)
    return report_of(run, examine(run, run.found.files, progress), with_stale=True)


@dataclass(slots=True)
class Run:
    """What a run has been asked for, and what it has found to look at.

    ``started`` is a time of the clock. ``baseline`` is what is known, None where there is none.
    """

    config: Config
    settings: Settings
    found: Discovery
    results: Results
    started: float
    timings: Timings
    baseline: list[Entry] | None = None


def prepare(
    paths: Sequence[Path],
    config: Config,
    root: Path,
    *,
    with_fixes: bool = False,
    planned: Mapping[str, bytes] | None = None,
) -> Run:
    """Choose the rules and discover the files; raises as :func:`check` does."""
    started, timings = time.perf_counter(), Timings()
    goes_on_with("looking for files")
    rules = selected_rules(all_rules(), config.selections)
    codes = frozenset(rule.code for rule in rules)
    planned = planned or {}
    with timings.phase("discover"), as_if_written({root / path: data for path, data in planned.items()}):
        found = discover(root, paths, config.exclude, force_exclude=config.force_exclude)
    # of the whole project: which files are named decides what is reported, not what is known
    with timings.phase("discover"):
        folders = {path.rpartition("/")[0] for path in (*source_paths(root), *found.files)}
        search = tuple(source_roots_above(f"{root}/{folder}" if folder else str(root) for folder in folders))
    fixes = config.fixes if with_fixes else None
    models = (*installed_models(), *config.models)
    settings = Settings(root, models, codes, config.min_confidence, search, fixes, planned)
    folder = root / config.cache_dir if config.cache_dir is not None else None
    results = Results(root, folder, config.jobs, found.files, config.executor)
    known = read_baseline(config.baseline) if config.baseline is not None else None
    return Run(config, settings, found, results, started, timings, known)


def examine(run: Run, files: Sequence[str], progress: Progress | None = None) -> list[FileResult]:
    """What comes of these files, in their order. Raises ModelError, also where there is no file."""
    if not files and run.settings.models:
        # only here: where there are files, those who examine them read the models
        from fenceline.analyzer.models import load_models  # noqa: PLC0415

        load_models(run.settings.models)
    with run.timings.phase("examine"):
        return run.results.of(run.settings, files, progress)


def report_of(run: Run, results: Sequence[FileResult], *, with_stale: bool = False) -> Report:
    """What is reported of the results of all files; ``with_stale`` looks for stale entries of the baseline, too."""
    config, settings, timings = run.config, run.settings, run.timings
    everything = [finding for result in results for finding in result.findings]
    if unreadable_source.RULE.code in settings.codes:
        unlisted = ((entry.path, _listing_reason(entry.reason)) for entry in run.found.unreadable)
        everything += [unreadable_finding(path, reason, "directory") for path, reason in unlisted]
    goes_on_with("sorting out")
    with timings.phase("suppress"), as_if_written(settings.planned_files()):
        shown, hidden = suppress(everything, results, settings, config, run.results.of)
        commented = {_place(one.finding): one.reason for one in hidden}
        sides = _numbered(_distinct(shown), _distinct(one.finding for one in hidden))
        seen = Seen(run.found, results, settings, config, run.results.of)
        known = sort_out(run.baseline or (), *sides, seen, with_stale=with_stale)
    findings = tuple(one for one in sort_findings(known.new) if config.shows(one))
    by_comment = (Suppressed(one, "comment", commented[_place(one)]) for one in sides[1])
    by_baseline = (Suppressed(one, "baseline", entry.reason) for one, entry in known.known)
    suppressed = tuple(one for one in (*by_comment, *by_baseline) if config.shows(one.finding))
    return Report(
        findings,
        _summary(run.found, results, findings, suppressed, timings, time.perf_counter() - run.started),
        settings.fixes is not None,
        suppressed,
        settings.root,
        config.min_severity,
        config.min_confidence,
        known.applied if run.baseline is not None else None,
    )


def _numbered(shown: list[Finding], hidden: list[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Both, sorted, with fingerprints that do not depend on what is hidden."""
    by_place = {_place(one): one for one in numbered([*shown, *hidden])}
    one, other = ([by_place[_place(each)] for each in sort_findings(side)] for side in (shown, hidden))
    return one, other


def _distinct(findings: Iterable[Finding]) -> list[Finding]:
    """One finding a place and rule, the surest: several files may lead to a hazard in one that they all call.

    Also one a read, where several files change what a function in another has read.
    """
    best: dict[tuple[str, str, int, int], Finding] = {}
    for one in findings:
        place = _place(one)
        best[place] = _surer(best[place], one) if place in best else one
    reads: dict[tuple[str, str, str, int, int], Finding] = {}
    for one in sorted(best.values(), key=_is_led_to):
        read = one.related[0] if _is_led_to(one) else one
        place_of_read = (one.rule, one.message, read.path, read.line, read.column)
        if place_of_read not in reads or reads[place_of_read].confidence < one.confidence:
            reads[place_of_read] = one
    return list(reads.values())


def _place(finding: Finding) -> tuple[str, str, int, int]:
    return finding.rule, finding.path, finding.line, finding.column


def _surer(one: Finding, other: Finding) -> Finding:
    """The surer of two findings at one place, known by what the function says itself, not by who calls it."""
    surer = other if one.confidence < other.confidence else one
    own = next((each for each in (surer, one, other) if each.is_own), surer)
    if own is surer:
        return surer
    return replace(surer, fingerprint=own.fingerprint, identity=own.identity, wording=own.wording, is_own=True)


def _is_led_to(finding: Finding) -> bool:
    """Whether a finding stands where something is changed that another file reads."""
    return bool(finding.related) and finding.related[0].message == READ_HERE


def _listing_reason(reason: str) -> str:
    return f"cannot be listed: {reason}"


def _summary(
    found: Discovery,
    results: Sequence[FileResult],
    shown: Sequence[Finding],
    suppressed: Sequence[Suppressed],
    run: Timings,
    seconds: float,
) -> Summary:
    errors = [RunError(entry.path, "unreadable", _listing_reason(entry.reason)) for entry in found.unreadable]
    errors += [error for result in results for error in result.errors]
    asked = Asked()
    timings = Timings()
    for result in results:
        asked.add(result.asked)
        timings.add(result.timings)
    return Summary(
        files=len(results),
        parsed=len(set().union(*(result.parsed for result in results))),
        lines=sum(result.lines for result in results),
        findings=len(shown),
        suppressed=sum(one.where == "comment" for one in suppressed),
        baselined=sum(one.where == "baseline" for one in suppressed),
        seconds=seconds,
        cached=sum(result.is_cached for result in results),
        skipped=dict(sorted(found.skipped.items())),
        errors=tuple(sorted(errors, key=lambda error: (error.path, error.line, error.column, error.message))),
        timings=timings,
        inferred=Inferred(len(asked.places), asked.answered, asked.helped, asked.seconds),
        effort=effort_of(run, results),
    )
