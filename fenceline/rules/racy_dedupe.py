"""A duplicate check whose look and whose mark are separate steps: two deliveries both pass it.

What it claims
--------------
Whether something was done already is read, the effect happens, and the mark that it was done is written by another
command. Two runs, or two deliveries of one message, both read that it was not.

Why it matters
--------------
Duplicates come close together: a client that repeats its request, a broker that delivers to the next consumer after a
time-out. That is just when the mark is not there yet, so that the check fails in the case that it was written for.

When it is fine
---------------
The mark is set first, by one command that says whether it was there (``SET … NX``, ``cache.add``, an insert under a
unique constraint), and its result decides; or look, effect and mark are one transaction under a lock.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN305",
    name="racy-dedupe",
    summary="the duplicate check and the mark are separate steps, so that two deliveries both pass",
    fixers=("use_set_nx", "mark_first"),
    doc=__doc__,
    severity=Severity.ERROR,
    query=query_in("fenceline.queries.racy_dedupe"),
    supersedes=("FEN201", "FEN205"),
    references=("https://redis.io/docs/latest/commands/set/",),
    examples=(
        Example(
            title="looked for, done, and then marked",
            bad="""import redis
from django.core.mail import send_mail

client = redis.Redis()


def on_paid(event_id, address):
    if client.exists(f"done:{event_id}"):
        return
    send_mail("Paid", "…", "shop@example.org", [address])
    client.set(f"done:{event_id}", 1, ex=86400)
""",
            good="""import redis
from django.core.mail import send_mail

client = redis.Redis()


def on_paid(event_id, address):
    if not client.set(f"done:{event_id}", 1, nx=True, ex=86400):
        return
    send_mail("Paid", "…", "shop@example.org", [address])
""",
        ),
        Example(
            title="a cache remembers what was sent",
            bad="""import requests
from django.core.cache import cache


def notify(event):
    if cache.get(f"sent:{event}"):
        return
    requests.post("https://hooks.example.org/orders", json={"event": event}, timeout=10)
    cache.set(f"sent:{event}", True, 3600)
""",
            good="""import requests
from django.core.cache import cache


def notify(event):
    if not cache.add(f"sent:{event}", True, 3600):
        return
    requests.post("https://hooks.example.org/orders", json={"event": event}, timeout=10)
""",
        ),
    ),
)
