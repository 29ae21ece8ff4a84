"""The edit that takes away a suppression, or one code of it, that suppresses nothing."""

from __future__ import annotations

import re

from fenceline.analyzer.finding import Edit, Fix
from fenceline.analyzer.source import Source
from fenceline.ledger import Unused
from fenceline.patches import digest_of
from fenceline.suppressions import NOQA

_CODE = re.compile(r"[A-Z]+[0-9]+", re.ASCII)


def without(unused: Unused, source: Source, data: bytes) -> Fix | None:
    """The fix for a suppression in this source; None where it may only be misspelt. ``data`` is the file as it is."""
    one = unused.suppression
    if one.problem:
        return None
    start, end = source.offset(one.line, one.column), source.offset(one.line, one.end_column)
    if unused.selector is None or not _has_others(unused):
        title = "Remove the comment"
        start, end = _whole(source, one.line, start, end)
    else:
        title = f"Remove {unused.selector.text} from the comment"
        at = source.offset(one.line, unused.selector.column)
        start, end = _in_list(source.text, start, end, at, at + len(unused.selector.text))
    edit = Edit(unused.path, *source.place(start), *source.place(end), "")
    return Fix("remove_suppression", "safe", title, (edit,), digest=((unused.path, digest_of(data)),))


def _has_others(unused: Unused) -> bool:
    """Whether the comment is for something else as well: another rule of ours, or a code of another tool."""
    one = unused.suppression
    if len(one.selectors) > 1:
        return True
    listed = one.text.partition(":")[2] if one.kind == NOQA else ""
    codes = re.match(rf"[\s,]*(?:{_CODE.pattern}(?!\w)[\s,]*)*", listed)
    return codes is not None and len(_CODE.findall(codes.group())) > 1


def _whole(source: Source, line: int, start: int, end: int) -> tuple[int, int]:
    """The comment with the blanks before it, and with its line where nothing else is on that."""
    first = source.line_starts[line - 1]
    stop = first + len(source.line(line))
    if source.text[end:stop].strip():
        return start, end + len(source.text[end:stop]) - len(source.text[end:stop].lstrip())
    before = len(source.text[first:start].rstrip())
    if before:
        return first + before, stop
    return first, source.line_starts[line] if line < len(source.line_starts) else stop


def _in_list(text: str, start: int, end: int, first: int, last: int) -> tuple[int, int]:
    """One code with the comma or blank that parts it from the next, or from the one before if it is the last."""
    after = re.compile(r"\s*,\s*|\s+(?=[A-Za-z])").match(text, last, end)
    if after is not None and _is_in_list(text, after.end(), end):
        return first, after.end()
    before = re.search(r"(?:\s*,\s*|\s+)$", text[start:first])
    return (start + before.start() if before is not None else first), last


def _is_in_list(text: str, at: int, end: int) -> bool:
    """Whether another entry of the list stands there: in brackets anything, else a code."""
    closing = text.find("]", at, end)
    opening = text.find("[", at, end)
    if closing >= 0 and (opening < 0 or closing < opening):
        return True
    return re.compile(rf"{_CODE.pattern}(?!\w)").match(text, at, end) is not None
