from __future__ import annotations

import pytest

from fenceline.analyzer.sql import SqlStatement, SqlValue, parse_sql


def read(text: str) -> SqlStatement:
    found = parse_sql(text)
    assert found is not None, text
    return found


def shown(value: SqlValue) -> str:
    """A value in a few characters: $0, :name, 5, f(columns; placeholders), <select table>."""
    if value.kind == "placeholder":
        return f":{value.name}" if value.name else f"${value.position}"
    if value.kind == "constant":
        return repr(value.constant)
    if isinstance(value.select, SqlStatement):
        return f"<{value.select.kind} {value.select.table}>"
    inputs = ",".join(map(shown, value.inputs))
    return f"{value.kind}({','.join(value.columns)};{inputs})"


def conditions(statement: SqlStatement) -> list[str]:
    return [f"{column} {operator} {shown(value)}" for column, operator, value in statement.where]


def pairs(items: tuple[tuple[str, SqlValue], ...]) -> dict[str, str]:
    return {column: shown(value) for column, value in items}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT stock FROM items WHERE id = %s", ["id = $0"]),
        ("SELECT stock FROM items WHERE id = %(id)s AND shop = %(shop)s", ["id = :id", "shop = :shop"]),
        ("SELECT stock FROM items WHERE id = ? AND shop = ?", ["id = $0", "shop = $1"]),
        ("SELECT stock FROM items WHERE shop = $2 AND id = $1", ["shop = $1", "id = $0"]),
        ("SELECT stock FROM items WHERE id = :id", ["id = :id"]),
        ("SELECT stock FROM items WHERE id = __hole0__", ["id = :__hole0__"]),
        ("SELECT stock FROM items WHERE code = '__hole0__'", ["code = :__hole0__"]),
        ("SELECT stock FROM items WHERE id = %s::bigint", ["id = $0"]),
        ("SELECT stock FROM items WHERE id = CAST(:id AS integer)", ["id = :id"]),
        ("SELECT stock FROM items WHERE 5 <= stock", ["stock >= 5"]),
        ("SELECT stock FROM items WHERE stock <> -1", ["stock <> -1"]),
        ("SELECT stock FROM items WHERE a IS NULL AND NOT b AND c", ["a is None", "b = False", "c = True"]),
        ("SELECT stock FROM items WHERE sold_at IS NOT NULL", ["sold_at is not None"]),
        ("SELECT stock FROM items WHERE id IN (%s, %s)", ["id in other(;$0,$1)"]),
        ("SELECT stock FROM items WHERE id = ANY($1)", ["id in $0"]),
        ("SELECT stock FROM items WHERE at BETWEEN ? AND ? AND id = ?", ["at between expression(;$0,$1)", "id = $2"]),
        ("SELECT stock FROM items WHERE (id = %s AND (shop = %s))", ["id = $0", "shop = $1"]),
        ("SELECT stock FROM items WHERE reserved < stock", ["reserved < expression(stock;)"]),
        ("SELECT stock FROM items WHERE expires < now()", ["expires < expression(;)"]),
        ("SELECT stock FROM items WHERE 1 = 1 AND id = %s", ["id = $0"]),
    ],
)  # fmt: skip
def test_conditions(text: str, expected: list[str]):
    statement = read(text)
    assert (statement.kind, statement.table, statement.columns) == ("select", "items", ("stock",))
    assert conditions(statement) == expected
    assert not statement.has_other_conditions


@pytest.mark.parametrize(
    "where",
    [
        "id = %s OR shop = %s",
        "lower(name) = %s",
        "NOT (id = %s)",
        "EXISTS (SELECT 1 FROM orders)",
        "(id, shop) = (%s, %s)",
        "id = %s UNION SELECT 1",
    ],
)
def test_conditions_that_are_not_read_are_said(where: str):
    assert read(f"SELECT stock FROM items WHERE {where}").has_other_conditions


@pytest.mark.parametrize(
    ("text", "columns", "aggregates", "outputs"),
    [
        ("SELECT * FROM t", ("*",), (), ("*",)),
        ("SELECT t.* FROM t", ("*",), (), ("*",)),
        ("SELECT a, t.b AS c, d e FROM t", ("a", "b", "d"), (), ("a", "c", "e")),
        ('SELECT DISTINCT "a" FROM public."t"', ("a",), (), ("a",)),
        ("SELECT 1 FROM t", (), (), ("",)),
        ("SELECT COUNT(*) FROM t", (), (("count", "*"),), ("",)),
        ("SELECT COUNT(DISTINCT a) n FROM t", (), (("count", "a"),), ("n",)),
        ("SELECT COALESCE(MAX(position), 0) + 1 AS next FROM t", (), (("max", "position"),), ("next",)),
        ("SELECT EXISTS(SELECT 1 FROM t WHERE id = %s)", (), (("exists", ""),), ("",)),
        ("SELECT a - b, CASE WHEN a THEN 1 END FROM t", (), (), ("", "")),
    ],
)
def test_select_list(
    text: str, columns: tuple[str, ...], aggregates: tuple[tuple[str, str], ...], outputs: tuple[str, ...]
):
    statement = read(text)
    assert statement.table == "t"
    assert (statement.columns, statement.aggregates, statement.outputs) == (columns, aggregates, outputs)


@pytest.mark.parametrize(
    ("tail", "mode", "is_shared"),
    [
        ("FOR UPDATE", "wait", False),
        ("FOR NO KEY UPDATE", "wait", False),
        ("ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED", "skip", False),
        ("FOR UPDATE OF i NOWAIT", "nowait", False),
        ("FOR SHARE", "wait", True),
        ("LOCK IN SHARE MODE", "wait", True),
    ],
)
def test_row_locks(tail: str, mode: str, is_shared: bool):
    statement = read(f"SELECT * FROM items i WHERE id = %s {tail}")
    assert (statement.locks, statement.lock_mode, statement.is_shared) == (True, mode, is_shared)
    assert conditions(statement) == ["id = $0"]


def test_plain_select_locks_nothing():
    assert not read("SELECT * FROM items WHERE id = %s ORDER BY updated_at").locks


def test_relative_update():
    statement = read(
        "UPDATE items SET stock = stock - %s, sold = now() WHERE id = %s AND stock >= %s RETURNING stock AS n"
    )
    assert (statement.kind, statement.table, statement.returning) == ("update", "items", ("stock",))
    assert pairs(statement.sets) == {"stock": "expression(stock;$0)", "sold": "expression(;)"}
    assert conditions(statement) == ["id = $1", "stock >= $2"]


def test_row_assignment():
    statement = read("UPDATE items AS i SET (a, b) = (%s, b + 1), c = DEFAULT WHERE i.id = %s")
    assert pairs(statement.sets) == {"a": "$0", "b": "expression(b;)", "c": "other(;)"}
    assert conditions(statement) == ["id = $1"]


def test_update_from_reads_only_its_own_columns():
    statement = read("UPDATE items i SET n = o.n FROM orders o WHERE o.item = i.id AND i.id = %s AND o.shop = 1")
    assert statement.has_joins
    assert conditions(statement) == ["id = expression(item;)", "id = $0"]
    assert statement.has_other_conditions


def test_claim_through_a_locking_subselect():
    statement = read(
        """UPDATE jobs SET state = 'running' WHERE id = (
             SELECT id FROM jobs WHERE state = 'new' ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1
           ) RETURNING *"""
    )
    assert (statement.kind, statement.locks, statement.lock_mode) == ("update", True, "skip")
    assert conditions(statement) == ["id = <select jobs>"]
    assert statement.returning == ("*",)


def test_claim_through_a_locking_part():
    statement = read(
        """WITH next AS MATERIALIZED (SELECT id FROM jobs WHERE state = %s FOR UPDATE SKIP LOCKED)
           UPDATE jobs SET state = 'running' FROM next WHERE jobs.id = next.id"""
    )
    assert (statement.kind, statement.table, statement.locks, statement.lock_mode) == ("update", "jobs", True, "skip")
    assert [part.table for part in statement.parts] == ["jobs"]


def test_a_part_that_writes_counts():
    statement = read("WITH gone AS (DELETE FROM jobs WHERE id = $1 RETURNING *) SELECT count(*) FROM gone")
    assert (statement.kind, statement.table, conditions(statement)) == ("delete", "jobs", ["id = $0"])


@pytest.mark.parametrize(
    ("text", "conflict", "target"),
    [
        ("INSERT INTO t (a, b) VALUES (%s, 1)", "", ()),
        ("INSERT INTO t (a, b) VALUES (%s, 1) ON CONFLICT DO NOTHING", "nothing", ()),
        ("INSERT INTO t (a, b) VALUES (%s, 1) ON CONFLICT (a) DO NOTHING RETURNING id", "nothing", ("a",)),
        ("INSERT INTO t (a, b) VALUES (%s, 1) ON CONFLICT (a) DO UPDATE SET b = t.b + excluded.b", "update", ("a",)),
        ("INSERT INTO t (a, b) VALUES (%s, 1) ON DUPLICATE KEY UPDATE b = b + 1", "update", ()),
        ("INSERT IGNORE INTO t (a, b) VALUES (%s, 1)", "nothing", ()),
        ("INSERT OR IGNORE INTO t (a, b) VALUES (%s, 1)", "nothing", ()),
        ("REPLACE INTO t (a, b) VALUES (%s, 1)", "update", ()),
    ],
)
def test_inserts(text: str, conflict: str, target: tuple[str, ...]):
    statement = read(text)
    assert (statement.kind, statement.table, statement.on_conflict) == ("insert", "t", conflict)
    assert pairs(statement.values) == {"a": "$0", "b": "1"}
    assert statement.conflict_target == target


def test_upsert_sets():
    statement = read(
        "INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT (a) DO UPDATE SET b = t.b + $2 WHERE t.c RETURNING b"
    )
    assert pairs(statement.sets) == {"b": "expression(b;$1)"}
    assert statement.returning == ("b",)


def test_delete():
    statement = read("DELETE FROM locks WHERE name = ? AND owner = ?")
    assert (statement.kind, statement.table, conditions(statement)) == ("delete", "locks", ["name = $0", "owner = $1"])


@pytest.mark.parametrize(
    ("text", "function", "key"),
    [
        ("SELECT pg_advisory_xact_lock(%s)", "pg_advisory_xact_lock", ["$0"]),
        ("SELECT pg_try_advisory_lock(42, $1) AS got", "pg_try_advisory_lock", ["42", "$0"]),
        ("select pg_advisory_xact_lock(hashtext(:name))", "pg_advisory_xact_lock", ["expression(;:name)"]),
        ("SELECT pg_advisory_unlock(%s)", "pg_advisory_unlock", ["$0"]),
        ("SELECT GET_LOCK(%s, 10)", "get_lock", ["$0", "10"]),
    ],
)
def test_named_locks(text: str, function: str, key: list[str]):
    statement = read(text)
    assert (statement.kind, statement.function, [shown(one) for one in statement.key]) == ("lock", function, key)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("BEGIN", "begin"),
        ("BEGIN IMMEDIATE", "begin"),
        ("START TRANSACTION ISOLATION LEVEL SERIALIZABLE;", "begin"),
        ("COMMIT", "commit"),
        ("ROLLBACK", "rollback"),
        ("ROLLBACK TO SAVEPOINT a", "other"),
        ("CREATE TABLE t (a int)", "ddl"),
        ("TRUNCATE t", "ddl"),
        ("LOCK TABLE t IN EXCLUSIVE MODE", "lock"),
        ("MERGE INTO t USING s ON (t.a = s.a) WHEN MATCHED THEN UPDATE SET b = 1", "merge"),
        ("SET LOCAL lock_timeout = '1s'", "other"),
        ("UPDATE a SET b = 1; UPDATE c SET d = 1", "other"),
        ("(SELECT a FROM t)", "select"),
        ("-- why\nSELECT a /* what */ FROM t", "select"),
        ("SELECT a FROM __hole0__", "select"),
        ("SELECT 'it''s', $$a ( b$$ FROM t", "select"),
        ("EXPLAIN SELECT 1", "other"),
    ],
)
def test_kinds(text: str, kind: str):
    assert read(text).kind == kind


def test_isolation():
    assert read("BEGIN ISOLATION LEVEL SERIALIZABLE").isolation == "serializable"


@pytest.mark.parametrize("text", ["", "   ", "SELECT (a FROM t", "a) b", "SELECT 'open", "\x00", ";"])
def test_what_is_no_statement(text: str):
    assert parse_sql(text) is None


def test_table_names():
    assert read('SELECT a FROM shop."Items" WHERE id = 1').table == "Items"
    assert read("UPDATE ONLY shop.items SET a = 1").table == "items"
    assert read("SELECT a FROM __hole0__ WHERE id = 1").table == "__hole0__"
    assert read("SELECT a FROM items WHERE a IS DISTINCT FROM b").table == "items"
    assert read("SELECT extract(epoch FROM a) FROM items").table == "items"
    assert read("SELECT a FROM items i JOIN orders o ON o.item = i.id WHERE i.id = %s AND o.id = %s").has_joins
