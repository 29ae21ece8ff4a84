import asyncpg
import psycopg
from django.db import connection
from sqlalchemy import text
from sqlalchemy.orm import Session


def change_in_place(conn: psycopg.Connection, account, cents):
    conn.execute("UPDATE account SET cents = cents + %s WHERE id = %s", (cents, account))
    conn.commit()


def condition_and_rowcount(account, cents):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE account SET cents = cents - %s WHERE id = %s AND cents >= %s", [cents, account, cents]
        )
        return cursor.rowcount == 1


def looked_at_before_the_condition(conn: psycopg.Connection, account, cents):
    row = conn.execute("SELECT cents FROM account WHERE id = %s", (account,)).fetchone()
    if row is None or row[0] < cents:
        return False
    cur = conn.execute(
        "UPDATE account SET cents = cents - %s WHERE id = %s AND cents >= %s", (cents, account, cents)
    )
    conn.commit()
    return cur.rowcount == 1


def condition_and_returning(conn: psycopg.Connection, job):
    row = conn.execute(
        "UPDATE job SET state = 'running' WHERE id = %s AND state = 'queued' RETURNING id", (job,)
    ).fetchone()
    conn.commit()
    return row is not None


def claimed_by_a_subquery(conn: psycopg.Connection):
    row = conn.execute(
        """
        UPDATE job SET state = 'running'
         WHERE id = (SELECT id FROM job WHERE state = 'queued' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING id
        """
    ).fetchone()
    conn.commit()
    return row[0] if row else None


def version_in_the_condition(session: Session, document, body):
    version = session.execute(text("SELECT version FROM document WHERE id = :id"), {"id": document}).scalar_one()
    result = session.execute(
        text("UPDATE document SET body = :b, version = version + 1 WHERE id = :id AND version = :v"),
        {"b": body, "id": document, "v": version},
    )
    session.commit()
    if result.rowcount != 1:
        raise RuntimeError("changed meanwhile")


async def command_tag(conn: asyncpg.Connection, job):
    tag = await conn.execute("UPDATE job SET state = 'running' WHERE id = $1 AND state = 'queued'", job)
    return tag == "UPDATE 1"


def conflict_updates(conn: psycopg.Connection, page):
    conn.execute(
        "INSERT INTO views (page, n) VALUES (%s, 1) ON CONFLICT (page) DO UPDATE SET n = views.n + 1", (page,)
    )
    conn.commit()


def other_table(conn: psycopg.Connection, customer, account):
    row = conn.execute("SELECT closed FROM customer WHERE id = %s", (customer,)).fetchone()
    if row[0]:
        raise ValueError(customer)
    conn.execute("UPDATE account SET opened = true WHERE id = %s", (account,))
    conn.commit()


def other_row(conn: psycopg.Connection, source, target):
    row = conn.execute("SELECT name FROM account WHERE id = %s", (source,)).fetchone()
    conn.execute("UPDATE account SET note = %s WHERE id = %s", (row[0], target))
    conn.commit()


def read_only(conn: psycopg.Connection, account):
    row = conn.execute("SELECT cents FROM account WHERE id = %s", (account,)).fetchone()
    return row[0] if row else 0


def blind_write(conn: psycopg.Connection, account, name):
    conn.execute("UPDATE account SET name = %s WHERE id = %s", (name, account))
    conn.commit()


def read_after_the_write(conn: psycopg.Connection, account, cents):
    conn.execute("UPDATE account SET cents = cents + %s WHERE id = %s", (cents, account))
    row = conn.execute("SELECT cents FROM account WHERE id = %s", (account,)).fetchone()
    conn.commit()
    return row[0] > 0


def same_constant_either_way(conn: psycopg.Connection, note):
    row = conn.execute("SELECT seen FROM note WHERE id = %s", (note,)).fetchone()
    if not row[0]:
        conn.execute("UPDATE note SET seen = true WHERE id = %s", (note,))
        conn.commit()
