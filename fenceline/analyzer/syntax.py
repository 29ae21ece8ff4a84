"""From the text of a file to the small syntax tree.

Only this module and the ``syntax_*`` modules around it know the parser and its names for things. Every input has a
tree: what cannot be read is :class:`~fenceline.analyzer.nodes.Broken` and listed in ``Module.broken``.
"""

from __future__ import annotations

from fenceline.analyzer import nodes
from fenceline.analyzer import syntax_expressions as _expressions  # noqa: F401 (declares its expressions)
from fenceline.analyzer import syntax_statements as _statements  # noqa: F401
from fenceline.analyzer import syntax_strings as _strings  # noqa: F401
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.source import Source
from fenceline.analyzer.syntax_blocks import block
from fenceline.analyzer.syntax_compound import MAX_ALTERNATIVES
from fenceline.analyzer.syntax_reader import Reader, Tree, deep_spots, parse_tree
from fenceline.analyzer.work import DONE


def parse(source: Source) -> nodes.Module:
    """The tree of a whole file; never fails."""
    DONE.trees += 1
    tree = parse_tree(source.data)
    spots = deep_spots(tree)
    reader = Reader(source.data, spots, is_sound=_is_sound(source, tree, spots))
    body = block(reader, tree.root_node)
    end = reader.span(tree.root_node)
    return nodes.Module(Span(1, 1, end.end_line, end.end_column), body, reader.broken)


def is_whole(source: Source) -> bool:
    """Whether :func:`parse` would find nothing broken; ten times as quick."""
    tree = parse_tree(source.data)
    return _is_sound(source, tree, deep_spots(tree)) or not parse(source).broken


def _is_sound(source: Source, tree: Tree, spots: list[int]) -> bool:
    """Whether nothing can be broken: no error, nothing too deep, no chain of alternatives that may be too long."""
    return not (tree.root_node.has_error or spots or source.data.count(b"elif") > MAX_ALTERNATIVES)
