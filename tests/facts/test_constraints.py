"""For which rows a unique index holds, as a database answers and as its text is read."""

from __future__ import annotations

import sqlite3

import pytest

from fenceline.analyzer import ir
from fenceline.analyzer.migrations_sql import changes_in_sql

ROW = {"shop": "a", "code": "x", "state": "open", "ended": None, "rank": 3}

INDEXES = [
    ("(shop, code)", True),
    ("(shop, ended)", False),
    ("(code) WHERE state = 'open'", True),
    ("(code) WHERE state = 'sold'", False),
    ("(code) WHERE state <> 'sold'", True),
    ("(code) WHERE ended IS NULL", True),
    ("(code) WHERE ended IS NOT NULL", False),
    ("(code) WHERE ended IS NULL AND state = 'sold'", False),
    ("(code) WHERE rank > 2", True),
    ("(code) WHERE rank <= 2", False),
    ("(lower(code))", True),
]


@pytest.mark.parametrize(("index", "refuses"), INDEXES)
def test_index_holds_for_the_rows_that_the_database_refuses(index: str, refuses: bool):
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE sale (shop TEXT, code TEXT, state TEXT, ended TEXT, rank INTEGER)")
    statement = f"CREATE UNIQUE INDEX one ON sale {index}"
    connection.execute(statement)
    insert = "INSERT INTO sale VALUES (:shop, :code, :state, :ended, :rank)"
    connection.execute(insert, ROW)
    if refuses:
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(insert, ROW)
    else:
        connection.execute(insert, ROW)
    (change,) = changes_in_sql(statement)
    assert change.table == "sale"
    assert change.constraint is not None
    assert change.constraint.holds_for({name: ir.Const(value) for name, value in ROW.items()}) is refuses


def test_index_regardless_of_case():
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE sale (code TEXT)")
    connection.execute("CREATE UNIQUE INDEX one ON sale (lower(code))")
    connection.execute("INSERT INTO sale VALUES ('X')")
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("INSERT INTO sale VALUES ('x')")
    (change,) = changes_in_sql("CREATE UNIQUE INDEX one ON sale (lower(code))")
    assert change.constraint is not None
    assert change.constraint.folded == {"code"}


def test_what_is_not_read_holds_for_nobody_knows():
    (change,) = changes_in_sql("CREATE UNIQUE INDEX one ON sale (code) WHERE date(ended) > date('now') OR rank = 1")
    assert change.constraint is not None
    assert change.constraint.holds_for({"code": ir.Const("x")}) is None


@pytest.mark.parametrize(
    ("text", "table", "name", "columns"),
    [
        ('CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix ON public."sale" USING btree (c)', "sale", "ix", {"c"}),
        ("ALTER TABLE ONLY sale ADD CONSTRAINT uq UNIQUE (shop, code)", "sale", "uq", {"shop", "code"}),
        ("ALTER TABLE sale ADD UNIQUE (code)", "sale", "", {"code"}),
        ("ALTER TABLE sale DROP CONSTRAINT IF EXISTS uq CASCADE", "sale", "uq", None),
        ("DROP INDEX CONCURRENTLY IF EXISTS ix", "", "ix", None),
    ],
)
def test_statements(text: str, table: str, name: str, columns: set[str] | None):
    (change,) = changes_in_sql(text)
    found = None if change.constraint is None else change.constraint.columns
    assert (change.table, change.name, found) == (table, name, columns)


def test_other_statements_change_nothing():
    text = "CREATE INDEX ix ON sale (code); ALTER TABLE sale ADD COLUMN note TEXT; UPDATE sale SET code = ''"
    assert list(changes_in_sql(text)) == []
