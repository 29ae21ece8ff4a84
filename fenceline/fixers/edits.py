"""The difference of two texts as text edits, as editors and SARIF have them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from itertools import pairwise

from fenceline.analyzer.source import source_from_text

Edit = tuple[int, int, int, int, str]
"""Start line and column, end line and column (1-based, in characters, the end exclusive), and the text put there."""


def edits_between(old: str, new: str) -> list[Edit]:
    """The edits that make ``new`` of ``old``, in the order of the text: whole lines compared, then trimmed."""
    source = source_from_text(old)
    return [(*source.place(start), *source.place(end), text) for start, end, text in _changes(old, new)]


def apply_edits(old: str, edits: Iterable[Edit]) -> str:
    """``old`` with the edits done; raises ValueError when two of them overlap."""
    source, parts, done = source_from_text(old), list[str](), 0
    for line, column, end_line, end_column, text in sorted(edits, key=lambda edit: edit[:4]):
        start, end = source.offset(line, column), source.offset(end_line, end_column)
        if not done <= start <= end:
            message = f"overlapping edits at {line}:{column}"
            raise ValueError(message)
        parts += (old[done:start], text)
        done = end
    return "".join([*parts, old[done:]])


def _changes(old: str, new: str) -> Iterator[tuple[int, int, str]]:
    """Offsets in ``old`` and what stands there in ``new``."""
    before, after = _lines(old), _lines(new)
    head = _shared(before, after)
    tail = _shared(before[head:][::-1], after[head:][::-1])
    middle, other = before[head : len(before) - tail], after[head : len(after) - tail]
    offset = sum(map(len, before[:head]))
    for tag, i, j, k, m in difflib.SequenceMatcher(None, middle, other, autojunk=False).get_opcodes():
        removed, added = "".join(middle[i:j]), "".join(other[k:m])
        if tag != "equal":
            left, right = _trimmed(removed, added)
            yield offset + left, offset + len(removed) - right, added[left : len(added) - right]
        offset += len(removed)


def _lines(text: str) -> list[str]:
    starts = [*source_from_text(text).line_starts, len(text)]
    return [text[start:end] for start, end in pairwise(starts) if start < end]


def _trimmed(removed: str, added: str) -> tuple[int, int]:
    """How many characters both begin and end with; neither end parts a carriage return from its line feed."""
    left = _shared(removed, added)
    while left and _parts(removed, added, left):
        left -= 1
    right = _shared(removed[left:][::-1], added[left:][::-1])
    while right and (_splits(removed, len(removed) - right) or _splits(added, len(added) - right)):
        right -= 1
    return left, right


def _parts(removed: str, added: str, at: int) -> bool:
    return _splits(removed, at) or _splits(added, at)


def _splits(text: str, at: int) -> bool:
    return 0 < at < len(text) and text[at - 1 : at + 1] == "\r\n"


def _shared(left: list[str] | str, right: list[str] | str) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count
