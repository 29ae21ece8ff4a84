"""Where the time and the memory of a run go. All times are in seconds, memory is in bytes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fenceline.memory import peak_bytes

SECONDS_BETWEEN_PEAKS = 0.005
"""Asking for the peak takes a millisecond on some systems, longer than most phases of most files: what these need more
counts in the next phase that lasts longer than this."""

_peak_so_far = peak_bytes()


def _grown() -> int:
    """By how much the peak of this process has risen since this was last asked; a copy of a process begins lower."""
    global _peak_so_far
    before, _peak_so_far = _peak_so_far, peak_bytes()
    return max(0, _peak_so_far - before)


@dataclass(slots=True)
class Timings:
    """Time per phase, and per candidate that was explored: how many, together, and the slowest with its place.

    The time in a phase that is inside another one is that of the inner one alone. ``memory`` is by how much the peak of
    the process has risen in a phase.
    """

    phases: dict[str, float] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)
    candidates: int = 0
    candidate_seconds: float = 0.0
    slowest_seconds: float = 0.0
    slowest_place: str = ""
    _inside: float = 0.0

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time that the body takes to a phase."""
        outside, self._inside = self._inside, 0.0
        started = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - started
            self.phases[name] = self.phases.get(name, 0.0) + seconds - self._inside
            self._inside = outside + seconds
            grown = _grown() if seconds > SECONDS_BETWEEN_PEAKS else 0
            if grown:
                self.memory[name] = self.memory.get(name, 0) + grown

    @contextmanager
    def candidate(self, place: str) -> Iterator[None]:
        """Count one candidate, found at ``path:line``, and the time that the body takes to judge it."""
        started = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - started
            self.candidates += 1
            self.candidate_seconds += seconds
            self._take_slowest(seconds, place)

    @property
    def seconds(self) -> float:
        """Of all phases together."""
        return sum(self.phases.values())

    @property
    def longest_phase(self) -> str:
        """The phase that took most; '' without any."""
        return max(self.phases, key=lambda name: self.phases[name], default="")

    def add(self, other: Timings) -> None:
        """Take in the timings of a file, or of a worker."""
        for name, seconds in other.phases.items():
            self.phases[name] = self.phases.get(name, 0.0) + seconds
        for name, grown in other.memory.items():
            self.memory[name] = self.memory.get(name, 0) + grown
        self.candidates += other.candidates
        self.candidate_seconds += other.candidate_seconds
        self._take_slowest(other.slowest_seconds, other.slowest_place)

    def _take_slowest(self, seconds: float, place: str) -> None:
        if seconds > self.slowest_seconds:
            self.slowest_seconds, self.slowest_place = seconds, place
