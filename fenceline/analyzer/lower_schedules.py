"""What runs our functions later: registrations with a scheduler, a thread or a broker, and schedules as values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.crontab import gap_of_expression, shortest_gap
from fenceline.analyzer.durations import UNITS, seconds_of
from fenceline.analyzer.lower_state import Call, Fact, Site
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.models import Operation, operation_for
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.values import Closure, Data, External, Instance, Items, Method, Value, term_of

REGISTERED = "registered"
_DATA_ONLY = frozenset({"what", "default_limit", "default_interval", "default_retries", "default_visibility", "unit"})


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """A function handed to something that runs it: which, to what, with which arguments, where.

    ``caller`` is the outermost function in which this is done, None at the top level of a module.
    """

    target: Value
    name: str
    operation: Operation
    given: dict[str, Value]
    span: Span
    path: str
    caller: nodes.FunctionDef | None


def register(low: Lowering, call: Call) -> None:
    """Keeps a registration, whichever entry is being lowered; one place registers once."""
    target = call.role("callback") or call.role("target") or call.role("coroutine")
    if target is None:
        return
    known = low.memo.setdefault(REGISTERED, {})
    assert isinstance(known, dict)
    caller = next((one for one in low.calls if isinstance(one, nodes.FunctionDef)), None)
    name = entry_name(low, call.receiver, call.operation)
    operation = _of_this_one(call.operation, call.receiver)
    for one in target.items if isinstance(target, Items) else (target,):
        node = node_of(one)
        if low.calls and node is not None and operation.roles.get("needs_loop"):
            # run once, and by whoever hands it over: a call that nobody here waits for
            low.sites.append(Site(tuple(low.calls), node, call.span, low.path))
        made = Registration(one, name, operation, call.given, call.span, low.path, caller)
        known.setdefault((low.path, call.span, name, _identity(one)), made)


def _of_this_one(operation: Operation, receiver: Value) -> Operation:
    """What a scheduler was made with says more than its type does (one with a store that others share)."""
    stated = {
        name[1:]: part.term.value
        for name, part in (receiver.parts.items() if isinstance(receiver, Instance) else ())
        if name.startswith("=") and isinstance(part, Data) and isinstance(part.term, ir.Const)
    }
    return replace(operation, roles={**operation.roles, **stated}) if stated else operation


def _identity(target: Value) -> object:
    node = node_of(target)
    return id(node) if node is not None else repr(term_of(target))


def node_of(target: Value) -> nodes.FunctionDef | None:
    """The function of ours that a value is, whatever is wrapped around it."""
    found = closure_of(target)
    return found.node if found is not None and isinstance(found.node, nodes.FunctionDef) else None


def closure_of(target: Value) -> Closure | None:
    """The same with its module and the names that it sees; a lambda too."""
    seen = 0
    while seen < 8:
        seen += 1
        if isinstance(target, Closure):
            return target
        if isinstance(target, Instance) and ("function" in target.parts or "parent" in target.parts):
            target = target.parts.get("function") or target.parts["parent"]  # a signature of a task is the task
        elif hasattr(target, "func"):
            target = target.func
        elif hasattr(target, "inner"):
            target = target.inner
        else:
            return None
    return None


def entry_name(low: Lowering, receiver: Value, operation: Operation) -> str:
    """What registers, by the name that model files use: a qualified name, or ``type id.method``."""
    if isinstance(receiver, External):
        return receiver.qualified
    if isinstance(receiver, Instance):
        owner = next((one.id for one in low.models.lineage(receiver.type_id) if operation.name in one.methods), "")
        return f"{owner or receiver.type_id}.{operation.name}"
    return operation.name


def _entry(low: Lowering, call: Call) -> Value:
    """``@app.task`` called with a function or with options; ``scheduler.add_job(function, …)``."""
    register(low, call)
    first = call.arguments.positional[0] if call.arguments.positional else None
    result = call.operation.result
    if isinstance(first, Closure) and result.startswith("<"):
        return Instance(result.strip("<>"), ir.Shared(first.name), {"function": first})
    return Method(call.receiver, call.operation)


def seconds_in(call_or_operation: Operation, given: dict[str, Value], role: str) -> float | None:
    """The seconds that the arguments of a registration say for a role (``interval``, ``limit``, …)."""
    roles = call_or_operation.roles
    parts = roles.get(f"{role}_parts")
    if isinstance(parts, dict):
        found = [(seconds_of(term_of(given[name])), scale) for name, scale in parts.items() if name in given]
        if found:
            known = [number * scale for number, scale in found if number is not None]
            return sum(known) if len(known) == len(found) else None
    value = given.get(str(roles.get(role)))
    if value is None:
        default = roles.get(f"default_{role}")
        return float(default) if isinstance(default, int | float) else None
    number = gap_of(value)
    unit = str(roles.get(f"{role}_unit", roles.get("unit", "s") if role == "interval" else "s"))
    return None if number is None else number * UNITS.get(unit, 1.0)


def gap_of(value: Value) -> float | None:
    """The seconds between two runs that a schedule stands for: a number, a timedelta, a crontab, a cron text."""
    if isinstance(value, Data) and isinstance(value.term, ir.Const) and isinstance(value.term.value, str):
        return gap_of_expression(value.term.value)
    return seconds_of(term_of(value))


def _text(call: Call, role: str, default: str) -> str | None:
    value = call.role(role)
    if value is None:
        return default
    term = term_of(value)
    return str(term.value) if isinstance(term, ir.Const) else None


def _cron(low: Lowering, call: Call) -> Value:
    """A crontab: a value of which the shortest time between two runs is known, where it is."""
    terms = tuple(term_of(one) for one in call.arguments.values())
    expression = call.role("expression")
    if expression is not None:
        gap = gap_of(expression)
    else:
        # a field of hours without one of minutes means minute 0 in some libraries, every minute in others
        fields = [_text(call, "minute", str(call.data("default_minute", "*"))), _text(call, "hour", "*")]
        second = _text(call, "second", "0")
        gap = None if None in fields or second is None else shortest_gap(str(fields[0]), str(fields[1]), second)
    return _every_term(gap, terms)


def _every(low: Lowering, call: Call) -> Value:
    terms = tuple(term_of(one) for one in call.arguments.values())
    return _every_term(seconds_in(call.operation, call.given, "interval"), terms)


def _every_term(gap: float | None, terms: tuple[ir.Term, ...]) -> Value:
    first: ir.Term = ir.Const(gap) if gap is not None else ir.Shared("schedule")
    return Data(ir.Apply("every", (first, *terms)))


def _start(low: Lowering, call: Call) -> Value:
    """An in-process scheduler begins to fire."""
    receiver = call.receiver
    name, hint = low.show(term_of(receiver)), call.operation.name
    if isinstance(receiver, Instance):
        hint = receiver.type_id
        if isinstance(receiver.ident, ir.Apply):  # made here: by its class, not by all that it was made with
            name = f"the {receiver.ident.label.rpartition('.')[2]}"
    op = ir.Slow(call.span, low.path, f"START {name}", 0.0)
    low.record(Fact(op, "schedule.start", target=name, hint=hint))
    return Data(ir.Const(None))


SCHEDULE_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {
    "entry": _entry,
    "schedule.cron": _cron,
    "schedule.every": _every,
    "schedule.start": _start,
}


def chosen(operation: Operation, given: dict[str, Value]) -> Operation:
    """The meaning of a registration by its arguments."""
    return operation_for(operation, {name: constant(value) for name, value in given.items()})


def constant(value: Value) -> object:
    """The constant that a value is, or the name of a member of a library; ``...`` when it is given but not stated."""
    if isinstance(value, External):
        return value.qualified
    if isinstance(value, Instance) and isinstance(value.ident, ir.Shared):
        return value.ident.label
    return value.term.value if isinstance(value, Data) and isinstance(value.term, ir.Const) else ...
