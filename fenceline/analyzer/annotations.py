"""What annotations, defaults and return types say that a value is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.lower_rows import entry_row
from fenceline.analyzer.lower_state import Scope
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.mapped import model_of
from fenceline.analyzer.models import Type
from fenceline.analyzer.names import dotted_name
from fenceline.analyzer.project import Definition
from fenceline.analyzer.project import External as Outside
from fenceline.analyzer.schema import is_manager_class
from fenceline.analyzer.source import source_from_text
from fenceline.analyzer.syntax import parse
from fenceline.analyzer.values import (
    DERIVED,
    NONE,
    TRUE,
    Closure,
    Data,
    Fields,
    Instance,
    Object,
    Query,
    Row,
    Value,
    term_of,
)

_WRAPPERS = {"Optional", "Annotated", "Union", "ClassVar", "Final", "Required", "NotRequired", "Type", "type"}
_NEW_TYPES = {"typing.NewType", "typing_extensions.NewType"}
_VARIABLES = {"typing.TypeVar", "typing_extensions.TypeVar"}
_LASTING = {"kv", "session", "documents", "connection", "pool"}
"""Roles of what is there when it is asked for: not of a lock, which a function may return or not."""


def param_value(
    low: Lowering, param: nodes.Param, owner: Definition, span: nodes.Span, with_rows: bool = True
) -> Value:
    """What an argument is, by its annotation; a mapped model gives a snapshot read at entry."""
    term = ir.Arg(param.name)
    if param.kind == "kwargs":
        return Fields({}, is_open=True)
    if param.annotation is not None:
        known = annotated_value(low, param.annotation, owner, term, span, with_rows)
        if known is not None:
            return known
    if isinstance(param.default, nodes.Call):
        made = _injected(low, param.default, owner, term)
        if made is not None:
            return made
    return Data(term)


def _injected(low: Lowering, default: nodes.Call, owner: Definition, term: ir.Term) -> Value | None:
    """``db = Depends(get_db)``: what the provider returns or yields."""
    if not default.args:
        return None
    aside = low.aside(owner.module)
    provider = aside.evaluate(default.args[0])
    if isinstance(provider, Closure) and isinstance(provider.node, nodes.FunctionDef):
        with _once(low, provider.node) as is_first:
            made = returned_value(low, provider) if is_first else None
        if isinstance(made, Instance):
            return Instance(made.type_id, term, made.parts)
    return None


def returned_value(low: Lowering, closure: Closure) -> Value | None:
    """What a function's annotation says that it returns or yields, or what its body makes."""
    node = closure.node
    if not isinstance(node, nodes.FunctionDef):
        return None
    owner = Definition("function", closure.module, closure.name, node)
    if node.returns is not None:
        found = annotated_value(low, node.returns, owner, ir.Shared(closure.name), node.span, with_rows=False)
        if found is not None:
            return found
    aside = low.aside(closure.module)
    yielded: list[Value] = []

    def at_yield(value: Value) -> Value:
        yielded.append(value)
        return NONE

    aside.scope = Scope(closure.module, closure.name, on_yield=at_yield)
    aside.statements(node.body)
    if yielded:
        return yielded[0]
    return aside.scope.leaves[0].value if aside.scope.leaves else None


def annotated_value(
    low: Lowering, node: nodes.Expr, owner: Definition, term: ir.Term, span: nodes.Span, with_rows: bool = True
) -> Value | None:
    """An instance of what an annotation names, None when it says nothing of interest."""
    if isinstance(node, nodes.Literal) and isinstance(node.value, str):
        written = _expression(low, node.value)
        return annotated_value(low, written, owner, term, span, with_rows) if written is not None else None
    if isinstance(node, nodes.BinOp) and node.op == "|":
        left = annotated_value(low, node.left, owner, term, span, with_rows)
        return left or annotated_value(low, node.right, owner, term, span, with_rows)
    if isinstance(node, nodes.Subscript):
        return _generic_value(low, node, owner, term, span, with_rows)
    dotted = dotted_name(node)
    return _named_value(low, dotted, owner, term, span, with_rows) if dotted else None


def _expression(low: Lowering, text: str) -> nodes.Expr | None:
    """The expression that a text annotation is; None for what is none, and for a text in a text."""
    key = ("annotation", text)
    if key not in low.memo:
        body = parse(source_from_text(f"({text.strip()})")).body
        low.memo[key] = body[0].value if len(body) == 1 and isinstance(body[0], nodes.ExprStmt) else None
    found = low.memo[key]
    is_text = isinstance(found, nodes.Literal) and isinstance(found.value, str)
    return found if isinstance(found, nodes.Node) and not is_text else None  # type: ignore[return-value]


def returned_as_annotated(low: Lowering, closure: Closure, value: Value) -> Value:
    """What a call has returned, or where its body does not say what that is what the function's annotation says."""
    node = closure.node
    is_open = isinstance(value, Data) and not isinstance(value.term, ir.Const) and value.guard is None
    is_open = is_open or (isinstance(node, nodes.FunctionDef) and _is_stub(node))
    if not is_open or not isinstance(node, nodes.FunctionDef) or node.returns is None:
        return value
    owner = closure.owner or Definition("function", closure.module, closure.name, node)
    found = annotated_value(low, node.returns, owner, term_of(value), node.span, with_rows=False)
    if isinstance(found, Instance):
        return found if low.models.types[found.type_id].role in _LASTING else value
    return found if isinstance(found, Object) else value


def _is_stub(node: nodes.FunctionDef) -> bool:
    """A body of texts and dots only: what it does is written in another class."""
    return all(isinstance(one, nodes.ExprStmt) and isinstance(one.value, nodes.Literal) for one in node.body)


def _generic_value(
    low: Lowering, node: nodes.Subscript, owner: Definition, term: ir.Term, span: nodes.Span, with_rows: bool
) -> Value | None:
    dotted = dotted_name(node.value) or ""
    inner = node.index.items if isinstance(node.index, nodes.Sequence) else [node.index]
    if dotted.rsplit(".", 1)[-1] in _WRAPPERS or dotted.endswith(("Iterator", "Generator", "ContextManager")):
        if dotted.endswith("Annotated") and len(inner) > 1 and isinstance(inner[1], nodes.Call):
            made = _injected(low, inner[1], owner, term)
            if made is not None:
                return made
        for one in inner:
            found = annotated_value(low, one, owner, term, span, with_rows)
            if found is not None:
                return found
        return None
    outer = _named_value(low, dotted, owner, term, span, with_rows)
    if isinstance(outer, Instance) and low.models.types[outer.type_id].role == "queryset":
        row = annotated_value(low, inner[0], owner, term, span, True)
        if isinstance(row, Row):
            return Query(row.model, outer.type_id, is_fresh=False)
    return outer


def _named_value(
    low: Lowering, dotted: str, owner: Definition, term: ir.Term, span: nodes.Span, with_rows: bool
) -> Value | None:
    resolved = low.project.resolve(owner.module, dotted)
    if isinstance(resolved, Outside):
        kind = low.models.type_named(resolved.qualified)
        return Instance(kind.id, term) if kind else None
    if not isinstance(resolved, Definition) or resolved.rest:
        return None
    if resolved.kind == "class":
        return class_instance(low, resolved, term, span, with_rows)
    if resolved.kind != "assign":
        return None
    with _once(low, resolved.node) as is_first:  # ``Tree = list["Tree"]``
        if not is_first:
            return None
        if isinstance(resolved.node, nodes.Subscript | nodes.BinOp | nodes.Literal):
            return annotated_value(low, resolved.node, resolved, term, span, with_rows)
        if isinstance(resolved.node, nodes.Call):
            return _new_type(low, resolved.node, resolved, term, span, with_rows)
    return None


@contextmanager
def _once(low: Lowering, what: object) -> Iterator[bool]:
    """Whether something is not being asked for already: aliases and providers may lead back to themselves."""
    key = ("being annotated", what)
    is_first = key not in low.memo
    low.memo[key] = True
    try:
        yield is_first
    finally:
        if is_first:
            del low.memo[key]


def _new_type(
    low: Lowering, made: nodes.Call, owner: Definition, term: ir.Term, span: nodes.Span, with_rows: bool
) -> Value | None:
    """``Reader = NewType("Reader", AsyncSession)``: at run time it is what it is a new name of."""
    maker = low.project.resolve(owner.module, dotted_name(made.func) or "")
    if isinstance(maker, Outside) and maker.qualified in _VARIABLES:
        bounds = [one.value for one in made.keywords if one.name == "bound"]
        return annotated_value(low, bounds[0], owner, term, span, with_rows) if bounds else None
    if not isinstance(maker, Outside) or maker.qualified not in _NEW_TYPES or len(made.args) != 2:
        return None
    return annotated_value(low, made.args[1], owner, term, span, with_rows)


def class_instance(
    low: Lowering, definition: Definition, term: ir.Term, span: nodes.Span, with_rows: bool = True
) -> Value | None:
    """An instance of a project class: a row, a modelled type that it derives from, or a plain object."""
    model = model_of(low, definition)
    if model is not None:
        return entry_row(low, model, term, span) if with_rows else None
    if is_manager_class(low, definition):
        return None
    for base in sorted(low.project.external_bases(definition)):
        kind = low.models.type_named(base) or _type_on_object(low, base)
        if kind is not None and kind.role not in {"view", "form"}:
            return Instance(kind.id, term, {DERIVED: TRUE})
    return Object(definition, term)


def _type_on_object(low: Lowering, base: str) -> Type | None:
    """``class Bill(app.Task)``: a class that hangs on an object of a modelled type."""
    maker, _, attribute = base.partition("().")
    holder = low.models.type_named(maker) if attribute else None
    kind = low.models.attribute(holder.id, attribute) if holder is not None else None
    return low.models.types.get(kind) if kind is not None else None
