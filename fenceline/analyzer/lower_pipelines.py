"""Pipelines: commands wait for EXEC and then happen at one moment, or one by one; WATCH makes EXEC conditional."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.kv_commands import cell_of, command_text, keys_of, store_of
from fenceline.analyzer.lower_state import Arguments, Call, Fact, Queued
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.models import Operation
from fenceline.analyzer.values import NONE, Data, Instance, Items, Value, negated, term_of


def _pipeline(low: Lowering, call: Call) -> Value:
    ident = ir.Apply("pipeline", (ir.Const(low.fresh("p")),))
    return Instance(call.operation.result.strip("<>"), ident, {"client": call.receiver, "is_one": _is_one(call)})


def _is_one(call: Call) -> Data:
    """Whether the commands are sent as MULTI/EXEC."""
    given = call.role("transaction")
    if isinstance(given, Data) and isinstance(given.term, ir.Const):
        return Data(ir.Const(bool(given.term.value)))
    return Data(ir.Const(call.data("default_transaction", True) is not False))


def _watch(low: Lowering, call: Call) -> Value:
    """From here the commands run at once and what they watch is compared at EXEC."""
    assert isinstance(call.receiver, Instance)
    ident = call.receiver.ident
    keys = keys_of(call.role("keys"))
    binds = [(cell_of(low, call, key), low.fresh("watched")) for key in keys]
    if keys:
        steps = tuple(ir.Get(cell, bind) for cell, bind in binds)
        op = ir.Atomic(call.span, low.path, command_text(low, call, keys[0]), steps)
        low.record(Fact(op, "kv.watch", "kv", low.show(term_of(keys[0])), "WATCH"))
    name = repr(ident)
    low.state.watched[name] = (*low.state.watched.get(name, ()), *binds)
    low.state.attributes[(ident, "@watching")] = Data(ir.Const(True))
    return Data(ir.Const(True))


def _multi(low: Lowering, call: Call) -> Value:
    assert isinstance(call.receiver, Instance)
    low.state.attributes.pop((call.receiver.ident, "@watching"), None)
    return NONE


def _execute(low: Lowering, call: Call) -> Value:
    """EXEC: all queued commands at one moment, refused when a watched key has changed; or each by itself."""
    assert isinstance(call.receiver, Instance)
    ident = repr(call.receiver.ident)
    low.state.attributes.pop((call.receiver.ident, "@watching"), None)
    queued = list(low.state.queued.pop(ident, ()))
    watched = low.state.watched.get(ident, ())
    is_one = bool(watched) or call.receiver.parts.get("is_one") != Data(ir.Const(False))
    _perform(low, call, queued, watched if is_one else None)
    return Items(tuple(one.result for one in queued), "list") if queued else Data(ir.Apply("results", ()))


Watched = tuple[tuple[ir.Cell, str], ...]


def _perform(low: Lowering, call: Call, queued: list[Queued], watched: Watched | None) -> None:
    """Does what is queued, each command under the tests that it was queued under."""
    guard = next((one.guards[0] for one in queued if one.guards), None)
    if guard is not None:
        holds, fails = _settled(queued, guard), _settled(queued, negated(guard))
        low.branch(
            guard,
            lambda: _perform(low, call, holds, watched),
            lambda: _perform(low, call, fails, watched),
            call.span,
        )
    elif watched is not None:
        _at_one_moment(low, call, queued, watched)
    else:
        for one in queued:
            low.record(_again(one))


def _settled(queued: list[Queued], guard: ir.Guard) -> list[Queued]:
    """What is left to do where a guard holds."""
    return [
        replace(one, guards=tuple(known for known in one.guards if known != guard))
        for one in queued
        if negated(guard) not in one.guards
    ]


def _again(queued: Queued) -> Fact:
    """The command as an op of its own: what was queued before a branch may be executed on both ways."""
    fact = queued.fact
    return replace(fact, op=ir.Atomic(fact.op.span, fact.op.path, fact.op.text, queued.steps))


def _at_one_moment(low: Lowering, call: Call, queued: list[Queued], watched: Watched) -> None:
    steps = tuple(step for one in queued for step in one.steps)
    if watched:
        reads = tuple(step for step in steps if isinstance(step, ir.Get))
        steps = (*reads, _compared(watched, steps))
    if not steps:
        return
    texts = [one.fact.op.text for one in queued]
    text = "EXEC " + "; ".join(texts[:3] + ["…"] * (len(texts) > 3)) if texts else "EXEC"
    op = ir.Atomic(call.span, low.path, text, steps)
    target = queued[0].fact.target if queued else ""
    evidence = queued[0].fact.evidence if queued else "type"
    has_reads = any(one.fact.kind == "kv.read" for one in queued)
    is_read = has_reads and all(one.fact.kind == "kv.read" for one in queued)
    kind = "kv.exec" if watched else "kv.read" if is_read else "kv.update"
    low.record(Fact(op, kind, "kv", target, "EXEC", evidence=evidence))
    if has_reads and kind == "kv.update" and not low.is_dead:
        low.facts.append(Fact(op, "kv.read", "kv", target, "EXEC", evidence=evidence))


def _compared(watched: Watched, steps: tuple[ir.Step, ...]) -> ir.Step:
    writes: list[tuple[ir.Cell, ir.Term]] = []
    for step in steps:
        if isinstance(step, ir.Put | ir.Modify | ir.PutIfAbsent):
            writes.append((step.cell, step.value))
        elif isinstance(step, ir.Remove):
            writes.append((step.cell, ir.Const(None)))
        elif isinstance(step, ir.CompareAndSet):
            writes.extend(step.writes)
    expect = tuple((cell, ir.Var(bind)) for cell, bind in watched)
    return ir.CompareAndSet(expect, tuple(writes), None, "watch")


def _reset(low: Lowering, call: Call) -> Value:
    assert isinstance(call.receiver, Instance)
    low.state.queued.pop(repr(call.receiver.ident), None)
    low.state.watched.pop(repr(call.receiver.ident), None)
    low.state.attributes.pop((call.receiver.ident, "@watching"), None)
    return NONE


def _transaction(low: Lowering, call: Call) -> Value:
    """``client.transaction(func, *watches)``: WATCH, the function on a pipeline, EXEC, again on conflict."""
    func = call.role("func")
    store = store_of(low, call.receiver)
    kind = next((t.id for t in low.models.of_role("pipeline") if t.store == store), "")
    if func is None or not kind:
        return NONE
    pipe = Instance(kind, ir.Apply("pipeline", (ir.Const(low.fresh("p")),)), {"client": call.receiver})
    keys = {"keys": call.role("watches") or NONE}
    watch = Call(_renamed(call.operation, "watch", {"keys": "keys"}), pipe, call.arguments, call.span, keys)
    execute = Call(_renamed(call.operation, "execute", {}), pipe, Arguments(), call.span)
    attempt, body = ir.Seq(), ir.Seq()
    with low.writing(attempt):
        _watch(low, watch)
        low.apply(func, Arguments([pipe]), call.span)
        _execute(low, execute)
        low.emit(ir.Break())
    handler = ir.Except(("watch",), ir.Seq([ir.Continue()]))
    body.items.append(ir.Try(attempt, [handler], ir.Seq(), ir.Seq()))
    low.emit(ir.Loop(body, "retry", call.span, low.path))
    return Data(ir.Apply("results", ()))


def _renamed(operation: Operation, name: str, roles: dict[str, object]) -> Operation:
    return replace(operation, name=name, op=f"kv.{name}", roles=roles)


PIPELINE_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {
    "kv.pipeline": _pipeline,
    "kv.watch": _watch,
    "kv.unwatch": _reset,
    "kv.multi": _multi,
    "kv.execute": _execute,
    "kv.reset": _reset,
    "kv.transaction": _transaction,
}
