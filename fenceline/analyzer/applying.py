"""Calls applied: modelled ones become ops, project functions are read in place, the rest cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.builtins_model import BUILTINS
from fenceline.analyzer.hints import hint_in, is_guard_name
from fenceline.analyzer.inlining import call_class, call_closure
from fenceline.analyzer.lower_access import load_attribute
from fenceline.analyzer.lower_consumers import CONSUMER_HANDLERS, takes_or_acknowledges
from fenceline.analyzer.lower_context import CONTEXT_HANDLERS, run_inside
from fenceline.analyzer.lower_documents import DOCUMENT_HANDLERS
from fenceline.analyzer.lower_files import FILE_HANDLERS
from fenceline.analyzer.lower_forms import FORM_HANDLERS, bind_form
from fenceline.analyzer.lower_kv import KV_HANDLERS
from fenceline.analyzer.lower_locks import LOCK_HANDLERS, origin_of
from fenceline.analyzer.lower_messages import MESSAGE_HANDLERS
from fenceline.analyzer.lower_orm import ORM_HANDLERS
from fenceline.analyzer.lower_pipelines import PIPELINE_HANDLERS
from fenceline.analyzer.lower_schedules import SCHEDULE_HANDLERS, constant, node_of, register
from fenceline.analyzer.lower_scripts import SCRIPT_HANDLERS
from fenceline.analyzer.lower_session import SESSION_HANDLERS
from fenceline.analyzer.lower_sql import SQL_HANDLERS
from fenceline.analyzer.lower_state import Arguments, Call, Fact
from fenceline.analyzer.lower_statements import STATEMENT_HANDLERS
from fenceline.analyzer.lower_time import TIME_HANDLERS, bounded_client
from fenceline.analyzer.lower_webhooks import MAC, WEBHOOK_HANDLERS
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.models import Entry, Operation, operation_for
from fenceline.analyzer.project import Definition
from fenceline.analyzer.targets import element_of
from fenceline.analyzer.values import (
    INFERRED,
    NONE,
    ORIGIN,
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
        return _construct(low, kind.id, qualified, arguments, span)
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


def _construct(low: Lowering, type_id: str, qualified: str, arguments: Arguments, span: nodes.Span) -> Value:
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
    if kind.role == "lock":
        parts[ORIGIN] = origin_of(low, kind.roles, kind.params, span)
    if "handed" in kind.roles:  # it is a call of the function that it is given
        parts["named"] = Fields({name: one for name, one in arguments.keywords.items() if name not in kind.params})
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
    **SCRIPT_HANDLERS,
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
