"""What a run has cost: where its time and memory went, and how much work was done for it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fenceline.analyzer.work import Work
from fenceline.memory import Memory, peak_bytes
from fenceline.timings import Timings

if TYPE_CHECKING:
    from fenceline.outcomes import FileResult

MOST_SLOW = 10
"""How many of the slowest files are told."""


@dataclass(frozen=True, slots=True)
class SlowFile:
    """A file, the seconds that it took to examine, and the phase that took most of them."""

    path: str
    seconds: float
    phase: str


@dataclass(frozen=True, slots=True)
class Effort:
    """``run`` are the phases of the first process, by the clock; what it waits for others is among them.

    ``asked_for`` files mention what matters, or call what does. ``processes`` is how many have examined files.
    """

    run: Timings = field(default_factory=Timings)
    asked_for: int = 0
    work: Work = field(default_factory=Work)
    memory: Memory = field(default_factory=Memory)
    slowest: tuple[SlowFile, ...] = ()
    processes: int = 0


def effort_of(run: Timings, results: Sequence[FileResult]) -> Effort:
    """The sum of what all results have cost; those that were kept have cost nothing."""
    work, peaks = Work(), {os.getpid(): 0}
    examined = [one for one in results if not one.is_cached]
    for one in examined:
        work.add(one.work)
        peaks[one.process] = max(peaks.get(one.process, 0), one.peak)
    own = max(peaks.pop(os.getpid()), peak_bytes())
    slow = sorted(examined, key=lambda one: (-one.timings.seconds, one.path))[:MOST_SLOW]
    return Effort(
        run,
        sum(one.is_asked_for for one in examined),
        work,
        Memory((own, *sorted(peaks.values(), reverse=True))),
        tuple(SlowFile(one.path, one.timings.seconds, one.timings.longest_phase) for one in slow),
        len({one.process for one in examined}),
    )
