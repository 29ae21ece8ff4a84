"""An entry of a cache is missing, and every process that asks for it computes it anew at once.

What it claims
--------------
The entry looks a key up in a shared cache, and where it is missing makes the value by something expensive – a remote
call, an aggregate, a query for many rows – and stores it. Nothing keeps two runs from doing so at the same time: all
that ask between the expiry and the first ``set`` compute it.

Why it matters
--------------
The value is cached because it is expensive and often asked for. In the moment when it expires all the requests that the
cache kept away reach the database or the other service together, which gets slower, so that more requests miss.

When it is fine
---------------
One run computes under a lock (``cache.add``, a Redis lock, dogpile) while the others wait or serve the old value; the
value is renewed early, by chance or by a scheduled job; a row is looked up by its key. Low: a plain query for rows,
which may be few; a key of which it is not known how many requests ask for it.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN210",
    name="cache-stampede",
    summary="a missing entry of a cache is computed by every process at once",
    doc=__doc__,
    severity=Severity.WARNING,
    query=query_in("fenceline.queries.cache_stampede"),
    references=("https://en.wikipedia.org/wiki/Cache_stampede",),
    examples=(
        Example(
            title="rates that every request fetches when they expire",
            bad="""import requests
from django.core.cache import cache


def rates():
    found = cache.get("rates")
    if found is None:
        found = requests.get("https://bank.example.org/rates", timeout=10).json()
        cache.set("rates", found, 3600)
    return found
""",
            good="""import requests
from django.core.cache import cache


def rates():
    found = cache.get("rates")
    if found is None:
        with cache.lock("rates:lock", timeout=15):
            found = cache.get("rates")
            if found is None:
                found = requests.get("https://bank.example.org/rates", timeout=10).json()
                cache.set("rates", found, 3600)
    return found
""",
        ),
        Example(
            title="one run computes, the others serve what there was",
            bad="""import requests
from django.core.cache import cache


def fetch():
    return requests.get("https://bank.example.org/rates", timeout=10).json()


def rates():
    return cache.get_or_set("rates", fetch, 3600)
""",
            good="""import requests
from django.core.cache import cache


def rates():
    found = cache.get("rates")
    if found is None and cache.add("rates:renewing", 1, 15):
        found = requests.get("https://bank.example.org/rates", timeout=10).json()
        cache.set("rates", found, 3600)
        cache.set("rates:old", found, None)
    return found or cache.get("rates:old")
""",
        ),
    ),
)
