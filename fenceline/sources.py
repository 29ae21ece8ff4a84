"""The modules of a project in whose files certain words stand: what is looked for is read nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fenceline.analyzer.project import ModuleInfo
from fenceline.analyzer.source import file_bytes
from fenceline.discovery import project_sources

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis

MOST_FILES = 20_000


def sources_of(analysis: Analysis) -> list[Path]:
    """The files of the project that may explain others, in order; listed once a process."""
    known = analysis.memo.get("sources")
    if not isinstance(known, list):
        known = analysis.memo["sources"] = project_sources(analysis.root)
    return known


def packages_mentioned(analysis: Analysis, names: Iterable[str]) -> frozenset[str]:
    """Of these dotted names those whose first part stands anywhere in the project: of no other is there anything."""
    known = analysis.memo.setdefault("packages", {})
    assert isinstance(known, dict)
    by_package: dict[str, list[str]] = {}
    for name in names:
        by_package.setdefault(name.partition(".")[0], []).append(name)
    missing = {one: one.encode() for one in by_package if one not in known}
    for path in sources_of(analysis) if missing else ():
        try:
            data = file_bytes(path)
        except OSError:
            continue
        for one in [one for one, word in missing.items() if word in data]:
            known[one] = True
            del missing[one]
        if not missing:
            break
    known.update(dict.fromkeys(missing, False))
    return frozenset(name for package, listed in by_package.items() if known[package] for name in listed)


def modules_with(analysis: Analysis, pattern: re.Pattern[bytes]) -> Iterator[ModuleInfo]:
    """The modules whose bytes the pattern is found in, by path; at most :data:`MOST_FILES`."""
    count = 0
    for path in sources_of(analysis):
        try:
            data = file_bytes(path)
        except OSError:
            continue
        if pattern.search(data) and count < MOST_FILES:
            module = analysis.project.module_of(path)
            if module is not None:
                count += 1
                yield module
