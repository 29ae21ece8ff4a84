"""A key and its expiry are set by two commands: a crash in between leaves it for ever.

What it claims
--------------
A command makes a key, and another gives it its expiry (``INCR`` and ``EXPIRE``, ``SETNX`` and ``EXPIRE``, ``HSET`` and
``EXPIRE``, in either order), not in one transaction or script. A process that stops between them leaves a key that
never expires.

Why it matters
--------------
Of a lock it means that nobody gets it again; of a rate limit, that a customer is shut out for good; of a cache, that
memory fills with what nobody asks for.

When it is fine
---------------
One command does both (``SET … NX EX``), or both are in MULTI/EXEC or in one Lua script; or the expiry is looked at on
each run and set where it is missing. What one function writes, and an expiry that another one sets, is said with low
confidence only: the key may be there already, with its expiry, or is meant to live until its life is ended.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN206",
    name="non-atomic-expiry",
    summary="a key and its expiry are set by two commands, so that a crash in between leaves it for ever",
    fixers=("set_with_expiry", "expire_in_script", "expire_in_transaction"),
    doc=__doc__,
    severity=Severity.WARNING,
    query=query_in("fenceline.queries.non_atomic_expiry"),
    references=("https://redis.io/docs/latest/commands/set/", "https://redis.io/docs/latest/commands/incr/"),
    examples=(
        Example(
            title="a rate limit that may never end",
            bad="""import redis

client = redis.Redis()


def may_log_in(user):
    tries = client.incr(f"tries:{user}")
    if tries == 1:
        client.expire(f"tries:{user}", 60)
    return tries <= 5
""",
            good="""import redis

client = redis.Redis()


def may_log_in(user):
    with client.pipeline() as pipe:
        pipe.set(f"tries:{user}", 0, nx=True, ex=60)
        pipe.incr(f"tries:{user}")
        tries = pipe.execute()[1]
    return tries <= 5
""",
        ),
        Example(
            title="a turn that nobody gets again",
            bad="""import redis

client = redis.Redis()


def rebuild():
    if client.setnx("rebuilding", 1):
        client.expire("rebuilding", 300)  # at most every five minutes
        client.incr("version")
""",
            good="""import redis

client = redis.Redis()


def rebuild():
    if client.set("rebuilding", 1, nx=True, ex=300):
        client.incr("version")
""",
        ),
    ),
)
