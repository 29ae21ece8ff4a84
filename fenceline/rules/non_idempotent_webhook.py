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

from collections.abc import Iterator
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.lower_webhooks import VERIFIED
from fenceline.analyzer.repeats import candidate_for, repeated_effects, told
from fenceline.rules.proposal import Proposal
from fenceline.rules.rule import Example, Rule

_SOMEBODY = "the sender"


def query(flow: Flow) -> Iterator[Proposal]:
    """The effects of views that know their requests to be a service's."""
    effects = list(repeated_effects(flow, with_sends=False))
    if not effects:
        return
    registered = next((way for way in flow.entry.ways() if way.word("webhook")), None)
    verified = [one for one in flow.lowered.facts if one.kind == VERIFIED and one.op in flow.places]
    if not (registered or verified) or (registered is None and not _answers_requests(flow, verified)):
        return
    for effect in effects:
        if registered is not None:
            yield _proposal(flow, effect, registered.word("webhook"), None)
            continue
        before = [one for one in verified if flow.is_before(one.op, effect.op)]
        if before:
            yield _proposal(flow, effect, before[0].target, before[0])


def _answers_requests(flow: Flow, verified: list[Fact]) -> bool:
    """Whether the function is a view, or nobody knows who calls it and it verifies the signature itself."""
    if flow.entry.what:
        return any(way.what == "view" for way in flow.entry.ways())
    own, path = flow.lowered.node.span, flow.lowered.path
    return any(one.op.path == path and own.line <= one.op.span.line <= own.end_line for one in verified)


def _proposal(flow: Flow, effect: Fact, sender: str, verified: Fact | None) -> Proposal:
    function, who = flow.lowered.function, sender or _SOMEBODY
    is_keyless = isinstance(effect.op, ir.External) and effect.op.idempotency_key is None
    key = ", without an idempotency key" if is_keyless else ""
    is_certain = verified is None or not verified.hint
    related = [(effect.op.span, effect.op.path, "repeated when the request comes again")]
    if verified is not None:
        related.append((verified.op.span, verified.op.path, "the signature is verified here"))
    return Proposal(
        message=f"{function} {told(effect)}{key}, and {who} sends a request again that is not answered in time: "
        "the effect happens twice",
        key=function,
        span=effect.op.span,
        path=effect.op.path,
        evidence=effect.evidence if sender else "shape",
        candidate=replace(candidate_for(flow, effect), acked_at_end=True),
        related=related,
        pair=frozenset({(effect.op, "repeat")}),
        group=flow.lowered.node,
        is_certain=is_certain,
        suspicion="" if is_certain else f"{who} repeats some requests only",
        premise=f"a worker runs {function} and is stopped before it has answered; {who} sends the request again",
        consequence="one request would have done it once",
    )


RULE = Rule(
    code="FEN309",
    name="non-idempotent-webhook",
    summary="a request that its sender repeats repeats an effect that must happen once",
    doc=__doc__,
    severity=Severity.ERROR,
    faults=frozenset({"crash"}),
    supersedes=("FEN301", "FEN303"),
    query=query,
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
