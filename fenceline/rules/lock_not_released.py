"""There is a way out between taking a lock and giving it back.

What it claims
--------------
The entry takes a lock and gives it back further down, with no ``with`` and no ``finally``. Between the two it returns,
or does something that may fail: a command of a store, a remote call, a call that cannot be read. On that way the lock
stays taken.

Why it matters
--------------
One failed call, and the lock is held by nobody: all others wait until it expires, or for ever where it does not. A lock
between threads of one process stops that process alone.

When it is fine
---------------
The release stands in a ``finally``, or the lock is taken by ``with``; the function hands the lock on, to be given back
elsewhere; the key is meant to expire, and nothing deletes it.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN404",
    fixers=("hold_lock_by_with", "release_in_finally"),
    name="lock-not-released",
    summary="a lock is not given back on every way out of the section",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query_in("fenceline.queries.lock_not_released"),
    references=(
        "https://docs.python.org/3/library/threading.html#using-locks-conditions-and-semaphores-in-the-with-statement",
    ),
    examples=(
        Example(
            title="a failing command between acquire and release",
            bad="""import redis

client = redis.Redis()


def settle(account, amount):
    lock = client.lock(f"account:{account}", timeout=600)
    lock.acquire()
    client.incrby(f"balance:{account}", amount)
    lock.release()
""",
            good="""import redis

client = redis.Redis()


def settle(account, amount):
    lock = client.lock(f"account:{account}", timeout=600)
    lock.acquire()
    try:
        client.incrby(f"balance:{account}", amount)
    finally:
        lock.release()
""",
        ),
        Example(
            title="a return between acquire and release",
            bad="""import redis

client = redis.Redis()


def settle(account, amount):
    lock = client.lock(f"account:{account}", timeout=600)
    lock.acquire()
    try:
        if amount == 0:
            return
        client.incrby(f"balance:{account}", amount)
        lock.release()
    except redis.ConnectionError:
        lock.release()
        raise
""",
            good="""import redis

client = redis.Redis()


def settle(account, amount):
    with client.lock(f"account:{account}", timeout=600):
        if amount == 0:
            return
        client.incrby(f"balance:{account}", amount)
""",
        ),
        Example(
            title="a lock of the database's session",
            bad="""from django.db import connection


def close_month(month):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(4711)")
        cursor.execute("UPDATE months SET closed = true WHERE month = %s", (month,))
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
        Example(
            title="threads",
            bad="""import threading

_lock = threading.Lock()


def register(handler):
    _lock.acquire()
    handler.start()
    _lock.release()
""",
            good="""import threading

_lock = threading.Lock()


def register(handler):
    with _lock:
        handler.start()
""",
        ),
    ),
)
