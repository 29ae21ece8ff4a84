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

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.entries import Entry
from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.repeats import candidate_for, repeated_effects, told
from fenceline.analyzer.slices import Candidate
from fenceline.rules.proposal import Proposal
from fenceline.rules.rule import Example, Rule


def query(flow: Flow) -> Iterator[Proposal]:
    """External effects of retried tasks with something after them that can fail."""
    effects = [one for one in repeated_effects(flow, with_sends=False) if one.kind == "external"]
    way = _retried(flow) if effects else None
    if way is None:
        return
    for fact in effects:
        for later in _failing_after(flow, fact):
            yield _proposal(flow, way, fact, later)


def _retried(flow: Flow) -> Entry | None:
    """The way in which the function is retried: by the library, or by its own call for it."""
    for way in flow.entry.ways():
        if way.what in {"task", "job", "consumer"} and way.word("retried") == "on-error" and way.number("retries") != 0:
            return way
    asks = any(one.kind == "send" and one.hint == "retry" for one in flow.lowered.facts)
    return next((one for one in flow.entry.ways() if one.what == "task"), None) if asks else None


def _failing_after(flow: Flow, effect: Fact) -> Iterator[Fact]:
    """The steps after an effect that leave the process, and so may fail."""
    for other in flow.lowered.facts:
        if other.op not in flow.places or not flow.is_before(effect.op, other.op):
            continue
        is_sent = other.kind == "send" and other.hint != "retry"
        is_waited_for = other.kind == "time" and isinstance(other.op, ir.Slow) and other.op.what != "sleep"
        if isinstance(other.op, ir.External | ir.Opaque) or is_sent or is_waited_for:
            yield other


def _proposal(flow: Flow, way: Entry, fact: Fact, later: Fact) -> Proposal:
    function = flow.lowered.function
    base = candidate_for(flow, fact)
    return Proposal(
        message=f"{function} {told(fact)}, and then {later.op.text} can fail: {way.name} retries the task, "
        "and the effect happens again",
        key=function,
        span=fact.op.span,
        path=fact.op.path,
        evidence="shape" if fact.evidence == "type" else fact.evidence,
        candidate=Candidate(base.reads, base.acts, base.cells, (later.op,)),
        related=[(later.op.span, later.op.path, "can fail here")],
        pair=frozenset({(fact.op, "repeat")}),
        group=flow.lowered.node,
        is_certain=not isinstance(later.op, ir.Opaque),
        suspicion=f"it is not seen whether {later.op.text} can fail",
        premise=f"one attempt of {function} (A) fails after the effect, the retry (B) begins again",
        consequence="one attempt would have done it once",
    )


RULE = Rule(
    code="FEN303",
    name="retry-repeats-effect",
    summary="a task that is retried has an external effect before a step that can fail",
    doc=__doc__,
    severity=Severity.ERROR,
    faults=frozenset({"failed-step"}),
    supersedes=("FEN301",),
    query=query,
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
