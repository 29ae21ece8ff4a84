"""What becomes of the statements of one block: some wrapped, some opened, some removed, others put between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import libcst as cst

from fenceline.fixers.fixer import Refused
from fenceline.fixers.positions import Container, Statement, Tree

Comments = list[cst.EmptyLine]


@dataclass(slots=True, eq=False)
class Kept:
    """A statement of the file; ``instead`` is what replaces it, ``opened`` says that its body takes its place.

    ``moved``: it stands elsewhere, with its comments, which do not stay behind.
    """

    statement: Statement
    instead: list[Statement] | None = None
    opened: bool = False
    moved: bool = False


@dataclass(slots=True, eq=False)
class Added:
    """A statement that was not there.

    One that ``leads`` stands below the blank lines of the one that it is put before; one that is ``apart`` has as many
    of its own.
    """

    statement: Statement
    leads: bool = False
    apart: bool = False


@dataclass(slots=True, eq=False)
class Wrapped:
    """Statements that stand in a new one, where its template has them."""

    template: list[Statement]
    hole: str
    items: list[Item]


Item = Kept | Added | Wrapped


@dataclass(slots=True, eq=False)
class Block:
    """The items of one block, as changed so far; edits are done in the order in which they are asked for."""

    items: list[Item] = field(default_factory=list)

    def place_of(self, statement: Statement) -> tuple[list[Item], int]:
        """The list that a statement of the file now stands in, and where."""
        for items in _lists(self.items):
            for position, item in enumerate(items):
                if isinstance(item, Kept) and item.statement is statement:
                    return items, position
        raise Refused("the statement is not in this block")

    def insert(self, statement: Statement, new: list[Statement], *, after: bool) -> None:
        """Put new statements beside one of the file."""
        items, position = self.place_of(statement)
        at = position + 1 if after else position
        items[at:at] = [Added(one, leads=not after) for one in new]

    def define(self, statement: Statement, new: list[Statement]) -> None:
        """Put definitions before a statement of the module, as far from it as it is from what is above it."""
        items, position = self.place_of(statement)
        items[position:position] = [Added(one, leads=True, apart=True) for one in new]

    def wrap(self, first: Statement, last: Statement, template: list[Statement], hole: str) -> None:
        """Put first to last, and what has been put between them, into a new statement."""
        items, start = self.place_of(first)
        other, end = self.place_of(last)
        if items is not other or end < start:
            raise Refused("the statements to be put under one header do not stand in one block")
        items[start : end + 1] = [Wrapped(template, hole, items[start : end + 1])]


def block_for(tree: Tree, container: Container) -> Block:
    """A block as the file has it."""
    return Block([Kept(one) for one in tree.siblings[container]])


def _lists(items: list[Item]) -> Iterator[list[Item]]:
    yield items
    for item in items:
        if isinstance(item, Wrapped):
            yield from _lists(item.items)


# ------------------------------------------------------------------ writing


@dataclass(slots=True, eq=False)
class Writer:
    """Writes one block. ``updated`` leads from a statement of the file to what has become of it inside.

    ``carried`` are comments of what is gone: they go to the next statement, or to the end of the block.
    """

    updated: Mapping[cst.CSTNode, Statement]
    indent: str | None = None
    carried: Comments = field(default_factory=list)

    def write(self, items: list[Item]) -> list[Statement]:
        """The statements of the block."""
        done: list[Statement] = []
        leading: list[Statement] = []
        gap = 0
        for item in items:
            new = self._written(item)
            if isinstance(item, Added) and item.leads:
                leading += new
                gap = _gap(new[0]) if item.apart else gap
            elif new:
                done += _apart(leading, new, gap, is_first=not done) if gap else _below(leading, new)
                leading, gap = [], 0
        return [*done, *leading]

    def _written(self, item: Item) -> list[Statement]:
        match item:
            case Added(statement):
                return self._led([statement])
            case Wrapped():
                return self._wrapped(item)
            case Kept(opened=True):
                return self._opened(item)
            case Kept(instead=None):
                return self._led([self.updated[item.statement]])
        return self._replaced(item)

    def _led(self, new: list[Statement]) -> list[Statement]:
        """The statements, the first one below what was carried."""
        if self.carried and new:
            new = [led_by(new[0], [*self.carried, *new[0].leading_lines]), *new[1:]]
            self.carried = []
        return new

    def _replaced(self, item: Kept) -> list[Statement]:
        old = self.updated[item.statement]
        leading, trailing = list(old.leading_lines), _trailing(old)
        if item.moved:
            return []
        if not item.instead:
            self.carried += [*leading, *trailing] if trailing or _has_comment(leading) else []
            return []
        new = list(item.instead)
        if trailing and isinstance(new[-1], cst.SimpleStatementLine) and isinstance(old, cst.SimpleStatementLine):
            new[-1] = new[-1].with_changes(trailing_whitespace=old.trailing_whitespace)
        else:
            leading += trailing
        new[0] = led_by(new[0], [*leading, *new[0].leading_lines])
        return self._led(new)

    def _opened(self, item: Kept) -> list[Statement]:
        old = self.updated[item.statement]
        body = old.body
        assert isinstance(body, cst.IndentedBlock)
        new = [one for one in body.body if isinstance(one, Statement)]
        new[0] = led_by(new[0], [*old.leading_lines, *_lines_from(body.header), *new[0].leading_lines])
        new = self._led(new)
        self.carried += [line for line in body.footer if line.comment is not None]
        return new

    def _wrapped(self, item: Wrapped) -> list[Statement]:
        above, self.carried = self.carried, []
        inner = self.write(item.items) or [cst.SimpleStatementLine([cst.Pass()])]
        blank, rest = _parted(inner[0].leading_lines)
        inner[0] = led_by(inner[0], rest)
        filled: list[Statement] = []
        for one in item.template:
            new = one.visit(_Body(item.hole, inner, self.indent))
            assert isinstance(new, Statement)
            filled.append(new)
        filled[0] = led_by(filled[0], [*above, *blank, *filled[0].leading_lines])
        return filled


class _Body(cst.CSTTransformer):
    """Puts statements where the template of a wrapper has its hole, and indents as the block around does."""

    def __init__(self, hole: str, body: list[Statement], indent: str | None) -> None:
        super().__init__()
        self.hole = hole
        self.body = body
        self.indent = indent

    def leave_IndentedBlock(  # noqa: N802 - libcst calls it by name
        self,
        original_node: cst.IndentedBlock,  # noqa: ARG002
        updated_node: cst.IndentedBlock,
    ) -> cst.IndentedBlock:
        new = [inner for one in updated_node.body for inner in (self.body if self._is_hole(one) else [one])]
        return updated_node.with_changes(body=new, indent=self.indent)

    def _is_hole(self, one: cst.BaseStatement) -> bool:
        match one:
            case cst.SimpleStatementLine([cst.Expr(value=cst.Name(value=name))]):
                return name == self.hole
        return False

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> bool:  # noqa: ARG002, N802
        return False


def _below(leading: list[Statement], new: list[Statement]) -> list[Statement]:
    """What is put before a statement takes its blank lines over; the comments stay with the statement."""
    if not leading:
        return new
    blank, rest = _parted(new[0].leading_lines)
    return [led_by(leading[0], [*blank, *leading[0].leading_lines]), *leading[1:], led_by(new[0], rest), *new[1:]]


def _gap(new: Statement) -> int:
    return 2 if isinstance(new, cst.FunctionDef | cst.ClassDef) else 1


def _apart(leading: list[Statement], new: list[Statement], gap: int, *, is_first: bool) -> list[Statement]:
    """Definitions above a statement, each set apart; the comments stay with the statement."""
    blank, rest = _parted(new[0].leading_lines)
    lines = [cst.EmptyLine(indent=False)] * max(gap, len(blank), _gap(new[0]))
    above = [] if is_first else lines
    first = led_by(leading[0], [*above, *leading[0].leading_lines])
    others = [led_by(one, [*lines, *one.leading_lines]) for one in leading[1:]]
    return [first, *others, led_by(new[0], [*lines, *rest]), *new[1:]]


def led_by(statement: Statement, lines: Comments) -> Statement:
    """The statement below these lines."""
    changed = statement.with_changes(leading_lines=lines)
    assert isinstance(changed, Statement)
    return changed


def _parted(lines: object) -> tuple[Comments, Comments]:
    """The blank lines at the beginning, and the rest: blank lines stay outside of what is wrapped."""
    assert isinstance(lines, list | tuple)
    count = next((i for i, line in enumerate(lines) if line.comment is not None), len(lines))
    return list(lines[:count]), list(lines[count:])


def _trailing(statement: Statement) -> Comments:
    """The comment at the end of the line of a statement, or of its header, as a line of its own."""
    if isinstance(statement, cst.SimpleStatementLine):
        return _lines_from(statement.trailing_whitespace)
    return []


def _lines_from(end: cst.TrailingWhitespace) -> Comments:
    return [cst.EmptyLine(comment=end.comment)] if end.comment is not None else []


def _has_comment(lines: Comments) -> bool:
    return any(line.comment is not None for line in lines)
