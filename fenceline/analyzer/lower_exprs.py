"""Expressions: what they stand for, and the guards that conditions are."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.durations import rounds_over
from fenceline.analyzer.lower_access import load_attribute, load_name
from fenceline.analyzer.lower_calls import lower_call
from fenceline.analyzer.lower_rows import has_rows
from fenceline.analyzer.lower_state import Arguments
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.row_relations import column_condition
from fenceline.analyzer.targets import element_of, load_item, unpack
from fenceline.analyzer.values import (
    NONE,
    Closure,
    Data,
    Fields,
    Instance,
    Items,
    Query,
    Row,
    Rows,
    Value,
    absent_of,
    constant_of,
    guard_terms,
    is_plain,
    negated,
    term_of,
)

TRUE_GUARD: ir.Guard = ir.IsTrue(ir.Const(True))


def evaluate(low: Lowering, node: nodes.Expr | None) -> Value:
    """What the expression stands for; the effects of the calls in it are written in the order of evaluation."""
    if node is None:
        return NONE
    handler = _HANDLERS.get(type(node))
    return handler(low, node) if handler else NONE


def _name(low: Lowering, node: nodes.Name) -> Value:
    return load_name(low, node.id)


def _attribute(low: Lowering, node: nodes.Attribute) -> Value:
    holder = evaluate(low, node.value)
    if isinstance(holder, Row):
        low.span = node.span
    return load_attribute(low, holder, node.attr, node.span)


def _literal(low: Lowering, node: nodes.Literal) -> Value:
    value = node.value
    if value is ...:
        return Data(ir.Shared("..."))
    return Data(ir.Const(value))


def _fstring(low: Lowering, node: nodes.FString) -> Value:
    return Data(ir.Apply("f", tuple(term_of(evaluate(low, one)) for one in node.parts)))


def _await(low: Lowering, node: nodes.Await) -> Value:
    value = evaluate(low, node.value)
    return has_rows(low, value, node.span) if isinstance(value, Query) and value.kind != "rows" else value


def _condition(low: Lowering, node: nodes.Expr) -> Value:
    guard = guard_of(low, node)
    return Data(ir.Apply("truth", guard_terms(guard)), guard=guard)


def _bool_op(low: Lowering, node: nodes.BoolOp) -> Value:
    """``a or b`` as a value: a function of both, unless both are conditions."""
    if all(isinstance(one, nodes.Compare | nodes.UnaryOp) for one in node.values):
        return _condition(low, node)
    values = [evaluate(low, node.values[0])]
    for one in node.values[1:]:
        values.append(_guarded(low, truth(low, values[-1], node.span), node.op == "and", one))
    objects = [one for one in values if not is_plain(one)]
    if objects:
        return objects[0] if node.op == "or" else objects[-1]
    if node.op == "and" and any(isinstance(one, Data) and (one.guard or one.lookups) for one in values):
        guard = ir.AllOf(tuple(truth(low, one, node.span) for one in values))
        return Data(ir.Apply("and", tuple(map(term_of, values))), guard=guard, lookups=_lookups(values))
    return Data(ir.Apply(node.op, tuple(map(term_of, values))))


def _lookups(values: list[Value]) -> tuple:  # type: ignore[type-arg]
    return tuple(lookup for one in values if isinstance(one, Data) for lookup in one.lookups)


def _guarded(low: Lowering, guard: ir.Guard, positive: bool, node: nodes.Expr) -> Value:
    """Evaluates an operand that runs only under a guard; its effects are written under it."""
    start = low.state
    values: list[Value] = []
    seq, end = low.fork(lambda: values.append(evaluate(low, node)), start)
    if seq.items:
        other = ir.Seq()
        then, orelse = (seq, other) if positive else (other, seq)
        low.emit(ir.Branch(guard, then, orelse, node.span, low.path))
        low.join([(seq, end), (other, start)])
    return values[0] if values else NONE


def _unary(low: Lowering, node: nodes.UnaryOp) -> Value:
    if node.op == "not":
        return _condition(low, node)
    value = evaluate(low, node.operand)
    if node.op == "-" and isinstance(value, Data) and isinstance(value.term, ir.Const):
        number = value.term.value
        if isinstance(number, int | float):
            return Data(ir.Const(-number))
    if node.op == "~" and isinstance(value, Data) and value.lookups:
        return replace(value, lookups=tuple(replace(one, negated=not one.negated) for one in value.lookups))
    return Data(ir.Apply(node.op, (term_of(value),)), column=getattr(value, "column", None))


def _binary(low: Lowering, node: nodes.BinOp) -> Value:
    left, right = evaluate(low, node.left), evaluate(low, node.right)
    if isinstance(left, Instance) and low.models.method(left.type_id, _OPERATORS.get(node.op, "")) is not None:
        return low.apply(load_attribute(low, left, _OPERATORS[node.op], node.span), Arguments([right]), node.span)
    lookups = _lookups([left, right])
    if lookups and node.op == "&":
        return Data(ir.Apply("&", (term_of(left), term_of(right))), lookups=lookups)
    if isinstance(left, Items) and isinstance(right, Items) and node.op == "+":
        return Items((*left.items, *right.items), left.kind)
    if node.op == "+":
        joined = _joined(left, right)
        if joined is not None:
            return joined
    formatted = _formatted(left, right) if node.op == "%" else None
    if formatted is not None:
        return formatted
    label = "f" if node.op == "+" and _is_text(left, right) else node.op
    column = next((one.column for one in (left, right) if isinstance(one, Data) and one.column), None)
    return Data(ir.Apply(label, (term_of(left), term_of(right))), column=column)


def _joined(left: Value, right: Value) -> Rows | None:
    """``list(these) + list(those)``: an element is a row of either, and each is told by the first."""
    rows = [one for one in (left, right) if isinstance(one, Rows)]
    others = [one for one in (left, right) if not isinstance(one, Rows)]
    is_same = len({one.query.model.name for one in rows}) == 1
    return rows[0] if is_same and all(isinstance(one, Items) and not one.items for one in others) else None


_OPERATORS = {"|": "__or__", "/": "__truediv__"}
_CONVERSION = re.compile(r"%[-+ #0]*\d*(?:\.\d+)?[a-zA-Z]")


def _formatted(left: Value, right: Value) -> Value | None:
    """``"stock:%s" % sku``: the same text as the f-string."""
    text = _constant(left)
    if text is None or not isinstance(text.value, str) or "%%" in text.value or "%(" in text.value:
        return None
    items = right.items if isinstance(right, Items) else (right,)
    pieces = _CONVERSION.split(text.value)
    if len(pieces) != len(items) + 1:
        return None
    parts: list[ir.Term] = [ir.Const(pieces[0])]
    for item, piece in zip(items, pieces[1:], strict=True):
        parts += [term_of(item), ir.Const(piece)]
    return Data(ir.Apply("f", tuple(one for one in parts if one != ir.Const(""))))


def _is_text(*values: Value) -> bool:
    return any(isinstance(v, Data) and isinstance(v.term, ir.Const) and isinstance(v.term.value, str) for v in values)


def _if_exp(low: Lowering, node: nodes.IfExp) -> Value:
    guard = guard_of(low, node.test)
    known = constant_of(guard)
    if known is not None:
        return evaluate(low, node.body if known else node.orelse)
    results: list[Value] = []

    def one(expr: nodes.Expr) -> Callable[[], None]:
        return lambda: results.append(evaluate(low, expr))

    then, then_end = low.fork(one(node.body), low.state)
    orelse, orelse_end = low.fork(one(node.orelse), low.state)
    if then.items or orelse.items:
        low.emit(ir.Branch(guard, then, orelse, node.span, low.path))
        merged = low.merge_values("value", [then, orelse], list(results))
        low.join([(then, then_end), (orelse, orelse_end)])
        return merged or NONE
    if all(map(is_plain, results)):
        return Data(ir.Apply("ifelse", (*guard_terms(guard), *map(term_of, results))))
    return low.merge_values("value", [ir.Seq(), ir.Seq()], list(results)) or NONE


def _walrus(low: Lowering, node: nodes.NamedExpr) -> Value:
    value = evaluate(low, node.value)
    low.state.env[node.target.id] = value
    if isinstance(value, Data) and isinstance(value.term, ir.Var):
        low.names.setdefault(value.term.name, node.target.id)
    return value


def _yield(low: Lowering, node: nodes.Yield) -> Value:
    value = evaluate(low, node.value)
    if low.scope.on_yield is not None:
        return low.scope.on_yield(value)
    if low.has_locks:
        low.emit(ir.Unread(node.span, low.path, "yield"))
    return Data(ir.Apply("sent", (term_of(value),)))


def _starred(low: Lowering, node: nodes.Starred) -> Value:
    return evaluate(low, node.value)


def _subscript(low: Lowering, node: nodes.Subscript) -> Value:
    value = evaluate(low, node.value)
    return load_item(low, value, evaluate(low, node.index), node.span)


def _slice(low: Lowering, node: nodes.Slice) -> Value:
    parts = [evaluate(low, one) for one in (node.lower, node.upper, node.step) if one is not None]
    return Data(ir.Apply("slice", tuple(map(term_of, parts))))


def _sequence(low: Lowering, node: nodes.Sequence) -> Value:
    return Items(tuple(evaluate(low, one) for one in node.items), node.kind)


def _mapping(low: Lowering, node: nodes.Mapping) -> Value:
    items: dict[str, Value] = {}
    is_open = False
    for key, item in node.items:
        value = evaluate(low, item)
        if key is None:
            if isinstance(value, Fields):
                items.update(value.items)
                is_open = is_open or value.is_open
            else:
                items["**"] = value
                is_open = True
            continue
        known = evaluate(low, key)
        if isinstance(known, Data) and isinstance(known.term, ir.Const):
            items[str(known.term.value)] = value
        elif isinstance(known, Data) and known.model is not None and known.column is not None:
            items[known.column] = value
        else:
            items[low.show(term_of(known))] = value
            is_open = True
    return Fields(items, is_open)


def _comprehension(low: Lowering, node: nodes.Comprehension) -> Value:
    """One round on one symbolic element; the result is a function of it."""
    start = dict(low.state.env)
    sources: list[Value] = []
    body = ir.Seq()
    guards: list[ir.Guard] = []
    rounds: int | None = 1
    for one in node.generators:
        source = evaluate(low, one.iterable)
        count = rounds_over(source)
        rounds = rounds * count if rounds is not None and count is not None else None
        element = element_of(low, source, one.span)
        sources.append(element)
        unpack(low, one.target, element)
    with low.writing(body):
        for one in node.generators:
            guards.extend(guard_of(low, test) for test in one.conditions)
        element = _guarded(low, ir.AllOf(tuple(guards)), True, node.element) if guards else evaluate(low, node.element)
    if body.items:
        low.emit(ir.Loop(_where_there_are(sources, body, node.span, low.path), "data", node.span, low.path, rounds))
    low.state.env = start
    if node.kind != "dict" and not guards and isinstance(element, Row):
        return Rows(Query(element.model, ""), element)
    depends = tuple(term_of(one) for one in sources) + tuple(t for g in guards for t in guard_terms(g))
    presence = tuple(ir.Var(name) for one in sources if isinstance(one, Row) for name in (f"{one.snapshot}?",))
    return Data(ir.Apply(f"{node.kind} of", (term_of(element), *depends, *presence)))


def _where_there_are(sources: list[Value], body: ir.Seq, span: nodes.Span, path: str) -> ir.Seq:
    """The round of a comprehension: of rows, there is one only where a row is."""
    absent = [one.absent for one in sources if isinstance(one, Row) and one.absent is not None]
    if not absent:
        return body
    there = tuple(negated(one) for one in absent)
    return ir.Seq([ir.Branch(there[0] if len(there) == 1 else ir.AllOf(there), body, ir.Seq(), span, path)])


def _lambda(low: Lowering, node: nodes.Lambda) -> Value:
    return Closure(node, low.module, dict(low.state.env), "<lambda>", low.scope.receiver, low.scope.owner)


def _unknown(low: Lowering, node: nodes.Unknown) -> Value:
    terms = [term_of(evaluate(low, one)) for one in node.children if type(one) in _HANDLERS]  # type: ignore[arg-type]
    return Data(ir.Apply(node.kind, tuple(terms)))


# ----------------------------------------------------------------------- guards


def guard_of(low: Lowering, node: nodes.Expr) -> ir.Guard:
    """The guard that a condition is."""
    if isinstance(node, nodes.UnaryOp) and node.op == "not":
        return negated(guard_of(low, node.operand))
    if isinstance(node, nodes.BoolOp):
        return _bool_guard(low, node)
    if isinstance(node, nodes.Compare):
        return _compare_guard(low, node)
    if isinstance(node, nodes.NamedExpr):
        return truth(low, _walrus(low, node), node.span)
    return truth(low, evaluate(low, node), node.span)


def _bool_guard(low: Lowering, node: nodes.BoolOp) -> ir.Guard:
    guards = [guard_of(low, node.values[0])]
    for one in node.values[1:]:
        held: list[ir.Guard] = []
        start = low.state
        seq, end = low.fork(lambda one=one, held=held: held.append(guard_of(low, one)), start)  # type: ignore[misc]
        if seq.items or (end is not None and end.env != start.env):
            both = ir.AllOf(tuple(guards)) if node.op == "and" else negated(ir.AnyOf(tuple(guards)))
            low.emit(ir.Branch(both, seq, ir.Seq(), one.span, low.path))
            low.state = end or start
        guards.extend(held)
    return ir.AllOf(tuple(guards)) if node.op == "and" else ir.AnyOf(tuple(guards))


def _compare_guard(low: Lowering, node: nodes.Compare) -> ir.Guard:
    guards: list[ir.Guard] = []
    left = evaluate(low, node.left)
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        right = evaluate(low, comparator)
        guards.append(compare(low, left, op, right, node.span))
        left = right
    return guards[0] if len(guards) == 1 else ir.AllOf(tuple(guards))


def truth(low: Lowering, value: Value, span: nodes.Span) -> ir.Guard:
    """The guard ``if value``."""
    match value:
        case Data(guard=guard, term=term, absent=absent):
            if guard is None and absent is not None and not isinstance(term, ir.Var):
                return negated(absent)  # the key of a row: true where there is one
            return guard if guard is not None else ir.IsTrue(term)
        case Row():
            return negated(absent_of(value))
        case Query():
            return truth(low, has_rows(low, value, span), span)
        case Rows(row=row):
            return negated(absent_of(row))
        case Items(items=items, count=count):
            return ir.IsTrue(count if count is not None else ir.Const(bool(items)))
        case _:
            return ir.IsTrue(term_of(value))


def compare(low: Lowering, left: Value, op: str, right: Value, span: nodes.Span) -> ir.Guard:
    """The guard of one comparison."""
    if op in {"is not", "!=", "not in"}:
        positive = {"is not": "is", "!=": "==", "not in": "in"}[op]
        return negated(compare(low, left, positive, right, span))
    if op in {">", "<=", ">="}:
        if op == ">":
            return compare(low, right, "<", left, span)
        flipped = compare(low, left, "<", right, span) if op == ">=" else compare(low, right, "<", left, span)
        return negated(flipped)
    if op in {"==", "is"}:
        return _equal(low, left, right)
    if op == "in":
        return _member(low, left, right, span)
    return _less(left, right)


def _constant(value: Value) -> ir.Const | None:
    return value.term if isinstance(value, Data) and isinstance(value.term, ir.Const) else None


def _equal(low: Lowering, left: Value, right: Value) -> ir.Guard:
    if _constant(left) is not None and _constant(right) is None:
        left, right = right, left
    const = _constant(right)
    if const is None:
        return ir.Ask("==", (term_of(left), term_of(right)))
    if const.value is None:
        return absent_of(left)
    if isinstance(left, Data):
        if left.guard is not None and isinstance(const.value, bool):
            return left.guard if const.value else negated(left.guard)
        if left.size is not None and const.value == 0:
            return negated(left.size)
        if left.guard is not None and const.value in (0, 1):
            return left.guard if const.value else negated(left.guard)
        return ir.IsEqual(left.term, const)
    return ir.Ask("==", (term_of(left), const))


def _member(low: Lowering, left: Value, right: Value, span: nodes.Span) -> ir.Guard:
    if isinstance(right, Items) and right.items and all(_constant(one) for one in right.items):
        return ir.AnyOf(tuple(_equal(low, left, one) for one in right.items))
    if isinstance(right, Instance) and low.models.method(right.type_id, "__contains__") is not None:
        method = load_attribute(low, right, "__contains__", span)
        return truth(low, low.apply(method, Arguments([left]), span), span)
    const = _constant(left)
    if isinstance(right, Fields) and const is not None and isinstance(held := right.items.get(str(const.value)), Row):
        return negated(absent_of(held))
    if isinstance(right, Query):
        found = has_rows(low, right, span)
        return ir.Ask("in", (term_of(left), term_of(found), *_row_vars(found)))
    if isinstance(right, Rows):
        return ir.Ask("in", (term_of(left), ir.Var(f"{right.row.snapshot}?")))
    return ir.Ask("in", (term_of(left), term_of(right)))


def _row_vars(value: Value) -> tuple[ir.Term, ...]:
    return guard_terms(value.guard) if isinstance(value, Data) and value.guard is not None else ()


def _less(left: Value, right: Value) -> ir.Guard:
    """``left < right``; ``0 < len(x)`` and ``len(x) < 1`` are facts about presence."""
    low_const, high_const = _constant(left), _constant(right)
    if isinstance(right, Data) and right.size is not None and low_const is not None and low_const.value == 0:
        return right.size
    if isinstance(left, Data) and left.size is not None and high_const is not None and high_const.value == 1:
        return negated(left.size)
    return ir.Ask("<", (term_of(left), term_of(right)))


def _compare(low: Lowering, node: nodes.Compare) -> Value:
    """A comparison as a value; with a mapped column in it, a condition for a query."""
    left = evaluate(low, node.left)
    right = evaluate(low, node.comparators[0])
    if len(node.ops) == 1:
        condition = column_condition(left, node.ops[0], right)
        if condition is not None:
            return condition
    guards = [compare(low, left, node.ops[0], right, node.span)]
    for op, comparator in zip(node.ops[1:], node.comparators[1:], strict=True):
        left, right = right, evaluate(low, comparator)
        guards.append(compare(low, left, op, right, node.span))
    guard = guards[0] if len(guards) == 1 else ir.AllOf(tuple(guards))
    return Data(ir.Apply("truth", guard_terms(guard)), guard=guard)


_HANDLERS: dict[type, Callable[..., Value]] = {
    nodes.Name: _name,
    nodes.Attribute: _attribute,
    nodes.Literal: _literal,
    nodes.FString: _fstring,
    nodes.Call: lower_call,
    nodes.Compare: _compare,
    nodes.BoolOp: _bool_op,
    nodes.UnaryOp: _unary,
    nodes.BinOp: _binary,
    nodes.IfExp: _if_exp,
    nodes.NamedExpr: _walrus,
    nodes.Await: _await,
    nodes.Yield: _yield,
    nodes.Starred: _starred,
    nodes.Subscript: _subscript,
    nodes.Slice: _slice,
    nodes.Sequence: _sequence,
    nodes.Mapping: _mapping,
    nodes.Comprehension: _comprehension,
    nodes.Lambda: _lambda,
    nodes.Unknown: _unknown,
}
