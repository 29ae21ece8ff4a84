"""An attempt to take a lock may fail, and nobody looks whether it did: the section runs all the same.

What it claims
--------------
The entry asks for a lock without waiting, or for a limited time. The answer, yes or no, is thrown away, and what the
lock should guard follows in either case. Or a query that should lock rows is made and never sent (querysets are lazy),
or is sent in a transaction of its own that ends, with the lock, before the work begins.

Why it matters
--------------
As long as nobody else holds the lock, all is well. When somebody does, which is the case that the lock is there for,
both are in the section at once; and the release at the end frees the lock of the other, or fails.

When it is fine
---------------
The answer is tested, and the run without the lock leaves or does something else; the call waits for ever; it raises an
exception when it does not get the lock, as ``with`` does in most libraries.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN405",
    fixers=("leave_without_lock",),
    name="lock-result-ignored",
    summary="an attempt to take a lock may fail, nobody looks at the answer, and the section runs all the same",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query_in("fenceline.queries.lock_result_ignored"),
    references=("https://redis.readthedocs.io/en/stable/lock.html",),
    examples=(
        Example(
            title="a lock that is not waited for",
            bad="""import redis

client = redis.Redis()


def settle(account, amount):
    lock = client.lock(f"account:{account}", timeout=10)
    lock.acquire(blocking=False)
    try:
        client.incrby(f"balance:{account}", amount)
    finally:
        lock.release()
""",
            good="""import redis

client = redis.Redis()


def settle(account, amount):
    lock = client.lock(f"account:{account}", timeout=10)
    if not lock.acquire(blocking=False):
        return False
    try:
        client.incrby(f"balance:{account}", amount)
    finally:
        lock.release()
    return True
""",
        ),
        Example(
            title="a lock that is waited for no longer than five seconds",
            bad="""import redis

client = redis.Redis()


def settle(account, amount):
    lock = client.lock(f"account:{account}", timeout=10, blocking_timeout=5)
    lock.acquire()
    try:
        client.incrby(f"balance:{account}", amount)
    finally:
        lock.release()
""",
            good="""import redis

client = redis.Redis()


def settle(account, amount):
    with client.lock(f"account:{account}", timeout=10, blocking_timeout=5):
        client.incrby(f"balance:{account}", amount)
""",
        ),
        Example(
            title="a lock of the database",
            bad="""from django.db import connection


def close_month(month):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(4711)")
        try:
            cursor.execute("UPDATE months SET closed = true WHERE month = %s", (month,))
        finally:
            cursor.execute("SELECT pg_advisory_unlock(4711)")
""",
            good="""from django.db import connection


def close_month(month):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(4711)")
        try:
            cursor.execute("UPDATE months SET closed = true WHERE month = %s", (month,))
        finally:
            cursor.execute("SELECT pg_advisory_unlock(4711)")
""",
        ),
    ),
)
