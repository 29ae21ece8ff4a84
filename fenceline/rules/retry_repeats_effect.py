"""A task that is retried when it fails repeats the effect that came before the failing step.

What it claims
--------------
The task is retried by itself on an exception, it has an external effect, and a later step can fail: the retry starts
from the beginning and does the effect again.

Why it matters
--------------
The retry was added for the flaky second call. The first one, which worked, is the charge.

When it is fine
---------------
The effect carries an idempotency key that every attempt sends again; it is the last step; the steps are tasks of their
own; what was done is recorded and looked at before it is done again.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN303",
    name="retry-repeats-effect",
    summary="a task that is retried has an external effect before a step that can fail",
    doc=__doc__,
    severity=Severity.ERROR,
    faults=frozenset({"failed-step"}),
    supersedes=("FEN301",),
    query=query_in("fenceline.queries.retry_repeats_effect"),
    references=("https://docs.celeryq.dev/en/stable/userguide/tasks.html#retrying",),
    examples=(
        Example(
            title="the charge is repeated when the receipt cannot be sent",
            bad="""import requests
from celery import shared_task
from django.core.mail import send_mail


@shared_task(autoretry_for=(Exception,), retry_backoff=True)
def charge(order_id, amount):
    requests.post("https://pay.example.org/charges", json={"amount": amount}, timeout=10)
    send_mail("Receipt", "…", "shop@example.org", ["customer@example.org"])
""",
            good="""import requests
from celery import shared_task
from django.core.mail import send_mail


@shared_task(autoretry_for=(Exception,), retry_backoff=True)
def charge(order_id, amount):
    requests.post(
        "https://pay.example.org/charges",
        json={"amount": amount},
        headers={"Idempotency-Key": f"charge:{order_id}"},
        timeout=10,
    )
    send_mail("Receipt", "…", "shop@example.org", ["customer@example.org"])
""",
        ),
        Example(
            title="an actor is tried again by itself",
            bad="""import dramatiq
import requests
import stripe


@dramatiq.actor
def charge(order_id, amount):
    stripe.Charge.create(amount=amount, currency="eur")
    requests.post("https://ledger.example.org/entries", json={"order": order_id}, timeout=10)
""",
            good="""import dramatiq
import requests
import stripe


@dramatiq.actor
def charge(order_id, amount):
    stripe.Charge.create(amount=amount, currency="eur", idempotency_key=f"charge:{order_id}")
    book.send(order_id)


@dramatiq.actor
def book(order_id):
    requests.put(f"https://ledger.example.org/entries/{order_id}", timeout=10)
""",
        ),
    ),
)
