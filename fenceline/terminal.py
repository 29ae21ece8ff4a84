"""Writing to terminals, pipes and files."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from fenceline.activity import NOW, THREAD_THAT_SHOWS, counts
from fenceline.report.plain import printable

SECONDS_BEFORE_PROGRESS = 1.0
SECONDS_BETWEEN_UPDATES = 0.1
SECONDS_OF_A_SLOW_FILE = 2.0


def colour_allowed(stream: TextIO) -> bool:
    """Whether the stream is a terminal and nobody has asked for no colour."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal_width(stream: TextIO) -> int | None:
    """Characters in a line of the terminal; None where the stream is none."""
    import shutil  # noqa: PLC0415 - as below

    return shutil.get_terminal_size().columns if stream.isatty() else None


def write_out(text: str, *, colour: bool) -> None:
    """Write to standard output; what its encoding lacks is escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    click.echo(text.encode(encoding, "backslashreplace").decode(encoding), nl=False, color=colour)


def write_file(path: Path, text: str) -> None:
    """Put a text into a file, as UTF-8 and in one step: there is never half of it to be seen.

    A link is followed. What is no regular file, as a pipe, is written to, and so is a file that we may write to in a
    directory that we may not. Raises OSError; nothing else is left behind then.
    """
    import secrets  # noqa: PLC0415 - not for --version, and costly, as is shutil
    import shutil  # noqa: PLC0415

    data = text.encode("utf-8", "backslashreplace")
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".fenceline-{secrets.token_hex(8)}.tmp")
    try:
        try:
            beside.write_bytes(data)
        except PermissionError:
            target.write_bytes(data)
            return
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def progress_on(stream: TextIO, *, is_wanted: bool) -> Iterator[Callable[[int, int], None] | None]:
    """In the block, show on the stream what the program is at once that takes long; not if the stream is no terminal.

    Nothing is left of it at the end. What is handed out counts files that are done, and all; None if nothing is shown.
    """
    if not (is_wanted and stream.isatty()) or os.environ.get("TERM") == "dumb":
        yield None
        return
    if not _LINES and hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_rest, after_in_parent=_go_on, after_in_child=_LINES.clear)
    _LINES[:] = [line := _Line(stream)]
    line.start()
    try:
        yield counts
    finally:
        line.stop()
        line.is_wanted = False


def _rest() -> None:
    for line in _LINES:
        line.stop()


def _go_on() -> None:
    for line in _LINES:
        if line.is_wanted:
            line.start()


class _Line:
    """One line that is written over."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.is_wanted = True
        self._began = time.monotonic()
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen: dict[str, float] = {}

    def start(self) -> None:
        """Keep up with what the program is at, in a thread: it may be at one thing for long."""
        self._is_over.clear()
        self._thread = threading.Thread(target=self._keep_up, name=THREAD_THAT_SHOWS, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Erase the line, and end the thread."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _keep_up(self) -> None:
        """Write until it is over, then erase."""
        import shutil  # noqa: PLC0415 - as above

        shown = ""
        if not self._is_over.wait(max(0.0, self._began + SECONDS_BEFORE_PROGRESS - time.monotonic())):
            while not self._is_over.wait(SECONDS_BETWEEN_UPDATES):
                line = _fitting(self._text(), shutil.get_terminal_size().columns - 1)
                self._write("\r" + line + " " * (_cells(shown) - _cells(line)))
                shown = line
        if shown:
            self._write("\r" + " " * _cells(shown) + "\r")

    def _text(self) -> str:
        counted = f" {NOW.done} of {NOW.all} files" if NOW.all else ""
        slow = self._slow()
        return f"{NOW.phase}{counted}" + (f", {slow[1]:.0f} s at {printable(slow[0])}" if slow else "")

    def _slow(self) -> tuple[str, float] | None:
        """The file that has been examined for longest, if that is long, and for how many seconds."""
        now = time.monotonic()
        self._seen = {path: self._seen.get(path, now) for path in NOW.files()}
        path, since = min(self._seen.items(), key=lambda one: one[1], default=("", now))
        return (path, now - since) if now - since >= SECONDS_OF_A_SLOW_FILE else None

    def _write(self, text: str) -> None:
        encoding = self.stream.encoding or "utf-8"
        with contextlib.suppress(OSError, ValueError):  # the terminal may be gone
            self.stream.write(text.encode(encoding, "replace").decode(encoding))
            self.stream.flush()


_LINES: list[_Line] = []
"""The line that is shown, or was shown last."""


def _cells(text: str) -> int:
    """The room that a text takes on a terminal: some characters are two wide, some are none."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _fitting(text: str, room: int) -> str:
    """The text, or so much of its beginning and its end as there is room for: the end of a path tells most."""
    if _cells(text) <= room:
        return text
    begin, end = text[: max(0, room // 2)], text
    while end and _cells(begin) + 1 + _cells(end) > room:
        end = end[1:]
    while begin and _cells(begin) + 1 + _cells(end) > room:
        begin = begin[:-1]
    return f"{begin}…{end}" if room > 0 else ""
