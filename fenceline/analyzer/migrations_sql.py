"""SQL statements that change what is unique in a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fenceline.analyzer.constraints import Constraint, tests_in_tokens
from fenceline.analyzer.sql_tokens import Group, Node, Token, is_name, is_word, nest, split_at, tokens_of


@dataclass(frozen=True, slots=True)
class SqlChange:
    """A constraint that a table gets, or (None) the name of one that goes; ``table`` '' where it is not said."""

    table: str
    name: str
    constraint: Constraint | None


def changes_in_sql(text: str) -> Iterator[SqlChange]:
    """The changes of ``CREATE UNIQUE INDEX``, ``ALTER TABLE … UNIQUE``, ``DROP INDEX`` and ``DROP CONSTRAINT``."""
    tokens = tokens_of(text)
    parts = nest(tokens) if tokens is not None else None
    for statement in split_at(parts or (), ";"):
        words = [one.text if isinstance(one, Token) else "" for one in statement]
        if words[:3] == ["create", "unique", "index"]:
            yield from _index(statement, words)
        elif words[:2] == ["alter", "table"]:
            yield from _altered(statement, words)
        elif words[:2] == ["drop", "index"]:
            names = [one for one in words[2:] if one not in _NOISE]
            yield from (SqlChange("", name.rsplit(".", 1)[-1], None) for name in names if name not in {"", ",", "."})


_NOISE = frozenset({"concurrently", "if", "not", "exists", "only", "cascade", "restrict"})


def _index(statement: Sequence[Node], words: list[str]) -> Iterator[SqlChange]:
    if "on" not in words:
        return
    at = words.index("on")
    names = [one for one in words[3:at] if one not in _NOISE]
    yield from _unique(statement[at + 1 :], names[0] if names else "", _table(statement[at + 1 :]))


def _altered(statement: Sequence[Node], words: list[str]) -> Iterator[SqlChange]:
    table = _table(statement[2:])
    for part in split_at(statement, ","):
        texts = [one.text if isinstance(one, Token) else "" for one in part]
        if "drop" in texts and "constraint" in texts[texts.index("drop") :]:
            rest = [one for one in texts[texts.index("constraint") + 1 :] if one not in _NOISE]
            yield from (SqlChange(table, name, None) for name in rest[:1])
        elif "add" in texts and "unique" in texts[texts.index("add") :]:
            name = texts[texts.index("constraint") + 1] if "constraint" in texts else ""
            yield from _unique(part[texts.index("unique") + 1 :], name, table)


def _unique(parts: Sequence[Node], name: str, table: str) -> Iterator[SqlChange]:
    """The columns are the first thing in parentheses; a condition comes last."""
    columns = next((one for one in parts if isinstance(one, Group)), None)
    named = [_column(one) for one in split_at(columns.items, ",")] if columns is not None else []
    if not named or not all(named) or not table:
        return
    at = next((i for i, one in enumerate(parts) if is_word(one, "where")), None)
    tests = tests_in_tokens(parts[at + 1 :]) if at is not None else ()
    folded = frozenset(column for column, is_folded in named if is_folded)
    words = [one.text for one in parts if isinstance(one, Token)]
    takes_nulls = "nulls not distinct" in " ".join(words)
    found = Constraint(frozenset(column for column, _ in named), tests, folded, takes_nulls, name)
    yield SqlChange(table, name, found)


def _column(parts: Sequence[Node]) -> tuple[str, bool]:
    """A column, and whether its case is disregarded: ``email``, ``"email" text_ops``, ``lower(email)``."""
    if len(parts) > 1 and is_word(parts[0], "lower", "upper") and isinstance(parts[1], Group):
        inner = [one.text for one in parts[1].items if isinstance(one, Token) and is_name(one)]
        return (inner[0], True) if inner else ("", False)
    if len(parts) == 1 and isinstance(parts[0], Group):
        return _column(parts[0].items)
    is_plain = bool(parts) and is_name(parts[0]) and not any(isinstance(one, Group) for one in parts)
    return (parts[0].text, False) if is_plain and isinstance(parts[0], Token) else ("", False)


def _table(parts: Sequence[Node]) -> str:
    """The last part of the name that comes first: ``public.users`` → users."""
    found = ""
    for one in parts:
        if not isinstance(one, Token):
            break
        if is_word(one, *_NOISE):
            continue
        if is_name(one) and (not found or found.endswith(".")):
            found = one.text
        elif one.text == "." and found:
            found += "."
        else:
            break
    return found.rstrip(".")
