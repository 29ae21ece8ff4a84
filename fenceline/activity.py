"""What the program is at, for whoever shows it while it lasts. Nothing here costs more than an assignment."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass


def _nothing() -> Collection[str]:
    return ()


@dataclass(slots=True)
class Activity:
    """``phase`` is said to people. ``done`` of ``all`` files are examined; ``all`` is 0 where that is not counted.

    ``files`` tells, from any thread, which files are being examined.
    """

    phase: str = "starts"
    done: int = 0
    all: int = 0
    files: Callable[[], Collection[str]] = _nothing


NOW = Activity()
"""What this process is at."""

THREAD_THAT_SHOWS = "fenceline shows progress"
"""The name of the thread that shows it. It rests while the process is copied: a copy has none of our threads."""


def counts(done: int, of: int) -> None:
    """So many files are examined, of so many."""
    NOW.done, NOW.all = done, of


def goes_on_with(phase: str, files: Callable[[], Collection[str]] = _nothing) -> None:
    """From now on this is what the program is at."""
    NOW.phase, NOW.done, NOW.all, NOW.files = phase, 0, 0, files
