"""A baseline applied to the findings of a run: what is new, what is known, and which entries are stale."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fenceline.analyzer.finding import Finding
from fenceline.analyzer.source import SourceError, read_source
from fenceline.baseline import Applied, Entry, entries_of, united
from fenceline.closely import Examine, look_closely
from fenceline.config import Config
from fenceline.discovery import Discovery
from fenceline.linking.called import names_called_by
from fenceline.matching import IsGone, Slot, match, part_of
from fenceline.outcomes import FileResult, Settings
from fenceline.report.document import Report, Suppressed
from fenceline.rules import all_rules


@dataclass(frozen=True, slots=True)
class Sorted:
    """The findings of a run by what a baseline says of them, each with its entry where it has one."""

    new: list[Finding]
    known: list[tuple[Finding, Entry]]
    applied: Applied


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run has looked at: its files and directories, its results, how it was set up; how more is examined."""

    found: Discovery
    results: Sequence[FileResult]
    settings: Settings
    config: Config
    examine: Examine


def sort_out(
    entries: Sequence[Entry], shown: Sequence[Finding], hidden: Sequence[Finding], seen: Seen, *, with_stale: bool
) -> Sorted:
    """Sort the findings that no comment hides (``shown``), of any confidence, and the entries of the baseline.

    A comment goes before the baseline. What it hides (``hidden``) still takes its place among the entries, but after
    what is shown: an entry is neither stale because of it nor free for a new finding.
    """
    is_gone = gone_from(seen.settings)
    ranked = sorted(shown, key=lambda one: not seen.config.shows(one))
    matching = match(entries, [*ranked, *hidden], is_gone)
    known = [(one, matching.of[n]) for n, one in enumerate(ranked) if n in matching.of]
    new = [one for n, one in enumerate(ranked) if n not in matching.of]
    stale = _stale(entries, matching.left, [*shown, *hidden], seen) if with_stale else []
    fresh = set(matching.left).difference(stale)
    unsure = {slot for one, slot in known if not seen.config.shows(one)}
    unseen = sorted(fresh | unsure, key=lambda one: (one.number, one.place))
    applied = Applied(tuple(entries), tuple(part_of(entries, stale)), tuple(part_of(entries, unseen)))
    return Sorted(new, [(one, entries[slot.number]) for one, slot in known], applied)


def gone_from(settings: Settings) -> IsGone:
    """Whether a file is not there any more, or can be read and has no function of this name."""

    @functools.cache
    def functions(path: str) -> Collection[str] | None:
        # only here: most runs ask of no file what is gone from it
        from fenceline.analyzer.comments import definitions_in  # noqa: PLC0415

        try:
            return {one.name for one in definitions_in(read_source(settings.root / path)) if one.is_function}
        except SourceError:
            return None

    @functools.cache
    def is_gone(path: str, function: str | None) -> bool:
        if not _is_there(settings.root / path):
            return True
        if function is None or function.startswith("<"):
            return False
        defined = functions(path)
        return defined is not None and function not in defined

    return is_gone


def rewritten(report: Report) -> list[Entry]:
    """What a baseline has to hold for nothing in a report to be shown: reasons stay, and what was not looked at."""
    known = [one for one in report.suppressed if one.where == "baseline"]
    reasons = {(one.finding.path, one.finding.rule, one.finding.identity): one.reason for one in known if one.reason}
    found = entries_of([*report.findings, *(one.finding for one in known)])
    unseen = report.baseline.unseen if report.baseline is not None else ()
    return united([*(replace(one, reason=reasons.get(one.place, "")) for one in found), *unseen])


def silenced(report: Report) -> Report:
    """The report when all its findings are in the baseline."""
    known = [one for one in report.suppressed if one.where == "baseline"]
    summary = replace(report.summary, findings=0, baselined=len(known) + len(report.findings))
    more = (Suppressed(one, "baseline") for one in report.findings)
    return replace(report, findings=(), summary=summary, suppressed=(*report.suppressed, *more))


# ---------------------------------------------------------------------------------------------------- stale entries


def _stale(entries: Sequence[Entry], left: Sequence[Slot], known: Iterable[Finding], seen: Seen) -> list[Slot]:
    """What matches nothing any more of the selected rules and the files that the run has read in full.

    Files that are gone count with a directory that the run has looked through. What seems to be stale is looked for
    again at every confidence, and from the files outside the run that may lead to it.
    """
    judged = [one for one in left if _is_judged(entries[one.number], seen)]
    suspects: dict[str, set[str]] = {}
    for slot in judged:
        entry = entries[slot.number]
        if _is_there(seen.settings.root / entry.path):
            suspects.setdefault(entry.path, set()).update(names_called_by(entry.function) if entry.function else ())
    if not suspects:
        return judged
    closer = look_closely(suspects, frozenset(), seen.results, seen.settings, seen.config, seen.examine)
    failed = {error.path for one in closer.results for error in one.errors if error.kind == "internal"}
    doubtful = closer.doubtful if not failed else frozenset(suspects)
    judged = [one for one in judged if entries[one.number].path not in doubtful]
    more = _more_than(known, closer.results)
    asked = list(part_of(entries, judged))
    for slot in match(asked, more, lambda _path, _function: False).of.values():
        judged.remove(next(one for one in judged if entries[one.number].place == asked[slot.number].place))
    return judged


def _is_judged(entry: Entry, seen: Seen) -> bool:
    is_rule = any(rule.code == entry.rule for rule in all_rules())
    if is_rule and entry.rule not in seen.settings.codes:
        return False
    if not _is_there(seen.settings.root / entry.path):
        return any(not one or entry.path.startswith(f"{one}/") for one in seen.found.directories)
    return any(one.path == entry.path and not one.errors for one in seen.results)


def _more_than(known: Iterable[Finding], results: Iterable[FileResult]) -> list[Finding]:
    """What is found at places where nothing was known, each once."""
    places = {(one.rule, one.path, one.line, one.column): one for each in results for one in each.findings}
    for one in known:
        places.pop((one.rule, one.path, one.line, one.column), None)
    return list(places.values())


def _is_there(path: Path) -> bool:
    """Whether a file is there, for all that can be seen."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
