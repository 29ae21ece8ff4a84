"""What leaves the process: tasks and messages, external effects, hooks and blocks of transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from fenceline.analyzer import ir
from fenceline.analyzer.entries import entry_of
from fenceline.analyzer.lower_session import begins_implicitly, commit, rollback, session_id
from fenceline.analyzer.lower_state import Arguments, Call, Carried, Fact
from fenceline.analyzer.lower_time import answer, bound_of, seconds_of_value, timeout_options
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.models import Type
from fenceline.analyzer.nodes import FunctionDef
from fenceline.analyzer.values import (
    NONE,
    Closure,
    Data,
    Fields,
    Guarded,
    Instance,
    Items,
    Model,
    Partial,
    Row,
    Rows,
    Value,
    term_of,
)

TRANSACTION = "transaction"


def transaction_instance(low: Lowering, parts: dict[str, Value]) -> Instance:
    """A transaction that a block or a decorator opens."""
    low.models.types.setdefault(TRANSACTION, Type(TRANSACTION, role="transaction"))
    return Instance(TRANSACTION, ir.Shared("transaction"), parts)


def _send(low: Lowering, call: Call) -> Value:
    values = tuple(term_of(one) for one in call.arguments.values())
    if isinstance(call.receiver, Instance) and isinstance(call.receiver.ident, ir.Apply):
        values = (*values, call.receiver.ident)  # a signature carries the arguments of its task
    is_hook = bool(call.data("hook")) or low.in_hook > 0
    named = call.role("target")
    what = low.show(term_of(_sent(call.receiver))) if isinstance(call.receiver, Instance) else call.operation.name
    target = f"{what}.{call.operation.name}"
    given = [low.brief(term_of(one)) for one in (*_made_with(call), *call.arguments.positional)]
    given += [f"{name}={low.brief(term_of(one))}" for name, one in _named(call).items()]
    text = f"SEND {target}({', '.join(given)})"
    what = low.show(term_of(named)) if named is not None else what
    op = ir.Send(call.span, low.path, text, what, values, is_hook)
    fact = Fact(op, "send", target=target, verb=call.operation.name, hint=str(call.data("what") or ""))
    fact.row = next((one for one in call.arguments.values() if hasattr(one, "snapshot")), None)  # type: ignore[assignment]
    fact.pending = frozenset(row.snapshot for rows in low.state.pending.values() for row in rows)
    task = call.receiver.parts.get("function") if isinstance(call.receiver, Instance) else named
    fact.runs = task.node if isinstance(task, Closure) else None
    fact.carried = tuple(_carried(low, call))
    fact.arguments = tuple(term_of(one) for one in _handed(call))
    fact.options = _delays(call) | timeout_options(*bound_of(low, call))
    if fact.options.keys() & {"countdown", "delay", "eta"} and isinstance(task, Closure):
        fact.options |= _visibility(low, task)
    low.record(fact)
    raised = call.data("raises")
    if isinstance(raised, str) and call.role("throws") != Data(ir.Const(False)):
        low.emit(ir.Raise(raised.rpartition(".")[2], call.span))
        low.is_dead = True
    return Data(ir.Apply("sent", (ir.Const(what), *values)))


def _sent(receiver: Instance) -> Value:
    """What a message is called by: the task, or the function that a call made before is one of."""
    return receiver.parts.get("function", receiver) if "handed" in receiver.parts else receiver


def _handed(call: Call) -> tuple[Value, ...]:
    """The positional arguments that the receiver is called with: what follows those of the call's own, or a list.

    Those that a call made before was given, where it is such a one that is sent.
    """
    if _made_with(call):
        return _made_with(call)
    if "task_args" in call.operation.roles:
        listed = call.role("task_args")
        return listed.items if isinstance(listed, Items) else ()
    rest = next((index for index, one in enumerate(call.operation.params) if one.startswith("*")), None)
    return tuple(call.arguments.positional[rest:]) if rest is not None else ()


def _made_with(call: Call) -> tuple[Value, ...]:
    """The positional arguments of a call made before, which is sent now."""
    made = call.receiver.parts.get("handed") if isinstance(call.receiver, Instance) else None
    return made.items if isinstance(made, Items) else ()


def _named(call: Call) -> Mapping[str, Value]:
    """The arguments by keyword, those that a call made before was given too."""
    made = call.receiver.parts.get("named") if isinstance(call.receiver, Instance) else None
    return {**call.arguments.keywords, **(made.items if isinstance(made, Fields) else {})}


def _carried(low: Lowering, call: Call) -> Iterator[Carried]:
    """The rows among the arguments, in lists and dicts too, and those that a signature was made with."""
    handed = _handed(call)
    for place, value in enumerate(handed):
        yield from (_carrying(low, row, place) for row in _rows_in(value))
    for value in call.arguments.positional:
        if value not in handed:
            yield from (_carrying(low, row, None) for row in _rows_in(value))
    if "task_kwargs" in call.operation.roles:
        named = call.role("task_kwargs")
        keywords = named.items if isinstance(named, Fields) else {}
    else:
        keywords = _named(call)
    for name, value in keywords.items():
        yield from (_carrying(low, row, name) for row in _rows_in(value))
    ident = call.receiver.ident if isinstance(call.receiver, Instance) else None
    is_known = isinstance(call.receiver, Instance) and "handed" in call.receiver.parts
    for term in ident.args if isinstance(ident, ir.Apply) and not is_known else ():
        for snapshot, where in low.snapshots.items():
            if where.key == term and _is_mapped(where.model):
                yield Carried(Row(where.model, where.key, snapshot), None)
                break


def _carrying(low: Lowering, row: Row, place: int | str | None) -> Carried:
    key = ("calls about rows", row.model.store)
    if key not in low.memo:
        kinds = [one for one in low.models.types.values() if one.store == row.model.store]
        methods = [(name, one.op, kind.role) for kind in kinds for name, one in kind.methods.items()]
        functions = [name.rpartition(".")[2] for name, one in low.models.functions.items() if one.op == "expr.q"]
        low.memo[key] = (
            frozenset(name for name, op, role in methods if role == "row" and op == "row.refresh"),
            frozenset([*functions, *(name for name, op, _ in methods if op in _TAKING_KEYS)]),
        )
    known = low.memo[key]
    assert isinstance(known, tuple)
    return Carried(row, place, *known)


_TAKING_KEYS = frozenset({"qs.refine", "qs.one", "qs.create", "qs.get_or_create", "qs.update_or_create", "qs.update"})
"""Operations in whose look-ups and values a row stands for its key."""


def _rows_in(value: Value) -> Iterator[Row]:
    match value:
        case Row(origin="values"):
            pass
        case Row(model=model):
            if _is_mapped(model):
                yield value
        case Rows(row=row):
            yield from _rows_in(row)
        case Items(items=items):
            for one in items:
                yield from _rows_in(one)
        case Fields(items=mapping):
            for one in mapping.values():
                yield from _rows_in(one)
        case _:
            pass


def _is_mapped(model: Model) -> bool:
    """Whether rows are objects of a mapped class, no dicts and no documents."""
    return not model.is_table and (model.definition is not None or model.by_shape)


def _visibility(low: Lowering, task: Closure) -> dict[str, ir.Term]:
    """After how many seconds the broker delivers again what a worker of the task has taken and not yet done."""
    if not isinstance(task.node, FunctionDef):
        return {}
    ways = entry_of(low.aside(task.module), task.node, None).ways()
    limits = [limit for one in ways if (limit := one.number("visibility")) is not None]
    return {"visibility": ir.Const(min(limits))} if limits else {}


def _delays(call: Call) -> dict[str, ir.Term]:
    """When a message is to be handled: seconds from now where the source states them, else the term."""
    found: dict[str, ir.Term] = {}
    for role in ("countdown", "delay", "eta"):
        value = call.role(role)
        if value is None or value == NONE:
            continue
        seconds = seconds_of_value(_from_now(value), str(call.data("unit", "s")))
        found[role] = ir.Const(seconds) if seconds is not None else term_of(value)
    return found


def _from_now(value: Value) -> Value:
    """``now() + timedelta(minutes=5)``: the five minutes."""
    term = term_of(value)
    if isinstance(term, ir.Apply) and term.label == "+" and _NOW in term.args:
        return Data(next((one for one in term.args if one != _NOW), ir.Const(0)))
    return value


_NOW = ir.Shared("now")


def _external(low: Lowering, call: Call) -> Value:
    patience = call.role("timeout")  # how long it is waited for is no part of what is done
    values = tuple(term_of(one) for one in call.arguments.values() if one is not patience)
    what = str(call.data("what") or call.operation.name)
    seconds, limit = bound_of(low, call)
    key, unread = _idempotency(call)
    op = ir.External(call.span, low.path, f"CALL {what}", what, values, key, None, seconds)
    op.limit, op.is_repeatable = limit, bool(call.data("repeatable")) or _only_asks(call)
    options = timeout_options(seconds, limit) | ({} if unread is None else {"unread": unread})
    on = call.receiver.type_id if isinstance(call.receiver, Instance) else ""
    low.record(Fact(op, "external", target=what, verb=call.operation.name, options=options, on=on))
    return answer(low, call, what, values)


def _only_asks(call: Call) -> bool:
    """Whether a dict among the arguments says that the call asks for something, and does nothing that must be once."""
    keys = frozenset(_names(call, "repeatable_with"))
    given = call.arguments.values() if keys else ()
    return any(isinstance(one, Fields) and not keys.isdisjoint(one.items) for one in given)


def _idempotency(call: Call) -> tuple[ir.Term | None, ir.Term | None]:
    """The key under which the other side knows a call again, if any; and where one may be that cannot be seen."""
    given = call.role("idempotency_key")
    if given is not None:
        return (None, None) if given == NONE else (term_of(given), None)
    places = (("headers", _names(call, "idempotency_headers")), ("options", _names(call, "idempotency_option")))
    unread: ir.Term | None = None
    for role, names in places:
        value = call.role(role)
        if value is None or value == NONE or not names:
            continue
        key, is_readable = _named_in(value, names)
        if key is not None:
            return key, None
        unread = unread if is_readable else term_of(value)
    if unread is None and call.arguments.is_open and any(role in call.operation.roles for role in _KEY_ROLES):
        unread = ir.Shared("**")
    return None, unread


_KEY_ROLES = ("idempotency_key", "headers", "options")


def _names(call: Call, role: str) -> frozenset[str]:
    """Names that a model gives as one text or as several, in small letters."""
    data = call.data(role)
    names = data if isinstance(data, list) else [data] if isinstance(data, str) else []
    return frozenset(str(one).lower() for one in names)


def _named_in(value: Value, names: frozenset[str]) -> tuple[ir.Term | None, bool]:
    """What stands under one of the names in a dict or an options object, and whether all of it can be read."""
    if isinstance(value, Instance):
        key = value.parts.get("idempotency_key")
        return (None if key is None or key == NONE else term_of(key)), True
    if not isinstance(value, Fields):
        return None, False
    found = next((one for name, one in value.items.items() if name.lower() in names), None)
    if found is None or found == NONE:
        return None, not value.is_open
    return term_of(found), True


def _block(low: Lowering, call: Call) -> Value:
    """``atomic``: a context manager, or given a function, that function in a transaction."""
    parts: dict[str, Value] = {}
    isolation = call.role("isolation")
    if isinstance(isolation, Data) and isinstance(isolation.term, ir.Const):
        is_serializable = "serializable" in str(isolation.term.value).lower()
        parts["isolation"] = Data(ir.Const("serializable" if is_serializable else "read-committed"))
    elif call.data("isolation") == "serializable":
        parts["isolation"] = Data(ir.Const("serializable"))
    database = call.role("database")
    if database is not None and database != Data(ir.Const("default")):
        parts["database"] = database
    if call.flag("durable"):
        parts["durable"] = call.role("durable") or NONE
    if isinstance(call.receiver, Instance):
        parts["session"] = _entered(low, call, call.receiver)
    block = transaction_instance(low, parts)
    first = call.arguments.positional[0] if call.arguments.positional else None
    return Guarded(block, first) if isinstance(first, Closure | Guarded | Partial) else block


def _entered(low: Lowering, call: Call, receiver: Instance) -> Instance:
    """What ``as`` names: a session or connection of its own where a maker opens the block, else the receiver."""
    kind = low.models.types.get(call.operation.result.strip("<>"))
    if kind is None or kind.role not in {"session", "connection"}:
        return receiver
    return Instance(kind.id, ir.Apply("session", (ir.Const(low.fresh("session")),)))


def _hook(low: Lowering, call: Call) -> Value:
    """``on_commit(callback)``: what the callback sends is sent after the commit."""
    callback = call.role("callback")
    if callback is None:
        return NONE
    low.in_hook += 1
    try:
        low.apply(callback, Arguments(), call.span)
    finally:
        low.in_hook -= 1
    return NONE


def _begin(low: Lowering, call: Call) -> Value:
    low.emit(ir.Begin(call.span, low.path, "BEGIN"))
    return NONE


def _commit(low: Lowering, call: Call) -> Value:
    if begins_implicitly(low, call.receiver):
        commit(low, session_id(low, call.receiver), call.span)
        return NONE
    low.emit(ir.Commit(call.span, low.path, "COMMIT"))
    return NONE


def _rollback(low: Lowering, call: Call) -> Value:
    if begins_implicitly(low, call.receiver):
        rollback(low, session_id(low, call.receiver), call.span)
        return NONE
    low.emit(ir.Rollback(call.span, low.path, "ROLLBACK"))
    return NONE


def _nothing(low: Lowering, call: Call) -> Value:
    return NONE


MESSAGE_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {
    "send": _send,
    "external": _external,
    "tx.block": _block,
    "tx.hook": _hook,
    "tx.begin": _begin,
    "tx.commit": _commit,
    "tx.rollback": _rollback,
    "tx.autocommit": _nothing,
}
