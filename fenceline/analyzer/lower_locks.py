"""Locks: what they are named by, whether other processes see them, how they are taken and given back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fenceline.analyzer import ir
from fenceline.analyzer.durations import UNITS, seconds_of
from fenceline.analyzer.lower_state import Call, Fact
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.values import NONE, ORIGIN, Data, Instance, Origin, Value, term_of


def said_of(low: Lowering, made: Instance, name: str, default: object = None) -> object:
    """A fact of an object: what the arguments of its constructor chose, else what its type says."""
    chosen = made.parts.get(f"={name}")
    if isinstance(chosen, Data) and isinstance(chosen.term, ir.Const):
        return chosen.term.value
    for kind in low.models.lineage(made.type_id):
        if name in kind.roles:
            return kind.roles[name]
    return default


def origin_of(low: Lowering, roles: Mapping[str, object], params: tuple[str, ...], span: Span) -> Value:
    """Where a lock is made, by the parameters of the call that makes it, and their roles."""
    expiry, unit = str(roles.get("timeout") or ""), str(roles.get("unit", "s"))
    place = params.index(expiry) if expiry in params else None
    return Data(ir.Const(Origin(span, low.path, expiry, unit, place)))


def _name(lock: Instance) -> tuple[ir.Term, ...]:
    """Locks of one key are one lock, whichever object was made for it."""
    taken = lock.parts.get("=taken")
    if isinstance(taken, Data) and isinstance(taken.term, ir.Apply):
        return taken.term.args
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
    if given is None and "=open" in lock.parts:
        return lease if lease in {"session", "transaction"} else "", None
    if given is None:
        default = said_of(low, lock, "default_expiry")
        return (lease or "ttl", float(default)) if isinstance(default, int | float) else (lease, None)
    if given == NONE:
        return lease if lease in {"session", "transaction"} else "none", None
    if lease in {"session", "transaction"} or "=lease" in lock.parts:  # stated for this very argument
        return (lease, None) if lease != "ttl" else ("ttl", scaled(seconds_of(term_of(given)), _unit(low, lock)))
    return "ttl", scaled(seconds_of(term_of(given)), _unit(low, lock))


def _unit(low: Lowering, lock: Instance) -> object:
    return said_of(low, lock, "unit")


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
    """Takes the lock: as ``with`` does ('enter') or as ``acquire(…)`` does.

    Of acquire, ``mode`` is '' where it returns whether it got the lock, 'raise' where it raises when it did not.
    """
    asked = given or {}
    blocking = _constant(asked.get("blocking", lock.parts.get("blocking")))
    limit = asked.get("timeout") or asked.get("blocking_timeout") or lock.parts.get("blocking_timeout")
    may_fail = (limit is not None and not _waits_for_ever(limit)) or blocking is False
    if mode == "enter":
        mode = "try" if said_of(low, lock, "enter_mode") == "bool" else "raise"
    op = _acquisition(low, span, _name(lock), (mode or "try") if may_fail else "wait")
    op.scope = scope_of(low, lock)
    op.lease, op.expiry = _lease(low, lock)
    op.renews = _renews(low, lock)
    op.is_reentrant = said_of(low, lock, "reentrant") is not False
    op.limit = seconds_of(term_of(limit)) if limit is not None else None
    taken = _taken(low, op, lock.type_id, _constant(lock.parts.get(ORIGIN)))
    if said_of(low, lock, "reach") == "host" and low.facts and low.facts[-1].op is op:
        low.facts[-1].options["reach"] = ir.Const("host")
    return taken


def _waits_for_ever(limit: Value) -> bool:
    return limit == NONE or (isinstance(number := _constant(limit), int | float) and number < 0)


def _acquisition(low: Lowering, span: Span, name: tuple[ir.Term, ...], how: str) -> ir.Acquire:
    bind = low.fresh("got") if how == "try" else None
    failure = "lock_failed" if how == "raise" else None
    return ir.Acquire(span, low.path, f"LOCK {low.show(name[-1])}", name, how, bind, failure)


def _taken(low: Lowering, op: ir.Acquire, hint: str, origin: object) -> Value:
    """Writes the acquisition; what it returns is whether the lock was got."""
    made = origin if isinstance(origin, Origin) else None
    low.record(Fact(op, "lock.acquire", target=low.show(op.lock[-1]), hint=hint, origin=made))
    if op.bind is None:
        return Data(ir.Const(True))
    low.locks_got[op.bind] = op.lock
    return Data(ir.Var(op.bind), guard=ir.IsTrue(ir.Var(op.bind)))


def release(low: Lowering, lock: Instance, span: Span, *, is_owner_checked: bool = True) -> None:
    """Gives the lock back; a release that is not ``is_owner_checked`` frees whoever holds it."""
    op = ir.Release(span, low.path, f"UNLOCK {low.show(_name(lock)[-1])}", _name(lock), is_owner_checked)
    fact = Fact(op, "lock.release", target=low.show(_name(lock)[-1]), hint=lock.type_id)
    if low.in_hook and low.tx_depth:
        low.after_commit.append(fact)
    else:
        low.record(fact)


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
    if not set(call.arguments.keywords) <= set(call.operation.params):
        parts["=lease"] = Data(ir.Const(""))  # another library's call of this name: how it ends is not known
    if call.arguments.is_open:
        parts["=open"] = Data(ir.Const(True))
    kind = call.operation.result.strip("<>")
    terms = tuple(term_of(one) for one in call.arguments.values())
    roles = {**low.models.types[kind].roles, "timeout": None, **call.operation.roles}
    parts[ORIGIN] = origin_of(low, roles, call.operation.params, call.span)
    return Instance(kind, ir.Apply("lock", (*terms, *_store_of(call))), parts)


def _store_of(call: Call) -> tuple[ir.Term, ...]:
    return (term_of(call.receiver),) if isinstance(call.receiver, Instance) and not call.arguments.values() else ()


def _acquire(low: Lowering, call: Call) -> Value:
    if not isinstance(call.receiver, Instance):
        return NONE
    if low.models.types[call.receiver.type_id].role != "lock":
        return _acquire_named(low, call, call.receiver)
    given = {
        role: value for role in ("blocking", "timeout", "blocking_timeout") if (value := call.role(role)) is not None
    }
    lock = call.receiver
    if isinstance(lease := call.data("lease"), str):
        lock = Instance(lock.type_id, lock.ident, {**lock.parts, "=lease": Data(ir.Const(lease))})
    return acquire(low, lock, call.span, str(call.data("mode") or ""), given)


def _acquire_named(low: Lowering, call: Call, manager: Instance) -> Value:
    """``manager.lock("name", ttl)``: what is returned is the lock, or whether it was got."""
    key = call.role("lock_name")
    name = (ir.Const(manager.type_id), term_of(key) if key is not None else manager.ident)
    op = _acquisition(low, call.span, name, str(call.data("mode") or "try"))
    op.lease = str(call.data("lease") or "")
    op.renews = call.data("renews") is True
    expiry, default = call.role("expiry"), call.data("default_expiry")
    if expiry is not None and expiry != NONE:
        op.expiry = scaled(seconds_of(term_of(expiry)), call.data("unit"))
    elif isinstance(default, int | float):
        op.expiry = float(default)
    roles = {**call.operation.roles, "timeout": call.operation.roles.get("expiry")}
    origin = origin_of(low, roles, call.operation.params, call.span)
    taken = _taken(low, op, manager.type_id, _constant(origin))
    kind = low.models.types.get(call.operation.result.strip("<>"))
    if kind is None or kind.role != "lock":
        return taken
    return Instance(kind.id, term_of(taken), {"=taken": Data(ir.Apply("name", name))})


def _release(low: Lowering, call: Call) -> Value:
    if not isinstance(call.receiver, Instance):
        return NONE
    is_owner_checked = call.data("owner_checked") is not False
    if low.models.types[call.receiver.type_id].role == "lock":
        release(low, call.receiver, call.span, is_owner_checked=is_owner_checked)
    else:
        name = _released_name(low, call, call.receiver)
        op = ir.Release(call.span, low.path, f"UNLOCK {low.show(name[-1])}", name, is_owner_checked)
        low.record(Fact(op, "lock.release", target=low.show(name[-1]), hint=call.receiver.type_id))
    return NONE


def _released_name(low: Lowering, call: Call, manager: Instance) -> tuple[ir.Term, ...]:
    """Which lock a manager gives back: the one of that name, or the one that it returned."""
    token, key = call.role("token"), call.role("lock_name")
    if token is not None:
        term = term_of(token)
        return low.locks_got.get(term.name if isinstance(term, ir.Var) else "", (ir.Const(manager.type_id), term))
    return (ir.Const(manager.type_id), term_of(key) if key is not None else manager.ident)


def _renew(low: Lowering, call: Call) -> Value:
    if isinstance(call.receiver, Instance):
        op = ir.Renew(call.span, low.path, f"RENEW {low.show(_name(call.receiver)[-1])}", _name(call.receiver))
        low.record(Fact(op, "lock.renew", target=low.show(_name(call.receiver)[-1])))
    return Data(ir.Const(True))


def _held(low: Lowering, call: Call) -> Value:
    """``lock.owned()``: whether it is ours, or somebody's, at that moment."""
    if not isinstance(call.receiver, Instance):
        return Data(ir.Apply("." + call.operation.name, (term_of(call.receiver),)))
    return Data(ir.Apply(ir.HELD, _name(call.receiver)))


def _enter(low: Lowering, call: Call) -> Value:
    """``lock.__enter__()``, written out by a context manager of the project."""
    return acquire(low, call.receiver, call.span) if isinstance(call.receiver, Instance) else NONE


def _exit(low: Lowering, call: Call) -> Value:
    if isinstance(call.receiver, Instance):
        release(low, call.receiver, call.span)
    return NONE


LOCK_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {
    "lock.new": _new,
    "lock.acquire": _acquire,
    "lock.release": _release,
    "lock.renew": _renew,
    "lock.held": _held,
    "lock.enter": _enter,
    "lock.exit": _exit,
}
