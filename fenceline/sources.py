"""The modules of a project in whose files certain words stand: what is looked for is read nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fenceline.analyzer.project import ModuleInfo
from fenceline.analyzer.source import file_bytes
from fenceline.discovery import project_sources

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis

MOST_FILES = 2_000


def modules_with(analysis: Analysis, pattern: re.Pattern[bytes]) -> Iterator[ModuleInfo]:
    """The modules whose bytes the pattern is found in, by path; at most :data:`MOST_FILES`."""
    count = 0
    for path in project_sources(analysis.root):
        try:
            data = file_bytes(path)
        except OSError:
            continue
        if pattern.search(data) and count < MOST_FILES:
            module = analysis.project.module_of(path)
            if module is not None:
                count += 1
                yield module
