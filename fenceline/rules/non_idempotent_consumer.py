"""A message that is delivered again repeats an effect that must happen once.

What it claims
--------------
The consumer's messages are delivered at least once, and it has an effect (a charge, a mail, an increment, a row
without a unique key) that a second delivery repeats: a crash after the effect and before the acknowledgement is enough.

Why it matters
--------------
Every deploy, every eviction, every rebalance stops consumers between two lines. The broker cannot know how far they
got, and delivers again: the customer is charged twice by code that has no bug when it is run once.

When it is fine
---------------
The effect carries an idempotency key that is the same for both deliveries; what was done is recorded in the same
transaction as the effect, under a unique key; the effect is an absolute value or has happened when the row says so,
under a lock; messages are delivered at most once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.deliveries import Delivery, deliveries_of, works_on
from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow, atoms_of, written_cells
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.repeats import candidate_for, repeated_effects, told
from fenceline.analyzer.values import show, vars_of
from fenceline.rules.proposal import Proposal
from fenceline.rules.rule import Example, Rule


def query(flow: Flow) -> Iterator[Proposal]:
    """The effects of consumers and tasks whose messages may come twice."""
    effects = list(repeated_effects(flow, with_sends=False))
    ways = [one for one in deliveries_of(flow) if one.delivery == "at-least-once"] if effects else []
    for fact in effects if ways else ():
        for way in ways:
            if works_on(flow, way, fact.op):
                yield _proposal(flow, way, fact)
                break


def _proposal(flow: Flow, way: Delivery, fact: Fact) -> Proposal:
    function = flow.lowered.function
    related: list[tuple[object, str, str]] = [(fact.op.span, fact.op.path, "repeated when the message comes again")]
    place = way.place if way.taken is None else (way.taken.op.span, way.taken.op.path)
    if place is not None:
        related.append((*place, "taken here" if way.taken is not None else "registered here"))
    asked = _asked(flow, fact)
    key = ", without an idempotency key" if isinstance(fact.op, ir.External) and _has_key(fact) else ""
    return Proposal(
        message=f"{function} {told(fact)}{key}, and a message of {way.name} may be delivered again: "
        "after a crash the effect happens twice",
        key=function,
        span=fact.op.span,
        path=fact.op.path,
        evidence="shape" if fact.evidence == "type" else fact.evidence,  # never surer than medium: brokers are set up
        candidate=replace(candidate_for(flow, fact), acked_at_end=way.ack != "manual"),
        related=related,  # type: ignore[arg-type]
        pair=frozenset({(fact.op, "repeat")}),
        group=flow.lowered.node,
        is_certain=not asked,
        suspicion=asked,
        premise=f"a worker runs {function} and is killed; the message is delivered again",
        consequence="one delivery would have done it once",
    )


def _asked(flow: Flow, fact: Fact) -> str:
    """What decides on the effect in a way that is not read, of a value that the very op of the effect sets: a mark."""
    own = set(written_cells(fact.op))
    for guard in flow.places[fact.op].guards:
        for atom in atoms_of(guard):
            steps = [flow.binders[name][1] for name in vars_of(atom) if name in flow.binders]
            if not isinstance(atom, ir.IsTrue) or not isinstance(atom.term, ir.Apply):
                continue
            if any(isinstance(one, ir.Get) and one.cell in own for one in steps):
                return f"{show(atom.term)} could not be read"
    return ""


def _has_key(fact: Fact) -> bool:
    """Whether the call could carry a key: one made anew by each run protects nothing."""
    return isinstance(fact.op, ir.External) and fact.op.idempotency_key is None


RULE = Rule(
    code="FEN301",
    name="non-idempotent-consumer",
    summary="a delivery that is repeated after a crash repeats an effect that must happen once",
    doc=__doc__,
    severity=Severity.ERROR,
    faults=frozenset({"crash"}),
    query=query,
    fixers=("pass_idempotency_key", "record_message_once"),
    references=(
        "https://docs.celeryq.dev/en/stable/userguide/tasks.html#Task.acks_late",
        "https://stripe.com/docs/api/idempotent_requests",
    ),
    examples=(
        Example(
            title="charged again after a crash",
            bad="""import stripe
from celery import shared_task


@shared_task(acks_late=True)
def charge(order_id, amount):
    stripe.Charge.create(amount=amount, currency="eur", metadata={"order": order_id})
""",
            good="""import stripe
from celery import shared_task


@shared_task(acks_late=True)
def charge(order_id, amount):
    stripe.Charge.create(
        amount=amount, currency="eur", metadata={"order": order_id}, idempotency_key=f"charge:{order_id}"
    )
""",
        ),
        Example(
            title="a counter moved by each delivery",
            bad="""import redis
from confluent_kafka import Consumer

client = redis.Redis()
consumer = Consumer({"group.id": "stock", "enable.auto.commit": False})


def run():
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        client.incr("orders")
        consumer.commit(message)
""",
            good="""import redis
from confluent_kafka import Consumer

client = redis.Redis()
consumer = Consumer({"group.id": "stock", "enable.auto.commit": False})


def run():
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        client.sadd("orders", message.key())
        consumer.commit(message)
""",
        ),
    ),
)
