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

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN104",
    fixers=("raise_lock_expiry",),
    name="lock-shorter-than-job",
    summary="the lock's expiry is below the longest that the job may run, so that two runs hold it",
    doc=__doc__,
    severity=Severity.ERROR,
    query=query_in("fenceline.queries.lock_shorter_than_job"),
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
