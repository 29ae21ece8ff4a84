"""The holder of a lock can outlive it, and write beside the next holder.

What it claims
--------------
Under a lock that expires, the entry does something that may take longer than the lock lasts: a remote call without a
timeout, a loop over data with a call in each round, sleeps and timeouts that add up to more than the expiry. Then it
changes what the lock guards. There is an interleaving of two runs, the lock of one of them expiring once, whose outcome
no serial order has.

Why it matters
--------------
A lock with an expiry is a promise to be quick. When the other side is slow for once, two holders are at work, both
on what they read when each was alone, and the last one to write wins. It happens just when everything is slow already.

When it is fine
---------------
The section is shorter than the expiry, or the task's time limit is; the lock is renewed while the holder works; the
store refuses a late write (a fencing token, a version column, a conditional write); twice is as good as once.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN401",
    name="ttl-lock-without-fencing",
    summary="the holder of a lock can outlive it, and write beside the next holder",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query_in("fenceline.queries.ttl_lock_without_fencing"),
    faults=frozenset({"expiry"}),
    fixers=("bound_call_below_expiry", "renew_lock_in_loop"),
    references=(
        "https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html",
        "https://redis.io/docs/latest/develop/use/patterns/distributed-locks/",
    ),
    examples=(
        Example(
            title="a remote call that nothing bounds",
            bad="""import redis
import requests

client = redis.Redis()


def refresh_rate(currency):
    with client.lock(f"rate:{currency}", timeout=30):
        used = int(client.get(f"quota:{currency}") or 0)
        requests.get(f"https://rates.example.com/{currency}")
        client.set(f"quota:{currency}", used + 1)
""",
            good="""import redis
import requests

client = redis.Redis()


def refresh_rate(currency):
    with client.lock(f"rate:{currency}", timeout=30):
        used = int(client.get(f"quota:{currency}") or 0)
        requests.get(f"https://rates.example.com/{currency}", timeout=5)
        client.set(f"quota:{currency}", used + 1)
""",
        ),
        Example(
            title="sleeps and timeouts that add up",
            bad="""import time

import redis
import requests

client = redis.Redis()


def refresh_rate(currency):
    with client.lock(f"rate:{currency}", timeout=10):
        used = int(client.get(f"quota:{currency}") or 0)
        time.sleep(5)
        requests.get(f"https://rates.example.com/{currency}", timeout=8)
        client.set(f"quota:{currency}", used + 1)
""",
            good="""import redis
import redis_lock
import requests

client = redis.Redis()


def refresh_rate(currency):
    with redis_lock.Lock(client, f"rate:{currency}", expire=10, auto_renewal=True):
        used = int(client.get(f"quota:{currency}") or 0)
        requests.get(f"https://rates.example.com/{currency}", timeout=8)
        client.set(f"quota:{currency}", used + 1)
""",
        ),
    ),
)
