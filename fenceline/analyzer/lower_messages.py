"""What leaves the process: tasks and messages, external effects, hooks and blocks of transactions."""

from __future__ import annotations

from collections.abc import Callable

from fenceline.analyzer import ir
from fenceline.analyzer.lower_session import begins_implicitly, commit, rollback, session_id
from fenceline.analyzer.lower_state import Arguments, Call, Fact
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.models import Type
from fenceline.analyzer.values import NONE, Closure, Data, Guarded, Instance, Partial, Value, term_of

TRANSACTION = "transaction"


def transaction_instance(low: Lowering, parts: dict[str, Value]) -> Instance:
    """A transaction that a block or a decorator opens."""
    """A block that is a transaction."""
    low.models.types.setdefault(TRANSACTION, Type(TRANSACTION, role="transaction"))
    return Instance(TRANSACTION, ir.Shared("transaction"), parts)


def _send(low: Lowering, call: Call) -> Value:
    values = tuple(term_of(one) for one in call.arguments.values())
    if isinstance(call.receiver, Instance) and isinstance(call.receiver.ident, ir.Apply):
        values = (*values, call.receiver.ident)  # a signature carries the arguments of its task
    is_hook = bool(call.data("hook")) or low.in_hook > 0
    named = call.role("target")
    what = low.show(term_of(call.receiver)) if isinstance(call.receiver, Instance) else call.operation.name
    target = f"{what}.{call.operation.name}"
    given = [low.show(term_of(one)) for one in call.arguments.positional]
    given += [f"{name}={low.show(term_of(one))}" for name, one in call.arguments.keywords.items()]
    text = f"SEND {target}({', '.join(given)})"
    what = low.show(term_of(named)) if named is not None else what
    op = ir.Send(call.span, low.path, text, what, values, is_hook)
    fact = Fact(op, "send", target=target, verb=call.operation.name, hint=str(call.data("what") or ""))
    fact.row = next((one for one in call.arguments.values() if hasattr(one, "snapshot")), None)  # type: ignore[assignment]
    fact.pending = frozenset(row.snapshot for rows in low.state.pending.values() for row in rows)
    task = call.receiver.parts.get("function") if isinstance(call.receiver, Instance) else None
    fact.runs = task.node if isinstance(task, Closure) else None
    low.record(fact)
    return Data(ir.Apply("sent", (ir.Const(what), *values)))


def _external(low: Lowering, call: Call) -> Value:
    values = tuple(term_of(one) for one in call.arguments.values())
    what = str(call.data("what") or call.operation.name)
    key = call.role("idempotency_key")
    op = ir.External(call.span, low.path, f"CALL {what}", what, values, term_of(key) if key is not None else None)
    low.record(Fact(op, "external", target=what))
    return Data(ir.Apply(what, values))


def _block(low: Lowering, call: Call) -> Value:
    """``atomic``: a context manager, or given a function, that function in a transaction."""
    parts: dict[str, Value] = {}
    isolation = call.role("isolation")
    if isinstance(isolation, Data) and isinstance(isolation.term, ir.Const):
        is_serializable = "serializable" in str(isolation.term.value).lower()
        parts["isolation"] = Data(ir.Const("serializable" if is_serializable else "read-committed"))
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
