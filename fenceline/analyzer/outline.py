"""What a file imports, defines and calls, read off its bytes: cheap, and only good for over-approximating."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

_HEADER = re.compile(rb"^([ \t]*)(?:async[ \t]+)?(def|class)[ \t]+(\w+)", re.MULTILINE)
_WORD = re.compile(rb"[A-Za-z_]\w*")
_NAMED = re.compile(rb"(?<![A-Za-z_])([A-Za-z_]\w*+)\s*+[(.\[]|@[\w.]*\b(\w+)")
_READ = re.compile(rb"\.\s*([A-Za-z_]\w*)")
_ASSIGNED = re.compile(rb"^([A-Za-z_]\w*)[ \t]*(?::[^=\n]+)?=[^=]", re.MULTILINE)
_KEPT = re.compile(rb"[ \t]*(?:\w+\.)*(\w+)[ \t]*(?::|=(?!=))")
_FROM = re.compile(rb"^[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]*(?:\(([^)]*)\)|([^\n]*))", re.MULTILINE)
_IMPORT = re.compile(rb"^[ \t]*import[ \t]+([^\n]*)", re.MULTILINE)
_COMMENT = re.compile(rb"#[^\n]*")


@dataclass(frozen=True, slots=True)
class Import:
    """``from module import names``, or ``import module`` with no names; ``level`` is the number of leading dots."""

    module: str
    level: int = 0
    names: tuple[str, ...] = ()


class Outline:
    """What is read off the bytes of one file, each part when it is first asked for. Names are bytes.

    Over-approximates where text in strings looks like code, and where a function is followed by other code.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._data = data.replace(b"\\\n", b"  ")

    @cached_property
    def imports(self) -> list[Import]:
        """What the file imports, in functions too."""
        return _imports(self._data)

    @cached_property
    def imported(self) -> frozenset[bytes]:
        """The names that ``from`` imports ask for."""
        return frozenset(name.encode() for one in self.imports for name in one.names)

    @cached_property
    def used(self) -> frozenset[bytes]:
        """Names that are called, read from an object, or that something is read from."""
        return frozenset(_used(self._bare, 0, len(self._bare))) | frozenset(_READ.findall(self._bare))

    @cached_property
    def mentioned(self) -> frozenset[bytes]:
        """All words outside of imports."""
        return frozenset(_WORD.findall(self._bare))

    @cached_property
    def classes(self) -> frozenset[bytes]:
        """The names of all classes."""
        return frozenset(match[3] for match in _HEADER.finditer(self._data) if match[2] == b"class")

    @cached_property
    def defined(self) -> dict[bytes, set[bytes]]:
        """For each function, class and top-level variable what it uses."""
        found: dict[bytes, set[bytes]] = {}
        around, data = _chains(self._headers), self._data
        starts = [start for start, _, _ in self._headers]
        for n, (start, _, own) in enumerate(self._headers):
            end = starts[n + 1] if n + 1 < len(starts) else len(data)
            names = _used(data, start + 1, end) - {own}
            for name in around[n]:
                found.setdefault(name, set()).update(names)
        for match, end in self._variables():
            found.setdefault(match[1], set()).update(_used(data, match.end() - 1, end))
        return found

    def marked(self, places: Sequence[int]) -> frozenset[bytes]:
        """The names of what is defined around these offsets, and of attributes that are made of what stands there."""
        if not places:
            return frozenset()
        found: set[bytes] = set()
        starts, around = [start for start, _, _ in self._headers], _chains(self._headers)
        for place in places:
            if starts and place >= starts[0]:
                found.update(around[bisect_right(starts, place) - 1])
        for match, end in self._variables():
            if any(match.start() <= place < end for place in places):
                found.add(match[1])
        return frozenset(found.union(_kept(self._data, places)))

    @cached_property
    def _headers(self) -> list[tuple[int, int, bytes]]:
        return [(match.start(), len(match[1].expandtabs()), match[3]) for match in _HEADER.finditer(self._data)]

    @cached_property
    def _bare(self) -> bytes:
        return _IMPORT.sub(b"", _FROM.sub(b"", self._data))

    def _variables(self) -> Iterator[tuple[re.Match[bytes], int]]:
        """Assignments at the top level, with the ends of their lines."""
        for match in _ASSIGNED.finditer(self._data):
            line_end = self._data.find(b"\n", match.end())
            yield match, len(self._data) if line_end < 0 else line_end


def _kept(data: bytes, places: Sequence[int]) -> Iterator[bytes]:
    """Attributes and fields that are given or declared what was looked for: ``self.client = Redis()``."""
    for place in places:
        start = data.rfind(b"\n", 0, place) + 1
        match = _KEPT.match(data, start, place)
        if match is not None:
            yield match[1]


def _chains(headers: list[tuple[int, int, bytes]]) -> list[tuple[bytes, ...]]:
    """For each header its own name and those of the definitions around it."""
    chains: list[tuple[bytes, ...]] = []
    open_ones: list[tuple[int, bytes]] = []
    for _, indent, name in headers:
        while open_ones and open_ones[-1][0] >= indent:
            open_ones.pop()
        open_ones.append((indent, name))
        chains.append(tuple(one for _, one in open_ones))
    return chains


def _used(data: bytes, start: int, end: int) -> set[bytes]:
    return {one or two for one, two in _NAMED.findall(data, start, end)}


def _imports(data: bytes) -> list[Import]:
    found: list[Import] = []
    for match in _statements(_FROM, data):
        source = match[1].decode("ascii", "ignore")
        module = source.lstrip(".")
        listed = _COMMENT.sub(b"", match[2] if match[2] is not None else match[3])
        names = tuple(part.split()[0].decode("ascii", "ignore") for part in listed.split(b",") if part.split())
        found.append(Import(module, len(source) - len(module), names))
    for match in _statements(_IMPORT, data):
        parts = (part.split() for part in _COMMENT.sub(b"", match[1]).split(b","))
        found += [Import(words[0].decode("ascii", "ignore")) for words in parts if words]
    return found


def _statements(pattern: re.Pattern[bytes], data: bytes) -> Iterator[re.Match[bytes]]:
    """What ``pattern.finditer`` gives, for a pattern of lines in which ``import`` stands: only these are looked at."""
    place = data.find(b"import")
    while place >= 0:
        match = pattern.match(data, data.rfind(b"\n", 0, place) + 1)
        if match is not None:
            yield match
        place = data.find(b"import", place + 6 if match is None else max(match.end(), place + 6))
