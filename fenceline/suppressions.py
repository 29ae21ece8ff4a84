"""What the comments of a file ask to be silent about. Nothing is applied here: text goes in, values come out.

Three forms are read; letters may be upper or lower case, and several codes are separated by commas or blanks.

``# fenceline: ignore[FEN201, orm-read-modify-write] reason``
    for the code that the comment stands on; on a line of its own for the next code. Without brackets: for every rule.
``# fenceline: ignore-file[FEN201] reason``
    for the whole file; on a line of its own
``# noqa: FEN201, E501 reason``
    as other linters read it: for the code that it stands behind. Codes of others are none of ours. ``# noqa`` alone is
    for every rule of every tool.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fenceline.analyzer.source import Source

if TYPE_CHECKING:
    from fenceline.analyzer.comments import Comment

IGNORE, IGNORE_FILE, NOQA = "ignore", "ignore-file", "noqa"

_WORDS = re.compile(rb"fenceline\s*:|noqa", re.IGNORECASE)

_FLAGS = re.IGNORECASE | re.ASCII  # no other letter is the upper or lower case of one in a keyword

# A number sign behind a quote is somebody's example of a suppression.
_MARK = re.compile(r"(?<![`'\"])#\s*(?:fenceline\s*:\s*(?P<ours>ignore-file|ignore)(?![\w-])|noqa(?![\w-]))", _FLAGS)
_OTHER_TOOL = re.compile(
    r"(?<![`'\"])#\s*(?:(?:fenceline|type|ty|pyright|basedpyright|pyrefly|mypy|ruff|flake8|pylint|pragma|fmt|isort|yapf)\s*:"
    r"|(?:noqa|nosec|nosemgrep)\b)",
    _FLAGS,
)
_NOQA_CODE = re.compile(r"[\s,]*([A-Z]+[0-9]+)(?!\w)", _FLAGS)
_OUR_CODE = re.compile(r"FEN[0-9]+", _FLAGS)
_ENTRY = re.compile(r"[^\s,]+")
_EVERYTHING = frozenset({"ALL", "FEN"})


@dataclass(frozen=True, slots=True)
class Selector:
    """A code, a prefix of codes or a rule's name as it is written, and the column (from 1) at which it begins."""

    text: str
    column: int


@dataclass(frozen=True, slots=True)
class Suppression:
    """One suppression. ``kind`` is IGNORE, IGNORE_FILE or NOQA; without selectors it is for every rule.

    ``line``, ``column`` and ``end_column`` are the place of its text; ``first`` to ``last`` are the lines that it
    speaks of (0 when there are none, or for a file). ``is_behind_code`` tells it from one on a line of its own.
    ``problem`` says why it cannot be read; then it suppresses nothing. ``function`` is the function around those lines.
    """

    kind: str
    line: int
    column: int
    text: str
    first: int
    last: int
    is_behind_code: bool
    selectors: tuple[Selector, ...] = ()
    reason: str = ""
    problem: str = ""
    function: str | None = None

    @property
    def end_column(self) -> int:
        """The column after its last character."""
        return self.column + len(self.text)

    @property
    def is_blanket(self) -> bool:
        """Whether it is for every rule."""
        return not self.problem and all(one.text.upper() in _EVERYTHING for one in self.selectors)

    def covers(self, line: int, end_line: int) -> bool:
        """Whether it speaks of what stands on these lines: of their first, or behind the last.

        What is said of the comment itself stands on its own line.
        """
        if self.kind == IGNORE_FILE or line == self.line or self.first <= line <= self.last:
            return True
        return self.is_behind_code and self.first <= end_line <= self.last


def suppressions_in(source: Source) -> tuple[Suppression, ...]:
    """All suppressions of a file, in their order; never fails."""
    # only here: kept suppressions are not read again
    from fenceline.analyzer.comments import comments_of  # noqa: PLC0415

    return tuple(_suppressions(comments_of(source, _WORDS)))


def has_ours(data: bytes) -> bool:
    """Whether a file may hold a suppression that names Fenceline or a rule of it; over-approximates."""
    folded = data.lower()  # so that every search is for plain bytes: a pattern that ignores case is far slower
    return b"fenceline" in folded or (b"noqa" in folded and re.search(rb"fen\d", folded) is not None)


def _suppressions(comments: Iterable[Comment]) -> Iterator[Suppression]:
    for comment in comments:
        for mark in _MARK.finditer(comment.text):
            other = _OTHER_TOOL.search(comment.text, mark.end())
            one = _suppression(comment, mark, other.start() if other else len(comment.text))
            if one is not None:
                yield one


def _suppression(comment: Comment, mark: re.Match[str], end: int) -> Suppression | None:
    word = mark.group("ours")
    if word is None:
        return _noqa(comment, mark, end)
    kind = word.lower()
    rest = comment.text[mark.end() : end]
    brackets = re.match(r"\s*\[([^\]]*)\]", rest)
    selectors: tuple[Selector, ...] = ()
    problem = ""
    if brackets is not None:
        start = mark.end() + brackets.start(1)
        selectors = tuple(_selectors(comment, _ENTRY.finditer(comment.text, start, mark.end() + brackets.end(1))))
        problem = "" if selectors else "the brackets name no rule"
    elif re.match(r"\s*\[", rest):
        problem = "its bracket is not closed"
    elif re.match(r"\s*[:=(]?\s*FEN[0-9]", rest, re.IGNORECASE):
        problem = f"codes stand in brackets, as in {kind}[FEN201]"
    if kind == IGNORE_FILE and not comment.is_alone:
        problem = problem or "for a file it must stand on a line of its own"
    said = rest[brackets.end() :] if brackets is not None else rest
    return _made(kind, comment, mark.start(), end, selectors, said, problem)


def _noqa(comment: Comment, mark: re.Match[str], end: int) -> Suppression | None:
    """None for one that names no rule of ours. A colon with nothing behind it that is a code suppresses nothing."""
    text = comment.text
    colon = re.compile(r"\s*:").match(text, mark.end(), end)
    if colon is None:
        return _made(NOQA, comment, mark.start(), end, (), text[mark.end() : end])
    at = colon.end()
    ours: list[re.Match[str]] = []
    while (code := _NOQA_CODE.match(text, at, end)) is not None:
        at = code.end()
        if _OUR_CODE.fullmatch(code.group(1)):
            ours.append(code)
    selectors = tuple(Selector(code.group(1), comment.column + code.start(1)) for code in ours)
    return _made(NOQA, comment, mark.start(), end, selectors, text[at:end]) if ours else None


def _selectors(comment: Comment, entries: Iterable[re.Match[str]]) -> Iterator[Selector]:
    """Each once, where it stands first."""
    seen: set[str] = set()
    for entry in entries:
        if entry.group().upper() not in seen:
            seen.add(entry.group().upper())
            yield Selector(entry.group(), comment.column + entry.start())


def _made(
    kind: str, comment: Comment, start: int, end: int, selectors: tuple[Selector, ...], said: str, problem: str = ""
) -> Suppression:
    # Others apply a noqa to the line that it stands on, not to the next.
    is_for_next = comment.is_alone and not comment.is_inside
    is_nowhere = kind == IGNORE_FILE or (kind == NOQA and is_for_next)
    return Suppression(
        kind=kind,
        line=comment.line,
        column=comment.column + start,
        text=comment.text[start:end].rstrip(),
        first=0 if is_nowhere else comment.first,
        last=0 if is_nowhere else comment.last,
        is_behind_code=not comment.is_alone,
        selectors=selectors,
        reason=_reason(said),
        problem=problem,
        function=None if is_nowhere else comment.function,
    )


def _reason(said: str) -> str:
    """What is said behind the codes, without the signs before it; empty without a letter or digit."""
    text = said.strip(" \t\f#:;,.-–—/|")
    return text if re.search(r"\w", text) else ""
