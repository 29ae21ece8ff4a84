"""A lock has no expiry: when its holder dies, nobody gets it any more.

What it claims
--------------
The entry takes a lock that lives in a store, and that stays there until it is given back: a conditional write without
an expiry and the delete that follows it, or a lock of a library that was made without one. Nothing else ends it.

Why it matters
--------------
A process that is killed between the two (a deploy, the out-of-memory killer, a lost node) never gives it back. No
``finally`` helps against that. From then on every other run waits for ever, or believes that the work is being done,
until somebody deletes the key by hand.

When it is fine
---------------
The lock has an expiry, and is renewed where the work may take longer; it belongs to a session or a transaction that the
server ends with the connection (Postgres advisory locks, ZooKeeper, etcd leases); whoever finds it taken checks how
old it is and takes it over; the key is no lock but a mark that is meant to stay.
"""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.entries import Entry
from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.holds import Hold, holds_of, is_mark, is_taken_over, is_tested
from fenceline.rules.proposal import Proposal, holding, told_step
from fenceline.rules.rule import Example, Rule


def query(flow: Flow) -> Iterator[Proposal]:
    """Locks between processes that are known to have no expiry."""
    if flow.lowered.node.decorators and any(_is_kept_by_task(one) for one in flow.entry.ways()):
        yield _of_task(flow)
    for hold in holds_of(flow):
        if hold.scope != "distributed" or hold.lease != "none" or hold.has_expiry is not False:
            continue
        if hold.is_made and (is_mark(flow, hold) or is_taken_over(flow, hold) or not is_tested(flow, hold)):
            continue  # a key that nobody asks for is a note, not a lock
        yield _proposal(hold)


def _is_kept_by_task(way: Entry) -> bool:
    """Whether the library lets one run of a task at a time by a key that stays until the run has ended."""
    return way.word("overlap") == "guarded" and way.word("lease") == "none"


def _of_task(flow: Flow) -> Proposal:
    node, path, name = flow.lowered.node, flow.lowered.path, flow.lowered.function
    line = node.name_span.line
    return Proposal(
        message=f"the lock that lets {name} run once at a time never expires: when its worker dies, "
        "it never runs again",
        key=name,
        span=node.name_span,
        path=path,
        evidence="type",
        pair=frozenset({(node, "expiry")}),
        trace=holding(
            (
                ir.TraceStep("A", path, line, "acquire", f"the lock of {name}", "", "has no expiry", ir.LOCKS),
                ir.TraceStep("A", path, line, "crash", "is killed before the task has ended"),
                ir.TraceStep(
                    "B", path, line, "acquire", f"the lock of {name}", "", "is refused, now and for ever", ir.LOCKS
                ),
            ),
            name,
            A=(0, None),
        ),
        premise=f"the worker (A) of {name} dies, and the task is sent again (B)",
        consequence="the key stays until somebody deletes it by hand",
    )


def _proposal(hold: Hold) -> Proposal:
    op = hold.taken.op
    waits = isinstance(op, ir.Acquire) and op.mode == "wait"
    trace = (
        told_step("A", op, "acquire", "has no expiry"),
        told_step("A", op, "crash", text="is killed before it gives the lock back"),
        told_step("B", op, "acquire", "waits for ever" if waits else "is refused, now and for ever"),
    )
    return Proposal(
        message=f"{hold.named} never expires: when its holder dies, nobody gets it any more",
        key=hold.key,
        span=op.span,
        path=op.path,
        evidence=hold.taken.evidence,
        related=[(one.op.span, one.op.path, "given back here, if the holder lives") for one in hold.given_back[:1]],
        pair=frozenset({(op, "expiry")}),
        trace=holding(trace, hold.key, A=(0, None)),
        acts=(op,),
        premise="the holder of the lock (A) dies, another run (B) wants it",
        consequence="the lock stays taken until somebody deletes it by hand",
    )


RULE = Rule(
    code="FEN402",
    fixers=("set_lock_expiry",),
    name="lock-without-expiry",
    summary="a lock never expires, so that nobody gets it any more when its holder dies",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query,
    references=("https://redis.io/docs/latest/develop/use/patterns/distributed-locks/",),
    examples=(
        Example(
            title="a key set if it is absent, and deleted in the end",
            bad="""import redis

client = redis.Redis()


def rebuild_index():
    if not client.set("lock:index", "1", nx=True):
        return
    try:
        client.incr("index:generation")
    finally:
        client.delete("lock:index")
""",
            good="""import redis

client = redis.Redis()


def rebuild_index():
    with client.lock("lock:index", timeout=60, blocking_timeout=5):
        client.incr("index:generation")
""",
        ),
        Example(
            title="a lock of the client library without a timeout",
            bad="""import redis

client = redis.Redis()


def settle(account, amount):
    with client.lock(f"account:{account}"):
        balance = int(client.get(f"balance:{account}"))
        client.set(f"balance:{account}", balance - amount)
""",
            good="""import redis

client = redis.Redis()


def settle(account, amount):
    with client.lock(f"account:{account}", timeout=10):
        balance = int(client.get(f"balance:{account}"))
        client.set(f"balance:{account}", balance - amount)
""",
        ),
        Example(
            title="an entry of Django's cache that is told to stay",
            bad="""from django.core.cache import cache


def refresh(shop):
    if cache.add(f"refresh:{shop}", "1", timeout=None):
        try:
            cache.set(f"prices:{shop}", prices_of(shop))
        finally:
            cache.delete(f"refresh:{shop}")
""",
            good="""from django.core.cache import cache


def refresh(shop):
    if cache.add(f"refresh:{shop}", "1", timeout=300):  # at most every five minutes
        cache.set(f"prices:{shop}", prices_of(shop))
""",
        ),
        Example(
            title="asyncio",
            bad="""from redis.asyncio import Redis

client = Redis()


async def settle(account, amount):
    lock = client.lock(f"account:{account}")
    async with lock:
        balance = int(await client.get(f"balance:{account}"))
        await client.set(f"balance:{account}", balance - amount)
""",
            good="""from redis.asyncio import Redis

client = Redis()


async def settle(account, amount):
    lock = client.lock(f"account:{account}", timeout=10)
    async with lock:
        balance = int(await client.get(f"balance:{account}"))
        await client.set(f"balance:{account}", balance - amount)
""",
        ),
    ),
)
