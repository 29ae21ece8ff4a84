"""A text as libcst reads it, with the place of every node in our own terms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from fenceline.analyzer.nodes import Span
from fenceline.fixers.fixer import Refused

Container = cst.Module | cst.IndentedBlock | cst.SimpleStatementSuite
Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


@dataclass(slots=True, eq=False)
class Tree:
    """One text, parsed. It is shared by all that rewrite this text, and never changed.

    A statement of a line with semicolons, or of a suite on the line of its header, is handled like a statement with
    a line of its own: ``small`` leads from that line, which stands in no tree, to the statement that it is made from.
    """

    text: str
    module: cst.Module
    spans: dict[cst.CSTNode, Span] = field(default_factory=dict)
    parents: dict[cst.CSTNode, cst.CSTNode] = field(default_factory=dict)
    at: dict[Span, list[cst.CSTNode]] = field(default_factory=dict)
    small: dict[cst.CSTNode, cst.BaseSmallStatement] = field(default_factory=dict)
    lines: dict[cst.CSTNode, cst.SimpleStatementLine] = field(default_factory=dict)
    siblings: dict[cst.CSTNode, list[Statement]] = field(default_factory=dict)

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around it, the nearest first."""
        above = self.parents.get(node)
        while above is not None:
            yield above
            above = self.parents.get(above)

    def statement_of(self, node: cst.CSTNode) -> Statement:
        """The statement with a line of its own that the node is, or is in; an ``elif`` is in the first ``if``."""
        for one in (node, *self.ancestors(node)):
            if one in self.lines:
                return self.lines[one]
            if isinstance(one, Statement) and one in self.parents and self.parents[one] in self.siblings:
                if one in self.siblings[self.parents[one]]:
                    return one
        raise Refused("the place is in no statement")

    def container_of(self, statement: cst.CSTNode) -> Container:
        """The block that a statement stands in."""
        above = self.parents.get(statement)
        if not isinstance(above, Container) or statement not in self.siblings[above]:
            raise Refused("the statement shares its line with others")
        return above


@lru_cache(maxsize=4)
def read(text: str) -> Tree:
    """Parse a text; raises :class:`Refused` for one that libcst cannot read, or not give back as it was."""
    try:
        module = cst.parse_module(text)
    except (cst.ParserSyntaxError, RecursionError) as error:
        raise Refused("the file cannot be parsed by libcst") from error
    if module.code != text:
        raise Refused("the file cannot be given back byte for byte by libcst")
    tree = Tree(text, module)
    _link(tree)
    _place(tree)
    _arrange(tree)
    return tree


def children(node: cst.CSTNode) -> Iterator[tuple[str, cst.CSTNode]]:
    """What a node holds, with the field that holds it."""
    for name in _fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield name, value
        elif isinstance(value, list | tuple):
            for one in value:
                if isinstance(one, cst.CSTNode):
                    yield name, one


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The node and all in it, what is outside before what is inside."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed([child for _, child in children(one)]))


@cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    return tuple(getattr(kind, "__dataclass_fields__", {}))


def _link(tree: Tree) -> None:
    waiting: list[cst.CSTNode] = [tree.module]
    while waiting:
        node = waiting.pop()
        for _, child in children(node):
            tree.parents[child] = node
            waiting.append(child)


def _place(tree: Tree) -> None:
    ranges = MetadataWrapper(tree.module, unsafe_skip_copy=True).resolve(PositionProvider)
    for node in walk(tree.module):
        found = ranges.get(node)
        if found is None:
            continue
        start = found
        if isinstance(node, cst.FunctionDef | cst.ClassDef) and node.decorators:
            start = ranges[node.decorators[0]]  # as our own spans have it
        tree.spans[node] = _span(start, found)
        for span in {tree.spans[node], _span(found, found), *_bracketed(node, ranges)}:
            tree.at.setdefault(span, []).append(node)


def _bracketed(node: cst.CSTNode, ranges: Mapping[cst.CSTNode, CodeRange]) -> Iterator[Span]:
    """The places of a node in our own terms: those of a tuple are with its parentheses."""
    if isinstance(node, cst.BaseExpression):
        for left, right in zip(node.lpar, reversed(node.rpar), strict=True):
            yield _span(ranges[left], ranges[right])
    if isinstance(node, cst.Param):  # libcst has the name alone
        for part in (node.annotation, node.default):
            if part is not None:
                yield _span(ranges[node], ranges[part])


def _span(first: CodeRange, last: CodeRange) -> Span:
    return Span(first.start.line, first.start.column + 1, last.end.line, last.end.column + 1)


def _arrange(tree: Tree) -> None:
    for node in (tree.module, *tree.parents):
        if isinstance(node, Container):
            tree.siblings[node] = [line for one in node.body for line in _lines_of(tree, node, one)]


def _lines_of(tree: Tree, container: Container, one: cst.BaseStatement | cst.BaseSmallStatement) -> Iterator[Statement]:
    if isinstance(one, cst.BaseSmallStatement):
        yield _line_for(tree, container, one)
    elif isinstance(one, cst.SimpleStatementLine) and len(one.body) > 1:
        for small in one.body:
            yield _line_for(tree, container, small)
    elif isinstance(one, Statement):
        yield one


def _line_for(tree: Tree, container: Container, small: cst.BaseSmallStatement) -> cst.SimpleStatementLine:
    alone = small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
    line = cst.SimpleStatementLine([alone])
    tree.small[line], tree.lines[small] = small, line
    tree.spans[line], tree.parents[line] = tree.spans[small], container
    return line
