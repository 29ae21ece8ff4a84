"""The memory of processes, as the system counts it: the most that one has had in physical memory at a time."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import ModuleType

resource: ModuleType | None
try:
    import resource
except ImportError:  # Windows
    resource = None

_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in which ``ru_maxrss`` is counted: getrusage(2) of each system."""


def peak_bytes() -> int:
    """The most that this process has had, in bytes; 0 where the system does not tell.

    On Linux a process begins with what the one had that started it, until it has more itself.
    """
    if resource is None:
        return 0
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * _UNIT


@dataclass(frozen=True, slots=True)
class Memory:
    """The peaks of the processes of a run in bytes, the first one's first, then the largest first."""

    peaks: tuple[int, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether the system tells."""
        return any(self.peaks)

    @property
    def together(self) -> int:
        """What all had, if all had their most at the same time."""
        return sum(self.peaks)
