import sqlite3

import asyncpg
import psycopg
from django.db import connection, transaction
from sqlalchemy import create_engine, text

engine = create_engine("postgresql://db/shop")


def for_update(conn: psycopg.Connection, account, cents):
    with conn.transaction():
        row = conn.execute("SELECT cents FROM account WHERE id = %s FOR UPDATE", (account,)).fetchone()
        if row[0] < cents:
            return False
        conn.execute("UPDATE account SET cents = %s WHERE id = %s", (row[0] - cents, account))
        return True


def for_update_in_an_implicit_transaction(dsn, account, cents):
    with psycopg.connect(dsn) as conn, conn.cursor() as cur:
        cur.execute("SELECT cents FROM account WHERE id = %s FOR NO KEY UPDATE", (account,))
        if cur.fetchone()[0] < cents:
            raise ValueError(account)
        cur.execute("UPDATE account SET cents = cents - %s WHERE id = %s", (cents, account))


def for_update_in_atomic(account, cents):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select cents from account where id = %s for update", [account])
        if cursor.fetchone()[0] < cents:
            return False
        cursor.execute("update account set cents = cents - %s where id = %s", [cents, account])
        return True


def for_update_skipping_locked():
    with engine.begin() as conn:
        row = conn.execute(
            text("SELECT id FROM job WHERE state = 'queued' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED")
        ).first()
        if row is None:
            return False
        conn.execute(text("UPDATE job SET state = 'running' WHERE id = :id"), {"id": row.id})
        return True


async def for_update_in_asyncpg(conn: asyncpg.Connection, account, cents):
    async with conn.transaction():
        balance = await conn.fetchval("SELECT cents FROM account WHERE id = $1 FOR UPDATE", account)
        if balance < cents:
            return False
        await conn.execute("UPDATE account SET cents = cents - $2 WHERE id = $1", account, cents)
        return True


def parent_locked(conn: psycopg.Connection, customer, account, cents):
    with conn.transaction():
        conn.execute("SELECT 1 FROM customer WHERE id = %s FOR UPDATE", (customer,))
        row = conn.execute("SELECT cents FROM account WHERE id = %s", (account,)).fetchone()
        conn.execute("UPDATE account SET cents = %s WHERE id = %s", (row[0] - cents, account))


def advisory_lock(conn: psycopg.Connection, account, cents):
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(%s)", (account,))
        row = conn.execute("SELECT cents FROM account WHERE id = %s", (account,)).fetchone()
        if row[0] < cents:
            return False
        conn.execute("UPDATE account SET cents = cents - %s WHERE id = %s", (cents, account))
        return True


def immediate_transaction(path, account, cents):
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("BEGIN IMMEDIATE")
    row = conn.execute("SELECT cents FROM account WHERE id = ?", (account,)).fetchone()
    if row[0] < cents:
        conn.execute("ROLLBACK")
        return False
    conn.execute("UPDATE account SET cents = cents - ? WHERE id = ?", (cents, account))
    conn.execute("COMMIT")
    return True


async def serializable_and_repeated(conn: asyncpg.Connection, account, cents):
    for _attempt in range(5):
        try:
            async with conn.transaction(isolation="serializable"):
                balance = await conn.fetchval("SELECT cents FROM account WHERE id = $1", account)
                if balance < cents:
                    return False
                await conn.execute("UPDATE account SET cents = cents - $2 WHERE id = $1", account, cents)
                return True
        except asyncpg.SerializationError:
            continue
    raise RuntimeError("too busy")
