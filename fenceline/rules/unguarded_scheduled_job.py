"""A job that a scheduler inside the process fires, in every replica, with nothing that lets only one of them work.

What it claims
--------------
The function is registered with a scheduler that lives in the application's own process (or loops and sleeps there), it
has an effect that is not the same when it happens twice, and no lock, unique row or mark lets one run pass and the
others skip.

Why it matters
--------------
One process in development is three pods in production: the invoice is mailed three times, the counter moves by three.
The runs start in the same second, so that a look at what has been done already does not help.

When it is fine
---------------
The job skips when a distributed lock or an advisory lock is taken; it claims its rows (``SKIP LOCKED``, a conditional
update whose count is looked at, a unique row for the run); all its effects are the same when done twice; the scheduler
runs in one process of its own.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN101",
    name="unguarded-scheduled-job",
    summary="a scheduler in the process fires the job, so every replica runs it, and nothing lets only one work",
    doc=__doc__,
    severity=Severity.ERROR,
    faults=frozenset({"duplicate"}),
    query=query_in("fenceline.queries.unguarded_scheduled_job"),
    fixers=("run_under_lock", "run_under_cache_lock"),
    references=("https://apscheduler.readthedocs.io/en/3.x/faq.html",),
    examples=(
        Example(
            title="every replica mails the report",
            bad="""from apscheduler.schedulers.background import BackgroundScheduler
from django.core.mail import send_mail

scheduler = BackgroundScheduler()


@scheduler.scheduled_job("cron", hour=6)
def mail_report():
    send_mail("Report", "…", "shop@example.org", ["boss@example.org"])
""",
            good="""import redis
from apscheduler.schedulers.background import BackgroundScheduler
from django.core.mail import send_mail

scheduler = BackgroundScheduler()
client = redis.Redis()


@scheduler.scheduled_job("cron", hour=6)
def mail_report():
    if not client.set("report:sent", "1", nx=True, ex=3600):
        return
    send_mail("Report", "…", "shop@example.org", ["boss@example.org"])
""",
        ),
        Example(
            title="a thread that each process starts",
            bad="""import threading
import time

from django.db import models
from django.db.models import F


class Customer(models.Model):
    points = models.IntegerField()


def give_points():
    while True:
        Customer.objects.update(points=F("points") + 1)
        time.sleep(86400)


def start():
    threading.Thread(target=give_points, daemon=True).start()
""",
            good="""import threading
import time

from django.core.cache import cache
from django.db import models
from django.db.models import F


class Customer(models.Model):
    points = models.IntegerField()


def give_points():
    while True:
        if cache.add("points-given", 1, timeout=80000):
            Customer.objects.update(points=F("points") + 1)
        time.sleep(86400)


def start():
    threading.Thread(target=give_points, daemon=True).start()
""",
        ),
    ),
)
