"""A second look at files of which more must be known than the run has asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fenceline.analyzer.finding import Confidence
from fenceline.analyzer.source import file_bytes
from fenceline.config import Config
from fenceline.discovery import discover
from fenceline.linking.called import files_that_lead_to
from fenceline.outcomes import FileResult, Settings

Examine = Callable[[Settings, Sequence[str]], list[FileResult]]
"""The results of files."""


@dataclass(frozen=True, slots=True)
class Closer:
    """What a second look has shown. ``doubtful`` are the files that too many others lead to, or where it has failed."""

    results: tuple[FileResult, ...]
    doubtful: frozenset[str]


def look_closely(
    suspects: Mapping[str, Collection[str]],
    wanted: frozenset[str],
    results: Sequence[FileResult],
    settings: Settings,
    config: Config,
    examine: Examine,
) -> Closer:
    """Look at files again: at every confidence, with the ``wanted`` rules too, and from files outside the run.

    ``suspects`` are the files, each with the names of its functions that are in question: the files outside that name
    one of them may lead to a finding in it. There are no new results if the run has seen all that already.
    """
    outside, doubtful = _outside(suspects, results, settings, config)
    inside = {one.path for one in results if not suspects.keys().isdisjoint(one.reached)}
    if not (outside or settings.least > Confidence.LOW or not wanted <= settings.codes):
        return Closer((), doubtful)
    closely = replace(settings, least=Confidence.LOW, codes=settings.codes | wanted, fixes=None)
    return Closer(tuple(examine(closely, sorted(inside | outside))), doubtful)


def _outside(
    suspects: Mapping[str, Collection[str]], results: Sequence[FileResult], settings: Settings, config: Config
) -> tuple[set[str], frozenset[str]]:
    """The files outside the run that may lead to a finding in a suspect's file; the files with too many of them."""
    everywhere = discover(settings.root, [settings.root], config.exclude, force_exclude=True).files
    inside = {one.path for one in results}
    if inside.issuperset(everywhere):
        return set(), frozenset()
    texts = _texts([settings.root / path for path in sorted({*everywhere, *inside})])
    found: set[str] = set()
    doubtful: set[str] = set()
    for path, called in suspects.items():
        leading = files_that_lead_to(called, texts)
        if leading is None:
            doubtful.add(path)
        else:
            found |= {one.relative_to(settings.root).as_posix() for one in leading} - inside
    return found, frozenset(doubtful)


def _texts(paths: Iterable[Path]) -> dict[Path, bytes]:
    found: dict[Path, bytes] = {}
    for path in paths:
        with contextlib.suppress(OSError):
            found[path] = file_bytes(path)
    return found
