"""Locks: what they are named by, whether other processes see them, how they are taken and given back."""

from __future__ import annotations

from collections.abc import Callable

from fenceline.analyzer import ir
from fenceline.analyzer.durations import UNITS, seconds_of
from fenceline.analyzer.lower_state import Call, Fact
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.values import NONE, Data, Instance, Value, term_of


def said_of(low: Lowering, made: Instance, name: str, default: object = None) -> object:
    """A fact of an object: what the arguments of its constructor chose, else what its type says."""
    chosen = made.parts.get(f"={name}")
    if isinstance(chosen, Data) and isinstance(chosen.term, ir.Const):
        return chosen.term.value
    for kind in low.models.lineage(made.type_id):
        if name in kind.roles:
            return kind.roles[name]
    return default


def _name(lock: Instance) -> tuple[ir.Term, ...]:
    """Locks of one key are one lock, whichever object was made for it."""
    key = lock.parts.get("name")
    return (ir.Const(lock.type_id), term_of(key)) if key is not None else (ir.Const(lock.type_id), lock.ident)


def _constant(value: Value | None) -> object:
    return value.term.value if isinstance(value, Data) and isinstance(value.term, ir.Const) else None


def scope_of(low: Lowering, lock: Instance) -> str:
    """Who sees the lock: 'distributed', 'local' (one process), 'transaction'."""
    return str(said_of(low, lock, "scope", "distributed"))


def _lease(low: Lowering, lock: Instance) -> tuple[str, float | None]:
    """How the lock ends that nobody gives back, and after how many seconds where that is stated."""
    given = lock.parts.get("timeout")
    lease = str(said_of(low, lock, "lease", ""))
    if given is None:
        default = said_of(low, lock, "default_expiry")
        return (lease or "ttl", float(default)) if isinstance(default, int | float) else (lease, None)
    if given == NONE:
        return lease if lease in {"session", "transaction"} else "none", None
    if lease in {"session", "transaction"}:
        return lease, None
    return "ttl", scaled(seconds_of(term_of(given)), said_of(low, lock, "unit"))


def _renews(low: Lowering, lock: Instance) -> bool:
    """Whether the library keeps the lock alive while its holder runs."""
    asked = lock.parts.get("renews")
    return bool(_constant(asked)) if asked is not None else said_of(low, lock, "renews") is True


def scaled(number: float | None, unit: object) -> float | None:
    """A number in a unit of the model files as seconds."""
    return None if number is None else number * UNITS.get(str(unit), 1.0)


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
    )
    op.lease, op.expiry = _lease(low, lock)
    op.renews = _renews(low, lock)
    op.limit = seconds_of(term_of(limit)) if limit is not None else None
    low.record(Fact(op, "lock.acquire", target=low.show(_name(lock)[-1]), hint=lock.type_id))
    return Data(ir.Var(bind), guard=ir.IsTrue(ir.Var(bind))) if bind else Data(ir.Const(True))


def release(low: Lowering, lock: Instance, span: Span, *, is_owner_checked: bool = True) -> None:
    """Gives the lock back; a release that is not ``is_owner_checked`` frees whoever holds it."""
    op = ir.Release(span, low.path, f"UNLOCK {low.show(_name(lock)[-1])}", _name(lock), is_owner_checked)
    low.record(Fact(op, "lock.release", target=low.show(_name(lock)[-1]), hint=lock.type_id))


def _new(low: Lowering, call: Call) -> Value:
    """``client.lock("key", timeout=…)``."""
    parts = {
        role: value
        for role in ("name", "timeout", "blocking", "blocking_timeout", "renews")
        if (value := call.role(role)) is not None
    }
    parts |= {
        f"={fact}": Data(ir.Const(said))
        for fact in ("lease", "default_expiry", "scope", "renews", "unit", "enter_mode")
        if isinstance(said := call.data(fact), str | int | float)
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
        release(low, call.receiver, call.span, is_owner_checked=call.data("owner_checked") is not False)
    return NONE


def _renew(low: Lowering, call: Call) -> Value:
    if isinstance(call.receiver, Instance):
        op = ir.Renew(call.span, low.path, f"RENEW {low.show(_name(call.receiver)[-1])}", _name(call.receiver))
        low.record(Fact(op, "lock.renew", target=low.show(_name(call.receiver)[-1])))
    return Data(ir.Const(True))


LOCK_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {
    "lock.new": _new,
    "lock.acquire": _acquire,
    "lock.release": _release,
    "lock.renew": _renew,
}
