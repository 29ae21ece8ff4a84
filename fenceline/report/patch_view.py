"""What a fix changes, as the lines of a diff, found from its edits: files are long, and fixes touch little of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fenceline.analyzer.finding import Edit, Fix
from fenceline.analyzer.source import Source
from fenceline.patches import OverlapError, edited
from fenceline.report.excerpts import LONGEST_LINE, Sources, shown
from fenceline.report.plain import printable

_CONTEXT = 2


@dataclass(frozen=True, slots=True)
class PatchLine:
    """One line of a diff: ``sign`` is '+', '-' or ' '; the numbers are those before and after, 0 where it is not."""

    sign: str
    old: int
    new: int
    text: str


@dataclass(frozen=True, slots=True)
class FilePatch:
    """What changes in a file, hunk by hunk; ``problem`` says why it cannot be shown."""

    path: str
    hunks: tuple[tuple[PatchLine, ...], ...] = ()
    problem: str = ""


def patches_of(fix: Fix, sources: Sources) -> list[FilePatch]:
    """The diff of a fix, file by file."""
    return [_patch(path, fix, sources) for path in dict.fromkeys(edit.path for edit in fix.edits)]


def _patch(path: str, fix: Fix, sources: Sources) -> FilePatch:
    source = sources.of(path)
    if isinstance(source, str):
        return FilePatch(printable(path), problem=printable(source))
    edits = sorted((one for one in fix.edits if one.path == path), key=lambda one: (one.line, one.column))
    if any(one.end_line > len(source.line_starts) for one in edits):
        return FilePatch(printable(path), problem="has changed since it was checked")
    try:
        return FilePatch(printable(path), tuple(_hunks(source, edits)))
    except OverlapError:
        return FilePatch(printable(path), problem="the edits overlap")


def _hunks(source: Source, edits: Sequence[Edit]) -> Iterator[tuple[PatchLine, ...]]:
    moved = 0
    for group in _groups(edits):
        first = max(group[0].line - _CONTEXT, 1)
        last = min(max(one.end_line for one in group) + _CONTEXT, len(source.line_starts))
        start = source.line_starts[first - 1]
        end = source.line_starts[last] if last < len(source.line_starts) else len(source.text)
        before = Source(source.path, source.text[start:end], b"")
        after = Source(source.path, edited(before, [_shifted(one, first - 1) for one in group]), b"")
        yield tuple(_trimmed(list(_compared(before, after, first, first + moved))))
        moved += after.line_count - before.line_count


def _groups(edits: Sequence[Edit]) -> Iterator[list[Edit]]:
    """Edits whose surroundings touch are shown together."""
    group: list[Edit] = []
    for edit in edits:
        if group and edit.line - _CONTEXT > max(one.end_line for one in group) + _CONTEXT + 1:
            yield group
            group = []
        group.append(edit)
    if group:
        yield group


def _shifted(edit: Edit, by: int) -> Edit:
    return replace(edit, line=edit.line - by, end_line=edit.end_line - by)


def _compared(before: Source, after: Source, old: int, new: int) -> Iterator[PatchLine]:
    a = [before.line(n) for n in range(1, before.line_count + 1)]
    b = [after.line(n) for n in range(1, after.line_count + 1)]
    for tag, i, j, k, m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from (PatchLine(" ", old + n, new + k + n - i, _shown(a[n])) for n in range(i, j))
            continue
        yield from (PatchLine("-", old + n, 0, _shown(a[n])) for n in range(i, j))
        yield from (PatchLine("+", 0, new + n, _shown(b[n])) for n in range(k, m))


def _shown(text: str) -> str:
    return shown(text) if len(text) <= LONGEST_LINE else f"{shown(text[:LONGEST_LINE])}…"


def _trimmed(lines: list[PatchLine]) -> list[PatchLine]:
    """Without what is equal farther away than the context."""
    changed = [n for n, one in enumerate(lines) if one.sign != " "]
    return lines[max(changed[0] - _CONTEXT, 0) : changed[-1] + _CONTEXT + 1] if changed else []
