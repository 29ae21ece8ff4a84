"""``with``: transactions, locks, context managers of the project; and the same things used as decorators."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.hints import hint_in
from fenceline.analyzer.inlining import leave, run_body
from fenceline.analyzer.lower_access import load_attribute
from fenceline.analyzer.lower_consumers import acknowledge
from fenceline.analyzer.lower_files import flush
from fenceline.analyzer.lower_locks import acquire, release, said_of
from fenceline.analyzer.lower_messages import transaction_instance
from fenceline.analyzer.lower_session import close_session, end_block, is_session
from fenceline.analyzer.lower_state import Arguments, Call, Fact, Opened
from fenceline.analyzer.lower_time import LIMIT, limit_facts
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.targets import unpack
from fenceline.analyzer.values import (
    NONE,
    Closure,
    Data,
    External,
    Instance,
    Method,
    Object,
    Partial,
    Value,
    term_of,
)

Body = Callable[[], None]


def run_inside(low: Lowering, context: Value, target: nodes.Expr | None, body: Body, span: nodes.Span) -> None:
    """Runs the body inside the context manager that a value is."""
    match context:
        case Instance(type_id=type_id) if low.models.types[type_id].role == "transaction":
            _transaction(low, context, target, body, span)
        case Instance(type_id=type_id) if low.models.types[type_id].role == "lock":
            _lock(low, context, target, body, span)
        case Instance(type_id=type_id) if low.models.types[type_id].role == "acknowledging":
            _bind(low, target, context)
            at_exits(low, body, lambda: acknowledge(low, span))
        case Instance(type_id=type_id) if low.models.types[type_id].role == "handle":
            _bind(low, target, context)
            at_exits(low, body, lambda: flush(low, context, span))
        case Instance() if is_session(low, context):
            _bind(low, target, context)
            at_exits(low, body, lambda: close_session(low, context, span))
        case Instance(type_id=type_id):
            _instance(low, context, target, body, span)
        case External(qualified=qualified):
            operation = low.models.functions.get(qualified)
            made = low.apply(context, Arguments(), span) if operation is not None else context
            if isinstance(made, Instance):
                run_inside(low, made, target, body, span)
            else:
                _unread(low, context, target, body, span)
        case Method():
            made = low.apply(context, Arguments(), span)
            if isinstance(made, Method):
                _unread(low, context, target, body, span)
            else:
                run_inside(low, made, target, body, span)
        case Closure() if isinstance(context.node, nodes.FunctionDef):
            generator(low, context, Arguments(), target, body, span)
        case Partial(func=Closure() as func, args=args, keywords=keywords):
            generator(low, func, Arguments(list(args), dict(keywords)), target, body, span)
        case Object():
            _object(low, context, target, body, span)
        case Data(term=ir.Apply(label=label, args=(limit, *_))) if label == LIMIT:
            _bind(low, target, context)
            known = len(low.facts)
            body()
            limit_facts(low.facts[known:], Data(limit))
        case _:
            _unread(low, context, target, body, span)


def _run(low: Lowering, call: Call) -> Value:
    """``session.with_transaction(callback)``: the callback, with the session, in a transaction; again on conflict."""
    callback = call.role("callback")
    parts = {"isolation": Data(ir.Const(str(call.data("isolation"))))} if call.data("isolation") else {}
    results: list[Value] = []

    def body() -> None:
        if callback is not None:
            results.append(low.apply(callback, Arguments([call.receiver]), call.span))

    run_inside(low, transaction_instance(low, dict(parts)), None, body, call.span)
    return results[0] if results else NONE


CONTEXT_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {"tx.run": _run}


def _bind(low: Lowering, target: nodes.Expr | None, value: Value) -> None:
    if target is not None:
        unpack(low, target, value)


def _transaction(low: Lowering, context: Instance, target: nodes.Expr | None, body: Body, span: nodes.Span) -> None:
    inner = context.parts.get("session")
    if isinstance(inner, Instance):
        _bind(low, target, inner)
    seq = ir.Seq()
    span, path = (low.entering[-1] if low.entering else None) or (span, low.path)
    opened = Opened(span, path, database=_said(context, "database"), is_durable=bool(_said(context, "durable")))
    low.tx_depth += 1
    low.blocks.append(opened)
    with low.writing(seq), low.entered_at(None):
        if isinstance(inner, Instance) and is_session(low, inner):
            at_exits(low, body, lambda: end_block(low, inner, span))
        else:
            body()
    low.blocks.pop()
    low.tx_depth -= 1
    dead, low.is_dead = low.is_dead, False
    isolation = _said(context, "isolation") or "read-committed"
    low.emit(ir.Tx(seq, span, path, isolation, opened.database, opened.is_durable))
    if low.tx_depth == 0:
        for fact in low.after_commit:
            low.record(fact)
        low.after_commit.clear()
    low.is_dead = dead


def _said(context: Instance, name: str) -> str:
    """What a block was opened with, where the source states it and it is not false."""
    part = context.parts.get(name)
    value = part.term.value if isinstance(part, Data) and isinstance(part.term, ir.Const) else None
    return str(value) if value else ""


def _lock(low: Lowering, context: Instance, target: nodes.Expr | None, body: Body, span: nodes.Span) -> None:
    taken = acquire(low, context, span, mode="enter")
    _bind(low, target, taken if said_of(low, context, "enter_mode") == "bool" else context)
    guarded(low, body, lambda: release(low, context, span))


def at_exits(low: Lowering, body: Body, final: Body) -> None:
    """Runs the body, and at its end and before each return in it what then happens."""
    known = len(low.scope.leaves)
    body()
    state, dead = low.state, low.is_dead
    for leaf in low.scope.leaves[known:]:
        leaf.seq.items.remove(leaf.node)
        low.state, low.is_dead = leaf.state, False
        with low.writing(leaf.seq):
            final()
        leaf.state = low.state
        leaf.seq.items.append(leaf.node)
    low.state, low.is_dead = state, dead
    if not dead:
        final()


def guarded(low: Lowering, body: Body, final: Body) -> None:
    """``try: body finally: final``."""
    seq, last = ir.Seq(), ir.Seq()
    with low.writing(seq):
        body()
    dead, low.is_dead = low.is_dead, False
    with low.writing(last):
        final()
    low.emit(ir.Try(seq, [], ir.Seq(), last))
    low.is_dead = dead


def _instance(low: Lowering, context: Instance, target: nodes.Expr | None, body: Body, span: nodes.Span) -> None:
    kind = low.models.types[context.type_id]
    if kind.enter == "tx" or kind.roles.get("enter") == "tx":
        _bind(low, target, context)
        _transaction(low, context, None, body, span)
        return
    entered: Value = Instance(kind.enter, context.ident, context.parts) if kind.enter in low.models.types else context
    _bind(low, target, entered)
    body()
    if kind.role == "pipeline":
        low.state.queued.pop(repr(context.ident), None)


def generator(
    low: Lowering, closure: Closure, arguments: Arguments, target: nodes.Expr | None, body: Body, span: nodes.Span
) -> None:
    """A ``@contextmanager`` function of the project: the body runs where it yields."""
    node = closure.node
    assert isinstance(node, nodes.FunctionDef)
    scope, env = low.scope, low.state.env
    ran = False
    exits: list[tuple[ir.Guard | None, Value]] = []

    def at_yield(value: Value) -> Value:
        nonlocal ran
        if ran:
            return Data(ir.Const(None))
        ran = True
        inner_scope, inner_env = low.scope, low.state.env
        low.scope, low.state.env = scope, env
        _bind(low, target, value)
        with low.entered_at(None):
            exits.extend(_returning(low, body))
        env.update(low.state.env)
        low.scope, low.state.env = inner_scope, inner_env
        return Data(ir.Const(None))

    if low.depth > 8 or any(one is node for one in low.calls):
        body()
        return
    with low.entered_at((span, low.path)):
        run_body(low, closure, node, arguments, span, on_yield=at_yield)
    low.state.env = env
    if not ran:
        body()
    for guard, left_with in exits:
        if guard is None:
            leave(low, left_with, span)
        else:
            low.branch(guard, partial(leave, low, left_with, span), lambda: None, span)


def _returning(low: Lowering, body: Body) -> list[tuple[ir.Guard | None, Value]]:
    """Runs a body after which something is still to be done: its returns end the body, and are made up for later.

    Gives whether a return was taken (no guard: always), and with what.
    """
    known = len(low.scope.leaves)
    seq = ir.Seq()
    with low.writing(seq):
        body()
    leaves = low.scope.leaves[known:]
    if not leaves:
        low.out.items.extend(seq.items)
        return []
    del low.scope.leaves[known:]
    flag = low.fresh("left")
    for leaf in leaves:
        leaf.seq.items.remove(leaf.node)
        low.let(leaf.seq, flag, ir.Const(True))
    ends = [(leaf.seq, leaf.state) for leaf in leaves]
    guard: ir.Guard | None = None
    if not low.is_dead:
        low.let(seq, flag, ir.Const(False))
        ends.append((seq, low.state))
        guard = ir.IsTrue(ir.Var(flag))
    value = low.merge_values("result", [leaf.seq for leaf in leaves], [leaf.value for leaf in leaves])
    low.state, low.is_dead = low.merged(ends), False
    for leaf in leaves:
        leaf.seq.items.append(leaf.node)
    low.emit(ir.Frame(seq, None, low.scope.function))
    return [(guard, value or Data(ir.Const(None)))]


def _object(low: Lowering, context: Object, target: nodes.Expr | None, body: Body, span: nodes.Span) -> None:
    """A context manager class of the project."""
    is_async = low.project.find_attribute(context.definition, "__aenter__") is not None
    prefix = "__a" if is_async else "__"
    enter = load_attribute(low, context, f"{prefix}enter__", span)
    leave = load_attribute(low, context, f"{prefix}exit__", span)
    if not isinstance(enter, Closure):
        _unread(low, context, target, body, span)
        return
    _bind(low, target, low.apply(enter, Arguments(), span))
    if isinstance(leave, Closure):
        none = Data(ir.Const(None))
        guarded(low, body, lambda: (low.apply(leave, Arguments([none, none, none]), span), None)[1])
    else:
        body()


def _unread(low: Lowering, context: Value, target: nodes.Expr | None, body: Body, span: nodes.Span) -> None:
    """A context manager that cannot be read may be a guard, if the project made it or its name says so."""
    name = low.show(term_of(context))
    is_suspect = _may_guard(low, context, name)
    if is_suspect:
        op = ir.Opaque(span, low.path, f"with {name}", (term_of(context),), None, name)
        low.record(Fact(op, "context", target=name, hint=name))
    _bind(low, target, Data(ir.Apply("entered", (term_of(context),))))
    body()
    if is_suspect:
        low.record(Fact(ir.Opaque(span, low.path, f"end of {name}", (), None, None), "context end", target=name))


def _may_guard(low: Lowering, context: Value, name: str) -> bool:
    if isinstance(context, Object):
        return True
    if isinstance(context, Data) and isinstance(context.term, ir.Apply) and not context.term.label.startswith("."):
        is_ours = low.unread.get(context.term.label)
        return is_ours is not None and (is_ours or hint_in(name) is not None)
    return hint_in(name) is not None
