"""The source around a finding: windows of lines, each line in pieces that a reader can be shown in colour."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fenceline.analyzer.finding import Finding
from fenceline.analyzer.source import Source, SourceError, read_source
from fenceline.report.plain import printable

CONTEXT = 2
"""Lines above and below each line that matters."""
MOST_OF_A_PLACE = 12
MOST_LINES = 60
LONGEST_LINE = 400

_WORDS = "|".join(sorted(keyword.kwlist))
_TOKEN = re.compile(
    r"(?P<c>\#[^\n]*)"
    r"|(?P<s>(?<![A-Za-z0-9_])[rbufRBUF]{0,2}(?:\"\"\"(?:[^\\]|\\.)*?(?:\"\"\"|\Z)|'''(?:[^\\]|\\.)*?(?:'''|\Z)"
    r"|\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?))"
    r"|(?P<d>(?m:^[ \t]*@[\w.]+))"
    rf"|(?P<k>\b(?:{_WORDS})\b)"
    r"|(?P<n>\b\d[\w.]*)",
    re.DOTALL,
)
"""What is coloured: comments, strings, decorators, keywords, numbers. Everything else is left as it is."""

Piece = tuple[str, str]
"""A class ('' for none) and the text, safe to show."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an excerpt. ``mark`` is 'primary', 'related', 'step' or ''; ``notes`` are what is said of it."""

    number: int
    pieces: tuple[Piece, ...]
    mark: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The lines of one file that matter to a finding, in windows; ``problem`` says why there are none."""

    path: str
    windows: tuple[tuple[Line, ...], ...] = ()
    problem: str = ""


@dataclass(slots=True)
class Sources:
    """The files of a project, each read once, and the places of what is coloured in them."""

    place: Callable[[str], Path]
    """Where a file of the report is."""

    _read: dict[str, Source | str] = field(default_factory=dict)
    _coloured: dict[str, dict[int, list[tuple[int, int, str]]]] = field(default_factory=dict)

    def of(self, path: str) -> Source | str:
        """The text of a file, or why there is none."""
        found = self._read.get(path)
        if found is None:
            try:
                found = read_source(self.place(path))
            except SourceError as error:
                found = error.message
            self._read[path] = found
        return found

    def colours(self, path: str, source: Source) -> Mapping[int, list[tuple[int, int, str]]]:
        """For each line: from which character to which it is what."""
        known = self._coloured.get(path)
        if known is None:
            known = self._coloured[path] = {}
            for match in _TOKEN.finditer(source.text):
                for line, start, end in _by_line(source, match.start(), match.end()):
                    known.setdefault(line, []).append((start, end, str(match.lastgroup)))
        return known


def _by_line(source: Source, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    line, column = source.place(start)
    last, last_column = source.place(end)
    for number in range(line, last + 1):
        length = len(source.line(number))
        yield number, column - 1 if number == line else 0, last_column - 1 if number == last else length


def excerpts_of(finding: Finding, sources: Sources) -> list[Excerpt]:
    """The code of a finding, file by file, its own first."""
    wanted: dict[str, dict[int, tuple[str, list[str]]]] = {}
    for path, lines, mark, note in _places(finding):
        known = wanted.setdefault(path, {})
        for number in lines:
            before = known.get(number)
            notes = before[1] if before else []
            known[number] = (_stronger(before[0] if before else "", mark), notes)
        if note and note not in known[lines[-1]][1]:
            known[lines[-1]][1].append(note)
    return [_excerpt(path, marked, sources) for path, marked in wanted.items()]


def _places(finding: Finding) -> Iterator[tuple[str, range, str, str]]:
    yield finding.path, _lines(finding.line, finding.end_line), "primary", ""
    for place in finding.related:
        yield place.path, _lines(place.line, place.end_line), "related", printable(place.message)
    for step in finding.trace:
        if step.line and step.path:
            yield step.path, _lines(step.line, step.line), "step", ""


def _lines(first: int, last: int) -> range:
    first = max(first, 1)
    return range(first, min(max(last, first), first + MOST_OF_A_PLACE - 1) + 1)


def _stronger(one: str, other: str) -> str:
    order = ["", "step", "related", "primary"]
    return max(one, other, key=order.index)


def _excerpt(path: str, marked: Mapping[int, tuple[str, list[str]]], sources: Sources) -> Excerpt:
    source = sources.of(path)
    if isinstance(source, str):
        return Excerpt(printable(path), problem=printable(source))
    if not source.line_count:
        return Excerpt(printable(path), problem="is empty")
    missing = [number for number in marked if number > source.line_count]
    if missing:
        return Excerpt(printable(path), problem=f"has no line {missing[0]} any more")
    colours = sources.colours(path, source)
    windows = tuple(
        tuple(_line(number, source, colours, marked) for number in _without_blank_edges(window, source, marked))
        for window in _windows(marked, source.line_count)
    )
    return Excerpt(printable(path), windows)


def _windows(marked: Iterable[int], count: int) -> Iterator[list[int]]:
    """Runs of lines around those that are marked, at most :data:`MOST_LINES` of them."""
    wanted = sorted({n for one in marked for n in range(one - CONTEXT, one + CONTEXT + 1) if 1 <= n <= count})
    window: list[int] = []
    for number in wanted[:MOST_LINES]:
        if window and number > window[-1] + 2:
            yield window
            window = []
        elif window and number == window[-1] + 2:
            window.append(number - 1)  # one line left out is better shown
        window.append(number)
    if window:
        yield window


def _without_blank_edges(window: list[int], source: Source, marked: Container[int]) -> list[int]:
    told = [n for n, number in enumerate(window) if number in marked or source.line(number).strip()]
    return window[told[0] : told[-1] + 1]


def _line(
    number: int,
    source: Source,
    colours: Mapping[int, list[tuple[int, int, str]]],
    marked: Mapping[int, tuple[str, list[str]]],
) -> Line:
    mark, notes = marked.get(number, ("", []))
    return Line(number, tuple(_pieces(source.line(number), colours.get(number, ()))), mark, tuple(notes))


def _pieces(text: str, colours: Iterable[tuple[int, int, str]]) -> Iterator[Piece]:
    cut = text[:LONGEST_LINE]
    at = 0
    for start, end, kind in colours:
        if start > at:
            yield "", shown(cut[at:start])
        if cut[start:end]:
            yield kind, shown(cut[start:end])
        at = end
    if cut[at:]:
        yield "", shown(cut[at:])
    if len(text) > LONGEST_LINE:
        yield "x", f"… {len(text) - LONGEST_LINE} more characters"


def shown(text: str) -> str:
    """Source text that is safe to show: tabs as four blanks, what does not print escaped."""
    return printable(text.replace("\t", "    "))
