"""Key-value stores: what each command does to which cells."""

from __future__ import annotations

from collections.abc import Callable

from fenceline.analyzer import ir
from fenceline.analyzer.kv_commands import (
    Command,
    cell_of,
    command_text,
    expiry_of,
    first_of,
    keys_of,
    kv_command,
    queue_of,
)
from fenceline.analyzer.lower_state import Arguments, Call, Fact
from fenceline.analyzer.lower_time import bounded
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.values import (
    NONE,
    Data,
    Fields,
    Instance,
    Items,
    Value,
    is_plain,
    negated,
    term_of,
    vars_of,
)


def _read(low: Lowering, call: Call) -> Value:
    keys = keys_of(call.role("key")) or [NONE]
    fields = call.role("fields")
    if isinstance(fields, Items) and fields.items:
        return _read_fields(low, call, keys[0], fields)
    bind = low.fresh("v")
    low.names[bind] = "value"
    result = _read_result(call, bind)
    field = call.role("field")
    return kv_command(
        low, call, Command("kv.read", (ir.Get(cell_of(low, call, keys[0], field), bind),), keys[0], field, result)
    )


def _read_result(call: Call, bind: str) -> Value:
    present = ir.Not(ir.IsAbsent(ir.Var(bind)))
    match call.operation.result:
        case "exists" | "bool":
            return Data(ir.Apply("exists", (ir.Var(bind),)), guard=present)
        case "size" | "count":
            return Data(ir.Apply("size", (ir.Var(bind),)), size=present)
        case _:
            return Data(ir.Var(bind))


def _read_fields(low: Lowering, call: Call, key: Value, fields: Items) -> Value:
    steps = tuple(ir.Get(cell_of(low, call, key, one), low.fresh("v")) for one in fields.items)
    results = Items(tuple(Data(ir.Var(str(one.bind))) for one in steps), "list")
    return kv_command(low, call, Command("kv.read", steps, key, None, results))


def _read_many(low: Lowering, call: Call) -> Value:
    keys = keys_of(call.role("keys")) or [NONE]
    steps = tuple(ir.Get(cell_of(low, call, key), low.fresh("v")) for key in keys)
    results = tuple(Data(ir.Var(str(one.bind))) for one in steps)
    result = results[0] if len(results) == 1 else Items(results, "list")
    return kv_command(low, call, Command("kv.read", steps, keys[0], None, result))


_DONE = Data(ir.Shared("OK"))


def _put(low: Lowering, call: Call) -> Value:
    key, field, value = first_of(call.role("key")), call.role("field"), call.role("value")
    mapping = call.role("mapping")
    steps: list[ir.Step] = []
    if isinstance(mapping, Fields):
        steps = [
            ir.Put(cell_of(low, call, key, Data(ir.Const(name))), term_of(one)) for name, one in mapping.items.items()
        ]
    if value is not None or not steps:
        steps.append(ir.Put(cell_of(low, call, key, field), term_of(value or mapping or NONE)))
    return kv_command(low, call, Command("kv.write", tuple(steps), key, field, _DONE))


def _put_many(low: Lowering, call: Call) -> Value:
    mapping = call.role("mapping")
    if isinstance(mapping, Fields) and mapping.items:
        cells = [(Data(ir.Const(name)), one) for name, one in mapping.items.items()]
        steps = tuple(ir.Put(cell_of(low, call, key), term_of(one)) for key, one in cells)
        return kv_command(low, call, Command("kv.write", steps, cells[0][0], None, _DONE))
    if mapping is not None and not isinstance(mapping, Fields):
        step = ir.Put(cell_of(low, call, mapping), term_of(mapping))
        return kv_command(low, call, Command("kv.write", (step,), mapping, None, _DONE))
    return _DONE


def _insert(low: Lowering, call: Call) -> Value:
    key, field = first_of(call.role("key")), call.role("field")
    bind = low.fresh("set")
    value = term_of(call.role("value") or Data(ir.Const(1)))
    won: ir.Guard = ir.IsTrue(ir.Var(bind))
    if call.operation.result == "bool_inverted":
        won = negated(won)
    step = ir.PutIfAbsent(cell_of(low, call, key, field), value, bind)
    return kv_command(low, call, Command("kv.insert", (step,), key, field, Data(ir.Var(bind), guard=won)))


def _replace(low: Lowering, call: Call) -> Value:
    key = first_of(call.role("key"))
    bind = low.fresh("set")
    cell = cell_of(low, call, key, call.role("field"))
    step = ir.CompareAndSet(((cell, None),), ((cell, term_of(call.role("value") or NONE)),), bind)
    return kv_command(
        low, call, Command("kv.write", (step,), key, None, Data(ir.Var(bind), guard=ir.IsTrue(ir.Var(bind))))
    )


def _compare(low: Lowering, call: Call) -> Value:
    """Writes if the key is as it was read: ``expected`` is what was read, or the version that came with it.

    A client that keeps the versions itself is told none: then what this run read last of the key counts. Where nothing
    is known of a read, the server computes a value of what there is and what is given.
    """
    key = first_of(call.role("key"))
    cell, value = cell_of(low, call, key, call.role("field")), term_of(call.role("value") or NONE)
    bind = low.fresh("set")
    seen = _seen(low, cell, call.role("expected"))
    step: ir.Step = ir.Modify(cell, ir.Apply("compared", (ir.Old(), value)), bind)
    if seen is not None:
        step = ir.CompareAndSet(((cell, ir.Var(seen)),), ((cell, value),), bind)
    won = Data(ir.Var(bind), guard=ir.IsTrue(ir.Var(bind)))
    return kv_command(low, call, Command("kv.write" if seen else "kv.update", (step,), key, None, won))


def _seen(low: Lowering, cell: ir.Cell, expected: Value | None) -> str | None:
    """The name under which a read of this run holds what a compare-and-set expects."""
    named = None if expected is None else vars_of(term_of(expected))
    for fact in reversed(low.facts):
        for step in fact.op.steps if isinstance(fact.op, ir.Atomic) else ():
            if isinstance(step, ir.Get) and step.cell == cell and (named is None or step.bind in named):
                return step.bind
    return None


def _update(low: Lowering, call: Call) -> Value:
    """INCR and the like; members of sets are cells of their own, so that adding one twice is adding it once."""
    key, field, member = first_of(call.role("key")), call.role("field"), call.role("member")
    label = str(call.data("label") or call.operation.name)
    if call.data("idempotent") and member is not None:
        return _update_members(low, call, key, member, label)
    amount = term_of(call.role("delta") or Data(ir.Const(call.data("default_delta", 1))))
    cell = cell_of(low, call, key, field)
    bind = low.fresh("v")
    if label == "getset":
        step: ir.Step = ir.Modify(cell, amount, bind, True)
    elif call.data("idempotent"):
        step = ir.Put(cell, ir.Apply(label, (amount,)))
    else:
        sign = "-" if call.data("sign") == -1 else "+"
        is_sum = "default_delta" in call.operation.roles or "sign" in call.operation.roles
        term = ir.Apply(sign if is_sum else label, (ir.Old(), amount))
        step = ir.Modify(cell, term, bind, call.operation.result == "old")
    return kv_command(low, call, Command("kv.update", (step,), key, field, Data(ir.Var(bind))))


def _update_members(low: Lowering, call: Call, key: Value, member: Value, label: str) -> Value:
    """Adds members, removes them, or (given a mapping) sets their scores."""
    bind = low.fresh("v")
    result = Data(ir.Var(bind), guard=ir.IsTrue(ir.Var(bind)), size=ir.IsTrue(ir.Var(bind)))
    if isinstance(member, Fields) and member.items:
        steps = tuple(
            _scored(call, cell_of(low, call, key, Data(ir.Const(name))), term_of(one), bind if i == 0 else None)
            for i, (name, one) in enumerate(member.items.items())
        )
        names = Data(ir.Const(", ".join(member.items)))
        return kv_command(low, call, Command("kv.update", steps, key, names, result))
    cells = [cell_of(low, call, key, one) for one in keys_of(member)] or [cell_of(low, call, key, member)]
    is_removal = "rem" in label or "del" in label
    changes = tuple(
        ir.Remove(cell, bind if i == 0 else None)
        if is_removal
        else ir.PutIfAbsent(cell, ir.Apply(label, ()), bind if i == 0 else None)
        for i, cell in enumerate(cells)
    )
    kind = "kv.delete" if is_removal else "kv.update"
    return kv_command(low, call, Command(kind, changes, key, member, result))


def _scored(call: Call, cell: ir.Cell, score: ir.Term, bind: str | None) -> ir.Step:
    if _is_asked(call, "nx"):
        return ir.PutIfAbsent(cell, score, bind)
    if _is_asked(call, "xx"):
        return ir.CompareAndSet(((cell, None),), ((cell, score),), bind)
    if _is_asked(call, "gt") or _is_asked(call, "lt"):
        return ir.Modify(cell, ir.Apply("limit", (ir.Old(), score)), bind)
    return ir.Put(cell, score)


def _is_asked(call: Call, param: str) -> bool:
    value = call.given.get(param)
    return value is not None and not (isinstance(value, Data) and value.term in {ir.Const(False), ir.Const(None)})


def _pop(low: Lowering, call: Call) -> Value:
    key = first_of(call.role("key"))
    bind = low.fresh("v")
    cell = cell_of(low, call, key, call.role("field"))
    if call.data("label") == "remove":
        steps: tuple[ir.Step, ...] = (ir.Get(cell, bind), ir.Remove(cell))
        return kv_command(low, call, Command("kv.update", steps, key, None, Data(ir.Var(bind))))
    steps = (ir.Modify(cell, ir.Apply("rest", (ir.Old(),)), bind, True),)
    return kv_command(low, call, Command("kv.update", steps, key, None, Data(ir.Apply("popped", (ir.Var(bind),)))))


def _delete(low: Lowering, call: Call) -> Value:
    keys = keys_of(call.role("keys") or call.role("key")) or [NONE]
    field = call.role("field")
    bind = low.fresh("count")
    steps = tuple(ir.Remove(cell_of(low, call, key, field), bind if i == 0 else None) for i, key in enumerate(keys))
    result = Data(ir.Var(bind), guard=ir.IsTrue(ir.Var(bind)), size=ir.IsTrue(ir.Var(bind)))
    return kv_command(low, call, Command("kv.delete", steps, keys[0], field, result))


def _expire(low: Lowering, call: Call) -> Value:
    if queue_of(low, call) is not None:
        return call.receiver
    key = first_of(call.role("key"))
    op = ir.Slow(call.span, low.path, command_text(low, call, key), 0.0)
    fact = Fact(op, "kv.expire", "kv", low.show(term_of(key)), call.operation.name.upper())
    fact.options.update(expiry_of(call))
    fact.on = call.receiver.type_id if isinstance(call.receiver, Instance) else ""
    fact.bag = cell_of(low, call, key)
    low.record(fact)
    return Data(ir.Const(True))


def _get_or_set(low: Lowering, call: Call) -> Value:
    """Stores the default where there is nothing, and reads."""
    default = call.role("default") or NONE
    if not is_plain(default):
        default = low.apply(default, Arguments(), call.span)
    key = first_of(call.role("key"))
    cell, bind = cell_of(low, call, key), low.fresh("v")
    steps = (ir.PutIfAbsent(cell, ir.Apply("default", (term_of(default),))), ir.Get(cell, bind))
    return kv_command(low, call, Command("kv.read", steps, key, None, Data(ir.Var(bind))))


def _nothing(low: Lowering, call: Call) -> Value:
    """A call without effect: an object of a modelled type, or a function of its arguments."""
    kind = call.operation.result.strip("<>")
    terms = tuple(term_of(one) for one in call.arguments.values())
    parent = call.receiver.ident if isinstance(call.receiver, Instance) else term_of(call.receiver)
    if call.operation.result.startswith("<") and kind in low.models.types:
        parts = {"parent": call.receiver, **bounded(call)}
        return Instance(kind, ir.Apply("." + call.operation.name, (parent, *terms)), parts)
    return Data(ir.Apply("." + call.operation.name, (term_of(call.receiver), *terms)))


KV_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {
    "kv.read": _read,
    "kv.read_many": _read_many,
    "kv.write": _put,
    "kv.write_many": _put_many,
    "kv.insert": _insert,
    "kv.replace": _replace,
    "kv.cas": _compare,
    "kv.update": _update,
    "kv.pop": _pop,
    "kv.delete": _delete,
    "kv.expire": _expire,
    "kv.persist": _expire,
    "kv.get_or_set": _get_or_set,
    "none": _nothing,
}
