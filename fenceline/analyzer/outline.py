"""What a file imports, defines and calls, read off its bytes: cheap, and only good for over-approximating."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_HEADER = re.compile(rb"^([ \t]*)(?:async[ \t]+)?(def|class)[ \t]+(\w+)", re.MULTILINE)
_WORD = re.compile(rb"[A-Za-z_]\w*")
_NAMED = re.compile(rb"([A-Za-z_]\w*)\s*[(.\[]|@[\w.]*\b(\w+)")
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


@dataclass(slots=True, eq=False)
class Outline:
    """Names as bytes.

    ``used`` are names that are called, read from an object, or that something is read from; ``mentioned`` all words
    outside of imports. ``defined`` holds for each function, class and top-level variable what it uses; ``marked``
    those of them around what was looked for, and attributes that are made of it.
    """

    imports: list[Import]
    used: frozenset[bytes]
    mentioned: frozenset[bytes]
    defined: dict[bytes, set[bytes]]
    classes: frozenset[bytes]
    marked: set[bytes] = field(default_factory=set)

    @property
    def imported(self) -> frozenset[bytes]:
        """The names that ``from`` imports ask for."""
        return frozenset(name.encode() for one in self.imports for name in one.names)


def outline_of(data: bytes, places: Sequence[int] = ()) -> Outline:
    """The outline of a file; what stands at one of ``places`` (offsets) marks the definitions around it.

    Over-approximates where text in strings looks like code, and where a function is followed by other code.
    """
    data = data.replace(b"\\\n", b"  ")
    headers = [(match.start(), len(match[1].expandtabs()), match[3]) for match in _HEADER.finditer(data)]
    bare = _IMPORT.sub(b"", _FROM.sub(b"", data))
    outline = Outline(
        imports=_imports(data),
        used=frozenset(_used(bare, 0, len(bare))) | frozenset(_READ.findall(bare)),
        mentioned=frozenset(_WORD.findall(bare)),
        defined={},
        classes=frozenset(match[3] for match in _HEADER.finditer(data) if match[2] == b"class"),
    )
    _outline_definitions(outline, data, headers, places)
    _outline_variables(outline, data, places)
    outline.marked.update(_kept(data, places))
    return outline


def _outline_definitions(
    outline: Outline, data: bytes, headers: list[tuple[int, int, bytes]], places: Sequence[int]
) -> None:
    starts = [start for start, _, _ in headers]
    around = _chains(headers)
    for n, (start, _, own) in enumerate(headers):
        end = starts[n + 1] if n + 1 < len(starts) else len(data)
        names = _used(data, start + 1, end) - {own}
        for name in around[n]:
            outline.defined.setdefault(name, set()).update(names)
    for place in places:
        if starts and place >= starts[0]:
            outline.marked.update(around[bisect_right(starts, place) - 1])


def _outline_variables(outline: Outline, data: bytes, places: Sequence[int]) -> None:
    for match in _ASSIGNED.finditer(data):
        line_end = data.find(b"\n", match.end())
        end = len(data) if line_end < 0 else line_end
        outline.defined.setdefault(match[1], set()).update(_used(data, match.end() - 1, end))
        if any(match.start() <= place < end for place in places):
            outline.marked.add(match[1])


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
    for match in _FROM.finditer(data):
        source = match[1].decode("ascii", "ignore")
        module = source.lstrip(".")
        listed = _COMMENT.sub(b"", match[2] if match[2] is not None else match[3])
        names = tuple(part.split()[0].decode("ascii", "ignore") for part in listed.split(b",") if part.split())
        found.append(Import(module, len(source) - len(module), names))
    for match in _IMPORT.finditer(data):
        parts = (part.split() for part in _COMMENT.sub(b"", match[1]).split(b","))
        found += [Import(words[0].decode("ascii", "ignore")) for words in parts if words]
    return found
