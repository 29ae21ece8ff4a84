"""A row is selected by SQL text, and what is decided on or computed from it is written by another statement.

What it claims
--------------
The entry sends a SELECT, and later an UPDATE, DELETE or INSERT on the same rows that depends on what was selected. No
row lock is taken and the second statement states no condition: there is an interleaving whose outcome no serial order
has.

Why it matters
--------------
At the default isolation level of every common database both runs read the same row before either writes: a payment is
booked twice, a balance loses one of two changes.

When it is fine
---------------
``SELECT … FOR UPDATE`` in the same transaction; one conditional UPDATE whose row count is tested; the database computes
(``SET stock = stock - 1``); ``INSERT … ON CONFLICT``; SERIALIZABLE isolation with a retry; an advisory lock.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN213",
    name="sql-select-then-update",
    summary="rows are selected by SQL text and then changed on what was selected, without a row lock or a condition",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query_in("fenceline.queries.sql_select_then_update"),
    references=("https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS",),
    examples=(
        Example(
            title="two withdrawals of one balance",
            bad="""import sqlite3


def withdraw(connection: sqlite3.Connection, account, amount):
    row = connection.execute("SELECT balance FROM accounts WHERE id = ?", (account,)).fetchone()
    if row[0] >= amount:
        connection.execute("UPDATE accounts SET balance = ? WHERE id = ?", (row[0] - amount, account))
        connection.commit()
""",
            good="""import sqlite3


def withdraw(connection: sqlite3.Connection, account, amount):
    done = connection.execute(
        "UPDATE accounts SET balance = balance - ? WHERE id = ? AND balance >= ?", (amount, account, amount)
    )
    connection.commit()
    return done.rowcount == 1
""",
        ),
        Example(
            title="one job is started by two workers, in asyncpg",
            bad="""import asyncpg


async def start(pool: asyncpg.Pool, job_id, worker):
    state = await pool.fetchval("SELECT state FROM jobs WHERE id = $1", job_id)
    if state != "new":
        return False
    await pool.execute("UPDATE jobs SET state = 'running', worker = $1 WHERE id = $2", worker, job_id)
    return True
""",
            good="""import asyncpg


async def start(pool: asyncpg.Pool, job_id, worker):
    async with pool.acquire() as connection, connection.transaction():
        state = await connection.fetchval("SELECT state FROM jobs WHERE id = $1 FOR UPDATE", job_id)
        if state != "new":
            return False
        await connection.execute("UPDATE jobs SET state = 'running', worker = $1 WHERE id = $2", worker, job_id)
        return True
""",
        ),
    ),
)
