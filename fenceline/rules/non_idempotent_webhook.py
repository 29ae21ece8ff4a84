"""A request that a service sends again repeats an effect that must happen once.

What it claims
--------------
The function answers requests of a service that signs them and sends them again until they are answered with success
(it verifies the signature). It has an effect that the second request repeats: a charge, a mail, an increment, a row
without a unique key.

Why it matters
--------------
The sender cannot know whether a request that was not answered was worked on. A deploy between the effect and the
answer is enough, or an answer that comes too late: the same event is sent again, and the customer is credited twice.

When it is fine
---------------
The id of the event is recorded under a unique key, in the transaction of the effect, and an event that is known already
is only answered; the effect carries an idempotency key that is made of the event; it is an absolute value, or the row
says that it has happened; the work is handed to a task that bears to run twice.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN309",
    name="non-idempotent-webhook",
    summary="a request that its sender repeats repeats an effect that must happen once",
    doc=__doc__,
    severity=Severity.ERROR,
    faults=frozenset({"crash"}),
    supersedes=("FEN301", "FEN303"),
    query=query_in("fenceline.queries.non_idempotent_webhook"),
    fixers=("record_message_once",),
    references=(
        "https://docs.stripe.com/webhooks#handle-duplicate-events",
        "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    ),
    examples=(
        Example(
            title="an account is credited by each delivery of an event",
            bad="""import stripe
from django.db import models
from django.db.models import F
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt


class Account(models.Model):
    customer = models.CharField(max_length=40, unique=True)
    credit = models.IntegerField(default=0)


@csrf_exempt
def paid(request):
    event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], "whsec")
    charge = event["data"]["object"]
    Account.objects.filter(customer=charge["customer"]).update(credit=F("credit") + charge["amount"])
    return HttpResponse(status=204)
""",
            good="""import stripe
from django.db import models, transaction
from django.db.models import F
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt


class Account(models.Model):
    customer = models.CharField(max_length=40, unique=True)
    credit = models.IntegerField(default=0)


class SeenEvent(models.Model):
    event = models.CharField(max_length=80, unique=True)


@csrf_exempt
def paid(request):
    event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], "whsec")
    charge = event["data"]["object"]
    with transaction.atomic():
        _, is_new = SeenEvent.objects.get_or_create(event=event["id"])
        if is_new:
            Account.objects.filter(customer=charge["customer"]).update(credit=F("credit") + charge["amount"])
    return HttpResponse(status=204)
""",
        ),
        Example(
            title="a mail for each delivery, of a service that signs by hand",
            bad="""import hashlib
import hmac

from fastapi import APIRouter, HTTPException, Request
from sendgrid import SendGridAPIClient

router = APIRouter()
mails = SendGridAPIClient("key")


@router.post("/hooks/shipped")
async def shipped(request: Request):
    body = await request.body()
    expected = hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers["X-Signature"]):
        raise HTTPException(status_code=401)
    mails.send({"to": "customer@example.org", "subject": "On its way"})
""",
            good="""import hashlib
import hmac

import redis
from fastapi import APIRouter, HTTPException, Request
from sendgrid import SendGridAPIClient

router = APIRouter()
mails = SendGridAPIClient("key")
client = redis.Redis()


@router.post("/hooks/shipped")
async def shipped(request: Request):
    body = await request.body()
    expected = hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers["X-Signature"]):
        raise HTTPException(status_code=401)
    if not client.set(f"shipped:{request.headers['X-Event']}", 1, nx=True, ex=86400):
        return
    mails.send({"to": "customer@example.org", "subject": "On its way"})
""",
        ),
    ),
)
