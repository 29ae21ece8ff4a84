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

from collections.abc import Iterator

from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.repeats import candidate_for, repeated_effects, told
from fenceline.analyzer.schedules import scheduled, scheduler_name
from fenceline.rules.proposal import Proposal
from fenceline.rules.rule import Example, Rule


def query(flow: Flow) -> Iterator[Proposal]:
    """The effects of functions that every process fires by itself."""
    effects = list(repeated_effects(flow, with_sends=True))
    jobs = [one for one in scheduled(flow.entry) if one.word("fires") == "every-process"] if effects else []
    if not jobs:
        return
    job = jobs[0]
    name = scheduler_name(job)
    function = flow.lowered.function
    for fact in effects:
        related = [(fact.op.span, fact.op.path, "this happens once a replica")]
        if job.place is not None:
            related.append((*job.place, "registered here"))
        yield Proposal(
            message=f"{function} is fired by {name} in every process that starts it, and {told(fact)}: "
            "each replica does so",
            key=function,
            span=flow.lowered.node.name_span,
            path=flow.lowered.path,
            evidence=fact.evidence,
            candidate=candidate_for(flow, fact),
            related=related,
            group=flow.lowered.node,
            is_certain=not job.is_by_hand,
            suspicion="the scheduler runs in a process of its own",
            premise=f"two replicas fire {function} for the same time",
            consequence="one run would have done it once",
        )


RULE = Rule(
    code="FEN101",
    name="unguarded-scheduled-job",
    summary="a scheduler in the process fires the job, so every replica runs it, and nothing lets only one work",
    doc=__doc__,
    severity=Severity.ERROR,
    faults=frozenset({"duplicate"}),
    query=query,
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
