"""WHERE clauses: the AND-ed comparisons of a column with a value that can be read off the text."""

from __future__ import annotations

from collections.abc import Sequence

from fenceline.analyzer.sql_tokens import Group, Node, Token, is_name, is_operator, is_word, split_at
from fenceline.analyzer.sql_values import SqlValue, Subselect, column_name, read_value

Condition = tuple[str, str, SqlValue]

_COMPARISONS = {
    "=": "=",
    "<": ">",
    ">": "<",
    "<=": ">=",
    ">=": "<=",
    "<>": "<>",
    "!=": "<>",
}  # and as seen from the right


def read_conditions(
    nodes: Sequence[Node], tables: set[str] | None, subselect: Subselect
) -> tuple[tuple[Condition, ...], bool]:
    """(column, operator, value) of each conjunct that could be read, and whether there are others.

    ``tables``: the names of the one table whose columns count, None when every column is its own.
    """
    found: list[Condition] = []
    has_others = False
    if any(is_word(node, "or") for node in nodes):
        return (), True
    for part in _conjuncts(nodes):
        if len(part) == 1 and isinstance(part[0], Group) and subselect(part[0]) is None:
            inner, more = read_conditions(part[0].items, tables, subselect)
            found += inner
            has_others = has_others or more
            continue
        one = _condition(part, tables, subselect)
        if one is None:
            has_others = has_others or not _is_trivial(part)
        else:
            found.append(one)
    return tuple(found), has_others


def _conjuncts(nodes: Sequence[Node]) -> list[list[Node]]:
    """The parts between ANDs, but for the AND of a BETWEEN."""
    parts: list[list[Node]] = [[]]
    is_between = False
    for node in nodes:
        if is_word(node, "between"):
            is_between = True
        if is_word(node, "and") and not is_between:
            parts.append([])
            continue
        if is_word(node, "and"):
            is_between = False
        parts[-1].append(node)
    return [part for part in parts if part]


def _is_trivial(part: Sequence[Node]) -> bool:
    """``1 = 1``, ``TRUE``."""
    return all(isinstance(n, Token) and (n.kind in {"number", "operator"} or n.text == "true") for n in part)


def _condition(part: Sequence[Node], tables: set[str] | None, subselect: Subselect) -> Condition | None:
    at = next((i for i, node in enumerate(part) if _is_comparison(node)), None)
    if at is None:
        return _truth(part, tables)
    left, right = part[:at], part[at + 1 :]
    operator = part[at]
    assert isinstance(operator, Token)
    if operator.kind == "operator":
        return _comparison(left, operator.text, right, tables, subselect)
    return _worded(left, operator.text, right, tables, subselect)


def _is_comparison(node: Node) -> bool:
    return is_operator(node, *_COMPARISONS) or is_word(node, "is", "in", "like", "ilike", "between")


def _comparison(
    left: Sequence[Node], operator: str, right: Sequence[Node], tables: set[str] | None, subselect: Subselect
) -> Condition | None:
    column = _own_column(left, tables)
    operator = "<>" if operator == "!=" else operator
    if not column:
        left, right, operator = right, left, _COMPARISONS[operator]
        column = _own_column(left, tables)
    if not column:
        return None
    if len(right) == 2 and is_word(right[0], "any", "some") and isinstance(right[1], Group):
        return (column, "in", read_value([right[1]], subselect)) if operator == "=" else None
    return column, operator, read_value(right, subselect)


def _worded(
    left: Sequence[Node], word: str, right: Sequence[Node], tables: set[str] | None, subselect: Subselect
) -> Condition | None:
    is_negative = bool(left) and is_word(left[-1], "not")
    column = _own_column(left[:-1] if is_negative else left, tables)
    if not column or not right:
        return None
    if word == "is":
        return _is_condition(column, right)
    operator = f"not {word}" if is_negative else word
    if word == "in" and isinstance(right[0], Group) and len(split_at(right[0].items, ",")) > 1:
        values = tuple(read_value(item, subselect) for item in split_at(right[0].items, ","))
        return column, operator, SqlValue("other", inputs=values)
    return column, operator, read_value(right, subselect)


def _is_condition(column: str, right: Sequence[Node]) -> Condition | None:
    """``IS [NOT] NULL``, ``IS [NOT] TRUE``."""
    is_negative = is_word(right[0], "not")
    rest = right[1:] if is_negative else right
    if len(rest) != 1 or not is_word(rest[0], "null", "true", "false"):
        return None
    assert isinstance(rest[0], Token)
    constant = {"true": True, "false": False}.get(rest[0].text)
    return column, "is not" if is_negative else "is", SqlValue("constant", rest[0].text, constant=constant)


def _truth(part: Sequence[Node], tables: set[str] | None) -> Condition | None:
    """``active``, ``NOT active``."""
    is_negative = is_word(part[0], "not")
    column = _own_column(part[1:] if is_negative else part, tables)
    value = SqlValue("constant", str(not is_negative).lower(), constant=not is_negative)
    return (column, "=", value) if column else None


def _own_column(nodes: Sequence[Node], tables: set[str] | None) -> str:
    name = column_name(nodes)
    if not name or tables is None or len(nodes) < 3:
        return name
    qualifier = nodes[-3]
    return name if isinstance(qualifier, Token) and is_name(qualifier) and qualifier.text in tables else ""
