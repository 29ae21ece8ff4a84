from contextlib import contextmanager

import psycopg
from psycopg_pool import ConnectionPool

pool = ConnectionPool("dbname=shop", timeout=5)


@contextmanager
def cursor():
    with pool.connection() as conn, conn.cursor() as cur:
        yield cur


def connect() -> psycopg.Connection:
    return psycopg.connect("dbname=shop")
