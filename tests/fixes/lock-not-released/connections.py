"""A lock of the database's session: in a transaction that has failed no statement works, the unlock neither."""

from django.db import connection


def close_month(month):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(4711)")
        cursor.execute("UPDATE months SET closed = true WHERE month = %s", (month,))
        cursor.execute("SELECT pg_advisory_unlock(4711)")
