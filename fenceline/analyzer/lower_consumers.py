"""Messages that are taken from a broker, and what is told to it about them."""

from __future__ import annotations

from collections.abc import Callable

from fenceline.analyzer import ir
from fenceline.analyzer.durations import UNITS, seconds_of
from fenceline.analyzer.lower_locks import said_of
from fenceline.analyzer.lower_state import Call, Fact
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.values import NONE, Data, Instance, Items, Value, term_of

_SAID = ("delivery", "ack")


def is_consumer(low: Lowering, value: Value) -> bool:
    """Whether messages are taken from it, by a call or by iterating over it."""
    return isinstance(value, Instance) and any(one.role == "consumer" for one in low.models.lineage(value.type_id))


def shown(low: Lowering, made: Instance) -> str:
    """An object by the name that it has, or by its class: not by all that it was made with."""
    if isinstance(made.ident, ir.Apply):
        return made.ident.label.lstrip(".").rpartition(".")[2]
    return low.show(made.ident)


def receive(
    low: Lowering, consumer: Instance, span: Span, kind: str = "", visibility: Value | None = None, unit: str = ""
) -> Value:
    """Takes a message; a value that is the same when it is delivered again.

    ``kind`` is the type id of a message, where it has one. The fact's options say how the consumer delivers.
    ``visibility`` is given with the call, in its ``unit``.
    """
    bind = low.fresh("message")
    name = shown(low, consumer)
    op = ir.Receive(span, low.path, f"RECEIVE from {name}", bind)
    fact = Fact(op, "receive", target=name, hint=consumer.type_id)
    for name in _SAID:
        said = said_of(low, consumer, name)
        if said is not None:
            fact.options[name] = ir.Const(said)
    if "=ack" in consumer.parts or said_of(low, consumer, "chosen"):
        fact.options["chosen"] = ir.Const(True)
    limit = _visibility(low, consumer, visibility, unit)
    if limit is not None:
        fact.options["visibility"] = limit
    low.record(fact)
    message = ir.Arg(bind)  # as an argument of the run: a redelivery brings the same
    kind = kind or str(next((one.item for one in low.models.lineage(consumer.type_id) if one.item), ""))
    return Instance(kind, message, {"consumer": consumer}) if kind in low.models.types else Data(message)


def _visibility(low: Lowering, consumer: Instance, given: Value | None, unit: str) -> ir.Term | None:
    """How long a message stays with the one who took it, in seconds where that is stated."""
    value = given or consumer.parts.get("visibility")
    if value is None:
        default = said_of(low, consumer, "default_visibility")
        return ir.Const(float(default)) if isinstance(default, int | float) else None
    seconds = seconds_of(term_of(value))
    scale = UNITS.get(unit or str(said_of(low, consumer, "unit", "s")), 1.0)
    return term_of(value) if seconds is None else ir.Const(seconds * scale)


def _receive(low: Lowering, call: Call) -> Value:
    if not isinstance(call.receiver, Instance):
        return Data(ir.Arg(low.fresh("message")))
    kind = call.operation.result.strip("<>") if call.operation.result.startswith("<") else ""
    message = receive(low, call.receiver, call.span, kind, call.role("visibility"), str(call.data("unit") or ""))
    for name in _SAID:
        said = call.data(name)
        if said is not None and low.facts and low.facts[-1].kind == "receive":
            chosen = low.facts[-1].options.get(name) != ir.Const(said)
            low.facts[-1].options[name] = ir.Const(said)
            if name == "ack" and chosen:
                low.facts[-1].options["chosen"] = ir.Const(True)
    return Items((message,), "list") if call.data("many") else message


def _ack(low: Lowering, call: Call) -> Value:
    return _told(low, call, "ack", "ACK")


def _nack(low: Lowering, call: Call) -> Value:
    return _told(low, call, "nack", "NACK")


def _told(low: Lowering, call: Call, kind: str, word: str) -> Value:
    subject = call.receiver
    text = f"{word} {shown(low, subject)}" if isinstance(subject, Instance) else word
    op = ir.Ack(call.span, low.path, text, kind == "nack")
    low.record(Fact(op, kind, target=call.operation.name, hint=str(call.data("what") or "")))
    return Data(ir.Shared("acknowledged"))


def acknowledge(low: Lowering, span: Span) -> None:
    """A block around the work has ended well: the message is done with."""
    low.record(Fact(ir.Ack(span, low.path, "ACK"), "ack", target="the end of the block"))


def takes_or_acknowledges(low: Lowering, call: Call) -> None:
    """A command of a store that takes a message as well (a pop from a list), or says that one is done with."""
    if call.data("receives"):
        op = ir.Receive(call.span, low.path, f"RECEIVE by {call.operation.name}", low.fresh("message"))
        fact = Fact(op, "receive", target=call.operation.name)
        fact.options = {name: ir.Const(said) for name in _SAID if (said := call.data(name)) is not None}
        low.record(fact)
    if call.data("acks") and any(one.kind == "receive" for one in low.facts):  # else it only takes something away
        acknowledge(low, call.span)


def _extend(low: Lowering, call: Call) -> Value:
    op = ir.Renew(call.span, low.path, f"EXTEND {call.operation.name}")
    low.record(Fact(op, "extend", target=call.operation.name))
    return NONE


CONSUMER_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {
    "message.receive": _receive,
    "message.ack": _ack,
    "message.nack": _nack,
    "message.extend": _extend,
}
