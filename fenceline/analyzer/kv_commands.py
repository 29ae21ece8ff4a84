"""One command of a key-value store: its cells, how a trace prints it, done at once or queued on a pipeline."""

from __future__ import annotations

from dataclasses import dataclass

from fenceline.analyzer import ir
from fenceline.analyzer.durations import UNITS, seconds_of
from fenceline.analyzer.lower_state import Call, Fact, Queued
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.values import NONE, Data, Fields, Instance, Items, Value, term_of


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """What a command is to the rules (``kv.read``, …), what it does, to which key and field, what it returns."""

    kind: str
    steps: tuple[ir.Step, ...]
    key: Value
    field: Value | None
    result: Value


def store_of(low: Lowering, receiver: Value) -> str:
    """The store family of a client, cache or pipeline."""
    if isinstance(receiver, Instance):
        for kind in low.models.lineage(receiver.type_id):
            if kind.store:
                return kind.store
    return "kv"


def _namespace(low: Lowering, receiver: Value) -> tuple[ir.Term, ...]:
    """Two caches of one family are two stores; two clients of one server are taken for one."""
    if isinstance(receiver, Instance) and low.models.types[receiver.type_id].roles.get("is_separate"):
        return (receiver.ident,)
    return ()


def cell_of(low: Lowering, call: Call, key: Value, field: Value | None = None) -> ir.Cell:
    """The cell of a key, or of a field or member of it."""
    name = None if field is None else low.show(term_of(field))
    return ir.Cell(store_of(low, call.receiver), (*_namespace(low, call.receiver), term_of(key)), name)


def first_of(value: Value | None) -> Value:
    """The first key of ``*keys``, or the one."""
    if isinstance(value, Items):
        return value.items[0] if value.items else NONE
    return value or NONE


def keys_of(value: Value | None) -> list[Value]:
    """The keys in an argument: one, a list of them, ``*keys``, or the keys of a mapping."""
    if isinstance(value, Items):
        return [one for item in value.items for one in (item.items if isinstance(item, Items) else (item,))]
    if isinstance(value, Fields):
        return [Data(ir.Const(name)) for name in value.items]
    return [] if value is None else [value]


def expiry_of(call: Call) -> dict[str, ir.Term]:
    """The expiry that a command sets, in seconds where the source states it; nothing when it sets none."""
    given = call.role("expiry")
    if given is None:
        default = call.data("default_expiry")
        return {"expiry": ir.Const(float(default))} if isinstance(default, int | float) else {}
    if given == NONE or (isinstance(given, Data) and given.term == ir.Const(False)):
        return {}
    term, unit = term_of(given), call.data("unit")
    seconds = seconds_of(term) if unit != "at" else None
    return {"expiry": term if seconds is None else ir.Const(seconds * UNITS.get(str(unit), 1.0))}


_SPOKEN = {
    "__getitem__": "GET",
    "__setitem__": "SET",
    "__delitem__": "DEL",
    "__contains__": "EXISTS",
    "__call__": "EVAL",
}


def verb_of(low: Lowering, call: Call) -> str:
    """The command as a reader knows it: ``aget`` is a GET."""
    name = call.operation.name
    plain = name[1:] if call.operation.is_async and name.startswith("a") else ""
    if plain and isinstance(call.receiver, Instance) and low.models.method(call.receiver.type_id, plain) is not None:
        name = plain
    return _SPOKEN.get(name, name.upper())


def command_text(low: Lowering, call: Call, key: Value | None, field: Value | None = None) -> str:
    """How a trace prints a command: ``HSET cart:{user} sku``."""
    parts = [_shown(low, one) for one in (key, field) if one is not None]
    return " ".join([verb_of(low, call), *parts])


def _shown(low: Lowering, value: Value) -> str:
    """A key or its members, without the brackets that ``*members`` would have."""
    if isinstance(value, Items):
        return ", ".join(low.show(term_of(one)) for one in value.items)
    return low.show(term_of(value))


def queue_of(low: Lowering, call: Call) -> str | None:
    """The pipeline whose commands wait for execute(): not while it watches and has not called multi()."""
    if not isinstance(call.receiver, Instance):
        return None
    if low.models.types[call.receiver.type_id].role != "pipeline":
        return None
    ident = repr(call.receiver.ident)
    return None if low.state.attributes.get((call.receiver.ident, "@watching")) is not None else ident


def kv_command(low: Lowering, call: Call, command: Command) -> Value:
    """One command and what it returns: done at once, or queued on its pipeline (which it then returns)."""
    verb = verb_of(low, call)
    op = ir.Atomic(call.span, low.path, command_text(low, call, command.key, command.field), command.steps)
    fact = Fact(op, command.kind, "kv", low.show(term_of(command.key)), verb)
    fact.on = call.receiver.type_id if isinstance(call.receiver, Instance) else ""
    if isinstance(call.receiver, Instance) and "by_name" in call.receiver.parts:
        fact.evidence = "name"
    fact.options.update(expiry_of(call))
    queue = queue_of(low, call)
    if queue is None:
        low.record(fact)
        return command.result
    low.state.queued[queue] = (*low.state.queued.get(queue, ()), Queued(fact, command.result))
    return call.receiver
