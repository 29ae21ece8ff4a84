"""Which file each worker of this machine is at, in memory that it shares with the process that has started it."""

from __future__ import annotations

import ctypes
from multiprocessing.sharedctypes import RawArray

MOST_BYTES = 4096
"""Of a path, as it is shown."""


class Place:
    """Where one worker is. What is read while it is written shows for a blink; nobody waits for anybody."""

    def __init__(self) -> None:
        self._shared = RawArray(ctypes.c_char, MOST_BYTES)

    def note(self, path: str = "") -> None:
        """The worker is at this file now, or at none."""
        self._shared.value = path.encode("utf-8", "replace")[: MOST_BYTES - 1]

    @property
    def path(self) -> str:
        """The file that the worker is at; '' for none."""
        return bytes(self._shared.value).decode("utf-8", "replace")
