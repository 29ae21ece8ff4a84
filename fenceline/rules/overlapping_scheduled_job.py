"""A scheduled job whose next run can start before the last one has ended.

What it claims
--------------
The job is due again sooner than a run of it may take, nothing makes the next run wait or skip, and it has an effect
that is not the same when two runs do it side by side. How long a run may take is its hard time limit, or the sum of the
timeouts and sleeps in it; without either the finding is only suspected.

Why it matters
--------------
It works until one day the mail server is slow. Then the second run finds the rows that the first has not marked yet,
and does them again; it makes the server slower, and the third run joins.

When it is fine
---------------
The scheduler itself keeps runs apart (``max_instances=1`` in one process), the job is unique in its queue, or the work
is done under a lock with an expiry.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN102",
    name="overlapping-scheduled-job",
    summary="one run of the job can start before the last has ended, and nothing makes it wait or skip",
    doc=__doc__,
    severity=Severity.WARNING,
    query=query_in("fenceline.queries.overlapping_scheduled_job"),
    fixers=("allow_one_instance", "run_under_lock", "run_under_cache_lock"),
    references=("https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html",),
    examples=(
        Example(
            title="due every minute, allowed five",
            bad="""from celery import Celery
from django.core.mail import send_mail

app = Celery("shop")


@app.task(time_limit=300)
def mail_reminders():
    send_mail("Reminder", "…", "shop@example.org", ["customer@example.org"])


@app.on_after_configure.connect
def schedule(sender, **kwargs):
    sender.add_periodic_task(60.0, mail_reminders.s())
""",
            good="""import redis
from celery import Celery
from django.core.mail import send_mail

app = Celery("shop")
client = redis.Redis()


@app.task(time_limit=300)
def mail_reminders():
    lock = client.lock("mail_reminders", timeout=330)
    if not lock.acquire(blocking=False):
        return
    try:
        send_mail("Reminder", "…", "shop@example.org", ["customer@example.org"])
    finally:
        lock.release()


@app.on_after_configure.connect
def schedule(sender, **kwargs):
    sender.add_periodic_task(60.0, mail_reminders.s())
""",
        ),
        Example(
            title="due every half minute, waits for a minute",
            bad="""import requests
from celery import Celery

app = Celery("shop")
app.conf.beat_schedule = {"push-orders": {"task": "push_orders", "schedule": 30.0}}


@app.task(name="push_orders")
def push_orders():
    requests.post("https://warehouse.example.org/orders", json={"since": "last"}, timeout=60)
""",
            good="""import requests
from celery import Celery

app = Celery("shop")
app.conf.beat_schedule = {"push-orders": {"task": "push_orders", "schedule": 90.0}}


@app.task(name="push_orders")
def push_orders():
    requests.post("https://warehouse.example.org/orders", json={"since": "last"}, timeout=60)
""",
        ),
    ),
)
