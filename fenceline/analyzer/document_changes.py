"""Changes of a document that are written as text: ``SET stock = stock - :n, state = :new REMOVE hold ADD n :one``."""

from __future__ import annotations

import re

from fenceline.analyzer import ir
from fenceline.analyzer.values import NONE, Data, Fields, Value, term_of

_CLAUSE = re.compile(r"\b(SET|REMOVE|ADD|DELETE)\b", re.IGNORECASE)
_NAME = re.compile(r"[#:]?[A-Za-z_][\w.\-]*(?:\[\d+\])*")


def changes_in_text(text: Value | None, names: Value | None, values: Value | None) -> dict[str, Value] | None:
    """What each column becomes; what the store computes of the document itself has the column in it.

    ``names`` and ``values`` are what the placeholders ``#name`` and ``:value`` stand for. None where the text is not in
    the source.
    """
    if not isinstance(text, Data) or not isinstance(text.term, ir.Const) or not isinstance(text.term.value, str):
        return None
    parts = _CLAUSE.split(text.term.value)
    found: dict[str, Value] = {}
    for clause, body in zip(parts[1::2], parts[2::2], strict=True):
        for item in _items(body):
            changed = _change(clause.upper(), item, names, values)
            if changed is None:
                return None
            found[changed[0]] = changed[1]
    return found or None


def _items(body: str) -> list[str]:
    """The parts between commas that are in no brackets."""
    found, depth, start = [], 0, 0
    for index, char in enumerate(body):
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            found.append(body[start:index])
            start = index + 1
    return [one.strip() for one in [*found, body[start:]] if one.strip()]


def _change(clause: str, item: str, names: Value | None, values: Value | None) -> tuple[str, Value] | None:
    if clause == "SET":
        path, sign, expression = item.partition("=")
        if not sign:
            return None
        return _column(path.strip(), names), _value(_column(path.strip(), names), expression.strip(), values)
    path, _, operand = item.partition(" ")
    column = _column(path, names)
    if clause == "REMOVE":
        return column, NONE
    label = "+" if clause == "ADD" else "without"
    return column, Data(ir.Apply(label, (ir.Old(), term_of(_argument(operand.strip(), values)))), column=column)


def _value(column: str, expression: str, values: Value | None) -> Value:
    """A placeholder alone is what it stands for; with a column in it, the store computes."""
    if expression.startswith(":") and _NAME.fullmatch(expression):
        return _argument(expression, values)
    given = tuple(term_of(_argument(one, values)) for one in _NAME.findall(expression) if one.startswith(":"))
    is_computed = any(not one.startswith(":") for one in _NAME.findall(expression))
    label = "-" if re.search(r"\s-\s", expression) else "+" if re.search(r"\s\+\s", expression) else expression
    inner = (ir.Old(), *given) if is_computed else given
    return Data(ir.Apply(label, inner), column=column if is_computed else None)


def _column(path: str, names: Value | None) -> str:
    if path.startswith("#") and isinstance(names, Fields):
        value = names.items.get(path)
        if isinstance(value, Data) and isinstance(value.term, ir.Const):
            return str(value.term.value)
    return path


def _argument(name: str, values: Value | None) -> Value:
    if isinstance(values, Fields) and name in values.items:
        return values.items[name]
    return Data(ir.Apply("parameter", (ir.Const(name), term_of(values or NONE))))
