"""An attempt to take a lock may fail, and nobody looks whether it did: the section runs all the same.

What it claims
--------------
The entry asks for a lock without waiting, or for a limited time. The answer, yes or no, is thrown away, and what the
lock should guard follows in either case.

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

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow, written_cells
from fenceline.analyzer.holds import Hold, holds_of, inside, is_dropped, is_mark
from fenceline.rules.proposal import Proposal, told_step
from fenceline.rules.rule import Example, Rule


def query(flow: Flow) -> Iterator[Proposal]:
    """Attempts whose answer is thrown away, with a section after them."""
    for hold in holds_of(flow):
        if hold.bind is None or not is_dropped(flow, hold) or (hold.is_made and is_mark(flow, hold)):
            continue
        section = [op for op in inside(flow, hold) if _matters(op)]
        if hold.given_back or section:
            yield _proposal(hold, section)


def _matters(op: ir.Op) -> bool:
    """Whether an op is something that a lock may be there for."""
    return isinstance(op, ir.Send | ir.External | ir.Opaque) or any(True for _ in written_cells(op))


def _proposal(hold: Hold, section: list[ir.Op]) -> Proposal:
    op = hold.taken.op
    done = [*section[:1], *(one.op for one in hold.given_back[:1])]
    trace = [told_step("A", op, "acquire"), told_step("B", op, "acquire", "is refused, and does not look")]
    trace += [told_step("B", one, "release" if isinstance(one, ir.Release) else "write") for one in done]
    limit = op.limit if isinstance(op, ir.Acquire) else None
    why = "in time" if limit else "at once"
    return Proposal(
        message=f"{hold.named} may not be got {why}, and the answer is thrown away: what follows runs without it",
        key=hold.key,
        span=op.span,
        path=op.path,
        evidence=hold.taken.evidence,
        related=[(one.span, one.path, "done in either case") for one in done[:1]],
        pair=frozenset({(op, "answer")}),
        severity=Severity.WARNING if hold.scope == "local" else None,
        trace=tuple(trace),
        acts=(op,),
        premise="A holds the lock, B asks for it",
        consequence="both are in the section at once",
    )


RULE = Rule(
    code="FEN405",
    name="lock-result-ignored",
    summary="an attempt to take a lock may fail, nobody looks at the answer, and the section runs all the same",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query,
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
