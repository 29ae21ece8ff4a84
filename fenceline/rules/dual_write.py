"""A change is committed and a message about it is sent, with nothing that repairs a crash in between.

What it claims
--------------
The function commits a change of rows and then sends a task or a message that carries what it has written: in a commit
hook, behind the transaction, or behind a statement that commits by itself. A process that is stopped between the two
leaves the change without its message, and nothing in sight sends it later.

Why it matters
--------------
Deploys and evictions stop processes between two lines. The order is there, and nobody packs it; nothing has failed that
a log would show. `on_commit` is the right place for a message that may be lost, and no place for one that may not.

When it is fine
---------------
The message is written to an outbox table in the transaction of the change, and a relay sends it; consumers read the log
of the database; a job looks for rows that were left behind and sends what they lack (it is found where it sends
the same task); the function itself is run again after a crash; the loss of a message does no harm. The rule is off
unless selected: which messages may be lost is a decision that the source does not tell.
"""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.carried import is_carried
from fenceline.analyzer.deliveries import deliveries_of
from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact
from fenceline.rules.proposal import Proposal, told_step
from fenceline.rules.rule import Example, Rule

_WRITES = frozenset({"row.write", "row.create", "row.delete", "row.upsert"})


def query(flow: Flow) -> Iterator[Proposal]:
    """Sends behind the commit of what they carry, in functions that nobody runs again after a crash."""
    sends = [one for one in flow.lowered.facts if one.kind == "send" and one.op in flow.places]
    if not sends or any(one.delivery == "at-least-once" for one in deliveries_of(flow)):
        return
    for fact in sends:
        write = _committed_before(flow, fact)
        if write is not None and fact.hint != "retry" and not flow.sent_by_jobs(fact):
            yield _proposal(flow, fact, write)


def _committed_before(flow: Flow, fact: Fact) -> Fact | None:
    """The last write of what a message carries that is committed before it is sent; None where that is not sure."""
    assert isinstance(fact.op, ir.Send)
    found: Fact | None = None
    for other in flow.lowered.facts:
        if other.kind not in _WRITES or other.op not in flow.places or flow.exclude(other.op, fact.op):
            continue
        if not is_carried(other, fact.op.values):
            continue
        if fact.op.is_hook or _is_committed(flow, other, fact):
            found = other
    return found


def _is_committed(flow: Flow, write: Fact, send: Fact) -> bool:
    """Whether what is written is committed when the message is sent: by the end of a block, or by itself."""
    there = flow.transaction(write.op)
    is_open = there is not None and flow.transaction(send.op) is there
    return flow.is_before(write.op, send.op) and flow.outer is None and not is_open


def _proposal(flow: Flow, fact: Fact, write: Fact) -> Proposal:
    model = write.model.label if write.model is not None else "the row"
    what = f"the {fact.hint or 'message'}"
    return Proposal(
        message=f"{model} is committed, and then {fact.target} is sent: a crash in between leaves the change without "
        f"{what}, and nothing sends it later",
        key=f"{fact.target}|{model}",
        span=fact.op.span,
        path=fact.op.path,
        evidence="shape" if write.evidence == "type" else write.evidence,  # outboxes and logs may be out of sight
        related=[(write.op.span, write.op.path, "written here")],
        pair=frozenset({(fact.op, "lost")}),
        trace=(
            told_step("A", write.op, "write"),
            told_step("A", fact.op, "commit", "the change is there", text="COMMIT"),
            told_step("A", fact.op, "crash", f"before {fact.op.text}", text="stopped"),
            told_step("B", fact.op, "wait", "it never comes", text=f"waits for {what}"),
        ),
        acts=(fact.op,),
        premise=f"one process (A) runs {flow.lowered.function} and is stopped after the commit; the receiver (B)",
        consequence="the change stays, and its message is never sent",
    )


RULE = Rule(
    code="FEN307",
    name="dual-write",
    summary="a commit and a message about it are two steps, and nothing repairs a crash between them",
    doc=__doc__,
    severity=Severity.WARNING,
    default_on=False,
    query=query,
    references=(
        "https://microservices.io/patterns/data/transactional-outbox.html",
        "https://docs.djangoproject.com/en/stable/topics/db/transactions/#use-in-tests",
    ),
    examples=(
        Example(
            title="the commit hook is lost with its process",
            bad="""from functools import partial

from celery import shared_task
from django.db import models, transaction


class Order(models.Model):
    total = models.IntegerField()


@shared_task
def pack(order_id):
    pass


def place(total):
    with transaction.atomic():
        order = Order.objects.create(total=total)
        transaction.on_commit(partial(pack.delay, order.pk))
""",
            good="""from django.db import models, transaction


class Order(models.Model):
    total = models.IntegerField()


class Outbox(models.Model):
    topic = models.CharField(max_length=40)
    payload = models.JSONField()


def place(total):
    with transaction.atomic():
        order = Order.objects.create(total=total)
        Outbox.objects.create(topic="pack", payload={"order": order.pk})
""",
        ),
        Example(
            title="a job sends what was left behind",
            bad="""from celery import shared_task
from django.db import models


class Order(models.Model):
    total = models.IntegerField()
    is_packed = models.BooleanField(default=False)


@shared_task
def pack(order_id):
    Order.objects.filter(pk=order_id).update(is_packed=True)


def place(total):
    order = Order.objects.create(total=total)
    pack.delay(order.pk)
""",
            good="""from celery import Celery
from django.db import models

app = Celery()


class Order(models.Model):
    total = models.IntegerField()
    is_packed = models.BooleanField(default=False)


@app.task
def pack(order_id):
    Order.objects.filter(pk=order_id).update(is_packed=True)


def place(total):
    order = Order.objects.create(total=total)
    pack.delay(order.pk)


@app.task
def pack_what_was_left():
    for order in Order.objects.filter(is_packed=False):
        pack.delay(order.pk)


app.conf.beat_schedule = {"left": {"task": "example.pack_what_was_left", "schedule": 600.0}}
""",
        ),
    ),
)
