"""A run over many repositories, each with its own settings, that ends in one report."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from fenceline.analyzer.finding import sort_findings
from fenceline.analyzer.model_shape import ModelError
from fenceline.analyzer.work import Work
from fenceline.baseline import BaselineError
from fenceline.config import Config, ConfigError, load_config
from fenceline.discovery import PathError
from fenceline.effort import MOST_SLOW, Effort
from fenceline.engine import check
from fenceline.executors.executor import ExecutorError
from fenceline.report.document import Inferred, Report, Repository, RunError, Summary
from fenceline.report.places import within_folder
from fenceline.selection import UnknownSelectorError
from fenceline.timings import Timings

Settle = Callable[[Config], Config]
"""The settings of a repository as the command line overrules them."""

Note = Callable[[int, int, Repository], None]
"""Told of each repository that is done, with its number and that of all."""

_FAULTS_OF_A_REPOSITORY = (
    BaselineError, ConfigError, ExecutorError, ModelError, PathError, UnknownSelectorError, OSError,
)  # fmt: skip


class FleetError(Exception):
    """A list of repositories that cannot be used; one line for the user."""


@dataclass(frozen=True, slots=True)
class Place:
    """A repository by its name in the report, its path as the list has it, and its directory."""

    name: str
    given: str
    root: Path


def places_in(text: str, folder: Path) -> list[Place]:
    """The repositories of a list: a path a line, relative to ``folder``; blank lines and ``# comments`` are skipped.

    What is named twice is looked at once. Raises FleetError for an empty list.
    """
    lines = (line.strip() for line in text.removeprefix("\ufeff").splitlines())
    given = [line for line in lines if line and not line.startswith("#")]
    roots: dict[Path, str] = {}
    for line in given:
        if "\0" in line:
            raise FleetError(f"{line!a}: not a valid path")
        roots.setdefault(Path(os.path.realpath(folder / Path(line).expanduser())), line)
    if not roots:
        raise FleetError("no repositories: one directory a line is expected")
    names = _names(list(roots))
    return [Place(names[root], line, root) for root, line in roots.items()]


def _names(roots: Sequence[Path]) -> dict[Path, str]:
    """As much of the end of each path as no other has: ``api``, or ``shop/api`` and ``bank/api``."""
    names: dict[Path, str] = {}
    for root in roots:
        parts = root.parts[1:] or ("root",)
        endings = ["/".join(parts[-n:]) for n in range(1, len(parts) + 1)]
        own = (one for one in endings if sum(_ends_with(other, one) for other in roots) == 1)
        names[root] = next(own, endings[-1])
    return names


def _ends_with(root: Path, ending: str) -> bool:
    parts = PurePath(ending).parts
    return root.parts[1:][-len(parts) :] == parts


def scan(
    places: Sequence[Place],
    settle: Settle,
    state: Path | None,
    note: Note | None = None,
    *,
    with_fixes: bool = False,
) -> Report:
    """Check each repository, and put everything into one report. ``state`` is where results are kept, None for nowhere.

    A repository that fails does not stop the others: the report says why.
    """
    started = time.perf_counter()
    done: list[Repository] = []
    for place in places:
        done.append(_scanned(place, settle, state, with_fixes=with_fixes))
        if note is not None:
            note(len(done), len(places), done[-1])
    return _together(done, time.perf_counter() - started, with_fixes=with_fixes)


def _scanned(place: Place, settle: Settle, state: Path | None, *, with_fixes: bool) -> Repository:
    started = time.perf_counter()
    try:
        report = _report(place, settle, state, with_fixes=with_fixes)
        return Repository(place.name, place.given, report, "", time.perf_counter() - started)
    except _FAULTS_OF_A_REPOSITORY as error:
        reason = " ".join(str(error).split())
    except Exception as error:  # noqa: BLE001 - one bad repository must not end the run
        reason = " ".join(f"internal error: {type(error).__name__}: {error}".split())
    summary = Summary(0, 0, 0, 0, 0.0, errors=(RunError(".", "failed", reason),))
    return Repository(
        place.name, place.given, Report((), summary, root=place.root), reason, time.perf_counter() - started
    )


def _report(place: Place, settle: Settle, state: Path | None, *, with_fixes: bool) -> Report:
    if not place.root.is_dir():
        raise PathError(f"{place.given}: {'not a directory' if place.root.exists() else 'no such directory'}")
    os.listdir(place.root)  # noqa: PTH208 - raises where it may not be read; nothing to find there is no success
    config = settle(load_config(place.root))
    kept = state / _folder(place) if state is not None else None
    return check([place.root], replace(config, cache_dir=kept), place.root, with_fixes=with_fixes)


def _folder(place: Place) -> str:
    """Where the results of a repository are kept, by its directory: names may change with what else is in the list."""
    digest = hashlib.blake2b(os.fsencode(place.root), digest_size=8).hexdigest()
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in place.root.name)
    return f"{plain[:40]}-{digest}"


def _together(done: Sequence[Repository], seconds: float, *, with_fixes: bool) -> Report:
    """One report over all, in which each path begins with the name of its repository."""
    within = [within_folder(one.name, one.report) if not one.failure else _failed(one) for one in done]
    findings = tuple(sort_findings(finding for one in within for finding in one.findings))
    suppressed = sorted(
        (hidden for one in within for hidden in one.suppressed),
        key=lambda one: (one.finding.path, one.finding.line, one.finding.column, one.finding.rule),
    )
    return Report(
        findings,
        _sum([one.summary for one in within], seconds),
        with_fixes,
        tuple(suppressed),
        Path(),
        min(one.report.min_severity for one in done),
        min(one.report.min_confidence for one in done),
        repositories=tuple(done),
    )


def _failed(one: Repository) -> Report:
    summary = one.report.summary
    return replace(one.report, summary=replace(summary, errors=(RunError(one.name, "failed", one.failure),)))


def _sum(summaries: Sequence[Summary], seconds: float) -> Summary:
    timings, skipped = Timings(), dict[str, int]()
    for one in summaries:
        timings.add(one.timings)
        for reason, count in one.skipped.items():
            skipped[reason] = skipped.get(reason, 0) + count
    return Summary(
        files=sum(one.files for one in summaries),
        parsed=sum(one.parsed for one in summaries),
        lines=sum(one.lines for one in summaries),
        findings=sum(one.findings for one in summaries),
        seconds=seconds,
        cached=sum(one.cached for one in summaries),
        suppressed=sum(one.suppressed for one in summaries),
        baselined=sum(one.baselined for one in summaries),
        skipped=dict(sorted(skipped.items())),
        errors=tuple(error for one in summaries for error in one.errors),
        timings=timings,
        inferred=_inferred([one.inferred for one in summaries]),
        effort=_effort([one.effort for one in summaries]),
    )


def _inferred(parts: Iterable[Inferred]) -> Inferred:
    whole = Inferred()
    for one in parts:
        whole = Inferred(
            whole.asked + one.asked,
            whole.answered + one.answered,
            whole.helped + one.helped,
            whole.seconds + one.seconds,
        )
    return whole


def _effort(parts: Sequence[Effort]) -> Effort:
    """The memory is that of the repository that has needed most: they were examined one after the other."""
    run, work = Timings(), Work()
    for one in parts:
        run.add(one.run)
        work.add(one.work)
    slowest = sorted((file for one in parts for file in one.slowest), key=lambda file: (-file.seconds, file.path))
    return Effort(
        run,
        sum(one.asked_for for one in parts),
        work,
        max((one.memory for one in parts), key=lambda memory: sum(memory.peaks)),
        tuple(slowest[:MOST_SLOW]),
        max(one.processes for one in parts),
    )
