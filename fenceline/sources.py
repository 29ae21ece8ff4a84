"""The modules of a project in whose files certain words stand: what is looked for is read nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fenceline.analyzer.project import ModuleInfo

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis

MOST_FILES = 20_000


def modules_with(analysis: Analysis, pattern: re.Pattern[bytes]) -> Iterator[ModuleInfo]:
    """The modules whose bytes the pattern is found in, by path; at most :data:`MOST_FILES`."""
    count = 0
    for path in analysis.indexes.matching(pattern):
        module = analysis.project.module_of(path) if count < MOST_FILES else None
        if module is not None:
            count += 1
            yield module
