"""Reading a source file as Python itself does, and the table of its lines."""

from __future__ import annotations

import io
import os
import re
import stat
import tokenize
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

SIZE_LIMIT = 5_000_000
"""Bytes; generated files beyond it cost more time than their findings are worth."""

_unwritten: dict[str, bytes] = {}
"""What files will hold, by their real paths, where somebody asks what would be if they were written."""

_LONE_RETURN = re.compile(r"\r(?!\n)")


class SourceError(Exception):
    """A file that cannot be read as Python source; ``message`` is one line."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


@dataclass(slots=True, eq=False)
class Source:
    """The text of one file. ``data`` is what is parsed: UTF-8, without BOM, every line ended by a line feed."""

    path: Path
    text: str
    data: bytes
    encoding: str = "utf-8"
    _starts: list[int] = field(default_factory=list)

    @property
    def line_starts(self) -> list[int]:
        """The offset in ``text`` at which each line begins."""
        if not self._starts:
            self._starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", self.text))]
        return self._starts

    @property
    def line_count(self) -> int:
        """How many lines the text has; an empty text has none."""
        text = self.text
        if "\r" not in text:
            return text.count("\n") + (text[-1:] not in {"", "\n"})
        starts = self.line_starts
        return len(starts) - (starts[-1] == len(text))

    def line(self, number: int) -> str:
        """The text of a line (1-based) without its end; empty when there is no such line."""
        starts = self.line_starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def offset(self, line: int, column: int) -> int:
        """The offset in ``text`` of a 1-based place."""
        return self.line_starts[line - 1] + column - 1

    def place(self, offset: int) -> tuple[int, int]:
        """The 1-based line and column of an offset in ``text``."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1


def file_bytes(path: Path) -> bytes:
    """What a file of the project holds, or will hold when what is planned has been written. Raises OSError."""
    if _unwritten:
        planned = _unwritten.get(os.path.realpath(path))
        if planned is not None:
            return planned
    return path.read_bytes()


def is_planned(path: Path) -> bool:
    """Whether a file will hold something else than it does, or is not there yet."""
    return bool(_unwritten) and os.path.realpath(path) in _unwritten


def plan_to_write(contents: Mapping[Path, bytes]) -> None:
    """From now on, these files are read in this process as if they held this, and all others as they are."""
    _unwritten.clear()
    _unwritten.update((os.path.realpath(path), data) for path, data in contents.items())


@contextmanager
def as_if_written(contents: Mapping[Path, bytes]) -> Iterator[None]:
    """Within the block these files are read as if they held this, and all others as they are."""
    before = dict(_unwritten)
    plan_to_write(contents)
    try:
        yield
    finally:
        _unwritten.clear()
        _unwritten.update(before)


def read_source(path: Path) -> Source:
    """Read and decode a file; raises :class:`SourceError` for everything that stands in the way."""
    return decode_source(path, _read_bytes(path))


def decode_source(path: Path, data: bytes) -> Source:
    """Decode bytes that are already at hand (standard input, an editor's buffer)."""
    if len(data) > SIZE_LIMIT:
        raise SourceError(path, _too_large(len(data)))
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise SourceError(path, f"contains a NUL byte in line {line}")
    encoding = _encoding(path, data)
    try:
        text = data.decode(encoding)
        return Source(path, text, _parsable(text), encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(path, f"cannot be decoded as {encoding} in line {line}") from error
    except (UnicodeError, LookupError, ValueError) as error:
        raise SourceError(path, f"cannot be decoded as {encoding}") from error


def source_from_text(text: str, path: Path = Path("<text>")) -> Source:
    """A source made from text, as tests and editors have it."""
    return Source(path, text, _parsable(text))


def _parsable(text: str) -> bytes:
    if "\r" in text:
        text = _LONE_RETURN.sub("\n", text)
    return text.encode("utf-8")


def _read_bytes(path: Path) -> bytes:
    try:
        if is_planned(path):
            return file_bytes(path)
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise SourceError(path, "is a directory")
        if not stat.S_ISREG(status.st_mode):
            raise SourceError(path, "is not a regular file")
        if status.st_size > SIZE_LIMIT:
            raise SourceError(path, _too_large(status.st_size))
        return file_bytes(path)
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror or type(error).__name__}") from error
    except ValueError as error:
        raise SourceError(path, "cannot be read: not a valid path") from error


def _too_large(size: int) -> str:
    return f"is too large: {size:,} bytes, the limit is {SIZE_LIMIT:,}"


def _encoding(path: Path, data: bytes) -> str:
    try:
        return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    except SyntaxError as error:
        message = str(error.msg).splitlines()[0]
        raise SourceError(path, f"cannot be decoded: {message}") from error
