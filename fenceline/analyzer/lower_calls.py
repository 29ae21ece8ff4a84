"""Calls: modelled ones become ops, project functions are read in place, the rest cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.builtins_model import BUILTINS
from fenceline.analyzer.hints import hint_in, is_guard_name
from fenceline.analyzer.inference import inferred_receiver
from fenceline.analyzer.inlining import call_class, call_closure
from fenceline.analyzer.lower_access import load_attribute
from fenceline.analyzer.lower_consumers import CONSUMER_HANDLERS, takes_or_acknowledges
from fenceline.analyzer.lower_context import CONTEXT_HANDLERS, run_inside
from fenceline.analyzer.lower_documents import DOCUMENT_HANDLERS
from fenceline.analyzer.lower_files import FILE_HANDLERS
from fenceline.analyzer.lower_forms import FORM_HANDLERS, bind_form
from fenceline.analyzer.lower_kv import KV_HANDLERS
from fenceline.analyzer.lower_locks import LOCK_HANDLERS
from fenceline.analyzer.lower_messages import MESSAGE_HANDLERS
from fenceline.analyzer.lower_orm import ORM_HANDLERS
from fenceline.analyzer.lower_pipelines import PIPELINE_HANDLERS
from fenceline.analyzer.lower_schedules import SCHEDULE_HANDLERS, constant, node_of, register
from fenceline.analyzer.lower_session import SESSION_HANDLERS
from fenceline.analyzer.lower_sql import SQL_HANDLERS
from fenceline.analyzer.lower_state import Arguments, Call, Fact
from fenceline.analyzer.lower_statements import STATEMENT_HANDLERS
from fenceline.analyzer.lower_time import TIME_HANDLERS, bounded_client, limit_facts
from fenceline.analyzer.lower_webhooks import MAC, WEBHOOK_HANDLERS
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.models import Entry, Operation, operation_for
from fenceline.analyzer.project import Definition
from fenceline.analyzer.row_relations import change_collection, related_manager
from fenceline.analyzer.schema import shape_model
from fenceline.analyzer.shown import shown_in_class
from fenceline.analyzer.targets import element_of, unpack
from fenceline.analyzer.values import (
    INFERRED,
    NONE,
    TRUE,
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
    Query,
    Row,
    Rows,
    Super,
    Table,
    Value,
    negated,
    term_of,
)

_MUTATORS = frozenset(
    [
        "append",
        "add",
        "extend",
        "update",
        "insert",
        "remove",
        "pop",
        "setdefault",
        "clear",
        "discard",
        "appendleft",
        "popitem",
    ]
)


def lower_call(low: Lowering, node: nodes.Call) -> Value:
    """Evaluates callee and arguments in order, then the call itself."""
    low.span = node.span
    if isinstance(node.func, nodes.Attribute):
        base = low.evaluate(node.func.value)
        if isinstance(base, Data) and node.func.attr in _MUTATORS:
            base = inferred_receiver(low, node, base) or base  # or it would be taken for a container
        if isinstance(base, Data | Items | Fields | Rows) and node.func.attr in _MUTATORS:
            changed = _container_change(low, node, node.func, base)
            if changed is not None:
                return changed
        if node.func.attr == "get" and isinstance(base, Fields) and node.args:
            key = term_of(low.evaluate(node.args[0]))
            held = base.items.get(str(key.value)) if isinstance(key, ir.Const) else None
            if held is not None and not isinstance(held, Data | Items | Fields):
                return held
        if node.func.attr == "format" and isinstance(base, Data) and isinstance(base.term, ir.Const):
            formatted = _formatted(low, node, base.term.value)
            if formatted is not None:
                return formatted
        func = _method_of(low, base, node)
    else:
        func = low.evaluate(node.func)
    known = len(low.facts)
    arguments = _arguments(low, _uncalled(low, func, node))
    low.span = node.span
    operation = low.models.functions.get(func.qualified) if isinstance(func, External) else None
    if operation is not None and operation.op == "time.limit":
        limit_facts(low.facts[known:], arguments.bound(operation.params).get(str(operation.roles.get("timeout"))))
    return apply(low, func, arguments, node.span)


def _uncalled(low: Lowering, func: Value, node: nodes.Call) -> nodes.Call:
    """``create_task(poll())``: a coroutine runs later, by whoever it is handed to: what is handed over is ``poll``."""
    entry = low.models.entries.get(func.qualified) if isinstance(func, External) else None
    operation = func.operation if isinstance(func, Method) else entry.operation if entry is not None else None
    param = operation.roles.get("coroutine") if operation is not None and operation.op == "entry" else None
    if operation is None or param is None:
        return node

    def later(arg: nodes.Expr) -> nodes.Expr:
        return arg.func if isinstance(arg, nodes.Call) else arg

    index = operation.params.index(str(param)) if param in operation.params else 0
    args = [later(one) if place == index else one for place, one in enumerate(node.args)]
    keywords = [replace(one, value=later(one.value)) if one.name == param else one for one in node.keywords]
    return replace(node, args=args, keywords=keywords)


_FIELD = re.compile(r"\{(\w*)(?:![rs])?(?::[^{}]*)?\}")


def _formatted(low: Lowering, node: nodes.Call, text: object) -> Value | None:
    """``"stock:{}".format(sku)``: the same text as the f-string."""
    if not isinstance(text, str) or "{{" in text:
        return None
    arguments = _arguments(low, node)
    given = {str(index): value for index, value in enumerate(arguments.positional)} | arguments.keywords
    pieces = _FIELD.split(text)
    parts: list[ir.Term] = []
    for index, piece in enumerate(pieces):
        if index % 2 == 0:
            parts.append(ir.Const(piece))
            continue
        value = given.get(piece or str(index // 2))
        if value is None:
            return Data(ir.Apply(".format", (ir.Const(text), *map(term_of, arguments.values()))))
        parts.append(term_of(value))
    return Data(ir.Apply("f", tuple(one for one in parts if one != ir.Const(""))))


def _method_of(low: Lowering, base: Value, node: nodes.Call) -> Value:
    assert isinstance(node.func, nodes.Attribute)
    name = node.func.attr
    if isinstance(base, Data) and (name in _BULK_METHODS or (node.keywords and name in _MANAGER_METHODS)):
        shaped = _shaped_manager(low, base, name)
        if shaped is not None:
            return load_attribute(low, shaped, name, node.func.span)
    if isinstance(base, Data) and name in low.models.by_name and _is_given(node, low.models.by_name[name][1]):
        kind, operation = low.models.by_name[name]
        return Method(Instance(kind, base.term), operation)
    if isinstance(base, Data):
        shown = shown_in_class(low, node.func.value)
        if shown:
            base = Instance(shown, base.term)
    if isinstance(base, Data):
        sure = bool(node.keywords) and not node.args
        manager = related_manager(low, base.term, name, sure)
        if manager is not None:
            return load_attribute(low, manager, name, node.func.span)
    found = load_attribute(low, base, name, node.func.span)
    if isinstance(base, Data) and isinstance(found, Data) and name not in _MUTATORS:
        inferred = inferred_receiver(low, node, base)
        return load_attribute(low, inferred, name, node.func.span) if inferred is not None else found
    return found


def _is_given(node: nodes.Call, operation: Operation) -> bool:
    """Whether a call has the argument that an operation is known by beside its name, if it asks for one: a flag."""
    wanted = operation.roles.get("by_name")
    if not isinstance(wanted, str) or any(one.name == wanted for one in node.keywords):
        return True
    is_flag = len(node.args) == 1 and isinstance(node.args[0], nodes.Literal) and node.args[0].value is False
    return is_flag and operation.params[:1] == (wanted,)


_BULK_METHODS = frozenset({"bulk_create", "bulk_update", "select_for_update"})
_MANAGER_METHODS = frozenset({"filter", "exclude", "get_or_create", "update_or_create", "select_for_update"})


def _shaped_manager(low: Lowering, base: Data, method: str) -> Value | None:
    """``model.all_rows.filter(name=…)`` where nothing is known of ``model``: an attribute used as managers are."""
    if not isinstance(base.term, ir.Apply) or not base.term.label.startswith(".") or len(base.term.args) != 1:
        return None
    for kind in low.models.saying("shape_attribute"):
        if low.models.method(kind.id, method) is not None:
            return shape_model(low, "", str(kind.roles["shape_attribute"]), base.term.args[0])
    return None


def _member_of(value: Value) -> list[Value]:
    """The one symbolic member of a comprehension that is spread over the arguments."""
    term = value.term if isinstance(value, Data) else None
    is_made = isinstance(term, ir.Apply) and term.label in {"list of", "set of", "generator of"}
    return [Data(term.args[0])] if is_made and isinstance(term, ir.Apply) else []


def _arguments(low: Lowering, node: nodes.Call) -> Arguments:
    arguments = Arguments()
    for one in node.args:
        value = low.evaluate(one)
        if not isinstance(one, nodes.Starred):
            arguments.positional.append(value)
        elif isinstance(value, Items):
            arguments.positional.extend(value.items)
        else:
            arguments.positional += _member_of(value)
            arguments.is_open = True
    for keyword in node.keywords:
        value = low.evaluate(keyword.value)
        if keyword.name is not None:
            arguments.keywords[keyword.name] = value
        elif isinstance(value, Fields):
            arguments.keywords.update(value.items)
            arguments.is_open = arguments.is_open or value.is_open
        else:
            arguments.keywords["**"] = value
            arguments.is_open = True
    return arguments


def _container_change(low: Lowering, node: nodes.Call, func: nodes.Attribute, base: Value) -> Value | None:
    """``items.append(x)``: the name stands for a changed container from here on."""
    name = func.attr
    if isinstance(base, Data) and name in {"update", "add", "remove", "clear", "pop"} and node.keywords:
        return None
    if not isinstance(func.value, nodes.Name | nodes.Attribute | nodes.Subscript):
        return None
    if isinstance(base, Data) and isinstance(base.term, ir.Shared):
        return None
    arguments = _arguments(low, node)
    terms = tuple(term_of(one) for one in arguments.values())
    if isinstance(base, Data) and change_collection(low, base.term, name, arguments.positional, node.span):
        return Data(ir.Apply(f"result of {name}", (base.term, *terms)))
    if isinstance(base, Items) and name in {"append", "add"} and arguments.positional:
        changed: Value = Items((*base.items, *arguments.positional), base.kind, base.count)
    elif isinstance(base, Rows):
        return NONE
    else:
        changed = Data(ir.Apply(name, (term_of(base), *terms)))
    unpack(low, func.value, changed)
    return Data(ir.Apply(f"result of {name}", (term_of(base), *terms)))


# ------------------------------------------------------------------------ applying


def apply(low: Lowering, func: Value, arguments: Arguments, span: nodes.Span) -> Value:
    """The value of a call, its effects written."""
    match func:
        case Method(receiver=receiver, operation=operation):
            return operate(low, operation, receiver, arguments, span)
        case Closure():
            return call_closure(low, func, arguments, span, unread)
        case External(qualified=qualified):
            return _external(low, qualified, arguments, span)
        case Known(definition=definition) if definition.kind == "class":
            made = call_class(low, func, arguments, span)
            if isinstance(made, Object):
                bind_form(low, made, arguments)
            return made
        case Table():
            return ORM_HANDLERS["row.new"](low, Call(_NEW_ROW, func, arguments, span))
        case Object():
            called_ = load_attribute(low, func, "__call__", span)
            if isinstance(called_, Closure):
                return call_closure(low, called_, arguments, span, unread)
        case Partial(func=inner, args=args, keywords=keywords):
            joined = Arguments([*args, *arguments.positional], {**keywords, **arguments.keywords}, arguments.is_open)
            return apply(low, inner, joined, span)
        case Guarded():
            return _guarded(low, func, arguments, span)
        case Instance(type_id=type_id, parts=parts):
            function = parts.get("function")
            called = low.models.method(type_id, "__call__")
            is_sent = called is not None and called.op == "send"  # with some libraries calling a task sends it
            if function is not None and not is_sent:
                return apply(low, function, arguments, span)
            if called is not None:
                return operate(low, called, func, arguments, span)
        case Data(term=ir.Apply(label=label)) if label in low.models.entries:
            taken = _taken(low, low.models.entries[label], arguments)
            if taken is not None:
                return taken
        case _:
            pass
    return unread(low, func, arguments, span)


def _guarded(low: Lowering, func: Guarded, arguments: Arguments, span: nodes.Span) -> Value:
    """A function inside what its decorators are: that is entered where the function stands, whoever calls it."""
    results: list[Value] = []
    node, inner = node_of(func), func.inner
    while isinstance(inner, Guarded):
        inner = inner.inner
    path = str(inner.module.path) if isinstance(inner, Closure) else low.path

    def body() -> None:
        with low.entered_at(None):
            results.append(apply(low, func.inner, arguments, span))

    with low.entered_at((node.span, path) if node is not None else (span, low.path)):
        run_inside(low, func.context, None, body, span)
    return results[0] if results else NONE


def _taken(low: Lowering, entry: Entry, arguments: Arguments) -> Value | None:
    """What a library's decorator makes of the function that it is given: ``shared_task(acks_late=True)(fn)``."""
    function = arguments.positional[0] if arguments.positional else None
    if entry.kind != "decorator" or not isinstance(function, Closure) or isinstance(function.node, nodes.Lambda):
        return None
    kind = entry.operation.result.strip("<>")
    return Instance(kind, term_of(function), {"function": function}) if kind in low.models.types else function


_NEW_ROW = Operation("new", "row.new")


def operate(low: Lowering, operation: Operation, receiver: Value, arguments: Arguments, span: nodes.Span) -> Value:
    """A modelled call: its meaning by the arguments given, then the handler of that meaning."""
    given = arguments.bound(operation.params)
    operation = operation_for(operation, {name: constant(value) for name, value in given.items()})
    handler = HANDLERS.get(operation.op)
    if handler is None:
        return unread(low, Data(ir.Apply(operation.name, (term_of(receiver),))), arguments, span)
    call = Call(operation, receiver, arguments, span, given)
    if operation.op.startswith("kv.") and ("receives" in operation.roles or "acks" in operation.roles):
        takes_or_acknowledges(low, call)
    known = len(low.facts)
    made = handler(low, call)
    return _as_sure(receiver, low.facts[known:], made)


def _as_sure(receiver: Value, facts: list[Fact], made: Value) -> Value:
    """What a call makes; what is done to something whose type was inferred is no surer than its type."""
    if not isinstance(receiver, Instance) or INFERRED not in receiver.parts:
        return made
    for fact in facts:
        fact.evidence = "shape" if fact.evidence == "type" else fact.evidence
    return replace(made, parts={**made.parts, INFERRED: TRUE}) if isinstance(made, Instance) else made


def _external(low: Lowering, qualified: str, arguments: Arguments, span: nodes.Span) -> Value:
    builtin = BUILTINS.get(qualified)
    if builtin is not None:
        made = builtin(low, arguments, span)
        if made is not None:
            return made
    entry = low.models.entries.get(qualified)
    if entry is not None and entry.kind == "call":
        register(
            low, Call(entry.operation, External(qualified), arguments, span, arguments.bound(entry.operation.params))
        )
    taken = _taken(low, entry, arguments) if entry is not None and entry.what != "plain" else None
    if taken is not None:
        return taken
    operation = low.models.functions.get(qualified)
    if operation is not None:
        return operate(low, operation, External(qualified), arguments, span)
    kind = low.models.type_named(qualified)
    if kind is not None:
        return _construct(low, kind.id, qualified, arguments)
    terms = tuple(term_of(one) for one in arguments.values())
    meaning = low.models.values.get(qualified)
    name = qualified.rsplit(".", 1)[-1]
    if meaning == "same" and arguments.positional:
        return arguments.positional[0]
    if meaning in {"named", "model"}:
        found = _named(low, meaning, [constant(one) for one in arguments.positional])
        return found if found is not None else Data(ir.Apply(name, terms))
    if meaning == "partial" and arguments.positional:
        return Partial(arguments.positional[0], tuple(arguments.positional[1:]), dict(arguments.keywords))
    if meaning == "fresh":
        return Data(ir.Fresh(low.fresh(name)))
    if meaning == "clock":
        return Data(ir.Shared("now"))
    if meaning == "raises":
        low.emit(ir.Raise("HTTPException", span))
        low.is_dead = True
        return NONE
    if meaning in {"encode", "decode", "secret", MAC}:
        return Data(ir.Apply(meaning, terms))
    if meaning in {"pure", "exit_stack", "partial"}:
        column = next((one.column for one in arguments.positional if isinstance(one, Data) and one.column), None)
        return Data(ir.Apply(name, terms), column=column)
    return unread(low, External(qualified), arguments, span)


def _named(low: Lowering, meaning: str, texts: list[object]) -> Value | None:
    """What of ours a text names: a dotted name, or a model by its application's label and its class."""
    words = [one for one in texts if isinstance(one, str)]
    if not words or len(words) != len(texts):
        return None
    if meaning == "named":
        found = low.project.named(words[0], low.module)
        return low.define(found) if isinstance(found, Definition) else None
    label, _, model = ".".join(words).partition(".")
    parts = low.module.name.split(".")
    for count in range(len(parts)):  # applications stand beside each other, in a package or in none
        found = low.project.named(".".join([*parts[:count], label, "models", model]), low.module)
        if isinstance(found, Definition) and found.kind == "class":
            return low.define(found)
    return None


def _construct(low: Lowering, type_id: str, qualified: str, arguments: Arguments) -> Value:
    """An instance of a modelled type; equal arguments make equal instances (a lock is named by its key)."""
    kind = low.models.types[type_id]
    low.made.add(kind.role)
    given = arguments.bound(kind.params)
    config = given.get(kind.config)
    is_open = arguments.is_open or (config is not None and not isinstance(config, Fields))
    if isinstance(config, Fields):
        given = {**config.items, **given}
        is_open = is_open or config.is_open
    parts: dict[str, Value] = {}
    stated = {name: constant(value) for name, value in given.items()}
    for case in kind.cases:
        if is_open:  # whatever is not stated may be given
            stated = {**dict.fromkeys(case.when, ...), **stated}
        if case.holds(stated):
            parts |= {f"={fact}": Data(ir.Const(said)) for fact, said in case.roles.items()}
            break
    for role, name in kind.roles.items():
        value = given.get(str(name))
        if value is not None:
            parts[role] = value
    if is_open and "visibility" in kind.roles:
        parts.setdefault("visibility", Data(ir.Shared("options")))  # it may be among what is not seen
    if "timeout" in kind.roles and kind.role != "lock" and not arguments.is_open:
        parts |= bounded_client(kind.roles, parts.get("timeout"))
    if arguments.is_open and kind.role == "lock":
        parts["=open"] = Data(ir.Const(True))  # its expiry may be among what is not seen
    terms = tuple(term_of(one) for one in arguments.values())
    return Instance(type_id, ir.Apply(qualified, terms), parts)


def unread(low: Lowering, func: Value, arguments: Arguments, span: nodes.Span) -> Value:
    """A call that cannot be read: a function of its arguments; suspect when it is handed a store, a lock or a row."""
    handed = [one for one in arguments.values() if _is_handed(low, one)]
    if isinstance(func, Super) or (isinstance(func, Data) and isinstance(func.term, ir.Apply)):
        handed += list(_receivers(low, func))
    name = _name_of(low, func)
    low.unread[name] = low.unread.get(name, False) or isinstance(func, Closure | Known | Object)
    if (handed or is_guard_name(name)) and not low.is_dead:
        op = ir.Opaque(span, low.path, f"{name}(…)", tuple(term_of(one) for one in handed), None, hint_in(name))
        fact = Fact(op, "opaque", target=name, hint=hint_in(name) or "")
        fact.row = next((one for one in handed if isinstance(one, Row)), None)
        low.record(fact)
    elif low.has_locks and _may_fail(func):
        low.emit(ir.Unread(span, low.path, f"{name}(…)"))
    terms = tuple(term_of(one) for one in arguments.values())
    presence = tuple(ir.Var(f"{one.snapshot}?") for one in arguments.values() if isinstance(one, Row) and one.absent)
    return Data(ir.Apply(name, (*_base_terms(func), *terms, *presence)))


_HARMLESS = frozenset(
    {
        *("append", "add", "update", "extend", "insert", "discard", "clear", "copy", "get", "items", "keys", "values"),
        *(
            "setdefault",
            "split",
            "rsplit",
            "splitlines",
            "join",
            "strip",
            "lstrip",
            "rstrip",
            "lower",
            "upper",
            "title",
        ),
        *("replace", "startswith", "endswith", "encode", "decode", "format", "isoformat", "count", "index", "sort"),
        *("debug", "info", "warning", "warn", "error", "exception", "critical", "log"),
    }
)
"""Methods of Python's own containers and texts, and those that log."""


def _may_fail(func: Value) -> bool:
    """Whether a call that cannot be read is one of somebody's code, not of Python's own types."""
    if isinstance(func, Data) and isinstance(func.term, ir.Apply) and func.term.label.startswith("."):
        return func.term.label[1:] not in _HARMLESS
    return not (isinstance(func, External) and "." not in func.qualified)


def _base_terms(func: Value) -> tuple[ir.Term, ...]:
    return func.term.args if isinstance(func, Data) and isinstance(func.term, ir.Apply) else ()


def _receivers(low: Lowering, func: Value) -> list[Value]:
    if isinstance(func, Super):
        return [func.receiver] if _is_handed(low, func.receiver) else []
    return []


def _is_handed(low: Lowering, value: Value) -> bool:
    if isinstance(value, Row | Query | Rows):
        return True
    if isinstance(value, Instance):
        return bool(
            low.models.types[value.type_id].role in {"kv", "session", "lock", "connection", "cursor", "pipeline"}
        )
    return False


def _name_of(low: Lowering, func: Value) -> str:
    match func:
        case External(qualified=qualified):
            return qualified
        case Data(term=ir.Apply(label=label)):
            return label
        case Closure(name=name):
            return name
        case Known(definition=definition):
            return definition.name
        case Object(definition=definition):
            return definition.name
        case _:
            return low.show(term_of(func))


def _call_now(low: Lowering, call: Call) -> Value:
    """``loop.run_in_executor(None, func, …)``, ``executor.submit(func, …)``: the call itself.

    A thread has a connection of its own: what it does is in no transaction of whoever hands it the work, so that with
    one open nothing is said of it.
    """
    callback, rest = call.role("callback"), call.role("args")
    if callback is None or (call.data("own_connection") and low.tx_depth > 0):
        return NONE
    items = list(rest.items) if isinstance(rest, Items) else []
    if call.data("each"):
        items = [element_of(low, one, call.span) for one in items]
    roles = {value for value in call.operation.roles.values() if isinstance(value, str)}
    keywords = {name: value for name, value in call.arguments.keywords.items() if name not in roles}
    results: list[Value] = []

    def run() -> None:
        results.append(low.apply(callback, Arguments(items, keywords), call.span))

    absent = (
        [one.absent for one in items if isinstance(one, Row) and one.absent is not None] if call.data("each") else []
    )
    if absent:
        low.branch(negated(ir.AnyOf(tuple(absent)) if len(absent) > 1 else absent[0]), run, lambda: None, call.span)
    else:
        run()
    return results[0] if results and not call.data("own_connection") else NONE


HANDLERS: Mapping[str, Callable[[Lowering, Call], Value]] = {
    **CONSUMER_HANDLERS,
    **CONTEXT_HANDLERS,
    **DOCUMENT_HANDLERS,
    **FILE_HANDLERS,
    **KV_HANDLERS,
    **LOCK_HANDLERS,
    **MESSAGE_HANDLERS,
    **ORM_HANDLERS,
    **FORM_HANDLERS,
    **PIPELINE_HANDLERS,
    **SCHEDULE_HANDLERS,
    **SESSION_HANDLERS,
    **SQL_HANDLERS,
    **STATEMENT_HANDLERS,
    **TIME_HANDLERS,
    **WEBHOOK_HANDLERS,
    "call.now": _call_now,
}
