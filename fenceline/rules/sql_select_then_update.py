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

from collections.abc import Iterator

from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.pairs import changes_cell, is_blind_put, pairs_of, reads_for, value_depends, writers_of
from fenceline.analyzer.slices import Candidate
from fenceline.rules.proposal import Proposal, place_of_read, weakest
from fenceline.rules.rule import Example, Rule


def query(flow: Flow) -> Iterator[Proposal]:
    """Selected cells on which a later statement about them depends."""
    for pair in pairs_of(flow):
        if pair.read.family != "sql":
            continue
        writers = writers_of(flow, pair.cell)
        computed = [
            one for one in pair.computed
            if value_depends(one, pair.cell, pair.bind, flow) and is_blind_put(one, pair.cell)
        ]  # fmt: skip
        decided = [one for one in pair.decided if one.family == "sql"]
        created = [one for one in pair.computed if one.kind == "row.create" and changes_cell(one, pair.cell)]
        acts = computed or [one for one in decided if one in writers] or created
        if not acts and not (writers and pair.decided):
            continue
        acts = acts or writers[:1]
        effects = tuple(one.op for one in pair.decided if one not in acts)
        table = pair.read.model.label if pair.read.model is not None else "rows"
        column = pair.cell.field or "row"
        span, path = place_of_read(flow, pair.read, pair.bind)
        yield Proposal(
            message=f"{table}.{column} is selected, and then {table} is changed on what was selected, "
            "without a row lock or a condition",
            key=f"{table}.{column}",
            span=span,
            path=path,
            evidence=weakest(pair.read, *acts),
            candidate=Candidate(
                reads_for(flow, pair, acts), tuple(one.op for one in acts), frozenset({pair.cell}), effects
            ),
            related=[(acts[0].op.span, acts[0].op.path, "changed here")],
            pair=frozenset({(pair.read.op, pair.cell)}),
        )


RULE = Rule(
    code="FEN213",
    name="sql-select-then-update",
    summary="rows are selected by SQL text and then changed on what was selected, without a row lock or a condition",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query,
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
