"""Where the time of a run goes. All times are in seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Timings:
    """Time per phase, and per candidate that was explored: how many, together, and the slowest with its place."""

    phases: dict[str, float] = field(default_factory=dict)
    candidates: int = 0
    candidate_seconds: float = 0.0
    slowest_seconds: float = 0.0
    slowest_place: str = ""

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time that the body takes to a phase."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.phases[name] = self.phases.get(name, 0.0) + time.perf_counter() - started

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

    def add(self, other: Timings) -> None:
        """Take in the timings of a worker."""
        for name, seconds in other.phases.items():
            self.phases[name] = self.phases.get(name, 0.0) + seconds
        self.candidates += other.candidates
        self.candidate_seconds += other.candidate_seconds
        self._take_slowest(other.slowest_seconds, other.slowest_place)

    def _take_slowest(self, seconds: float, place: str) -> None:
        if seconds > self.slowest_seconds:
            self.slowest_seconds, self.slowest_place = seconds, place
