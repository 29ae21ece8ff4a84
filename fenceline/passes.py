"""Fixing a project: pass after pass until nothing changes, in memory; what is on the disk is changed by :func:`write`.

Later passes read the files as they will be (:func:`fenceline.analyzer.source.as_if_written`). So ``--diff`` shows the
very text that would be written, and each file is written once, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fenceline.analyzer.finding import Finding, Fix
from fenceline.analyzer.source import SourceError, read_source
from fenceline.applying import Pass, plan_pass
from fenceline.config import Config
from fenceline.engine import Run, examine, prepare, report_of
from fenceline.files import Content, NotWrittenError, patch_of, replace_file
from fenceline.ledger import UNUSED
from fenceline.outcomes import FileResult, Progress
from fenceline.patches import diff_lines, edited
from fenceline.report.document import Change, Fixed, Report

MOST_PASSES = 10
SAFE, UNSAFE = "safe", "unsafe"


@dataclass(slots=True)
class _State:
    """What is known between two passes."""

    results: dict[str, FileResult]
    old: dict[str, Content] = field(default_factory=dict)
    new: dict[str, Content] = field(default_factory=dict)
    made: list[Finding] = field(default_factory=list)


def fix(
    paths: Sequence[Path], config: Config, root: Path, progress: Progress | None = None, *, unsafe: bool = False
) -> Fixed:
    """Fix what is found in the Python files at or below these paths, without writing anything.

    Raises what :func:`fenceline.engine.check` raises.
    """
    run = prepare(paths, config, root, with_fixes=True)
    state = _State({one.path: one for one in examine(run, run.found.files, progress)})
    wanted = {SAFE, UNSAFE} if unsafe else {SAFE}
    codes = run.settings.codes - {UNUSED.code}  # which comments hide nothing is asked when the rest is fixed
    for _ in range(MOST_PASSES):
        done = _one_pass(run, state, wanted, codes)
        if not done.contents and codes != run.settings.codes:
            codes = run.settings.codes
            done = _one_pass(run, state, wanted, codes)
        if not done.contents:
            break
        again = _to_examine(state.results.values(), done)
        run.settings = replace(run.settings, planned={path: one.data for path, one in state.new.items()})
        state.results.update((one.path, one) for one in examine(run, again, progress))
    return _outcome(run, state, wanted)


def _one_pass(run: Run, state: _State, wanted: set[str], codes: frozenset[str]) -> Pass:
    report = _report(replace(run, settings=replace(run.settings, codes=codes)), state)
    done = _planned(run, state, report, wanted)
    for path, content in done.contents.items():
        state.old.setdefault(path, done.old[path])
        state.new[path] = content
    state.made += done.made
    return done


def _report(run: Run, state: _State) -> Report:
    return report_of(run, list(state.results.values()))


def _planned(run: Run, state: _State, report: Report, wanted: set[str]) -> Pass:
    fixable = (one for one in report.findings if one.fix is not None and one.fix.applicability in wanted)
    return plan_pass(fixable, run.settings.root, state.new, run.found.files)


def _to_examine(results: Iterable[FileResult], done: Pass) -> list[str]:
    """The files that have changed, those that look into one of them, and those with fixes that were put off."""
    changed = {*done.contents, *(one.path for one in done.later)}
    return sorted(
        one.path
        for one in results
        if one.path in changed or not changed.isdisjoint(one.reached) or not changed.isdisjoint(_edited_by(one))
    )


def _edited_by(result: FileResult) -> set[str]:
    return {edit.path for one in result.findings if one.fix is not None for edit in one.fix.edits}


def _outcome(run: Run, state: _State, wanted: set[str]) -> Fixed:
    report = _report(run, state)
    left = _planned(run, state, report, wanted)
    refused = {one.fingerprint: f"{path}: {reason}" for one, path, reason in left.refused}
    changes = (
        Change(path, tuple(one for one in state.made if path in _paths(one)), state.old[path], content)
        for path, content in sorted(state.new.items())
    )
    return Fixed(report, tuple(changes), refused, is_cut=bool(left.made or left.later))


def _paths(finding: Finding) -> set[str]:
    return {edit.path for edit in finding.fix.edits} if finding.fix is not None else set()


def diff_of_fix(root: Path, fix: Fix) -> list[str]:
    """What a fix changes, as the lines of a unified diff; a file that cannot be read has none."""
    lines: list[str] = []
    for path in dict.fromkeys(edit.path for edit in fix.edits):
        try:
            source = read_source(root / path)
        except SourceError:
            continue
        lines += diff_lines(path, source.text, edited(source, (edit for edit in fix.edits if edit.path == path)))
    return lines


def diff(fixed: Fixed) -> bytes:
    """All changes as one patch; the lines of each file in its own encoding."""
    return b"".join(patch_of(one.path, one.old, one.new) for one in fixed.changes)


def write(fixed: Fixed, root: Path) -> dict[str, str]:
    """Change the files; the result says of those that could not be changed, by path, why.

    Files that one fix changes together are changed all or not at all.
    """
    failed: dict[str, str] = {}
    for group in _groups(fixed.changes):
        written: list[Change] = []
        for change in group:
            try:
                replace_file(root / change.path, change.old.data, change.new.data)
            except NotWrittenError as error:
                failed[change.path] = str(error)
                failed |= _put_back(written, root, change.path)
                break
            written.append(change)
    return failed


def _put_back(written: Iterable[Change], root: Path, path: str) -> dict[str, str]:
    failed: dict[str, str] = {}
    for change in written:
        failed[change.path] = f"it goes with {path}"
        try:
            replace_file(root / change.path, change.new.data, change.old.data)
        except NotWrittenError as error:
            failed[change.path] = f"it was changed without {path}, which it goes with, and cannot be put back: {error}"
    return failed


def _groups(changes: Iterable[Change]) -> list[list[Change]]:
    """The changes, those together that share a fix."""
    groups: list[list[Change]] = []
    for change in changes:
        near = [group for group in groups if any(set(change.findings) & set(one.findings) for one in group)]
        groups = [group for group in groups if group not in near]
        groups.append([*(one for group in near for one in group), change])
    return groups
