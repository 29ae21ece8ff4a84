"""String literals: plain, joined, and with replacement fields."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import nodes
from fenceline.analyzer.nodes import Expr
from fenceline.analyzer.syntax_dispatch import converts, covering, expression
from fenceline.analyzer.syntax_literals import split_string, string_value, unescaped
from fenceline.analyzer.syntax_reader import Cst, Reader, kinds, plain

_INTERPOLATION = kinds("interpolation")
_NAMED = kinds("named_expression")
_LISTS = kinds("expression_list")
_SPECIFIER = kinds("format_specifier")


@converts("string")
def _string(reader: Reader, node: Cst) -> Expr:
    text = reader.text(node)
    if text[0] in "'\"" or not _has_fields(node):
        return nodes.Literal(reader.span(node), _value(text))
    return nodes.FString(reader.span(node), list(_merged(_parts(reader, node))))


@converts("concatenated_string")
def _joined(reader: Reader, node: Cst) -> Expr:
    span = reader.span(node)
    pieces = plain(node)
    if any(_has_fields(piece) for piece in pieces):
        parts = (part for piece in pieces for part in _piece(reader, piece))
        return nodes.FString(span, list(_merged(parts)))
    values = [_value(reader.text(piece)) for piece in pieces]
    if all(isinstance(value, bytes) for value in values):
        return nodes.Literal(span, b"".join(value for value in values if isinstance(value, bytes)))
    return nodes.Literal(span, "".join(value for value in values if isinstance(value, str)))


def _value(text: str) -> str | bytes:
    if text[0] in "'\"":
        return string_value(text)
    prefix, content = split_string(text)
    if "f" in prefix or "t" in prefix:
        return unescaped(content.replace("{{", "{").replace("}}", "}"), prefix)
    return string_value(text)


def _has_fields(node: Cst) -> bool:
    return any(child.kind_id in _INTERPOLATION for child in node.named_children)


def _piece(reader: Reader, node: Cst) -> Iterator[Expr]:
    if _has_fields(node):
        yield from _parts(reader, node)
    else:
        yield nodes.Literal(reader.span(node), _value(reader.text(node)))


def _parts(reader: Reader, node: Cst) -> Iterator[Expr]:
    start, *inner, _ = plain(node)
    prefix = reader.text(start).lower()
    for child in inner:
        if child.kind_id in _INTERPOLATION:
            yield from _field(reader, child)
        else:
            text = reader.text(child).replace("{{", "{").replace("}}", "}")
            yield nodes.Literal(reader.span(child), unescaped(text, prefix))


def _field(reader: Reader, node: Cst) -> Iterator[Expr]:
    """The expression of a replacement field, after its own text when written ``{x=}``, and the fields in its format."""
    value = node.child_by_field_name("expression")
    if value is None:
        return
    if value.kind_id in _LISTS and plain(value)[0].kind_id in _NAMED:
        value = plain(value)[0]  # ``{x:=7,d}``
    if value.kind_id in _NAMED:  # ``{x:=5}`` is x in the format ``=5``
        value = plain(value)[0]
    written = next((child for child in node.children if child.type == "="), None)
    if written is not None:
        end = written.next_sibling
        text = reader.between(node.start_byte + 1, end.start_byte if end else written.end_byte)
        yield nodes.Literal(reader.span(node), text)
    yield expression(reader, value)
    for child in node.named_children:
        if child.kind_id in _SPECIFIER:
            for nested in child.named_children:
                yield from _field(reader, nested)


def _merged(parts: Iterator[Expr]) -> Iterator[Expr]:
    """Neighbouring texts as one."""
    text: nodes.Literal | None = None
    for part in parts:
        if not isinstance(part, nodes.Literal) or not isinstance(part.value, str):
            if text is not None and text.value:
                yield text
            text = None
            yield part
        elif text is None or not text.value:
            text = part
        else:
            text = nodes.Literal(covering(text.span, part.span), f"{text.value}{part.value}")
    if text is not None and text.value:
        yield text
