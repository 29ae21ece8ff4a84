"""Lists of statements, and what is left of them when something in a file cannot be read.

A broken statement in a function breaks the function: what an analysis would say about the rest of its body depends on
what is missing. Everywhere else it breaks itself alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fenceline.analyzer.nodes import Span, Stmt
from fenceline.analyzer.syntax_dispatch import covering
from fenceline.analyzer.syntax_reader import EXTRAS, Cst, Reader, kinds, plain

Converter = Callable[[Reader, Cst], Stmt]

_TABLE: dict[int, Converter] = {}
_BLOCK = kinds("block")
_MATCH = kinds("match_statement")
_DEFINITIONS = kinds("function_definition", "class_definition", "decorated_definition")
_WITH_BLOCKS = _DEFINITIONS | kinds(
    *("if_statement", "elif_clause", "else_clause", "for_statement", "while_statement", "with_statement"),
    *("try_statement", "except_clause", "finally_clause", "match_statement", "case_clause"),
)

_NESTING = _WITH_BLOCKS | _BLOCK


def handles(*names: str) -> Callable[[Converter], Converter]:
    """Declare what converts the statements of these kinds."""

    def register(converter: Converter) -> Converter:
        _TABLE.update(dict.fromkeys(kinds(*names), converter))
        return converter

    return register


def statement(reader: Reader, node: Cst) -> Stmt:
    """One statement; what is not a statement that we know is Broken."""
    converter = _TABLE.get(node.kind_id)
    return converter(reader, node) if converter else reader.report(node)


def block(reader: Reader, node: Cst) -> list[Stmt]:
    """The statements of a block or of a module."""
    if reader.is_bad(node):
        return list(_damaged(reader, node))
    return [statement(reader, child) for child in node.named_children if child.kind_id not in EXTRAS]


def body_of(reader: Reader, node: Cst) -> list[Stmt]:
    """The statements of the (last) block of a compound statement or a clause."""
    return block(reader, plain(node)[-1])


def ending(span: Span, *bodies: list[Stmt]) -> Span:
    """The span up to the last statement (the concrete node may go on to comments and semicolons)."""
    for body in reversed(bodies):
        if body:
            return covering(span, body[-1].span)
    return span


def last_of(node: Cst) -> Cst | None:
    """The last statement in a block, or in the blocks at its end; None where there is none."""
    while node.kind_id in _NESTING:
        inner = plain(node)
        if not inner:
            return None
        node = inner[-1]
    return node


def definition_name(node: Cst) -> str | None:
    """The name of a function or a class, decorated or not."""
    definition = node.child_by_field_name("definition") or node
    name = definition.child_by_field_name("name") if definition.kind_id in _DEFINITIONS else None
    return None if name is None or name.text is None else name.text.decode("utf-8", "replace")


def _damaged(reader: Reader, node: Cst) -> Iterator[Stmt]:
    children = plain(node)
    column = None
    if any(child.is_error for child in children):
        column = 0 if node.parent is None else min(child.start_point.column for child in children)
    row = -1
    for child in children:
        if child.is_error:
            yield reader.report(child)
            yield from _definitions_inside(reader, child)
        elif column is not None and child.start_point.column != column and child.start_point.row != row:
            yield reader.report(child, reason="left over from a syntax error above")
        elif reader.is_bad(child) and not _has_sound_header(reader, child):
            yield reader.report(child, definition_name(child))
        else:
            yield statement(reader, child)
        row = child.end_point.row


def _definitions_inside(reader: Reader, error: Cst) -> Iterator[Stmt]:
    """Whole definitions that the recovery of the parser swept up."""
    for child in error.named_children:
        if child.kind_id in _DEFINITIONS and not reader.is_bad(child):
            yield statement(reader, child)


def _has_sound_header(reader: Reader, node: Cst) -> bool:
    """Whether all that is wrong is wrong inside blocks."""
    if node.kind_id not in _WITH_BLOCKS:
        return False
    for child in node.children:
        if not reader.is_bad(child):
            continue
        if child.kind_id in _BLOCK:
            if node.kind_id in _MATCH and not all(_is_sound(reader, case) for case in child.children):
                return False
        elif not _has_sound_header(reader, child):
            return False
    return True


def _is_sound(reader: Reader, node: Cst) -> bool:
    return not reader.is_bad(node) or _has_sound_header(reader, node)
