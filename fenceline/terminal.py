"""Writing to terminals, pipes and files."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

SECONDS_BEFORE_PROGRESS = 1.0
SECONDS_BETWEEN_UPDATES = 0.1


def colour_allowed(stream: TextIO) -> bool:
    """Whether the stream is a terminal and nobody has asked for no colour."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal_width(stream: TextIO) -> int | None:
    """Characters in a line of the terminal; None where the stream is none."""
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
    """A function that shows progress on the stream once the work is long; None if the stream is no terminal."""
    if not (is_wanted and stream.isatty()):
        yield None
        return
    progress = _Progress(stream)
    try:
        yield progress.note
    finally:
        progress.clear()


class _Progress:
    """One line that is written over."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.next = time.monotonic() + SECONDS_BEFORE_PROGRESS
        self.shown = 0

    def note(self, done: int, of: int) -> None:
        now = time.monotonic()
        if now < self.next:
            return
        self.next = now + SECONDS_BETWEEN_UPDATES
        line = f"checked {done} of {of} files"
        self.stream.write("\r" + line.ljust(self.shown))
        self.stream.flush()
        self.shown = len(line)

    def clear(self) -> None:
        if self.shown:
            self.stream.write("\r" + " " * self.shown + "\r")
            self.stream.flush()
