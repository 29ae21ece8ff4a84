import sqlite3

import psycopg
from sqlalchemy import create_engine, text

engine = create_engine("postgresql://db/shop")
BALANCE = text("SELECT cents FROM account WHERE id = :id")


def implicit_transaction(conn: psycopg.Connection, account, cents):
    with conn.cursor() as cursor:
        cursor.execute("SELECT cents FROM account WHERE id = %s FOR UPDATE", (account,))
        if cursor.fetchone()[0] < cents:
            conn.rollback()
            return False
        cursor.execute("UPDATE account SET cents = cents - %s WHERE id = %s AND cents >= %s", (cents, account, cents))
    conn.commit()
    return True


def statement_at_module_level(account, cents):
    with engine.begin() as conn:
        balance = conn.execute(BALANCE, {"id": account}).scalar_one()
        conn.execute(text("UPDATE account SET cents = :cents WHERE id = :id"), {"id": account, "cents": balance + cents})


def whole_database_locked(path, account):
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("BEGIN IMMEDIATE")
    conn.execute("DELETE FROM account WHERE id = ?", (account,))
    conn.execute("COMMIT")


def advisory_lock(conn: psycopg.Connection, account):
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(%s)", (account,))
        conn.execute("INSERT INTO entry (account) VALUES (%s) ON CONFLICT DO NOTHING", (account,))
