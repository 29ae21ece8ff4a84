"""Calls of project functions, read in place: formals bound to actuals, ways out joined, decorators applied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.annotations import class_instance, param_value, returned_as_annotated
from fenceline.analyzer.choices import is_new
from fenceline.analyzer.lower_state import Arguments, Leaf, Scope, Site
from fenceline.analyzer.lowering import OP_LIMIT, Lowering
from fenceline.analyzer.project import Definition
from fenceline.analyzer.values import (
    NONE,
    Closure,
    Data,
    External,
    Fields,
    Guarded,
    Instance,
    Items,
    Known,
    Method,
    Object,
    Partial,
    Row,
    Value,
    term_of,
)
from fenceline.analyzer.work import DONE

Unread = Callable[[Lowering, Value, Arguments, nodes.Span], Value]


def call_closure(low: Lowering, closure: Closure, arguments: Arguments, span: nodes.Span, unread: Unread) -> Value:
    """The call of a function of the project."""
    node = closure.node
    if closure.is_decorated and not low.in_hook and not low.is_dead:
        low.opened.append((node, next((one for one in low.blocks if not one.database), None)))
    if low.calls and isinstance(node, nodes.FunctionDef):
        low.sites.append(Site(tuple(low.calls), node, span, low.path))
    if low.depth >= low.deepest or low.ops > OP_LIMIT or any(one is node for one in low.calls):
        return returned_as_annotated(low, closure, unread(low, closure, arguments, span))
    if isinstance(node, nodes.Lambda):
        return _run_lambda(low, closure, node, arguments, span)
    low.receipts.append((node, _handed(closure, arguments)))
    _note_new(low, closure, node, arguments)
    if closure.is_decorated and node.decorators and node not in low.decorating:
        func = decorated(low, closure, node)
        if not (isinstance(func, Closure) and func.node is node):
            return low.apply(func, arguments, span)
    if _is_generator(low, node):
        if _has(node, "contextmanager", "asynccontextmanager"):
            return Partial(closure, tuple(arguments.positional), arguments.keywords)
        return unread(low, closure, arguments, span)
    return returned_as_annotated(low, closure, run_body(low, closure, node, arguments, span))


def _note_new(low: Lowering, closure: Closure, node: nodes.FunctionDef, arguments: Arguments) -> None:
    """Keeps which parameters every call has given a value that was made anew."""
    params = [one.name for one in node.params if one.kind == "positional"]
    given = dict(zip(params[closure.receiver is not None :], arguments.positional, strict=False)) | arguments.keywords
    new = frozenset(name for name, value in given.items() if isinstance(value, Data) and is_new(value.term))
    low.handed_new[node] = low.handed_new.get(node, new) & new


def _handed(closure: Closure, arguments: Arguments) -> list[Value]:
    values = list(arguments.values())
    return [closure.receiver, *values] if closure.receiver is not None else values


def _undecorated(closure: Closure) -> Closure:
    return Closure(
        closure.node, closure.module, closure.env, closure.name, closure.receiver, closure.owner, is_decorated=False
    )


def decorated(low: Lowering, closure: Closure, node: nodes.FunctionDef) -> Value:
    """The function that its decorators make of it; one that cannot be read leaves a hint and changes nothing."""
    low.decorating.add(node)  # a decorator that is decorated with itself ends here
    try:
        return _decorated(low, closure, node)
    finally:
        low.decorating.discard(node)


def _decorated(low: Lowering, closure: Closure, node: nodes.FunctionDef) -> Value:
    func: Value = _undecorated(closure)
    definition = Definition("function", closure.module, closure.name, node)
    for decorator in reversed(node.decorators):
        aside = low.aside(closure.module)
        aside.state.env.update(closure.env)
        value = kept(aside, aside.evaluate(decorator))
        func = _decorate(low, value, func, definition, decorator)
    return func


_TRANSPARENT = {"property", "staticmethod", "classmethod", "abstractmethod", "override", "setter", "getter", "deleter"}


def _decorate(low: Lowering, value: Value, func: Value, definition: Definition, decorator: nodes.Expr) -> Value:
    match value:
        case Method(operation=operation) if operation.op in {"entry", "tx.block", "none"}:
            return Guarded(value, func) if operation.op == "tx.block" else func
        case Guarded():
            return Guarded(value.context, func)
        case External(qualified=qualified):
            if qualified in low.models.entries or qualified.rsplit(".", 1)[-1] in _TRANSPARENT:
                return func
            operation_ = low.models.functions.get(qualified)
            if operation_ is not None:
                return Guarded(value, func) if operation_.op in {"tx.block", "lock.new"} else func
        case Instance(type_id=type_id):
            role = low.models.types[type_id].role
            return Guarded(value, func) if role in {"lock", "transaction"} else func
        case Partial() | Object() | Closure():
            ours = _decorated_by_ours(low, value, func, decorator.span)
            if ours is not None:
                return ours
        case Data(term=ir.Apply(label=label)) if label in {".setter", ".getter", ".register", ".deleter"}:
            return func
        case _:
            pass
    if _is_plain(low, value) or _does_nothing(low, value, decorator):
        return func
    low.hints.append(low.show(term_of(value)))
    return func


def _decorated_by_ours(
    low: Lowering, value: Partial | Object | Closure, func: Value, span: nodes.Span
) -> Closure | Guarded | None:
    """What a decorator of the project makes of a function: what it returns, or the function inside its context."""
    if isinstance(value, Object):
        methods = [one for one in ("__call__", "__enter__", "__aenter__") if _has_method(low, value, one)]
        if not methods:
            return None
        if methods[0] != "__call__":  # a ContextDecorator
            return Guarded(value, func)
    else:
        inner = value.func if isinstance(value, Partial) else value
        if not isinstance(inner, Closure) or not isinstance(inner.node, nodes.FunctionDef):
            return None
        if _has(inner.node, "contextmanager", "asynccontextmanager"):
            return Guarded(value, func)
    made = low.apply(value, Arguments([func]), span)
    if isinstance(made, Instance):
        made = made.parts.get("function", made)  # what a library has taken is run as it is
    return made if isinstance(made, Closure | Guarded) else None


def _has_method(low: Lowering, value: Object, name: str) -> bool:
    return low.project.find_attribute(value.definition, name) is not None


def kept(aside: Lowering, value: Value) -> Value:
    """An object made aside with what its constructor has set, as far as that is a thing and no data that may change."""
    if not isinstance(value, Object):
        return value
    stored = {
        name: one
        for (ident, name), one in aside.state.attributes.items()
        if ident == value.ident and not isinstance(one, Data | Items | Fields)
    }
    return replace(value, attributes={**value.attributes, **stored}) if stored else value


def _is_plain(low: Lowering, value: Value) -> bool:
    """``@login_required(…)``: a call of a known plain decorator."""
    if not isinstance(value, Data) or not isinstance(value.term, ir.Apply):
        return False
    label = value.term.label
    return label in low.models.entries or label.rsplit(".", 1)[-1] in _TRANSPARENT


def _does_nothing(low: Lowering, value: Value, decorator: nodes.Expr) -> bool:
    """``@db.connection_context()``: nothing is known of ``db``, but such a method of a library guards nothing."""
    name = (
        decorator.func.attr if isinstance(decorator, nodes.Call) and isinstance(decorator.func, nodes.Attribute) else ""
    )
    _, operation = low.models.by_name.get(name, ("", None))
    return isinstance(value, Data) and operation is not None and operation.op == "none"


def _has(node: nodes.FunctionDef, *names: str) -> bool:
    for one in node.decorators:
        target = one.func if isinstance(one, nodes.Call) else one
        last = target.attr if isinstance(target, nodes.Attribute) else getattr(target, "id", "")
        if last in names:
            return True
    return False


is_decorated_with = _has


def _is_generator(low: Lowering, node: nodes.FunctionDef) -> bool:
    key = ("is generator", node)
    if key not in low.memo:
        low.memo[key] = any(isinstance(one, nodes.Yield) for one in walk(node.body))
    return bool(low.memo[key])


def walk(items: object) -> list[nodes.Node]:
    """All nodes below, not entering nested definitions."""
    found: list[nodes.Node] = []
    todo: list[object] = [items]
    while todo:
        one = todo.pop()
        kind = type(one)
        if kind is list or kind is tuple:
            todo.extend(reversed(one))  # type: ignore[call-overload]
        elif isinstance(one, nodes.Node):
            found.append(one)
            if kind not in _DEFINITIONS:
                for name in _CHILDREN.get(kind) or _children(kind):
                    todo.append(getattr(one, name))  # noqa: PERF401 - a generator takes twice as long
    return found


_DEFINITIONS = frozenset({nodes.FunctionDef, nodes.ClassDef, nodes.Lambda})
_CHILDREN: dict[type, tuple[str, ...]] = {}
_PLAIN = frozenset({"Span", "bool", "int", "list[str]", "object", "str", "str | None"})


def _children(kind: type) -> tuple[str, ...]:
    """The fields of a kind of nodes in which there may be nodes, last first."""
    if kind not in _CHILDREN:
        _CHILDREN[kind] = tuple(one.name for one in reversed(fields(kind)) if one.type not in _PLAIN)
    return _CHILDREN[kind]


def _run_lambda(low: Lowering, closure: Closure, node: nodes.Lambda, arguments: Arguments, span: nodes.Span) -> Value:
    before = low.state.env
    low.state.env = {**before, **closure.env, **bind(low, closure, node.params, arguments, span)}
    low.depth += 1
    low.calls.append(node)
    try:
        return low.evaluate(node.body)
    finally:
        low.depth -= 1
        low.calls.pop()
        low.state.env = before


def bind(
    low: Lowering, closure: Closure, params: list[nodes.Param], arguments: Arguments, span: nodes.Span
) -> dict[str, Value]:
    """Formals to actuals; what is not given is its default, or an argument of the entry."""
    positional = list(arguments.positional)
    if closure.receiver is not None:
        positional.insert(0, closure.receiver)
    keywords = {name: value for name, value in arguments.keywords.items() if name != "**"}
    env: dict[str, Value] = {}
    owner = closure.owner or Definition("function", closure.module, closure.name, closure.node)
    for param in params:
        if param.kind == "args":
            env[param.name] = Items(tuple(positional)) if not arguments.is_open else Data(ir.Arg(param.name))
            positional = []
        elif param.kind == "kwargs":
            env[param.name] = Fields(dict(keywords), arguments.is_open)
        elif param.kind == "positional" and positional:
            env[param.name] = _given(low, param, positional.pop(0), owner, span)
        elif param.name in keywords:
            env[param.name] = _given(low, param, keywords.pop(param.name), owner, span)
        elif arguments.is_open or param.default is None:
            env[param.name] = _open(low, closure, param, owner)
        else:
            aside = low.aside(closure.module)
            env[param.name] = aside.evaluate(param.default)
    return env


def _open(low: Lowering, closure: Closure, param: nodes.Param, owner: Definition) -> Value:
    if isinstance(param.default, nodes.Literal) and param.annotation is None and low.depth > 0:
        return Data(ir.Const(param.default.value)) if param.default.value is None else Data(ir.Arg(param.name))
    before = low.scope.module
    low.scope.module = closure.module
    try:
        return param_value(low, param, owner, param.span)
    finally:
        low.scope.module = before


def _given(low: Lowering, param: nodes.Param, value: Value, owner: Definition, span: nodes.Span) -> Value:
    """An argument of the entry passed on to a parameter that says what it is."""
    if param.annotation is None or not isinstance(value, Data) or not isinstance(value.term, ir.Arg):
        return value
    made = param_value(low, param, owner, span)
    if isinstance(made, Instance):
        return Instance(made.type_id, value.term, made.parts)
    return value if isinstance(made, Data | Row) else made


def run_body(
    low: Lowering,
    closure: Closure,
    node: nodes.FunctionDef,
    arguments: Arguments,
    span: nodes.Span,
    on_yield: Callable[[Value], Value] | None = None,
) -> Value:
    """Lowers a body in a scope and frame of its own; what it returns."""
    DONE.bodies += 1
    actuals = bind(low, closure, node.params, arguments, span)
    outer_scope, outer_env, was_dead = low.scope, low.state.env, low.is_dead
    receiver = closure.receiver
    name = f"{closure.owner.name}.{closure.name}" if closure.owner is not None else closure.name
    low.scope = Scope(closure.module, name, closure.owner, receiver, on_yield=on_yield)
    low.state.env = {**closure.env, **actuals}
    low.depth += 1
    low.calls.append(node)
    low.read.add(node)
    body = ir.Seq()
    try:
        with low.writing(body):
            low.statements(node.body)
            fall_through(low, node.span)
        leaves = low.scope.leaves
    finally:
        low.depth -= 1
        low.calls.pop()
        low.scope = outer_scope
    value = _join_leaves(low, leaves)
    low.state.env = outer_env
    low.is_dead = was_dead
    if body.items:
        low.emit(ir.Frame(body, None, name, at=(low.path, span)))
    low.is_dead = not leaves
    return value


def fall_through(low: Lowering, span: nodes.Span) -> None:
    """The implicit ``return None`` at the end of a body."""
    if not low.is_dead:
        leave(low, NONE, span)


def leave(low: Lowering, value: Value, span: nodes.Span) -> None:
    """Writes a Return and keeps the state there for the join."""
    if low.is_dead:
        return
    node = ir.Return(term_of(value), span)
    low.emit(node)
    low.scope.leaves.append(Leaf(low.out, node, low.state.copy(), value))
    low.is_dead = True


def _join_leaves(low: Lowering, known: list[Leaf]) -> Value:
    """Goes on from all ways out of a frame: their states joined, what they return as one value."""
    if not known:
        return NONE
    for leaf in known:
        leaf.seq.items.remove(leaf.node)
    low.is_dead = False
    for leaf in known:
        leaf.state.env = {}
    low.state = low.merged([(leaf.seq, leaf.state) for leaf in known])
    value = low.merge_values("result", [leaf.seq for leaf in known], [leaf.value for leaf in known])
    for leaf in known:
        leaf.seq.items.append(leaf.node)
    return value or NONE


def call_class(low: Lowering, func: Known, arguments: Arguments, span: nodes.Span) -> Value:
    """An instance of a project class; its ``__init__`` is read for what it keeps."""
    definition = func.definition
    terms = tuple(term_of(one) for one in arguments.values())
    made = class_instance(low, definition, ir.Apply(definition.name, terms), span, with_rows=False)
    if not isinstance(made, Object):
        return made or Data(ir.Apply(definition.name, terms))
    found = low.project.find_attribute(definition, "__init__")
    if found is not None and low.depth < low.deepest:
        owner, node = found
        if isinstance(node, nodes.FunctionDef) and not any(one is node for one in low.calls):
            closure = Closure(node, owner.module, {}, "__init__", made, owner, is_decorated=False)
            run_body(low, closure, node, arguments, span)
    return made
