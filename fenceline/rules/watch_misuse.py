"""MULTI/EXEC that writes what was decided on an unwatched read, or a refused EXEC of which nobody hears.

What it claims
--------------
The entry reads a key, decides on it or computes from it, and changes it in MULTI/EXEC, without a WATCH on that key
before the read; there is an interleaving of two runs whose outcome no serial order has. Or the key is watched, EXEC is
refused because another run has changed it, and the error is swallowed, or ends a background task that nobody repeats.

Why it matters
--------------
MULTI/EXEC makes the commands between them one step. What was read before is not part of it: a transaction without WATCH
protects no better than single commands do. With WATCH the transaction of the loser does not take place at all; who does
not repeat it has lost the change.

When it is fine
---------------
WATCH comes first, then the read, then MULTI/EXEC, in a loop that goes round again on ``WatchError``
(``client.transaction`` does all of it); the error is raised to the caller, or told as a conflict (``return False``);
a Lua script; a distributed lock around both; nothing that was read decides on what is written.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN207",
    name="watch-misuse",
    summary="a transaction rests on a read that it does not watch, or its refusal is lost",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query_in("fenceline.queries.watch_misuse"),
    supersedes=("FEN201", "FEN202"),
    references=("https://redis.io/docs/latest/develop/interact/transactions/",),
    examples=(
        Example(
            title="MULTI/EXEC alone does not protect what was read before",
            bad="""import redis

client = redis.Redis()


def reserve(sku, order):
    left = int(client.get(f"stock:{sku}") or 0)
    if left < 1:
        return False
    with client.pipeline(transaction=True) as pipe:
        pipe.decr(f"stock:{sku}")
        pipe.sadd(f"orders:{sku}", order)
        pipe.execute()
    return True
""",
            good="""import redis

client = redis.Redis()


def reserve(sku, order):
    with client.pipeline() as pipe:
        while True:
            try:
                pipe.watch(f"stock:{sku}")
                left = int(pipe.get(f"stock:{sku}") or 0)
                if left < 1:
                    return False
                pipe.multi()
                pipe.decr(f"stock:{sku}")
                pipe.sadd(f"orders:{sku}", order)
                pipe.execute()
                return True
            except redis.WatchError:
                continue
""",
        ),
        Example(
            title="a conflict that nobody hears of",
            bad="""import redis

client = redis.Redis()


def add_points(user, points):
    with client.pipeline() as pipe:
        try:
            pipe.watch(f"points:{user}")
            before = int(pipe.get(f"points:{user}") or 0)
            pipe.multi()
            pipe.set(f"points:{user}", before + points)
            pipe.execute()
        except redis.WatchError:
            pass
""",
            good="""import redis

client = redis.Redis()


def add_points(user, points):
    client.incrby(f"points:{user}", points)
""",
        ),
    ),
)
