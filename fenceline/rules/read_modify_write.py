"""A value is read from a shared store, a new one is computed from it, and that is set back.

What it claims
--------------
The entry reads a key, computes a new value from what it read, and writes that to the same key by a separate command.
There is an interleaving in which the change that another run made in between is overwritten.

Why it matters
--------------
The other run's change is lost without a trace: two visits count as one, an item added to a cart disappears.

When it is fine
---------------
The store computes (``INCR``, ``HINCRBY``, ``cache.incr``); the write is conditional on the value read (``cas``, WATCH
and EXEC with a retry); a Lua script does both; a distributed lock is held around both; what is set back is what was
read; the entry of a cache is a table of results, of which one that is lost is computed again.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN202",
    name="read-modify-write",
    summary="a value is read, computed from and set back by separate commands, so a change in between is lost",
    doc=__doc__,
    severity=Severity.ERROR,
    supersedes=("FEN201",),
    fixers=("count_in_store", "decide_in_script"),
    query=query_in("fenceline.queries.read_modify_write"),
    references=("https://redis.io/docs/latest/commands/incr/",),
    examples=(
        Example(
            title="two visits count as one",
            bad="""import redis

client = redis.Redis()


def visit(page):
    seen = int(client.get(f"visits:{page}") or 0)
    client.set(f"visits:{page}", seen + 1)
""",
            good="""import redis

client = redis.Redis()


def visit(page):
    client.incr(f"visits:{page}")
""",
        ),
        Example(
            title="failed logins are counted in a Django cache",
            bad="""from django.core.cache import cache


def failed_login(name):
    failures = cache.get(f"failures:{name}", 0)
    cache.set(f"failures:{name}", failures + 1, timeout=600)
""",
            good="""from django.core.cache import cache


def failed_login(name):
    cache.add(f"failures:{name}", 0, timeout=600)
    cache.incr(f"failures:{name}")
""",
        ),
    ),
)
