"""Edits that are put together and made, and what they change as a unified diff."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fenceline.analyzer.finding import Edit
from fenceline.analyzer.source import Source

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
"""Lines as Python has them; ``splitlines`` also ends them at form feeds and the like."""

_CONTEXT = 3


class OverlapError(Exception):
    """Edits that change the same text in different ways, or of which nobody can say which comes first."""


@dataclass(frozen=True, slots=True, order=True)
class _Span:
    """An edit in offsets of the text."""

    start: int
    end: int
    text: str


def digest_of(data: bytes) -> str:
    """What the content is known by that edits were made for."""
    return hashlib.sha256(data).hexdigest()


def edited(source: Source, edits: Iterable[Edit]) -> str:
    """The text with these edits made; equal ones count once. Raises :class:`OverlapError`."""
    parts: list[str] = []
    done = 0
    for span in _in_order(source, edits):
        parts += (source.text[done : span.start], span.text)
        done = span.end
    return "".join((*parts, source.text[done:]))


def _in_order(source: Source, edits: Iterable[Edit]) -> Iterator[_Span]:
    """Edits that only touch overlap too: where one ends and another begins, their order is anybody's guess."""
    last = -1
    for span in sorted({_span_of(source, one) for one in edits}):
        if span.start <= last:
            raise OverlapError
        last = span.end
        yield span


def _span_of(source: Source, edit: Edit) -> _Span:
    return _Span(source.offset(edit.line, edit.column), source.offset(edit.end_line, edit.end_column), edit.text)


def diff_lines(path: str, old: str, new: str) -> list[str]:
    """A unified diff, as ``patch`` and ``git apply`` take it, the names in two lines; empty where nothing differs."""
    name = f"{path}\t" if " " in path else path  # the tab says where the name ends
    lines = difflib.unified_diff(_LINE.findall(old), _LINE.findall(new), f"a/{name}", f"b/{name}", n=_CONTEXT)
    return [_ended(line) for line in lines]


def _ended(line: str) -> str:
    return line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n"
