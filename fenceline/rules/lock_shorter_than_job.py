"""The lock that keeps runs of a scheduled job apart expires before the longest run has ended.

What it claims
--------------
The job takes a lock with an expiry; its hard time limit, or the sum of the timeouts and sleeps under the lock, is
longer than that, and the lock is not renewed.

Why it matters
--------------
When the lock has expired the next run takes it, and from then on two of them work side by side, each sure to be alone.
It happens on the slow days, when it does most harm.

When it is fine
---------------
The expiry is longer than the longest run, the lock is renewed while the job runs, or it has no expiry because it ends
with a connection.
"""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer.durations import duration_text, told, worst_case
from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.holds import Hold, holds_of, inside
from fenceline.analyzer.schedules import limit_of, scheduled, scheduler_name
from fenceline.rules.proposal import Proposal, holding, told_step
from fenceline.rules.rule import Example, Rule


def query(flow: Flow) -> Iterator[Proposal]:
    """Locks of scheduled jobs that expire before the job must have ended."""
    holds = [one for one in holds_of(flow) if one.expiry is not None and not one.renewed and one.scope != "local"]
    if not holds or not any(scheduled(flow.entry)):
        return
    limit = limit_of(flow.entry)
    for hold in holds:
        ops = set(inside(flow, hold))
        worst = worst_case(flow, ops.__contains__)
        assert hold.expiry is not None
        longest, words = worst.seconds, f"what is done under it may take {told(worst)}"
        if limit is not None and (worst.unbounded or worst.unseen or worst.seconds > limit):
            longest, words = limit, f"a run is stopped only after {duration_text(limit)}"
        elif worst.unbounded:
            continue  # nothing is known to compare with: how long a lock is outlived is another rule's question
        if longest > hold.expiry:
            yield _proposal(flow, hold, words)


def _proposal(flow: Flow, hold: Hold, words: str) -> Proposal:
    job = next(scheduled(flow.entry))
    op = hold.taken.op
    assert hold.expiry is not None
    expires = duration_text(hold.expiry)
    last = hold.given_back[-1].op if hold.given_back else op
    steps = (
        told_step("A", op, "acquire", f"for {expires}"),
        told_step("A", op, "expiry", words, f"{expires} later the lock has expired"),
        told_step("B", op, "acquire", "both work now"),
        told_step("A", last, "release"),
    )
    related = [(job.place[0], job.place[1], "scheduled here")] if job.place is not None else []
    return Proposal(
        message=f"the lock {hold.key} of {flow.lowered.function} expires after {expires}, but {words}: "
        "the next run starts beside it",
        key=f"{hold.key}|{flow.lowered.function}",
        span=op.span,
        path=op.path,
        evidence=hold.taken.evidence,
        related=related,
        pair=frozenset({(op, "lock")}),
        trace=holding(steps, hold.key, A=(0, 1), B=(2, None)),
        acts=(op,),
        premise=f"{scheduler_name(job)} fires {flow.lowered.function} again while a slow run goes on",
        consequence="two runs hold the same lock",
    )


RULE = Rule(
    code="FEN104",
    fixers=("raise_lock_expiry",),
    name="lock-shorter-than-job",
    summary="the lock's expiry is below the longest that the job may run, so that two runs hold it",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query,
    supersedes=("FEN401",),
    references=("https://redis.io/docs/latest/develop/use/patterns/distributed-locks/",),
    examples=(
        Example(
            title="a lock of one minute around a job of ten",
            bad="""import redis
import requests
from celery import Celery

app = Celery("shop")
client = redis.Redis()


@app.task(time_limit=600)
def rebuild_index():
    with client.lock("rebuild", timeout=60):
        requests.post("https://search.example.org/rebuild")
        client.incr("index:version")


@app.on_after_configure.connect
def schedule(sender, **kwargs):
    sender.add_periodic_task(900.0, rebuild_index.s())
""",
            good="""import redis
import requests
from celery import Celery

app = Celery("shop")
client = redis.Redis()


@app.task(time_limit=600)
def rebuild_index():
    with client.lock("rebuild", timeout=630):
        requests.post("https://search.example.org/rebuild")
        client.incr("index:version")


@app.on_after_configure.connect
def schedule(sender, **kwargs):
    sender.add_periodic_task(900.0, rebuild_index.s())
""",
        ),
        Example(
            title="a lock of ten seconds around a wait of thirty",
            bad="""import redis
import requests
from apscheduler.schedulers.background import BackgroundScheduler

scheduler = BackgroundScheduler()
client = redis.Redis()


@scheduler.scheduled_job("interval", minutes=5)
def push_orders():
    lock = client.lock("push-orders", timeout=10)
    if lock.acquire(blocking=False):
        requests.put("https://warehouse.example.org/orders", json={"since": "last"}, timeout=30)
        lock.release()
""",
            good="""import redis
import requests
from apscheduler.schedulers.background import BackgroundScheduler

scheduler = BackgroundScheduler()
client = redis.Redis()


@scheduler.scheduled_job("interval", minutes=5)
def push_orders():
    with client.lock("push-orders", timeout=45, blocking_timeout=1):
        requests.put("https://warehouse.example.org/orders", json={"since": "last"}, timeout=30)
""",
        ),
    ),
)
