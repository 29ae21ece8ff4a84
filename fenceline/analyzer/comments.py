"""The comments of a file, and the lines that each of them speaks of.

A comment behind code speaks of the logical line that it stands on: of every line that brackets, a string over several
lines or a backslash join to its own. Behind ``def`` or ``class`` it speaks of the decorators too. A comment on a line
of its own speaks of the next logical line of code; above a decorator, of all that is left of the head of the
definition; inside brackets, of the logical line around it.

Comments are taken from the concrete syntax tree, so what looks like one inside a string is none, and a file that is
broken in one place still has those of the rest. Brackets with a syntax error between them join nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from fenceline.analyzer.source import Source
from fenceline.analyzer.syntax_reader import Cst, kinds, parse_tree

_COMMENT = kinds("comment")
_STRING = kinds("string")
_CONTINUATION = kinds("line_continuation")
_DECORATED = kinds("decorated_definition")
_FUNCTION = kinds("function_definition")
_DEFINITION = _FUNCTION | kinds("class_definition")
_OPENING = kinds("(", "[", "{")
_CLOSING = kinds(")", "]", "}")


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment: ``text`` is from the number sign to the end of the line, ``column`` counts characters from 1.

    ``first`` to ``last`` are the lines that it speaks of, both 0 when no code follows. ``is_alone``: nothing else
    stands on its line. ``is_inside``: it is alone on a line within a logical line. ``function`` is the qualified name
    of the function around the lines that it speaks of, None at module level.
    """

    line: int
    column: int
    text: str
    first: int
    last: int
    is_alone: bool
    is_inside: bool
    function: str | None


@dataclass(frozen=True, slots=True)
class Defined:
    """A function or class: its qualified name and its lines, ``first`` that of its first decorator."""

    name: str
    first: int
    line: int
    last: int
    is_function: bool


def comments_of(source: Source, pattern: re.Pattern[bytes]) -> list[Comment]:
    """The comments in which the pattern is found, in their order; empty at once when the file has it nowhere."""
    rows = source.data.split(b"\n")
    wanted = frozenset(row for row, line in enumerate(rows) if pattern.search(line))
    if not wanted:
        return []
    scan = _scan(source.data, wanted)
    following = _next_code(rows) if scan.comments else []
    found = (_comment(scan, rows, following, row, column) for row, column in sorted(scan.comments))
    return [one for one in found if pattern.search(one.text.encode())]


def definitions_in(source: Source) -> list[Defined]:
    """The functions and classes of a file, outer ones first."""
    return _scan(source.data, frozenset(range(source.data.count(b"\n") + 1))).defined


def function_around(defined: list[Defined], line: int) -> str | None:
    """The qualified name of the innermost function around a line, decorators included."""
    around = [one.name for one in defined if one.is_function and one.first <= line <= one.last]
    return around[-1] if around else None


# ------------------------------------------------------------------------ rows, from 0, as the parser counts them


@dataclass(slots=True, eq=False)
class _Scan:
    """What one walk over the tree has found."""

    comments: list[tuple[int, int]] = field(default_factory=list)
    joined: list[tuple[int, int]] = field(default_factory=list)
    defined: list[Defined] = field(default_factory=list)
    decorated: dict[int, int] = field(default_factory=dict)  # a row of decorators → the row of what they decorate
    heads: dict[int, int] = field(default_factory=dict)  # a line of a definition → that of its first decorator

    def logical(self, row: int) -> tuple[int, int]:
        """The first and the last row of the logical line around a row."""
        n = bisect_right(self.joined, (row, row)) - 1
        for first, last in self.joined[max(n, 0) : n + 2]:
            if first <= row <= last:
                return first, last
        return row, row


def _scan(data: bytes, wanted: frozenset[int]) -> _Scan:
    scan = _Scan()
    names: list[tuple[int, str]] = []  # the definitions around a node: where they end, in bytes, and their names
    for node in _nodes(parse_tree(data).root_node, wanted):
        first, last = node.start_point[0], node.end_point[0]
        kind = node.kind_id
        if kind in _COMMENT:
            scan.comments.append(node.start_point[:])
        elif kind in _DEFINITION:
            while names and names[-1][0] <= node.start_byte:
                names.pop()
            name = node.child_by_field_name("name")
            text = (name.text or b"").decode("utf-8", "replace") if name is not None else ""
            names.append((node.end_byte, f"{names[-1][1]}.{text}" if names else text))
            parent = node.parent
            top = parent.start_point[0] if parent is not None and parent.kind_id in _DECORATED else first
            scan.defined.append(Defined(names[-1][1], top + 1, first + 1, last + 1, kind in _FUNCTION))
            scan.heads[first + 1] = top + 1
            scan.decorated.update(dict.fromkeys(range(top, first), first))
        elif first != last and not node.has_error:
            scan.joined += _joined_by(node)
    scan.joined = _merged(scan.joined)
    return scan


def _nodes(root: Cst, wanted: frozenset[int]) -> Iterator[Cst]:
    """All nodes that stand on more than one row or on a wanted one, in order and without recursion."""
    cursor = root.walk()
    while True:
        node = cursor.node
        assert node is not None
        row = node.start_point[0]
        is_open = row != node.end_point[0] or row in wanted
        if is_open:
            yield node
        if is_open and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def _joined_by(node: Cst) -> Iterator[tuple[int, int]]:
    if node.kind_id in _STRING or node.kind_id in _CONTINUATION:
        yield node.start_point[0], node.end_point[0]
        return
    opening = next((child for child in node.children if child.kind_id in _OPENING), None)
    closing = next((child for child in reversed(node.children) if child.kind_id in _CLOSING), None)
    if opening is not None and closing is not None:
        yield opening.start_point[0], closing.end_point[0]


def _merged(joined: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ascending, those that share a row made one."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(joined):
        if merged and first <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(last, merged[-1][1])
        else:
            merged.append((first, last))
    return merged


def _comment(scan: _Scan, rows: list[bytes], following: list[int | None], row: int, column: int) -> Comment:
    before = rows[row][:column]
    is_alone = not before.strip()
    own = scan.logical(row)
    is_inside = is_alone and own != (row, row)
    target = following[row] if is_alone and not is_inside else row
    if target is None:
        first, last = 0, 0
    elif target != row and target in scan.decorated:
        first, last = target + 1, scan.logical(scan.decorated[target])[1] + 1
    else:
        first, last = (n + 1 for n in scan.logical(target))
        if not is_alone:
            first = scan.heads.get(first, first)
    return Comment(
        line=row + 1,
        column=len(before.decode("utf-8", "replace")) + 1,
        text=rows[row][column:].decode("utf-8", "replace").rstrip(),
        first=first,
        last=last,
        is_alone=is_alone,
        is_inside=is_inside,
        function=function_around(scan.defined, first),
    )


def _next_code(rows: list[bytes]) -> list[int | None]:
    """For every row the next one below it that holds more than a comment."""
    found: list[int | None] = []
    below: int | None = None
    for n in range(len(rows) - 1, -1, -1):
        found.append(below)
        text = rows[n].strip()
        if text and not text.startswith(b"#"):
            below = n
    return found[::-1]
