"""Statements: the order and the branches in which effects happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.annotations import annotated_value
from fenceline.analyzer.durations import rounds_over
from fenceline.analyzer.exit_stacks import stack_name, unstacked
from fenceline.analyzer.inlining import leave, walk
from fenceline.analyzer.ir_walk import ops_in
from fenceline.analyzer.loop_orders import is_ordered
from fenceline.analyzer.lower_access import definition_value, external_value, function_value, load_attribute
from fenceline.analyzer.lower_consumers import is_consumer, receive
from fenceline.analyzer.lower_context import run_inside
from fenceline.analyzer.lower_errors import attempt, meaning_of, suppressed_by
from fenceline.analyzer.lower_exprs import compare
from fenceline.analyzer.lower_state import Arguments, Fact, Jump, State
from fenceline.analyzer.lowering import IN_TRANSACTION, Lowering
from fenceline.analyzer.names import dotted_name, imports_of
from fenceline.analyzer.project import Definition
from fenceline.analyzer.targets import element_of, unpack
from fenceline.analyzer.values import (
    NONE,
    Closure,
    Data,
    Fields,
    Instance,
    Items,
    Known,
    Object,
    Query,
    Row,
    Value,
    negated,
    term_of,
    vars_of,
)

MOST_ROUNDS = 12
"""Entries of a mapping that a loop goes through one by one; more are one round that stands for all."""


def statements(low: Lowering, body: list[nodes.Stmt]) -> None:
    """Lowers statements in order; what follows a return, raise or jump is not reached."""
    for one in body:
        if low.is_dead:
            return
        handler = _HANDLERS.get(type(one))
        if handler is not None:
            low.span = one.span
            handler(low, one)


def _expression(low: Lowering, node: nodes.ExprStmt) -> None:
    low.evaluate(node.value)


def _assign(low: Lowering, node: nodes.Assign) -> None:
    if node.value is None:
        return
    value = low.evaluate(node.value)
    low.span = node.span
    if node.annotation is not None and isinstance(value, Data) and not isinstance(value.term, ir.Const):
        here = Definition("module", low.module, low.module.name, low.module.tree)
        said = annotated_value(low, node.annotation, here, value.term, node.span, with_rows=False)
        value = said if isinstance(said, Instance | Object) else value
    for target in node.targets:
        unpack(low, target, value)
    if isinstance(value, Query) and value.lock:
        _note_unsent(low, node, value)


def _note_unsent(low: Lowering, node: nodes.Assign, query: Query) -> None:
    """``_locked = rows.select_for_update()`` and no more of it: a query that is never sent locks nothing."""
    holder = low.calls[-1] if low.calls else None
    names = [one.id for one in node.targets if isinstance(one, nodes.Name)]
    if not isinstance(holder, nodes.FunctionDef) or len(names) != len(node.targets):
        return
    used = [one.id for one in _all_below(holder.body) if isinstance(one, nodes.Name)]
    if all(used.count(name) == 1 for name in names):
        op = ir.Slow(node.span, low.path, f"a locking query of {query.model.label} is made, and not sent", 0.0)
        low.record(Fact(op, "lock.unsent", target=query.model.label, model=query.model))


def _all_below(items: object) -> list[nodes.Node]:
    """All nodes below, those of nested functions too."""
    found: list[nodes.Node] = []
    todo: list[object] = [items]
    while todo:
        one = todo.pop()
        for node in walk(one):
            found.append(node)
            if isinstance(node, nodes.FunctionDef | nodes.ClassDef | nodes.Lambda) and node is not one:
                todo.append(node.body)
    return found


def _aug_assign(low: Lowering, node: nodes.AugAssign) -> None:
    left = low.evaluate(node.target)
    right = low.evaluate(node.value)
    low.span = node.span
    column = next((one.column for one in (left, right) if isinstance(one, Data) and one.column), None)
    unpack(low, node.target, Data(ir.Apply(node.op, (term_of(left), term_of(right))), column=column))


def _return(low: Lowering, node: nodes.Return) -> None:
    leave(low, low.evaluate(node.value) if node.value is not None else NONE, node.span)


def _raise(low: Lowering, node: nodes.Raise) -> None:
    if node.value is None:
        low.emit(ir.Raise("*", node.span))
    else:
        low.evaluate(node.value) if isinstance(node.value, nodes.Call) else None
        low.emit(ir.Raise(_class_name(low, node.value), node.span))
    low.is_dead = True


def _class_name(low: Lowering, node: nodes.Expr) -> str:
    target = node.func if isinstance(node, nodes.Call) else node
    return meaning_of(low, dotted_name(target) or "Exception")


def _assert(low: Lowering, node: nodes.Assert) -> None:
    """An assertion states what its author knows: it is taken to hold, its effects count."""
    low.guard(node.test)


def _delete(low: Lowering, node: nodes.Delete) -> None:
    for target in node.targets:
        if isinstance(target, nodes.Subscript):
            base = low.evaluate(target.value)
            method = load_attribute(low, base, "__delitem__", node.span)
            if not isinstance(method, Data):
                low.apply(method, Arguments([low.evaluate(target.index)]), node.span)
            else:
                changed = Data(ir.Apply("del item", (term_of(base), term_of(low.evaluate(target.index)))))
                if isinstance(target.value, nodes.Name | nodes.Attribute):
                    unpack(low, target.value, changed)


def _if(low: Lowering, node: nodes.If) -> None:
    guard = low.guard(node.test)
    if guard == IN_TRANSACTION or guard == negated(IN_TRANSACTION):
        low.statements(node.body if guard == IN_TRANSACTION else node.orelse)
        return
    low.branch(guard, lambda: low.statements(node.body), lambda: low.statements(node.orelse), node.span)


def _while(low: Lowering, node: nodes.While) -> None:
    is_endless = isinstance(node.test, nodes.Literal) and bool(node.test.value)
    kind = _loop_kind(node.body) if is_endless else "data"
    if kind != "retry" and not is_endless:
        kind = _loop_kind(node.body)
        kind = kind if kind == "retry" else "data"

    def body() -> None:
        if is_endless:
            low.statements(node.body)
            return
        guard = low.guard(node.test)
        low.branch(guard, lambda: low.statements(node.body), lambda: _jump(low, ir.Break()), node.span)

    changed = _open_round(low, node)
    _loop(low, body, kind, node.span, changed, is_endless=is_endless)
    low.statements(node.orelse)


def _for(low: Lowering, node: nodes.For) -> None:
    pairs = _known_pairs(low, node)
    if pairs is not None:
        for name, value in pairs:
            unpack(low, node.target, Items((Data(ir.Const(name)), value)))
            low.statements(node.body)
        low.statements(node.orelse)
        return
    source = low.evaluate(node.iterable)
    low.span = node.span
    is_served = is_consumer(low, source)
    element = NONE if is_served else element_of(low, source, node.iterable.span)
    absent = element.absent if isinstance(element, Row) else None
    kind = _loop_kind(node.body) if _is_range(node.iterable) else "service" if is_served else "data"

    def body() -> None:
        taken = receive(low, source, node.iterable.span) if isinstance(source, Instance) and is_served else element
        unpack(low, node.target, taken)
        low.statements(node.body)

    def round_() -> None:
        if absent is None:
            body()
        else:
            low.branch(negated(absent), body, lambda: None, node.span)

    rounds = rounds_over(source)
    known = len(low.out.items)
    _loop(low, round_, kind, node.span, _open_round(low, node), rounds=rounds)
    for one in low.out.items[known:]:
        if isinstance(one, ir.Loop) and one.span == node.span:
            one.over = element.key if isinstance(element, Row) else term_of(element)
            one.is_ordered = rounds is not None or is_ordered(low, node.iterable, source)
    if not low.is_dead:
        low.statements(node.orelse)


def _known_pairs(low: Lowering, node: nodes.For) -> list[tuple[str, Value]] | None:
    """``for name, value in changes.items()`` over a few that are written down: one round after the other."""
    call = node.iterable
    if not isinstance(call, nodes.Call) or call.args or call.keywords or not isinstance(call.func, nodes.Attribute):
        return None
    if call.func.attr != "items" or not isinstance(call.func.value, nodes.Name):
        return None
    if any(isinstance(one, nodes.Break | nodes.Continue) for one in walk(node.body)):
        return None
    known = low.evaluate(call.func.value)
    if not isinstance(known, Fields) or known.is_open or not 0 < len(known.items) <= MOST_ROUNDS:
        return None
    return list(known.items.items())


def _is_range(node: nodes.Expr) -> bool:
    return isinstance(node, nodes.Call) and isinstance(node.func, nodes.Name) and node.func.id in {"range", "count"}


def _loop_kind(body: list[nodes.Stmt]) -> str:
    """A loop around a try whose failure goes round again is a retry; an endless one without a way out a service."""
    inside = walk(body)
    has_try = any(isinstance(one, nodes.Try) and one.handlers for one in inside)
    leaves = any(isinstance(one, nodes.Break | nodes.Return) for one in inside)
    if has_try and leaves:
        return "retry"
    return "data" if leaves else "service"


def _open_round(low: Lowering, node: nodes.For | nodes.While) -> dict[str, tuple[Value, Value]]:
    """A name that the loop changes is a constant in its first round only: in the one that stands for all it is open."""
    held: dict[str, tuple[Value, Value]] = {}
    for name in _changed_in(low, node):
        known = low.state.env.get(name)
        if isinstance(known, Data) and isinstance(known.term, ir.Const):
            open_ = Data(ir.Apply(low.fresh(f"{name} so far"), (known.term,)))
            held[name] = (known, open_)
            low.state.env[name] = open_
    return held


def _changed_in(low: Lowering, node: nodes.For | nodes.While) -> tuple[str, ...]:
    """The names that a loop changes."""
    key = ("changed in", node)
    if key not in low.memo:
        targets = (target for one in walk(node.body) for target in _targets(one))
        low.memo[key] = tuple(dict.fromkeys(one.id for one in targets if isinstance(one, nodes.Name)))
    known = low.memo[key]
    return known if isinstance(known, tuple) else ()


def _targets(node: nodes.Node) -> list[nodes.Expr]:
    if isinstance(node, nodes.Assign):
        return node.targets
    return [node.target] if isinstance(node, nodes.AugAssign) else []


def _close_round(state: State, held: dict[str, tuple[Value, Value]]) -> None:
    """What the round has not changed is again what it was before."""
    for name, (known, open_) in held.items():
        if state.env.get(name) is open_:
            state.env[name] = known


def _loop(
    low: Lowering,
    body: Callable[[], None],
    kind: str,
    span: nodes.Span,
    held: dict[str, tuple[Value, Value]],
    *,
    is_endless: bool | None = None,
    rounds: int | None = None,
) -> None:
    """One round; what follows goes on from its end, from each break and from each continue.

    ``is_endless`` is given for a ``while``: one without a condition is left by a break only.
    """
    seq = ir.Seq()
    before, low.scope.jumps = low.scope.jumps, []
    start = low.state.copy()
    with low.writing(seq):
        body()
    jumps, low.scope.jumps = low.scope.jumps, before
    for jump in jumps:
        jump.seq.items.remove(jump.node)
    ways_out = [jump for jump in jumps if not is_endless or isinstance(jump.node, ir.Break)]
    ends = [(jump.seq, jump.state) for jump in ways_out]
    if not low.is_dead and not (is_endless and ends):
        ends.append((seq, low.state))
    if not ends and kind == "data" and not is_endless:
        ends = [(ir.Seq(), start)]
    for _, state in ends:
        _close_round(state, held)
    low.is_dead = False
    low.join(list(ends))
    for jump in jumps:
        jump.seq.items.append(jump.node)
    if seq.items:
        kind = "retry" if is_endless is not None and _waits(low, seq) else kind
        dead, low.is_dead = low.is_dead, False
        low.emit(ir.Loop(seq, kind, span, low.path, rounds))
        low.is_dead = dead


def _waits(low: Lowering, seq: ir.Seq) -> bool:
    """Whether a loop is left when a conditional write succeeds: it tries until it has got what it waits for."""
    claims: set[str] = set()
    for op in ops_in(seq):
        steps = op.steps if isinstance(op, ir.Atomic) else ()
        found = [one.bind for one in steps if isinstance(one, ir.PutIfAbsent | ir.CompareAndSet)]
        found += [op.bind] if isinstance(op, ir.Acquire) else []
        claims.update(name for name in found if name is not None)
    return bool(claims) and any(
        isinstance(one, ir.Branch)
        and _rests_on(low, one.guard, claims)
        and any(isinstance(end, ir.Break | ir.Return) for end in (*one.then.items, *one.orelse.items))
        for one in seq.items
    )


def _rests_on(low: Lowering, guard: ir.Guard, names: set[str]) -> bool:
    todo, seen = set(vars_of(guard)), set[str]()
    while todo:
        name = todo.pop()
        if name in names:
            return True
        seen.add(name)
        todo |= vars_of(low.defined.get(name)) - seen
    return False


def _jump(low: Lowering, node: ir.Break | ir.Continue) -> None:
    if low.is_dead:
        return
    low.emit(node)
    low.scope.jumps.append(Jump(low.out, node, low.state.copy()))
    low.is_dead = True


def _break(low: Lowering, node: nodes.Break) -> None:
    _jump(low, ir.Break())


def _continue(low: Lowering, node: nodes.Continue) -> None:
    _jump(low, ir.Continue())


def _with(low: Lowering, node: nodes.With) -> None:
    _with_items(low, node, 0)


def _with_items(low: Lowering, node: nodes.With, index: int) -> None:
    if index == len(node.items):
        low.statements(node.body)
        return
    item = node.items[index]
    suppressed = suppressed_by(low, item.context)
    if suppressed is not None:
        rest: list[nodes.Stmt] = [nodes.With(node.span, node.items[index + 1 :], node.body, node.is_async)]
        handler = nodes.Handler(item.span, suppressed, None, [nodes.Pass(item.span)], is_group=False)
        attempt(low, nodes.Try(node.span, rest if node.items[index + 1 :] else node.body, [handler], [], []))
        return
    stack = stack_name(low, item)
    if stack:
        inner = node.items[index + 1 :]
        whole: list[nodes.Stmt] = [nodes.With(node.span, inner, node.body, node.is_async)] if inner else node.body
        low.statements(unstacked(stack, whole))
        return
    context = low.evaluate(item.context)
    low.span = item.span
    run_inside(low, context, item.target, lambda: _with_items(low, node, index + 1), item.span)


def _match(low: Lowering, node: nodes.Match) -> None:
    subject = low.evaluate(node.subject)
    _match_case(low, node, subject, 0)


def _match_case(low: Lowering, node: nodes.Match, subject: Value, index: int) -> None:
    if index == len(node.cases):
        return
    case = node.cases[index]

    def taken() -> None:
        for name in case.binds:
            low.state.env[name] = subject if len(case.binds) == 1 else Data(ir.Apply(name, (term_of(subject),)))
        low.statements(case.body)

    guards: list[ir.Guard] = []
    values = [compare(low, subject, "==", low.evaluate(one), node.span) for one in case.values]
    if values:
        guards.append(values[0] if len(values) == 1 else ir.AnyOf(tuple(values)))
    elif not case.is_wildcard and not case.binds:
        guards.append(ir.Ask("case", (term_of(subject), ir.Const(index))))
    if case.guard is not None:
        guards.append(low.guard(case.guard))
    if not guards:
        taken()
        return
    guard = guards[0] if len(guards) == 1 else ir.AllOf(tuple(guards))
    low.branch(guard, taken, lambda: _match_case(low, node, subject, index + 1), node.span)


def _import(low: Lowering, node: nodes.Import | nodes.ImportFrom) -> None:
    """An import inside a function."""
    for name, imported in imports_of([node], low.module).items():
        low.state.env[name] = _imported(low, imported.module, imported.attribute)


def _imported(low: Lowering, module: str, attribute: str | None) -> Value:
    found = low.project.find_module(module, low.module)
    if found is None:
        return external_value(low, f"{module}.{attribute}" if attribute else module)
    holder = Known(Definition("module", found, found.name, found.tree))
    if attribute is None:
        return holder
    resolved = low.project.resolve(found, attribute)
    if isinstance(resolved, Definition):
        return definition_value(low, resolved)
    inner = low.project.find_module(f"{module}.{attribute}", low.module)
    if inner is not None:
        return Known(Definition("module", inner, inner.name, inner.tree))
    return external_value(low, getattr(resolved, "qualified", f"{module}.{attribute}"))


def _function(low: Lowering, node: nodes.FunctionDef) -> None:
    """A nested function sees the names of its surroundings."""
    env = dict(low.state.env)
    closure = Closure(node, low.module, env, node.name)
    made = function_value(low, node, Definition("function", low.module, node.name, node))
    # a decorator may make it a task, whose methods send it
    value = replace(made, parts={"function": closure}) if isinstance(made, Instance) else closure
    env[node.name] = value
    low.state.env[node.name] = value


def _nothing(low: Lowering, node: nodes.Node) -> None:
    return


def _unknown(low: Lowering, node: nodes.Unknown) -> None:
    for child in node.children:
        if type(child) in _HANDLERS:
            statements(low, [child])  # type: ignore[list-item]
        else:
            low.evaluate(child)  # type: ignore[arg-type]


_HANDLERS: dict[type, Callable[..., None]] = {
    nodes.ExprStmt: _expression,
    nodes.Assign: _assign,
    nodes.AugAssign: _aug_assign,
    nodes.Return: _return,
    nodes.Raise: _raise,
    nodes.Assert: _assert,
    nodes.Delete: _delete,
    nodes.If: _if,
    nodes.While: _while,
    nodes.For: _for,
    nodes.Break: _break,
    nodes.Continue: _continue,
    nodes.Try: attempt,
    nodes.With: _with,
    nodes.Match: _match,
    nodes.Import: _import,
    nodes.ImportFrom: _import,
    nodes.FunctionDef: _function,
    nodes.Unknown: _unknown,
    nodes.Pass: _nothing,
    nodes.Scope: _nothing,
}
