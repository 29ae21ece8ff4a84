"""What one SQL statement reads, writes and locks, as far as it can be told from its text without knowing the schema.

Read by a small reader of our own: a full parser of a dialect refuses the texts that programs hold (four placeholder
styles, holes of f-strings), and importing one takes longer than checking a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from fenceline.analyzer.sql_conditions import Condition, read_conditions
from fenceline.analyzer.sql_tokens import (
    Group,
    Node,
    Token,
    clauses,
    is_name,
    is_operator,
    is_word,
    nest,
    split_at,
    tokens_of,
)
from fenceline.analyzer.sql_values import (
    AGGREGATES,
    SqlValue,
    Subselect,
    column_name,
    numbered,
    read_value,
    without_alias,
)


@dataclass(frozen=True, slots=True)
class SqlStatement:
    """kind: select | insert | update | delete | merge | lock | begin | commit | rollback | ddl | other.

    ``columns``: the plain columns that a select gives ('*' for all); ``aggregates``: (function, column) of those that
    it computes over rows; ``outputs``: one name for each item of the select list, '' for an expression without alias.
    ``where``: the AND-ed conditions that could be read, ``has_other_conditions`` says that there are more.
    ``locks``: rows are locked until the transaction ends (``lock_mode``: wait | nowait | skip; ``is_shared``: other
    readers may lock them too). ``on_conflict``: '' | nothing | update; then ``sets`` is what an update changes and
    ``conflict_target`` the columns that decide. ``function`` and ``key``: of a lock, what takes it and on what.
    """

    kind: str
    table: str = ""
    columns: tuple[str, ...] = ()
    aggregates: tuple[tuple[str, str], ...] = ()
    outputs: tuple[str, ...] = ()
    sets: tuple[tuple[str, SqlValue], ...] = ()
    where: tuple[Condition, ...] = ()
    has_other_conditions: bool = False
    has_joins: bool = False
    locks: bool = False
    lock_mode: str = "wait"
    is_shared: bool = False
    on_conflict: str = ""
    conflict_target: tuple[str, ...] = ()
    returning: tuple[str, ...] = ()
    values: tuple[tuple[str, SqlValue], ...] = ()
    function: str = ""
    key: tuple[SqlValue, ...] = ()
    isolation: str = ""
    parts: tuple[SqlStatement, ...] = ()


LOCK_FUNCTIONS = frozenset(
    f"pg_{attempt}advisory_{scope}lock{mode}"
    for attempt in ("", "try_")
    for scope in ("", "xact_")
    for mode in ("", "_shared")
) | {"pg_advisory_unlock", "pg_advisory_unlock_shared", "pg_advisory_unlock_all", "get_lock", "release_lock"}

_SELECT_CLAUSES = frozenset(
    {"select", "from", "where", "group", "having", "order", "limit", "offset", "for", "fetch", "window", "union",
     "intersect", "except", "lock", "returning", "set", "using", "into"}
)  # fmt: skip

_FIXED = {
    "begin": "begin", "start": "begin", "commit": "commit", "end": "commit", "rollback": "rollback",
    "abort": "rollback", "create": "ddl", "alter": "ddl", "drop": "ddl", "truncate": "ddl",
}  # fmt: skip

_WRITES = frozenset({"insert", "update", "delete", "merge"})


def parse_sql(text: str) -> SqlStatement | None:
    """The statement that a text is, None when it is not readable as SQL."""
    tokens = tokens_of(text)
    nodes = nest(numbered(tokens)) if tokens else None
    if not nodes:
        return None
    statements = split_at(nodes, ";")
    if len(statements) != 1:
        return SqlStatement("other") if statements else None
    return _statement(statements[0])


def _statement(nodes: Sequence[Node]) -> SqlStatement:
    head = nodes[0] if nodes else None
    if isinstance(head, Group) and len(nodes) == 1:
        return _statement(head.items)
    if not isinstance(head, Token) or head.kind != "word":
        return SqlStatement("other")
    if head.text == "with":
        return _with_parts(nodes)
    if head.text == "rollback" and any(is_word(node, "to") for node in nodes):
        return SqlStatement("other")
    if head.text in _FIXED:
        return SqlStatement(_FIXED[head.text], isolation=_isolation(nodes))
    reader = _READERS.get(head.text)
    return (
        _with_nested_locks(reader(nodes)) if reader is not None else SqlStatement("other", isolation=_isolation(nodes))
    )


def _isolation(nodes: Sequence[Node]) -> str:
    if any(is_word(node, "serializable") for node in nodes):
        return "serializable"
    if any(is_word(node, "repeatable") for node in nodes):
        return "repeatable-read"
    return "read-committed" if any(is_word(node, "committed") for node in nodes) else ""


def _with_parts(nodes: Sequence[Node]) -> SqlStatement:
    """``WITH x AS (…) main``: the statement that writes is the one that counts; a lock in any part is its lock."""
    starts = [i for i, node in enumerate(nodes) if is_word(node, "select", *_WRITES)]
    bodies = [node.items for node in nodes[: starts[0] if starts else None] if isinstance(node, Group)]
    parts = [part for part in map(_statement, bodies) if part.kind != "other"]
    main = _statement(nodes[starts[0] :]) if starts else SqlStatement("other")
    writing = next((part for part in parts if part.kind in _WRITES), None)
    if main.kind == "select" and writing is not None:
        others = tuple(part for part in parts if part is not writing)
        return _with_locks_of(replace(writing, parts=(*others, main)), others)
    return _with_locks_of(replace(main, parts=tuple(parts)), parts)


def _with_locks_of(statement: SqlStatement, others: Sequence[SqlStatement]) -> SqlStatement:
    locking = next((one for one in others if one.locks), None)
    if statement.locks or locking is None:
        return statement
    return replace(statement, locks=True, lock_mode=locking.lock_mode, is_shared=locking.is_shared)


def _with_nested_locks(statement: SqlStatement) -> SqlStatement:
    """``… WHERE id = (SELECT … FOR UPDATE SKIP LOCKED)`` locks too."""
    pairs = [*(value for _, value in statement.sets), *(value for _, _, value in statement.where)]
    return _with_locks_of(statement, [v.select for v in pairs if isinstance(v.select, SqlStatement)])


# ----------------------------------------------------------------------- select


def _select(nodes: Sequence[Node]) -> SqlStatement:
    found = clauses(nodes, _SELECT_CLAUSES)
    items = split_at(_without_distinct(found.get("select", ())), ",")
    lock = next((call for item in items if (call := _lock_call(item)) is not None), None)
    if lock is not None:
        return lock
    inner = _exists(items)
    if inner is not None:
        return replace(inner, columns=(), outputs=("",), aggregates=(("exists", ""),))
    table, alias, has_joins = _table(found.get("from", ()))
    where, has_others = read_conditions(found.get("where", ()), {table, alias} if has_joins else None, subselect)
    is_compound = any(word in found for word in ("union", "intersect", "except"))
    bare = [without_alias(item) for item in items]
    return _locking(
        SqlStatement(
            "select",
            table=table,
            columns=tuple(name for item, _ in bare if (name := column_name(item))),
            aggregates=tuple(call for item, _ in bare for call in _aggregates(item)),
            outputs=tuple(name or column_name(item) for item, name in bare),
            where=where,
            has_other_conditions=has_others or is_compound or "having" in found,
            has_joins=has_joins,
        ),
        found,
    )


def _without_distinct(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    if nodes and is_word(nodes[0], "distinct", "all"):
        nodes = nodes[1:]
        if len(nodes) > 1 and is_word(nodes[0], "on") and isinstance(nodes[1], Group):
            nodes = nodes[2:]
    return nodes


def _locking(statement: SqlStatement, found: dict[str, tuple[Node, ...]]) -> SqlStatement:
    """``FOR UPDATE``, ``FOR NO KEY UPDATE``, ``FOR SHARE``, ``LOCK IN SHARE MODE``."""
    words = [node.text for node in found.get("for", ()) if isinstance(node, Token)]
    is_shared = "share" in words or "lock" in found
    if "update" not in words and not is_shared:
        return statement
    mode = "nowait" if "nowait" in words else "skip" if "skip" in words else "wait"
    return replace(statement, locks=True, lock_mode=mode, is_shared=is_shared)


def _lock_call(item: Sequence[Node]) -> SqlStatement | None:
    for node, after in pairwise(item):
        if isinstance(node, Token) and node.text in LOCK_FUNCTIONS and isinstance(after, Group):
            key = tuple(read_value(part, subselect) for part in split_at(after.items, ","))
            return SqlStatement("lock", function=node.text, key=key)
    return None


def _exists(items: Sequence[Sequence[Node]]) -> SqlStatement | None:
    if len(items) != 1 or len(items[0]) < 2 or not is_word(items[0][0], "exists"):
        return None
    return subselect(items[0][1])


def subselect(node: Node) -> SqlStatement | None:
    """The select in parentheses that a node is."""
    if isinstance(node, Group) and node.items and is_word(node.items[0], "select", "with"):
        return _statement(node.items)
    return None


def _aggregates(item: Sequence[Node]) -> list[tuple[str, str]]:
    found = []
    for index, node in enumerate(item):
        after = item[index + 1] if index + 1 < len(item) else None
        if is_word(node, *AGGREGATES) and isinstance(after, Group) and isinstance(node, Token):
            inner = _without_distinct(after.items)
            found.append((node.text, column_name(inner) or "*"))
        elif isinstance(node, Group) and not is_word(node.items[0] if node.items else None, "select"):
            found += _aggregates(node.items)
    return found


def _table(nodes: Sequence[Node]) -> tuple[str, str, bool]:
    """The first table of a FROM clause, its alias, and whether there are more tables."""
    rest = [node for node in nodes if not is_word(node, "only", "lateral")]
    has_joins = any(is_word(node, "join") or is_operator(node, ",") for node in rest)
    name, index = "", 0
    while index < len(rest) and is_name(rest[index]):
        node = rest[index]
        assert isinstance(node, Token)
        name = node.text
        if index + 1 < len(rest) and is_operator(rest[index + 1], "."):
            index += 2
            continue
        index += 1
        break
    if index < len(rest) and is_word(rest[index], "as"):
        index += 1
    alias = rest[index] if index < len(rest) else None
    return name, alias.text if isinstance(alias, Token) and is_name(alias) else "", has_joins


# ----------------------------------------------------------------------- writes


def _update(nodes: Sequence[Node]) -> SqlStatement:
    found = clauses(nodes[1:], _SELECT_CLAUSES)
    table, alias, has_joins = _table(found[""])
    has_joins = has_joins or "from" in found
    where, has_others = read_conditions(found.get("where", ()), {table, alias} if has_joins else None, subselect)
    return SqlStatement(
        "update",
        table=table,
        sets=_assignments(found.get("set", ())),
        where=where,
        has_other_conditions=has_others or "limit" in found,
        has_joins=has_joins,
        returning=_returning(found),
    )


def _assignments(nodes: Sequence[Node]) -> tuple[tuple[str, SqlValue], ...]:
    found: list[tuple[str, SqlValue]] = []
    for part in split_at(nodes, ","):
        at = next((i for i, node in enumerate(part) if is_operator(node, "=")), None)
        if at is None:
            continue
        left, right = part[:at], part[at + 1 :]
        if len(left) == 1 and isinstance(left[0], Group):
            found += _row_assignment(left[0], right)
        else:
            found.append((column_name(left), read_value(right, subselect)))
    return tuple(found)


def _row_assignment(left: Group, right: Sequence[Node]) -> list[tuple[str, SqlValue]]:
    """``(a, b) = (1, 2)`` or ``(a, b) = (SELECT …)``."""
    names = [column_name(part) for part in split_at(left.items, ",")]
    source = next((node for node in right if isinstance(node, Group)), None)
    if source is None or subselect(source) is not None:
        whole = read_value(right, subselect)
        return [(name, whole) for name in names]
    values = [read_value(part, subselect) for part in split_at(source.items, ",")]
    return list(zip(names, values, strict=False))


def _returning(found: dict[str, tuple[Node, ...]]) -> tuple[str, ...]:
    bare = [without_alias(item) for item in split_at(found.get("returning", ()), ",")]
    return tuple(column_name(item) or name for item, name in bare)


def _delete(nodes: Sequence[Node]) -> SqlStatement:
    found = clauses(nodes[1:], _SELECT_CLAUSES)
    table, alias, has_joins = _table(found.get("from", ()) or found[""])
    has_joins = has_joins or "using" in found
    where, has_others = read_conditions(found.get("where", ()), {table, alias} if has_joins else None, subselect)
    return SqlStatement(
        "delete",
        table=table,
        where=where,
        has_other_conditions=has_others,
        has_joins=has_joins,
        returning=_returning(found),
    )


def _insert(nodes: Sequence[Node]) -> SqlStatement:
    at = next((i for i, node in enumerate(nodes) if is_word(node, "on") and _is_conflict(nodes, i)), len(nodes))
    found = clauses(nodes[:at], frozenset({"into", "values", "value", "select", "returning", "default"}))
    tail = clauses(nodes[at:], frozenset({"returning", "where", "set", "update"}))
    table, _, _ = _table(found.get("into", ()))
    listed = next((node for node in found.get("into", ()) if isinstance(node, Group)), Group(()))
    columns = [column_name(part) for part in split_at(listed.items, ",")]
    rows = [node for node in (*found.get("values", ()), *found.get("value", ())) if isinstance(node, Group)]
    first = [read_value(part, subselect) for part in split_at(rows[0].items, ",")] if rows else []
    words = {node.text for node in (*found[""], *nodes[at:]) if isinstance(node, Token)}
    return SqlStatement(
        "insert",
        table=table,
        values=tuple(zip(columns, first, strict=False)),
        on_conflict=_conflict(words),
        conflict_target=_conflict_target(nodes[at:]),
        sets=_assignments(tail.get("set", ()) or tail.get("update", ())),
        returning=_returning(tail) or _returning(found),
    )


def _is_conflict(nodes: Sequence[Node], index: int) -> bool:
    return index + 1 < len(nodes) and is_word(nodes[index + 1], "conflict", "duplicate")


def _conflict(words: set[str]) -> str:
    if words & {"ignore", "nothing"}:
        return "nothing"
    return "update" if words & {"replace", "conflict", "duplicate"} else ""


def _conflict_target(nodes: Sequence[Node]) -> tuple[str, ...]:
    target = nodes[2] if len(nodes) > 2 and is_word(nodes[1], "conflict") else None
    return tuple(column_name(part) for part in split_at(target.items, ",")) if isinstance(target, Group) else ()


def _merge(nodes: Sequence[Node]) -> SqlStatement:
    table, _, _ = _table(clauses(nodes, frozenset({"into", "using"})).get("into", ()) or nodes[1:])
    return SqlStatement("merge", table=table, has_other_conditions=True, has_joins=True)


def _lock_table(nodes: Sequence[Node]) -> SqlStatement:
    table, _, _ = _table([node for node in nodes[1:] if not is_word(node, "table", "tables")])
    return SqlStatement("lock", table=table, function="lock table")


_READERS = {
    "select": _select,
    "update": _update,
    "delete": _delete,
    "insert": _insert,
    "replace": _insert,
    "merge": _merge,
    "lock": _lock_table,
}

__all__ = ["Condition", "SqlStatement", "SqlValue", "Subselect", "parse_sql"]
