"""Locks: what they are named by, whether other processes see them, how they are taken and given back."""

from __future__ import annotations

from collections.abc import Callable

from fenceline.analyzer import ir
from fenceline.analyzer.lower_state import Call, Fact
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.values import NONE, Data, Instance, Value, term_of


def _role(low: Lowering, lock: Instance, name: str, default: object = None) -> object:
    for kind in low.models.lineage(lock.type_id):
        if name in kind.roles:
            return kind.roles[name]
    return default


def _name(lock: Instance) -> tuple[ir.Term, ...]:
    """Locks of one key are one lock, whichever object was made for it."""
    key = lock.parts.get("name")
    return (ir.Const(lock.type_id), term_of(key)) if key is not None else (ir.Const(lock.type_id), lock.ident)


def _number(value: Value | None) -> float | None:
    if isinstance(value, Data) and isinstance(value.term, ir.Const) and isinstance(value.term.value, int | float):
        return float(value.term.value)
    return None


def _constant(value: Value | None) -> object:
    return value.term.value if isinstance(value, Data) and isinstance(value.term, ir.Const) else None


def scope_of(low: Lowering, lock: Instance) -> str:
    """Who sees the lock: 'distributed', 'local' (one process), 'transaction'."""
    return str(_role(low, lock, "scope", "distributed"))


def acquire(
    low: Lowering, lock: Instance, span: Span, mode: str = "enter", given: dict[str, Value] | None = None
) -> Value:
    """Takes the lock: as ``with`` does ('enter') or as ``acquire(…)`` does."""
    asked = given or {}
    blocking = _constant(asked.get("blocking", lock.parts.get("blocking")))
    limit = asked.get("timeout") or asked.get("blocking_timeout") or lock.parts.get("blocking_timeout")
    bind: str | None = None
    how = "wait"
    if mode == "enter":
        how = "raise" if limit is not None or blocking is False else "wait"
    elif blocking is False or limit is not None:
        how, bind = "try", low.fresh("got")
    op = ir.Acquire(
        span,
        low.path,
        f"LOCK {low.show(_name(lock)[-1])}",
        _name(lock),
        how,
        bind,
        "lock_failed" if how == "raise" else None,
        scope_of(low, lock),
        _number(lock.parts.get("timeout")),
    )
    low.record(Fact(op, "lock.acquire", target=op.text))
    return Data(ir.Var(bind), guard=ir.IsTrue(ir.Var(bind))) if bind else Data(ir.Const(True))


def release(low: Lowering, lock: Instance, span: Span) -> None:
    """Gives the lock back."""
    op = ir.Release(span, low.path, f"UNLOCK {low.show(_name(lock)[-1])}", _name(lock))
    low.record(Fact(op, "lock.release", target=op.text))


def _new(low: Lowering, call: Call) -> Value:
    """``client.lock("key", timeout=…)``."""
    parts = {
        role: value
        for role in ("name", "timeout", "blocking", "blocking_timeout")
        if (value := call.role(role)) is not None
    }
    kind = call.operation.result.strip("<>")
    terms = tuple(term_of(one) for one in call.arguments.values())
    return Instance(kind, ir.Apply("lock", (*terms, *_store_of(call))), parts)


def _store_of(call: Call) -> tuple[ir.Term, ...]:
    return (term_of(call.receiver),) if isinstance(call.receiver, Instance) and not call.arguments.values() else ()


def _acquire(low: Lowering, call: Call) -> Value:
    if not isinstance(call.receiver, Instance):
        return NONE
    given = {
        role: value for role in ("blocking", "timeout", "blocking_timeout") if (value := call.role(role)) is not None
    }
    return acquire(low, call.receiver, call.span, "call", given)


def _release(low: Lowering, call: Call) -> Value:
    if isinstance(call.receiver, Instance):
        release(low, call.receiver, call.span)
    return NONE


def _renew(low: Lowering, call: Call) -> Value:
    if isinstance(call.receiver, Instance):
        low.emit(ir.Renew(call.span, low.path, "RENEW", _name(call.receiver)))
    return Data(ir.Const(True))


LOCK_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {
    "lock.new": _new,
    "lock.acquire": _acquire,
    "lock.release": _release,
    "lock.renew": _renew,
}
