"""A run that reports only what is new since a revision: both sides are analysed, and their findings matched.

So it does not matter which lines have changed: a helper that is changed may make a hazard in a file that is not, and
what has only moved is not new.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from fenceline.analyzer.finding import Finding
from fenceline.baseline import Entry, entries_of
from fenceline.baselining import gone_from
from fenceline.config import Config
from fenceline.discovery import project_sources
from fenceline.engine import Run, examine, prepare, report_of
from fenceline.linking.called import files_that_lead_to, names_called_by
from fenceline.matching import match
from fenceline.outcomes import FileResult, Progress
from fenceline.report.document import Report
from fenceline.revisions import Revision, revision_since, write_sources


def check_since(
    ref: str,
    paths: Sequence[Path],
    config: Config,
    root: Path,
    progress: Progress | None = None,
    *,
    with_fixes: bool = False,
) -> Report:
    """As :func:`fenceline.engine.check`, without what was there in the last commit shared with ``ref``.

    Both sides are told the same: the settings of now hold for then, too. Raises GitError besides.
    """
    revision = revision_since(root, ref)  # first: what is wrong with it is said before the work
    run = prepare(paths, config, root, with_fixes=with_fixes)
    results = examine(run, run.found.files, progress)
    report = report_of(run, results, with_stale=True)
    if not report.findings:
        return report
    with tempfile.TemporaryDirectory(prefix="fenceline-") as folder:
        # called as the project is: that may be the name of a package
        then = Path(folder).resolve() / (root.name or "project")
        then.mkdir()
        write_sources(revision, then, _then(revision, run.found.files))
        before = _Before(revision, then, run, progress)
        new = _new(report, before.entries(_leading(report.findings, results)), run)
        if new:
            new = _new(report, before.entries(before.also(new)), run)
    unchanged = len(report.findings) - len(new)
    summary = replace(report.summary, findings=len(new), unchanged=unchanged)
    return replace(report, findings=tuple(new), summary=summary)


def _new(report: Report, before: tuple[list[Entry], list[Entry]], run: Run) -> list[Finding]:
    """What is reported and was not: ``before`` are the findings that were shown, and those that comments hid.

    What is hidden now goes first, so that it does not leave its place to something new.
    """
    shown, hidden = before
    is_gone = gone_from(run.settings)
    silent = [one.finding for one in report.suppressed]
    of_hidden = match(hidden, silent, is_gone).of
    rest = [one for n, one in enumerate(silent) if n not in of_hidden]
    found = match([*shown, *hidden], [*rest, *report.findings], is_gone).of
    was_shown = {n - len(rest) for n, slot in found.items() if slot.number < len(shown)}
    return [one for n, one in enumerate(report.findings) if n not in was_shown]


def _leading(findings: Iterable[Finding], results: Sequence[FileResult]) -> set[str]:
    """The files of these findings, and those whose analysis has led to them."""
    places = {(one.rule, one.path, one.line, one.column) for one in findings}
    leading = (
        each.path
        for each in results
        if any((one.rule, one.path, one.line, one.column) in places for one in each.findings)
    )
    return {*leading, *(one.path for one in findings)}


def _then(revision: Revision, paths: Iterable[str]) -> set[str]:
    """What files of now were called then."""
    return {revision.old_names.get(path, path) for path in paths}


class _Before:
    """The findings of a revision, of more and more of its files."""

    def __init__(self, revision: Revision, root: Path, now: Run, progress: Progress | None) -> None:
        self._revision = revision
        self._root = root
        kept = now.config.cache_dir
        self._config = replace(
            now.config, baseline=None, cache_dir=now.settings.root / kept if kept is not None else None
        )
        self._progress = progress
        self._results: dict[str, FileResult] = {}
        named = [root / path for path in _then(revision, now.found.files) if (root / path).is_file()]
        self._run = prepare([root, *named], self._config, root)

    def entries(self, paths: Iterable[str]) -> tuple[list[Entry], list[Entry]]:
        """What was shown and what comments hid in these files and those that were asked for before.

        Files are called as they are now.
        """
        wanted = {path for path in _then(self._revision, paths) if (self._root / path).is_file()}
        missing = sorted(wanted - self._results.keys())
        self._results.update((one.path, one) for one in examine(self._run, missing, self._progress))
        report = report_of(self._run, list(self._results.values()))
        return self._now(report.findings), self._now(one.finding for one in report.suppressed)

    def also(self, findings: Iterable[Finding]) -> set[str]:
        """The files in which more may be found: those that have changed, and those that lead to these findings."""
        names = {name for one in findings if one.function for name in names_called_by(one.function)}
        texts = {path: path.read_bytes() for path in project_sources(self._root)}
        leading = files_that_lead_to(names, texts)
        if leading is None:  # too many to choose from
            leading = set(texts)
        new_names = {old: new for new, old in self._revision.old_names.items()}
        files = {*self._revision.changed, *(path.relative_to(self._root).as_posix() for path in leading)}
        asked = set(self._run.found.files)
        return {new_names.get(path, path) for path in files if path in asked}

    def _now(self, findings: Iterable[Finding]) -> list[Entry]:
        new_names = {old: new for new, old in self._revision.old_names.items()}
        return entries_of(replace(one, path=new_names.get(one.path, one.path)) for one in findings)
