import sqlite3

import asyncpg
import psycopg
import psycopg2
import psycopg2.extras
from django.db import connection, connections, transaction
from psycopg_pool import ConnectionPool

pool = ConnectionPool("dbname=shop", timeout=5)


def psycopg_cursor(account, cents):
    with psycopg.connect("dbname=shop") as conn:
        with conn.cursor() as cur:
            cur.execute("SELECT cents FROM account WHERE id = %s", (account,))  # expect: FEN213
            (balance,) = cur.fetchone()
            if balance < cents:
                return False
            cur.execute("UPDATE account SET cents = cents - %s WHERE id = %s", (cents, account))
            return True


def psycopg_connection_execute(conn: psycopg.Connection, account, cents):
    row = conn.execute("SELECT cents FROM account WHERE id = %s", (account,)).fetchone()  # expect: FEN213
    if row is None or row[0] < cents:
        raise ValueError(account)
    conn.execute("UPDATE account SET cents = %s WHERE id = %s", (row[0] - cents, account))
    conn.commit()


def psycopg_pool_connection(account, cents):
    with pool.connection() as conn:
        row = conn.execute("SELECT cents FROM account WHERE id = %s", (account,)).fetchone()  # expect: FEN213
        if row[0] < cents:
            return False
        conn.execute("UPDATE account SET cents = cents - %s WHERE id = %s", (cents, account))
        return True


def psycopg_transaction(conn: psycopg.Connection, account, cents):
    with conn.transaction():
        row = conn.execute("SELECT cents FROM account WHERE id = %s", (account,)).fetchone()  # expect: FEN213
        conn.execute("UPDATE account SET cents = %s WHERE id = %s", (row[0] + cents, account))


def psycopg2_cursor(account):
    conn = psycopg2.connect("dbname=shop")
    cur = conn.cursor()
    cur.execute("SELECT spent FROM coupon WHERE id = %s", (account,))  # expect: FEN213
    if cur.fetchone()[0]:
        return False
    cur.execute("UPDATE coupon SET spent = true WHERE id = %s", (account,))
    conn.commit()
    return True


def psycopg2_named_fields(account, cents):
    conn = psycopg2.connect("dbname=shop")
    with conn, conn.cursor(cursor_factory=psycopg2.extras.DictCursor) as cur:
        cur.execute("select cents from account where id = %(id)s", {"id": account})  # expect: FEN213
        row = cur.fetchone()
        balance = row["cents"] + cents
        cur.execute("update account set cents = %(cents)s where id = %(id)s", {"cents": balance, "id": account})


def sqlite_connection(path, account, cents):
    conn = sqlite3.connect(path)
    row = conn.execute("SELECT cents FROM account WHERE id = ?", (account,)).fetchone()  # expect: FEN213
    if row[0] < cents:
        return False
    conn.execute("UPDATE account SET cents = cents - ? WHERE id = ?", (cents, account))
    conn.commit()
    return True


def sqlite_cursor(path, account, cents):
    with sqlite3.connect(path) as conn:
        cur = conn.cursor()
        balance = cur.execute("SELECT cents FROM account WHERE id = ?", (account,)).fetchone()[0]  # expect: FEN213
        cur.execute("UPDATE account SET cents = ? WHERE id = ?", (balance - cents, account))


def django_cursor(account, cents):
    with connection.cursor() as cursor:
        cursor.execute("SELECT cents FROM account WHERE id = %s", [account])  # expect: FEN213
        balance = cursor.fetchone()[0]
        if balance < cents:
            return False
        cursor.execute("UPDATE account SET cents = cents - %s WHERE id = %s", [cents, account])
        return True


def django_cursor_in_atomic(account, cents):
    with transaction.atomic(), connections["ledger"].cursor() as cursor:
        cursor.execute("SELECT cents FROM account WHERE id = %s", [account])  # expect: FEN213
        balance = cursor.fetchone()[0]
        cursor.execute("UPDATE account SET cents = %s WHERE id = %s", [balance - cents, account])


async def asyncpg_fetchval(conn: asyncpg.Connection, account, cents):
    balance = await conn.fetchval("SELECT cents FROM account WHERE id = $1", account)  # expect: FEN213
    if balance < cents:
        return False
    await conn.execute("UPDATE account SET cents = cents - $2 WHERE id = $1", account, cents)
    return True


async def asyncpg_fetchrow_in_transaction(conn: asyncpg.Connection, account, cents):
    async with conn.transaction():
        row = await conn.fetchrow("SELECT cents FROM account WHERE id = $1", account)  # expect: FEN213
        await conn.execute("UPDATE account SET cents = $2 WHERE id = $1", account, row["cents"] - cents)


async def asyncpg_pool(db: asyncpg.Pool, account):
    async with db.acquire() as conn:
        row = await conn.fetchrow("SELECT spent FROM coupon WHERE id = $1", account)  # expect: FEN213
        if row["spent"]:
            raise ValueError(account)
        await conn.execute("UPDATE coupon SET spent = true WHERE id = $1", account)


async def asyncpg_connect(account):
    conn = await asyncpg.connect("postgres://db/shop", timeout=5, command_timeout=5)
    spent = await conn.fetchval("SELECT spent FROM coupon WHERE id = $1", account)  # expect: FEN213
    if not spent:
        await conn.execute("UPDATE coupon SET spent = true WHERE id = $1", account)
        return True
    return False
