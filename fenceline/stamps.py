"""What files held when they were last read, known by what the file system says of them: so that a file nobody has
written to since is not read again to learn that nothing has changed.

The stamp of a file is its size, its number, and when its content and its entry were last changed; the last of these no
program can set. A file that was changed a moment before it was read is not remembered: it might be changed once more at
what is the same time to the file system. Where there is no time of the last change of the entry (Windows), nothing is.

A stamp belongs to this machine. What is kept by it is a digest, never a result: those are found by content alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
from pathlib import Path

NANOSECONDS_OF_A_MOMENT = 2_000_000_000
"""The coarsest time of a file system that is still in use."""

Stamp = tuple[int, int, int, int]


class Stamps:
    """The digests of files by their names, kept below a directory; None: remember nothing."""

    def __init__(self, folder: Path | None) -> None:
        """``folder`` holds a file for each user: what one may read another may not."""
        self._file = folder / f"{os.geteuid()}.json" if folder is not None and os.name == "posix" else None
        self._known: dict[str, list[object]] | None = None
        self._seen: dict[str, list[object]] = {}
        self._is_new = False

    def digest(self, name: str, status: os.stat_result) -> bytes | None:
        """What the file of this name was known to hold, if nothing was written to it since."""
        if self._file is None:
            return None
        if self._known is None:
            self._known = _read(self._file)
        entry = self._known.get(name)
        if not isinstance(entry, list) or tuple(entry[:-1]) != stamp_of(status) or not isinstance(entry[-1], str):
            return None
        try:
            digest = bytes.fromhex(entry[-1])
        except ValueError:
            return None
        self._seen[name] = entry
        return digest

    def note(self, name: str, status: os.stat_result, digest: bytes) -> None:
        """Remember what a file holds, which was read after its status was asked for."""
        if self._file is None or self._known is None:
            return
        if max(status.st_mtime_ns, status.st_ctime_ns) < time.time_ns() - NANOSECONDS_OF_A_MOMENT:
            self._known[name] = self._seen[name] = [*stamp_of(status), digest.hex()]
            self._is_new = True

    def save(self) -> None:
        """Keep what was seen if any of it is new, in one step. What goes wrong with it is no error."""
        if self._file is None or not self._is_new:
            return
        beside = self._file.with_name(f"{self._file.name}.{secrets.token_hex(8)}.tmp")
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(exist_ok=True)  # in what is there: where nothing is kept, nothing is left
            try:
                beside.write_text(json.dumps(self._seen, separators=(",", ":")), encoding="utf-8")
                beside.replace(self._file)
                self._is_new = False
            except BaseException:
                beside.unlink(missing_ok=True)
                raise


def stamp_of(status: os.stat_result) -> Stamp:
    """What differs once somebody has written to a file."""
    return status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns


def _read(file: Path) -> dict[str, list[object]]:
    try:
        known = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}
