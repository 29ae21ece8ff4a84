"""Calls that take time: sleeps, waits for an answer, durations made of numbers, and how long a call may take."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fenceline.analyzer import ir
from fenceline.analyzer.durations import UNITS, duration_text, seconds_of
from fenceline.analyzer.lower_state import Call, Fact
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.values import DERIVED, NONE, Data, Instance, Items, Object, Row, Value, term_of


def seconds_of_value(value: Value | None, unit: str = "s") -> float | None:
    """The number of seconds that a value is; a pair (to connect, to read) is the sum of both."""
    if isinstance(value, Items):
        parts = [seconds_of_value(one, unit) for one in value.items]
        known = [one for one in parts if one is not None]
        return sum(known) if len(known) == len(parts) and value.count is None else None
    number = seconds_of(value.term) if isinstance(value, Data) else None
    return None if number is None else number * UNITS.get(unit, 1)


Bound = tuple[float | None, ir.Term | None]
"""How long a call takes at the most: in seconds; else the term that says so. Both None: nothing bounds it."""


def bound_of(low: Lowering, call: Call) -> Bound:
    """What limits a call: its own argument, what its client was made with, or the library's default.

    A library's limit to read is one between two bytes; it is taken for one of the whole answer all the same.
    A client that was made out of sight may have any limit, and so may arguments that are not known.
    """
    unit = str(call.data("unit", "s"))
    given = call.role("timeout")
    if given is not None:
        return _stated(given, unit)
    if call.arguments.is_open and "timeout" in call.operation.roles:
        return None, ir.Shared("**")
    receiver = call.receiver
    if isinstance(receiver, Object) or (isinstance(receiver, Instance) and DERIVED in receiver.parts):
        return None, receiver.ident  # a class that the project derives from the library's may set limits
    if isinstance(receiver, Instance):
        made_with = _made_with(receiver)
        if made_with is not None:
            return _stated(made_with, str(_role(low, receiver, "unit", "s")))
        if _role(low, receiver, "timeout") is not None:
            return None, receiver.ident
    setting = call.data("limit_setting")
    if setting is not None:
        return None, ir.Shared(str(setting))
    default = call.data("default_timeout")
    return (float(default), None) if isinstance(default, int | float) else (None, None)


def _made_with(client: Value | None) -> Value | None:
    """The limit that a client was made with, or the client that it was got from."""
    for _ in range(_ANCESTORS):
        if not isinstance(client, Instance):
            return None
        if "timeout" in client.parts:
            return client.parts["timeout"]
        client = client.parts.get("parent")
    return None


_ANCESTORS = 8


def _stated(value: Value, unit: str) -> Bound:
    if isinstance(value, Data) and value.term == ir.Const(None):
        return None, None
    if isinstance(value, Items) and NONE in value.items:  # (3, None): no limit to read
        return None, None
    seconds = seconds_of_value(value, unit)
    return (seconds, None) if seconds is not None else (None, term_of(value))


def _role(low: Lowering, instance: Instance, name: str, default: object = None) -> object:
    for kind in low.models.lineage(instance.type_id):
        if name in kind.roles:
            return kind.roles[name]
    return default


def bounded_client(roles: Mapping[str, object], given: Value | None) -> dict[str, Value]:
    """The limit of a client that is made in sight, as a part of it: what it is given, else the library's default."""
    if "timeout" not in roles:
        return {}
    return {"timeout": given if given is not None else Data(ir.Const(roles.get("default_timeout")))}


def bounded(call: Call) -> dict[str, Value]:
    """The same of a client that a call makes."""
    if call.arguments.is_open:
        return {}
    return bounded_client(call.operation.roles, call.role("timeout"))


def answer(low: Lowering, call: Call, label: str, terms: tuple[ir.Term, ...]) -> Value:
    """What a call gives back: an instance where the model says so, else a function of what it was given."""
    kind = call.operation.result.strip("<>")
    if kind in low.models.types:
        return Instance(kind, ir.Apply(label, terms), {"parent": call.receiver})
    rows = (one for one in call.arguments.values() if isinstance(one, Row) and one.absent)
    return Data(ir.Apply(label, (*terms, *(ir.Var(f"{one.snapshot}?") for one in rows))))


def _sleep(low: Lowering, call: Call) -> Value:
    given = call.role("seconds")
    if given is None:
        return NONE
    term = term_of(given)
    seconds = seconds_of_value(given, str(call.data("unit", "s")))
    if seconds is not None and seconds <= 0:
        return NONE  # gives way to others, waits for nothing
    text = f"SLEEP {duration_text(seconds)}" if seconds is not None else f"SLEEP {low.show(term)}"
    op = ir.Slow(call.span, low.path, text, seconds, "sleep", None if seconds is not None else term)
    low.record(Fact(op, "time", target=text, verb=call.operation.name, hint="sleep", options={"seconds": term}))
    return NONE


def _wait(low: Lowering, call: Call) -> Value:
    what = str(call.data("what") or call.operation.name)
    seconds, limit = bound_of(low, call)
    op = ir.Slow(call.span, low.path, f"WAIT {what}", seconds, what, limit)
    options = timeout_options(seconds, limit)
    on = call.receiver.type_id if isinstance(call.receiver, Instance) else ""
    low.record(Fact(op, "time", target=what, verb=call.operation.name, hint=what, options=options, on=on))
    terms = tuple(map(term_of, call.arguments.values()))
    return answer(low, call, "." + call.operation.name, (term_of(call.receiver), *terms))


def timeout_options(seconds: float | None, limit: ir.Term | None) -> dict[str, ir.Term]:
    """The option ``timeout`` of a fact: nothing where nothing limits the call."""
    if seconds is not None:
        return {"timeout": ir.Const(seconds)}
    return {} if limit is None else {"timeout": limit}


def _duration(low: Lowering, call: Call) -> Value:
    """``timedelta(minutes=5)``: 300 seconds; of what is not known, a function of it."""
    name = call.operation.name.rsplit(".", 1)[-1]
    terms = tuple(term_of(one) for one in call.arguments.values())
    column = next((one.column for one in call.arguments.values() if isinstance(one, Data) and one.column), None)
    unknown = Data(ir.Apply(name, terms), column=column)
    if call.arguments.is_open:
        return unknown
    if "interval" in call.operation.roles:
        return _whole(call, unknown)
    scales = call.data("interval_parts")
    total = 0.0
    for param, value in call.given.items():
        scale = scales.get(param) if isinstance(scales, dict) else None
        seconds = seconds_of_value(value)
        if scale is None or seconds is None:
            return unknown
        total += seconds * scale
    return Data(ir.Const(_tidy(total)))


def _whole(call: Call, unknown: Data) -> Value:
    given = call.role("interval")
    if given is None:
        default = call.data("default_interval")
        return Data(ir.Const(default))
    if isinstance(given, Data) and given.term == ir.Const(None):
        return NONE
    seconds = seconds_of_value(given, str(call.data("unit", "s")))
    return Data(ir.Const(_tidy(seconds))) if seconds is not None else unknown


def _tidy(seconds: float) -> int | float:
    rounded = round(seconds, 6)  # 0.1 minutes are six seconds, not 6.000000000000001
    return int(rounded) if rounded == int(rounded) else rounded


LIMIT = "time limit"
"""The label of a context manager's term that ends its body after so many seconds."""


def _limit(low: Lowering, call: Call) -> Value:
    """``wait_for(call(), 5)`` is the call; ``timeout(5)`` a context manager."""
    first = call.arguments.positional[0] if call.arguments.positional else None
    if first is not None and call.role("timeout") is not first:
        return first
    return Data(ir.Apply(LIMIT, tuple(map(term_of, call.arguments.values()))))


def limit_facts(facts: list[Fact], limit: Value | None) -> None:
    """What is done under a limit takes no longer than it says."""
    if limit is None or limit == NONE:
        return
    seconds = seconds_of_value(limit)
    for op in (one.op for one in facts):
        if not isinstance(op, ir.External | ir.Slow):
            continue
        if seconds is None:
            op.limit = term_of(limit) if op.seconds is None else op.limit
        elif op.seconds is None or op.seconds > seconds:
            op.seconds, op.limit = seconds, None


TIME_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {
    "time.sleep": _sleep,
    "time.wait": _wait,
    "time.duration": _duration,
    "time.limit": _limit,
}
