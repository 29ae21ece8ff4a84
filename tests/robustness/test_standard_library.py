"""Real programs that nobody wrote with this analysis in mind: the library of the interpreter that runs the tests."""

from __future__ import annotations

import sysconfig
from functools import cache
from pathlib import Path

import pytest

from fenceline.discovery import left_out_as
from fenceline.examine import Examiner
from fenceline.outcomes import Settings
from fenceline.rules import all_rules

LIBRARY = Path(sysconfig.get_path("stdlib")).resolve()
SAMPLES, PARTS, LARGEST = 150, 10, 20_000


def sampled_files() -> list[str]:
    """About 150 files, the same ones on each run, spread over the whole tree; the longest would take too long."""
    found = [path for path in LIBRARY.rglob("*.py") if "site-packages" not in path.parts]
    names = {path.relative_to(LIBRARY).as_posix(): path.stat().st_size for path in found}
    wanted = sorted(name for name, size in names.items() if 0 < size < LARGEST and left_out_as(name) is None)
    return wanted[:: max(1, len(wanted) // SAMPLES)]


@cache
def an_examiner() -> Examiner:
    """What the parts share: what is known of the whole tree is found out once a process."""
    return Examiner(Settings(LIBRARY, (), frozenset(rule.code for rule in all_rules())))


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_in_the_standard_library_is_too_much(part: int):
    results = [an_examiner().examine(path) for path in sampled_files()[part::PARTS]]
    assert [error for result in results for error in result.errors if error.kind == "internal"] == []
    assert len(results) >= SAMPLES // PARTS
    assert all(result.lines for result in results)
