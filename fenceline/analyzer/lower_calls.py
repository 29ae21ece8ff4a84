"""Calls as they are written: what is called on what, with which arguments."""

from __future__ import annotations

import re
from dataclasses import replace

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.applying import apply
from fenceline.analyzer.inference import inferred_receiver
from fenceline.analyzer.lower_access import load_attribute
from fenceline.analyzer.lower_state import Arguments
from fenceline.analyzer.lower_time import limit_facts
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.models import Operation
from fenceline.analyzer.row_relations import change_collection, related_manager
from fenceline.analyzer.schema import shape_model
from fenceline.analyzer.shown import shown_in_class
from fenceline.analyzer.targets import unpack
from fenceline.analyzer.values import (
    NONE,
    Data,
    External,
    Fields,
    Instance,
    Items,
    Method,
    Rows,
    Value,
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
    if isinstance(base, Data) and _is_of_manager(low, name, has_keywords=bool(node.keywords)):
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


def _is_of_manager(low: Lowering, method: str, *, has_keywords: bool) -> bool:
    """Whether a method tells by its name, or by its name and keywords, that it is one of a manager of rows."""
    words = ("shown_by_method", "shown_by_keywords") if has_keywords else ("shown_by_method",)
    told = (kind.roles.get(word) for kind in low.models.saying("shape_attribute") for word in words)
    return any(isinstance(one, list) and method in one for one in told)


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
    elif name == "clear":  # whatever was in it
        changed = Data(ir.Apply("cleared", ()))
    else:
        changed = Data(ir.Apply(name, (term_of(base), *terms)))
    unpack(low, func.value, changed)
    return Data(ir.Apply(f"result of {name}", (term_of(base), *terms)))
