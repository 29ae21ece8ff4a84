"""What concrete syntax nodes say: their text, their place, what is wrong with them.

The grammar counts bytes, we count characters; in an ASCII file that is the same, which is the fast path.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Iterator

import tree_sitter_python
from tree_sitter import Language, Parser, Tree
from tree_sitter import Node as Cst  # concrete syntax tree

from fenceline.analyzer import nodes
from fenceline.analyzer.nodes import Span

__all__ = ["EXTRAS", "MAX_DEPTH", "Cst", "Reader", "Tree", "deep_spots", "kinds", "parse_tree", "plain", "tokens"]

LANGUAGE = Language(tree_sitter_python.language())
MAX_DEPTH = 200
"""Levels of concrete syntax: some hundred nested blocks or calls, some two hundred operands in a row."""


def kinds(*names: str) -> frozenset[int]:
    """The numbers of the node kinds with these names (an aliased kind has several)."""
    wanted = frozenset(names)
    return frozenset(i for i in range(LANGUAGE.node_kind_count) if LANGUAGE.node_kind_for_id(i) in wanted)


EXTRAS = kinds("comment", "line_continuation")


_INTERPOLATION = kinds("interpolation")
_NAMED = kinds("named_expression")
_LISTS = kinds("expression_list")


def parse_tree(data: bytes) -> Tree:
    """The concrete syntax tree; there is one for every input."""
    parser = Parser(LANGUAGE)
    tree = parser.parse(data)
    signs = list(_signs_of_formats(tree)) if tree.root_node.has_error else []
    if not signs:
        return tree
    mended = bytearray(data)
    for offset in signs:
        mended[offset] = ord(">")
    return parser.parse(bytes(mended))


def _signs_of_formats(tree: Tree) -> Iterator[int]:
    """Where ``=`` begins the format of a field that is broken: the grammar takes ``{total:=06.2f}`` for a walrus."""
    todo = [tree.root_node]
    while todo:
        node = todo.pop()
        if not node.has_error:
            continue
        todo.extend(node.children)
        value = node.child_by_field_name("expression") if node.kind_id in _INTERPOLATION else None
        if value is not None and value.kind_id in _LISTS:
            value = value.named_children[0]
        if value is not None and value.kind_id in _NAMED:
            yield from (child.start_byte + 1 for child in value.children if child.type == ":=")


def plain(node: Cst) -> list[Cst]:
    """The named children without comments and line continuations."""
    return [child for child in node.named_children if child.kind_id not in EXTRAS]


def tokens(node: Cst) -> list[Cst]:
    """All children, punctuation included, without comments and line continuations."""
    return [child for child in node.children if child.kind_id not in EXTRAS]


class Reader:
    """Text and places of the nodes of one file; collects what is broken in it.

    ``is_sound``: nothing is, so that it does not matter when a part of it is read.
    """

    __slots__ = ("_data", "_lines", "_spots", "_text", "_wide", "broken", "is_sound")

    def __init__(self, data: bytes, spots: list[int], *, is_sound: bool = False) -> None:
        self.is_sound = is_sound
        self.broken: list[nodes.Broken] = []
        self._data = data
        self._spots = spots
        self._text = data.decode() if data.isascii() else None
        self._lines = [] if self._text is not None else data.split(b"\n")
        self._wide = {row for row, line in enumerate(self._lines) if not line.isascii()}

    def text(self, node: Cst) -> str:
        """The source text of a node."""
        if self._text is not None:
            return self._text[node.start_byte : node.end_byte]
        return self._data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def between(self, start: int, end: int) -> str:
        """The text from one byte offset to another."""
        return self._data[start:end].decode("utf-8", "replace")

    def identifier(self, node: Cst) -> str:
        """The text of an identifier as Python normalises it."""
        if self._text is not None:
            return self._text[node.start_byte : node.end_byte]
        return unicodedata.normalize("NFKC", self.text(node))

    def span(self, node: Cst) -> Span:
        """The place of a node."""
        line, column = node.start_point
        end_line, end_column = node.end_point
        if self._wide:
            if line in self._wide:
                column = self._characters(line, column)
            if end_line in self._wide:
                end_column = self._characters(end_line, end_column)
        return Span(line + 1, column + 1, end_line + 1, end_column + 1)

    def _characters(self, row: int, column: int) -> int:
        return len(self._lines[row][:column].decode("utf-8", "replace"))

    def is_bad(self, node: Cst) -> bool:
        """Whether a syntax error, or nesting beyond the limit, is somewhere in the node."""
        return node.has_error or bool(self._spots and self._is_deep(node))

    def _is_deep(self, node: Cst) -> bool:
        index = bisect_left(self._spots, node.start_byte)
        return index < len(self._spots) and self._spots[index] < node.end_byte

    def report(self, node: Cst, name: str | None = None, reason: str | None = None) -> nodes.Broken:
        """Record that this node could not be read."""
        found = nodes.Broken(self.span(node), name, reason or self._reason(node))
        self.broken.append(found)
        return found

    def _reason(self, node: Cst) -> str:
        if not node.has_error:
            return "nested too deeply"
        return f"syntax error in line {_first_error(node).start_point[0] + 1}"


def _first_error(node: Cst) -> Cst:
    while not (node.is_error or node.is_missing):
        inner = next((child for child in node.children if child.has_error), None)
        if inner is None:
            break
        node = inner
    return node


def deep_spots(tree: Tree) -> list[int]:
    """Where the tree first goes beyond the limit, as ascending offsets; found without recursion."""
    return [] if tree.root_node.descendant_count <= MAX_DEPTH else list(_walk_deep(tree))


def _walk_deep(tree: Tree) -> Iterator[int]:
    """Only what has enough nodes below it to go beyond the limit is entered."""
    cursor = tree.walk()
    down, along, up = cursor.goto_first_child, cursor.goto_next_sibling, cursor.goto_parent
    depth = 0
    while True:
        node = cursor.node
        if depth == MAX_DEPTH and node is not None:
            yield node.start_byte
        elif node is not None and node.descendant_count > MAX_DEPTH - depth and down():
            depth += 1
            continue
        while not along():
            if not up():
                return
            depth -= 1
