"""Values in SQL text: placeholders, constants, column expressions, subselects."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fenceline.analyzer.sql_tokens import Group, Node, Token, is_name, is_operator, is_word

_HOLE = re.compile(r"__hole\d+__")

AGGREGATES = ("count", "sum", "max", "min", "avg", "array_agg", "string_agg", "bool_and", "bool_or", "group_concat")

Subselect = Callable[[Node], object]

_NO_COLUMNS = frozenset(
    {"select", "from", "where", "case", "when", "then", "else", "end", "and", "or", "not", "null", "true", "false",
     "is", "in", "like", "ilike", "between", "interval", "as", "distinct", "current_timestamp", "current_date",
     "current_time", "localtimestamp", "default", "any", "all", "some", "exists", "asc", "desc", "cast", "array", "row"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SqlValue:
    """kind: placeholder | constant | expression | subselect | other.

    A placeholder has a ``position`` (from 0) or a ``name``; a hole of an f-string is a placeholder named by its marker.
    An expression mentions ``columns`` and contains ``inputs`` (placeholders). ``select`` is a SqlStatement.
    """

    kind: str
    text: str = ""
    position: int | None = None
    name: str = ""
    constant: object = None
    columns: tuple[str, ...] = ()
    inputs: tuple[SqlValue, ...] = ()
    select: object = None


def numbered(tokens: Sequence[Token]) -> list[Token]:
    """Tokens with the n-th ``%s``, ``?`` or ``{}`` rewritten as ``$n``, so that each says its position itself."""
    found, count = [], 0
    for token in tokens:
        if token.kind == "placeholder" and token.text in {"%s", "?", "{}"}:
            count += 1
            found.append(Token("placeholder", f"${count}"))
        else:
            found.append(token)
    return found


def column_name(nodes: Sequence[Node]) -> str:
    """The last part of a plain, maybe qualified, column (``t.id`` → id, ``t.*`` → *), '' for anything else."""
    if not nodes or len(nodes) % 2 == 0:
        return ""
    for index, node in enumerate(nodes[:-1]):
        if not (is_name(node) if index % 2 == 0 else is_operator(node, ".")):
            return ""
    last = nodes[-1]
    if is_operator(last, "*"):
        return "*"
    is_plain = isinstance(last, Token) and is_name(last) and not (last.kind == "word" and last.text in _NO_COLUMNS)
    return last.text if is_plain and isinstance(last, Token) else ""


def without_alias(item: Sequence[Node]) -> tuple[Sequence[Node], str]:
    """An item of a select list and the name that it gets there, '' when none is given."""
    if len(item) > 2 and is_word(item[-2], "as") and isinstance(item[-1], Token):
        return item[:-2], item[-1].text
    last = item[-1] if item else None
    before = item[-2] if len(item) > 1 else None
    is_alias = isinstance(last, Token) and is_name(last) and not is_word(last, "end")
    if is_alias and isinstance(last, Token) and (isinstance(before, Group) or is_name(before)):
        return item[:-1], last.text
    return item, ""


def read_value(nodes: Sequence[Node], subselect: Subselect) -> SqlValue:
    """The value that these nodes stand for."""
    nodes = _without_cast(nodes)
    if len(nodes) == 1:
        node = nodes[0]
        if isinstance(node, Token):
            return _single(node)
        select = subselect(node)
        if select is not None:
            return SqlValue("subselect", select=select)
        return read_value(node.items, subselect) if node.items else SqlValue("other")
    if len(nodes) == 2 and is_operator(nodes[0], "-") and isinstance(nodes[1], Token) and nodes[1].kind == "number":
        return SqlValue("constant", f"-{nodes[1].text}", constant=-_number(nodes[1].text))
    return _expression(nodes, subselect)


def _without_cast(nodes: Sequence[Node]) -> Sequence[Node]:
    """``%s::int`` and ``CAST(%s AS int)`` are ``%s``."""
    at = next((i for i, node in enumerate(nodes) if is_operator(node, "::")), None)
    if at == 1:
        return nodes[:1]
    if len(nodes) == 2 and is_word(nodes[0], "cast") and isinstance(nodes[1], Group):
        inner = nodes[1].items
        at = next((i for i, node in enumerate(inner) if is_word(node, "as")), len(inner))
        return inner[:at]
    return nodes


def _single(token: Token) -> SqlValue:
    if token.kind == "placeholder":
        return _placeholder(token.text)
    if token.kind == "number":
        return SqlValue("constant", token.text, constant=_number(token.text))
    if token.kind == "string":
        return _string(token.text)
    if _HOLE.fullmatch(token.text):
        return SqlValue("placeholder", token.text, name=token.text)
    if token.kind == "word" and token.text in {"true", "false", "null"}:
        return SqlValue("constant", token.text, constant={"true": True, "false": False}.get(token.text))
    name = column_name([token])
    return SqlValue("expression", token.text, columns=(name,)) if name else SqlValue("other", token.text)


def _placeholder(text: str) -> SqlValue:
    name = text.strip("%()$:{}").removesuffix(")s")
    if text.startswith(("$", ":")) and name.isdigit():
        return SqlValue("placeholder", text, position=int(name) - 1)
    return SqlValue("placeholder", text, name=name)


def _string(text: str) -> SqlValue:
    holes = _HOLE.findall(text)
    if not holes:
        return SqlValue("constant", text, constant=text)
    inputs = tuple(SqlValue("placeholder", hole, name=hole) for hole in holes)
    return inputs[0] if text == holes[0] else SqlValue("expression", text, inputs=inputs)


def _number(text: str) -> int | float:
    return int(text) if text.isdigit() else float(text)


def _expression(nodes: Sequence[Node], subselect: Subselect) -> SqlValue:
    columns: dict[str, None] = {}
    inputs: list[SqlValue] = []
    select = _collect(nodes, columns, inputs, subselect)
    text = " ".join(node.text if isinstance(node, Token) else "(…)" for node in nodes)
    return SqlValue("expression", text, columns=tuple(columns), inputs=tuple(inputs), select=select)


def _collect(nodes: Sequence[Node], columns: dict[str, None], inputs: list[SqlValue], subselect: Subselect) -> object:
    """Adds the columns and placeholders that an expression mentions; gives its first subselect."""
    found: object = None
    for index, node in enumerate(nodes):
        after = nodes[index + 1] if index + 1 < len(nodes) else None
        if isinstance(node, Group):
            select = subselect(node)
            found = found or select or _collect(node.items, columns, inputs, subselect)
            continue
        value = _single(node)
        if value.kind == "placeholder":
            inputs.append(value)
        inputs += value.inputs
        is_column = bool(value.columns) and not isinstance(after, Group) and not is_operator(after, ".")
        is_type = index > 0 and is_operator(nodes[index - 1], "::")
        if is_column and not is_type:
            columns.update(dict.fromkeys(value.columns))
    return found
