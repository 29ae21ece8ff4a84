"""Key-value stores: commands are ops on cells; pipelines keep them until they are executed."""

from __future__ import annotations

from collections.abc import Callable

from fenceline.analyzer import ir
from fenceline.analyzer.lowering import Arguments, Call, Fact, Lowering
from fenceline.analyzer.values import (
    NONE,
    Data,
    Fields,
    Instance,
    Items,
    Value,
    negated,
    term_of,
)


def _store(low: Lowering, call: Call) -> str:
    if isinstance(call.receiver, Instance):
        for kind in low.models.lineage(call.receiver.type_id):
            if kind.store:
                return kind.store
    return "kv"


def _namespace(low: Lowering, call: Call) -> tuple[ir.Term, ...]:
    """Two caches of one family are two stores; two clients of one server are taken for one."""
    if isinstance(call.receiver, Instance) and low.models.types[call.receiver.type_id].roles.get("is_separate"):
        return (call.receiver.ident,)
    return ()


def _cell(low: Lowering, call: Call, key: Value, field: Value | None = None) -> ir.Cell:
    store = _store(low, call)
    name = None if field is None else low.show(term_of(field))
    return ir.Cell(store, (*_namespace(low, call), term_of(key)), name)


def _first(value: Value | None) -> Value:
    if isinstance(value, Items):
        return value.items[0] if value.items else NONE
    return value or NONE


def _keys(value: Value | None) -> list[Value]:
    if isinstance(value, Items):
        return [one for item in value.items for one in (item.items if isinstance(item, Items) else (item,))]
    if isinstance(value, Fields):
        return [Data(ir.Const(name)) for name in value.items]
    return [] if value is None else [value]


def _text(low: Lowering, call: Call, key: Value | None, field: Value | None = None) -> str:
    verb = call.operation.name.upper()
    parts = [low.show(term_of(one)) for one in (key, field) if one is not None]
    return " ".join([verb, *parts])


def _write(
    low: Lowering, call: Call, kind: str, steps: tuple[ir.Step, ...], key: Value, field: Value | None = None
) -> Fact | None:
    """One command: done at once, or queued on its pipeline."""
    text = _text(low, call, key, field)
    queue = _queue(low, call)
    if queue is not None:
        low.state.queued[queue] = (*low.state.queued.get(queue, ()), *steps)
        low.memo_texts.setdefault(queue, []).append(text)
        return None
    op = ir.Atomic(call.span, low.path, text, steps)
    fact = Fact(op, kind, "kv", low.show(term_of(key)), call.operation.name.upper())
    if _is_by_name(call):
        fact.evidence = "name"
    return low.record(fact)


def _is_by_name(call: Call) -> bool:
    return isinstance(call.receiver, Instance) and "by_name" in call.receiver.parts


def _queue(low: Lowering, call: Call) -> str | None:
    """The pipeline whose commands wait for execute(): not while it watches and has not called multi()."""
    if not isinstance(call.receiver, Instance):
        return None
    if low.models.types[call.receiver.type_id].role != "pipeline":
        return None
    ident = repr(call.receiver.ident)
    return None if low.state.attributes.get((call.receiver.ident, "@watching")) is not None else ident


def _read(low: Lowering, call: Call) -> Value:
    keys = _keys(call.role("key")) or [NONE]
    field = call.role("field")
    queue = _queue(low, call)
    bind = low.fresh("v")
    cell = _cell(low, call, keys[0], field)
    if queue is not None:
        _write(low, call, "kv.read", (ir.Get(cell, bind),), keys[0], field)
        return call.receiver
    _write(low, call, "kv.read", (ir.Get(cell, bind),), keys[0], field)
    low.names[bind] = "value"
    present = ir.Not(ir.IsAbsent(ir.Var(bind)))
    match call.operation.result:
        case "exists" | "bool":
            return Data(ir.Apply("exists", (ir.Var(bind),)), guard=present)
        case "size" | "count":
            return Data(ir.Apply("size", (ir.Var(bind),)), size=present)
        case _:
            return Data(ir.Var(bind))


def _read_many(low: Lowering, call: Call) -> Value:
    items: list[Value] = []
    for key in _keys(call.role("keys")):
        bind = low.fresh("v")
        _write(low, call, "kv.read", (ir.Get(_cell(low, call, key), bind),), key)
        items.append(Data(ir.Var(bind)))
    return items[0] if len(items) == 1 else Items(tuple(items), "list")


def _put(low: Lowering, call: Call) -> Value:
    key, field, value = _first(call.role("key")), call.role("field"), call.role("value")
    mapping = call.role("mapping")
    steps: list[ir.Step] = []
    if isinstance(mapping, Fields):
        steps = [
            ir.Put(_cell(low, call, key, Data(ir.Const(name))), term_of(one)) for name, one in mapping.items.items()
        ]
    if value is not None or not steps:
        steps.append(ir.Put(_cell(low, call, key, field), term_of(value or mapping or NONE)))
    _write(low, call, "kv.write", tuple(steps), key, field)
    return _after(low, call)


def _after(low: Lowering, call: Call) -> Value:
    return call.receiver if _queue(low, call) is not None else Data(ir.Shared("OK"))


def _put_many(low: Lowering, call: Call) -> Value:
    mapping = call.role("mapping")
    if isinstance(mapping, Fields):
        cells = [(Data(ir.Const(name)), one) for name, one in mapping.items.items()]
        steps = tuple(ir.Put(_cell(low, call, key), term_of(one)) for key, one in cells)
        if steps:
            _write(low, call, "kv.write", steps, cells[0][0])
    elif mapping is not None:
        _write(low, call, "kv.write", (ir.Put(_cell(low, call, mapping), term_of(mapping)),), mapping)
    return _after(low, call)


def _insert(low: Lowering, call: Call) -> Value:
    key, field = _first(call.role("key")), call.role("field")
    bind = low.fresh("set")
    value = term_of(call.role("value") or Data(ir.Const(1)))
    _write(low, call, "kv.insert", (ir.PutIfAbsent(_cell(low, call, key, field), value, bind),), key, field)
    if _queue(low, call) is not None:
        return call.receiver
    won: ir.Guard = ir.IsTrue(ir.Var(bind))
    if call.operation.result == "bool_inverted":
        won = negated(won)
    return Data(ir.Var(bind), guard=won)


def _replace(low: Lowering, call: Call) -> Value:
    key = _first(call.role("key"))
    bind = low.fresh("set")
    cell = _cell(low, call, key, call.role("field"))
    step = ir.CompareAndSet(((cell, None),), ((cell, term_of(call.role("value") or NONE)),), bind)
    _write(low, call, "kv.write", (step,), key)
    return call.receiver if _queue(low, call) is not None else Data(ir.Var(bind), guard=ir.IsTrue(ir.Var(bind)))


def _update(low: Lowering, call: Call) -> Value:
    """INCR and the like; set and zset members are cells of their own, so that adding one twice is adding it once."""
    key, field, member = _first(call.role("key")), call.role("field"), call.role("member")
    label = str(call.data("label") or call.operation.name)
    amount = term_of(call.role("delta") or Data(ir.Const(call.data("default_delta", 1))))
    is_member = call.data("idempotent") and member is not None
    cell = _cell(low, call, key, _first(member) if is_member else field)
    if is_member:
        return _update_member(low, call, key, cell, label)
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
    _write(low, call, "kv.update", (step,), key, field)
    return call.receiver if _queue(low, call) is not None else Data(ir.Var(bind))


def _update_member(low: Lowering, call: Call, key: Value, cell: ir.Cell, label: str) -> Value:
    bind = low.fresh("v")
    if "rem" in label or "del" in label:
        step: ir.Step = ir.Remove(cell, bind)
        kind = "kv.delete"
    else:
        step = ir.PutIfAbsent(cell, ir.Apply(label, ()), bind)
        kind = "kv.update"
    _write(low, call, kind, (step,), key, call.role("member"))
    if _queue(low, call) is not None:
        return call.receiver
    return Data(ir.Var(bind), guard=ir.IsTrue(ir.Var(bind)), size=ir.IsTrue(ir.Var(bind)))


def _pop(low: Lowering, call: Call) -> Value:
    key = _first(call.role("key"))
    bind = low.fresh("v")
    step = ir.Modify(_cell(low, call, key, call.role("field")), ir.Apply("rest", (ir.Old(),)), bind, True)
    _write(low, call, "kv.update", (step,), key)
    return call.receiver if _queue(low, call) is not None else Data(ir.Apply("popped", (ir.Var(bind),)))


def _delete(low: Lowering, call: Call) -> Value:
    keys = _keys(call.role("keys") or call.role("key")) or [NONE]
    field = call.role("field")
    bind = low.fresh("count")
    steps = tuple(ir.Remove(_cell(low, call, key, field), bind if i == 0 else None) for i, key in enumerate(keys))
    _write(low, call, "kv.delete", steps, keys[0], field)
    if _queue(low, call) is not None:
        return call.receiver
    return Data(ir.Var(bind), guard=ir.IsTrue(ir.Var(bind)), size=ir.IsTrue(ir.Var(bind)))


def _expire(low: Lowering, call: Call) -> Value:
    if _queue(low, call) is None:
        key = _first(call.role("key"))
        op = ir.Slow(call.span, low.path, _text(low, call, key), 0.0)
        low.record(Fact(op, "kv.expire", "kv", low.show(term_of(key)), call.operation.name.upper()))
    return call.receiver if _queue(low, call) is not None else Data(ir.Const(True))


def _script(low: Lowering, call: Call) -> Value:
    """A Lua script: one atomic update of all its KEYS."""
    keys = _keys(call.role("keys"))
    number = call.role("numkeys")
    rest = call.role("rest")
    if number is not None and isinstance(rest, Items) and isinstance(number, Data):
        count = number.term.value if isinstance(number.term, ir.Const) else 1
        keys = list(rest.items[: count if isinstance(count, int) else 1])
    bind = low.fresh("v")
    args = tuple(term_of(one) for one in call.arguments.values())
    steps = tuple(
        ir.Modify(_cell(low, call, key), ir.Apply("script", (ir.Old(), *args)), bind if i == 0 else None)
        for i, key in enumerate(keys)
    )
    if steps:
        _write(low, call, "kv.script", steps, keys[0])
    return call.receiver if _queue(low, call) is not None else Data(ir.Apply("script", (ir.Var(bind),)))


def _register(low: Lowering, call: Call) -> Value:
    ident = ir.Apply("script", tuple(term_of(one) for one in call.arguments.values()))
    return Instance(_result_type(call), ident, {"client": call.receiver})


def _result_type(call: Call) -> str:
    return call.operation.result.strip("<>")


def _pipeline(low: Lowering, call: Call) -> Value:
    ident = ir.Apply("pipeline", (ir.Const(low.fresh("p")),))
    return Instance(_result_type(call), ident, {"client": call.receiver})


def _watch(low: Lowering, call: Call) -> Value:
    """From here the commands run at once and what they watch is compared at EXEC."""
    assert isinstance(call.receiver, Instance)
    ident = call.receiver.ident
    binds: list[tuple[ir.Cell, str]] = []
    keys = _keys(call.role("keys"))
    for key in keys:
        bind = low.fresh("watched")
        cell = _cell(low, call, key)
        binds.append((cell, bind))
    if keys:
        op = ir.Atomic(
            call.span, low.path, _text(low, call, keys[0]), tuple(ir.Get(cell, bind) for cell, bind in binds)
        )
        low.record(Fact(op, "kv.watch", "kv", low.show(term_of(keys[0])), "WATCH"))
    low.watched[repr(ident)] = [*low.watched.get(repr(ident), []), *binds]
    low.state.attributes[(ident, "@watching")] = Data(ir.Const(True))
    return Data(ir.Const(True))


def _multi(low: Lowering, call: Call) -> Value:
    assert isinstance(call.receiver, Instance)
    low.state.attributes.pop((call.receiver.ident, "@watching"), None)
    return NONE


def _execute(low: Lowering, call: Call) -> Value:
    """MULTI/EXEC: all queued commands at one moment, refused when a watched key has changed."""
    assert isinstance(call.receiver, Instance)
    ident = repr(call.receiver.ident)
    low.state.attributes.pop((call.receiver.ident, "@watching"), None)
    steps = low.state.queued.pop(ident, ())
    texts = low.memo_texts.pop(ident, [])
    watched = low.watched.get(ident, [])
    text = "EXEC " + "; ".join(texts[:3]) if texts else "EXEC"
    if watched:
        steps = _compared(watched, steps)
    if steps:
        op = ir.Atomic(call.span, low.path, text, steps)
        kind = "kv.exec" if watched else "kv.update"
        low.record(Fact(op, kind, "kv", "", "EXEC"))
    binds = [step.bind for step in steps if not isinstance(step, ir.Put | ir.Insert) and step.bind]
    results = tuple(Data(ir.Var(one)) for one in binds)
    return Items(results, "list") if results and not watched else Data(ir.Apply("results", ()))


def _compared(watched: list[tuple[ir.Cell, str]], steps: tuple[ir.Step, ...]) -> tuple[ir.Step, ...]:
    writes: list[tuple[ir.Cell, ir.Term]] = []
    for step in steps:
        if isinstance(step, ir.Put | ir.Modify | ir.PutIfAbsent):
            writes.append((step.cell, step.value))
        elif isinstance(step, ir.Remove):
            writes.append((step.cell, ir.Const(None)))
    expect = tuple((cell, ir.Var(bind)) for cell, bind in watched)
    return (ir.CompareAndSet(expect, tuple(writes), None, "watch"),)


def _reset(low: Lowering, call: Call) -> Value:
    assert isinstance(call.receiver, Instance)
    low.state.queued.pop(repr(call.receiver.ident), None)
    low.watched.pop(repr(call.receiver.ident), None)
    low.state.attributes.pop((call.receiver.ident, "@watching"), None)
    return NONE


def _transaction(low: Lowering, call: Call) -> Value:
    """``client.transaction(func, *watches)``: WATCH, the function on a pipeline, EXEC, again on conflict."""
    func = call.role("func")
    kind = next((t.id for t in low.models.types.values() if t.role == "pipeline" and t.store == _store(low, call)), "")
    if func is None or not kind:
        return NONE
    pipe = Instance(kind, ir.Apply("pipeline", (ir.Const(low.fresh("p")),)), {"client": call.receiver})
    watch = Call(call.operation, pipe, call.arguments, call.span, {"keys": call.role("watches") or NONE})
    watch.operation = _renamed(call, "watch", {"keys": "keys"})
    body = ir.Seq()

    def attempt() -> None:
        _watch(low, watch)
        low.apply(func, Arguments([pipe]), call.span)
        _execute(low, Call(_renamed(call, "execute", {}), pipe, Arguments(), call.span))

    seq = ir.Seq()
    with low.writing(seq):
        attempt()
        low.emit(ir.Break())
    handler = ir.Except(("watch",), ir.Seq([ir.Continue()]))
    body.items.append(ir.Try(seq, [handler], ir.Seq(), ir.Seq()))
    low.emit(ir.Loop(body, "retry", call.span, low.path))
    return Data(ir.Apply("results", ()))


def _renamed(call: Call, name: str, roles: dict[str, object]):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(call.operation, name=name, op=f"kv.{name}", roles=roles)


def _get_or_set(low: Lowering, call: Call) -> Value:
    """Read, compute, add, read: what it stores is consistent, so only the value matters here."""
    default = call.role("default")
    if default is not None and not isinstance(default, Data):
        low.apply(default, Arguments(), call.span)
    return Data(ir.Apply("cached", (term_of(_first(call.role("key"))),)))


def _nothing(low: Lowering, call: Call) -> Value:
    """A call without effect: an object of a modelled type, or a function of its arguments."""
    kind = _result_type(call)
    if call.operation.result.startswith("<") and kind in low.models.types:
        parent = call.receiver.ident if isinstance(call.receiver, Instance) else term_of(call.receiver)
        return Instance(kind, ir.Apply("." + call.operation.name, (parent,)), {"parent": call.receiver})
    terms = tuple(term_of(one) for one in call.arguments.values())
    return Data(ir.Apply("." + call.operation.name, (term_of(call.receiver), *terms)))


KV_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {
    "kv.read": _read,
    "kv.read_many": _read_many,
    "kv.write": _put,
    "kv.write_many": _put_many,
    "kv.insert": _insert,
    "kv.replace": _replace,
    "kv.update": _update,
    "kv.pop": _pop,
    "kv.delete": _delete,
    "kv.expire": _expire,
    "kv.persist": _expire,
    "kv.script": _script,
    "kv.register_script": _register,
    "kv.pipeline": _pipeline,
    "kv.watch": _watch,
    "kv.unwatch": _reset,
    "kv.multi": _multi,
    "kv.execute": _execute,
    "kv.reset": _reset,
    "kv.transaction": _transaction,
    "kv.get_or_set": _get_or_set,
    "none": _nothing,
}
