"""A message counts as done before it is: a crash in between loses it.

What it claims
--------------
The message is acknowledged, or its offset committed, before the work on it is done: by an explicit call ahead of the
work, by an option that the code sets (``auto_ack=True``), or by a client that commits in the background while the
message is still being worked on.

Why it matters
--------------
A process that is stopped in between leaves nothing behind: no error, no redelivery, only an order that nobody ships.

When it is fine
---------------
Losing a message now and then is what was wanted. A framework's own early acknowledgement (Celery's default) is a trade
that it made, and is not reported.
"""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.deliveries import Delivery, concerns_another, deliveries_of, works_on
from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.pairs import CHANGES, EFFECTS
from fenceline.rules.proposal import Proposal, told_step
from fenceline.rules.rule import Example, Rule

_LASTING = (CHANGES | EFFECTS) - {"kv.delete"}


def query(flow: Flow) -> Iterator[Proposal]:
    """Work that comes after its message has been acknowledged."""
    acks = [one for one in flow.lowered.facts if one.kind == "ack" and one.op in flow.places]
    for ack in acks:
        work = next((one for one in _work(flow) if _follows(flow, ack, one)), None)
        if work is not None:
            yield _early(flow, ack, work)
    if acks:
        return
    for way in deliveries_of(flow):
        is_early = way.is_chosen and way.ack in {"before", "none"}
        if is_early or (way.ack == "auto" and way.taken is not None):
            work = next((one for one in _work(flow) if works_on(flow, way, one.op)), None)
            if work is not None:
                yield _automatic(flow, way, work)
                return


def _work(flow: Flow) -> Iterator[Fact]:
    """What lasts of the work: changes of shared state and effects."""
    return (one for one in flow.lowered.facts if one.kind in _LASTING and one.op in flow.places)


def _follows(flow: Flow, ack: Fact, work: Fact) -> bool:
    """Whether the work is done after the ack on the same path, on the same message."""
    if not flow.is_before(ack.op, work.op) or flow.exclude(ack.op, work.op) or concerns_another(flow, work.op):
        return False
    between = [
        one
        for one in flow.lowered.facts
        if one.kind == "receive" and one.op in flow.places and flow.is_before(ack.op, one.op)
    ]
    return not any(flow.is_before(one.op, work.op) for one in between)


def _early(flow: Flow, ack: Fact, work: Fact) -> Proposal:
    steps = (
        told_step("A", ack.op, "ack", "the broker forgets the message"),
        told_step("A", work.op, "crash", text=f"stopped before {work.op.text}"),
        told_step("B", ack.op, "receive", "it is lost", text="nothing is delivered again"),
    )
    return Proposal(
        message=f"{flow.lowered.function} acknowledges the message before the work on it "
        f"({work.verb or work.target}): a crash in between loses it",
        key=f"{flow.lowered.function}|{ack.target}",
        span=ack.op.span,
        path=ack.op.path,
        evidence=ack.evidence,
        related=[(work.op.span, work.op.path, "done after the message counts as done")],
        pair=frozenset({(ack.op, "ack")}),
        trace=steps,
        acts=(ack.op,),
        group=(flow.lowered.node, "ack"),
        premise="a consumer (A) is stopped after the acknowledgement; another (B) takes over",
        consequence="the work is never done",
    )


def _automatic(flow: Flow, way: Delivery, work: Fact) -> Proposal:
    op = way.taken.op if way.taken is not None else None
    span, path = (op.span, op.path) if op is not None else (flow.lowered.node.name_span, flow.lowered.path)
    in_background = "its offset is committed in the background"
    how = in_background if way.ack == "auto" else "it counts as done when it is handed over"
    steps = (
        ir.TraceStep("A", path, span.line, "receive", f"a message of {way.name}", "", how),
        told_step("A", work.op, "crash", text=f"stopped before {work.op.text}"),
        ir.TraceStep("B", path, span.line, "receive", "the next message", "", "this one is lost"),
    )
    related = [(work.op.span, work.op.path, "done after the message may count as done")]
    if way.place is not None:
        related.append((*way.place, "registered here"))
    return Proposal(
        message=f"a message of {way.name} is worked on while {how}: a crash in between loses it",
        key=f"{flow.lowered.function}|{way.name}",
        span=span,
        path=path,
        evidence="shape",
        related=related,
        trace=steps,
        acts=(work.op,),
        group=(flow.lowered.node, "ack"),
        premise="a consumer (A) is stopped while it works; another (B) takes over",
        consequence="the work is never done",
    )


RULE = Rule(
    code="FEN302",
    name="ack-before-work",
    summary="a message is acknowledged before the work on it is done, so that a crash loses it",
    doc=__doc__,
    severity=Severity.WARNING,
    query=query,
    fixers=("acknowledge_after_work", "commit_after_work", "acknowledge_by_hand"),
    references=("https://www.rabbitmq.com/docs/confirms",),
    examples=(
        Example(
            title="acknowledged first",
            bad="""import pika
import redis

client = redis.Redis()


def on_order(channel, method, properties, body):
    channel.basic_ack(method.delivery_tag)
    client.sadd("orders", body)


def run():
    connection = pika.BlockingConnection()
    channel = connection.channel()
    channel.basic_consume("orders", on_message_callback=on_order)
    channel.start_consuming()
""",
            good="""import pika
import redis

client = redis.Redis()


def on_order(channel, method, properties, body):
    client.sadd("orders", body)
    channel.basic_ack(method.delivery_tag)


def run():
    connection = pika.BlockingConnection()
    channel = connection.channel()
    channel.basic_consume("orders", on_message_callback=on_order)
    channel.start_consuming()
""",
        ),
        Example(
            title="the offset is committed first",
            bad="""import redis
from confluent_kafka import Consumer

client = redis.Redis()


def run():
    consumer = Consumer({"group.id": "stock", "enable.auto.commit": False})
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        consumer.commit(message)
        client.sadd("orders", message.key())
""",
            good="""import redis
from confluent_kafka import Consumer

client = redis.Redis()


def run():
    consumer = Consumer({"group.id": "stock", "enable.auto.commit": False})
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
