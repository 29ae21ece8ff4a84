"""Names, attributes, items and targets: reading and binding them."""

from __future__ import annotations

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.annotations import annotated_value
from fenceline.analyzer.assigned import held_elsewhere, value_assigned
from fenceline.analyzer.definitions import assignments
from fenceline.analyzer.durations import seconds_of
from fenceline.analyzer.inlining import kept
from fenceline.analyzer.lower_rows import load_row_attribute
from fenceline.analyzer.lower_state import Arguments
from fenceline.analyzer.lowering import ASKS_TRANSACTION, IN_TRANSACTION, Lowering
from fenceline.analyzer.mapped import model_of
from fenceline.analyzer.models import Operation
from fenceline.analyzer.module_globals import declared_global, is_reassigned
from fenceline.analyzer.project import Definition, Member
from fenceline.analyzer.project import External as Outside
from fenceline.analyzer.relations import link_of
from fenceline.analyzer.row_relations import query_method, table_attribute
from fenceline.analyzer.schema import shape_model, type_with_role
from fenceline.analyzer.values import (
    NONE,
    Closure,
    Data,
    External,
    Fields,
    Instance,
    Items,
    Known,
    Method,
    Object,
    Partial,
    Query,
    Result,
    Row,
    Rows,
    Super,
    Table,
    Value,
    term_of,
)

_DUNDERS = {"__enter__": "lock.enter", "__aenter__": "lock.enter", "__exit__": "lock.exit", "__aexit__": "lock.exit"}
"""What ``with lock:`` calls, as the operations that it means."""

USES = "uses"
"""Under which the memo has what tells the type id of a global, by what the project asks it for."""


def load_name(low: Lowering, name: str) -> Value:
    """A local name, a name of the module, or a builtin (as External)."""
    found = low.state.env.get(name)
    if found is not None:
        return found
    return module_name(low, name)


def module_name(low: Lowering, name: str) -> Value:
    """What a name of the module stands for; a builtin is External."""
    resolved = low.project.resolve(low.module, name)
    if isinstance(resolved, Definition):
        return definition_value(low, resolved)
    if isinstance(resolved, Outside):
        return external_value(low, resolved.qualified)
    return External(name)


def external_value(low: Lowering, qualified: str) -> Value:
    """What a dotted name outside the project stands for: a modelled object, else only the name."""
    known = low.models.objects.get(qualified)
    return Instance(known, ir.Shared(qualified)) if known else External(qualified)


def definition_value(low: Lowering, definition: Definition) -> Value:
    """What a definition of the project stands for."""
    value: Value = Known(definition)
    if definition.kind == "class":
        model = model_of(low, definition)
        value = Table(model) if model is not None else Known(definition)
    elif definition.kind == "function" and isinstance(definition.node, nodes.FunctionDef):
        value = function_value(low, definition.node, definition)
    elif definition.kind == "assign":
        value = static_value(low, definition)
    for attribute in definition.rest:
        value = load_attribute(low, value, attribute, definition.node.span)
    return value


def function_value(low: Lowering, node: nodes.FunctionDef, definition: Definition) -> Value:
    """A function of the project; a decorator that makes it a task gives it the task's type."""
    closure = Closure(node, definition.module, {}, definition.name)
    for decorator in node.decorators:
        kind = decorator_result(low, definition, decorator)
        if kind:
            ident = ir.Shared(f"{definition.module.name}.{definition.name}")
            return Instance(kind, ident, {"function": closure})
    return closure


def decorator_result(low: Lowering, definition: Definition, decorator: nodes.Expr) -> str:
    """The type id that an entry decorator gives to what it decorates, '' when it is none."""
    target = decorator.func if isinstance(decorator, nodes.Call) else decorator
    key = ("decorator", definition.module.name, id(target))
    if key not in low.memo:
        low.memo[key] = ""
        low.memo[key] = _decorator_result(low, definition, target)
    return str(low.memo[key])


def _decorator_result(low: Lowering, definition: Definition, target: nodes.Expr) -> str:
    value = static_evaluate(low, definition, target)
    if isinstance(value, External):
        entry = low.models.entries.get(value.qualified)
        return entry.result.strip("<>") if entry else ""
    if isinstance(value, Method) and value.operation.op == "entry":
        result = value.operation.result
        return result.strip("<>") if result.startswith("<") else ""
    return ""


def static_evaluate(low: Lowering, definition: Definition, node: nodes.Expr) -> Value:
    """An expression of a module's top level, its effects forgotten."""
    aside = low.aside(definition.module)
    return kept(aside, aside.evaluate(node))


def static_value(low: Lowering, definition: Definition) -> Value:
    """The value of a module global: what its last assignment makes."""
    key = ("global", definition.module.name, definition.name)
    if key in low.memo:
        found = low.memo[key]
        return found if isinstance(found, _VALUE_TYPES) else NONE
    ident = ir.Shared(f"{definition.module.name}.{definition.name}")
    low.memo[key] = Data(ident)
    value: Value = Data(ident)
    if isinstance(definition.node, nodes.Node):
        value = static_evaluate(low, definition, definition.node)  # type: ignore[arg-type]
    if isinstance(value, Data) and (is_reassigned(low, definition) or _is_undefined(definition)):
        value = declared_global(low, definition, ident)
    if isinstance(value, Instance):
        value = Instance(value.type_id, ident, value.parts)
    elif isinstance(value, Object):
        value = Object(value.definition, ident, value.attributes)
    elif isinstance(value, Data) and value.column is None and not _is_stated(value.term):
        value = Data(ident)
    low.memo[key] = value
    return value


def _is_undefined(definition: Definition) -> bool:
    """``client: Redis`` and no value at the top level."""
    return isinstance(definition.node, nodes.Literal) and definition.node.value is ...


def _is_stated(term: ir.Term) -> bool:
    """Whether the source itself states a value: a constant, or a text or a number made of constants."""
    if isinstance(term, ir.Apply) and term.label in {"f", "+", "text"}:
        return all(_is_stated(one) for one in term.args)
    return isinstance(term, ir.Const) or seconds_of(term) is not None


def load_attribute(low: Lowering, value: Value, name: str, span: nodes.Span) -> Value:
    """``value.name``."""
    match value:
        case External(qualified=qualified):
            shaped = shape_model(low, qualified, name)
            shown = shaped or _shown_by_use(low, qualified, name) or held_elsewhere(low, value, name)
            return shown or external_value(low, f"{qualified}.{name}")
        case Known(definition=definition):
            return _known_attribute(low, definition, name, span)
        case Table(model=model):
            return _class_member(low, value, model.definition, name, span) or table_attribute(low, model, name)
        case Instance():
            return _instance_attribute(low, value, name)
        case Object():
            return _object_attribute(low, value, name, span)
        case Row() if name.startswith("__") and name.endswith("__"):
            return _plain(value, name)  # of the object that stands for the row: no column is called so
        case Row():
            held = _member(low, value, value.model.definition, name, span) or _row_constant(low, value, name)
            return held or load_row_attribute(low, value, name)
        case Query():
            return query_method(low, value, name) or _manager_member(low, value, name, span)
        case Result(type_id=type_id, count=count):
            operation = low.models.method(type_id, name)
            if operation is not None:
                return Method(value, operation)
            return (
                count if count is not None and low.models.attribute(type_id, name) == "count" else _plain(value, name)
            )
        case Super(receiver=receiver, owner=owner):
            return _super_attribute(low, receiver, owner, name, span)
        case Data(term=term):
            column = _column_member(low, value, name) if value.model is not None else None
            shown = _shown_by_use(low, term.label, name) if isinstance(term, ir.Shared) else None
            known = column or shown or shape_model(low, "", name, term)
            return known or held_elsewhere(low, value, name) or _plain(value, name)
        case _:
            return _plain(value, name)


def _shown_by_use(low: Lowering, qualified: str, name: str) -> Method | None:
    """A method of a global whose class cannot be read, where the project shows elsewhere what it is."""
    uses = low.memo.get(USES)
    kinds = {kind for kind, _ in low.models.known_by.values()}
    if uses is None or all(low.models.method(kind, name) is None for kind in kinds):
        return None
    kind = uses(qualified)  # type: ignore[operator]
    operation = low.models.method(kind, name) if kind else None
    return Method(Instance(kind, ir.Shared(qualified)), operation) if operation is not None else None


def _column_member(low: Lowering, value: Data, name: str) -> Value | None:
    """What is asked of a column of a class: the class of the rows that link two rows, a method."""
    assert value.model is not None
    managers = [one for one in low.models.saying("link_attribute") if one.store == value.model.store]
    if any(one.roles["link_attribute"] == name for one in managers):
        link = link_of(low, value.model, value.column or "")
        return Table(link) if link is not None else None
    return _column_method(low, value, name)


def _column_method(low: Lowering, value: Data, name: str) -> Value | None:
    """``Model.attribute.is_``: a method of columns, where the family has any."""
    assert value.model is not None
    kind = type_with_role(low, "column", value.model.store)
    operation = low.models.method(kind.id, name) if kind is not None else None
    return Method(value, operation) if operation is not None else None


def _plain(value: Value, name: str) -> Value:
    return Data(ir.Apply("." + name, (term_of(value),)))


def _known_attribute(low: Lowering, definition: Definition, name: str, span: nodes.Span) -> Value:
    if definition.kind == "module":
        inner = low.project.attribute_of(definition.module, name)
        if isinstance(inner, Definition):
            bound = definition_value(low, inner)
            return (held_elsewhere(low, Known(definition), name) or bound) if bound == NONE else bound
        if isinstance(inner, Outside):
            return external_value(low, inner.qualified)
        return External(f"{definition.module.name}.{name}")
    stored = low.state.attributes.get((term_of(Known(definition)), name))
    found = stored or _class_member(low, Known(definition), definition, name, span)
    if found is not None:
        return found
    shaped = shape_model(low, f"{definition.module.name}.{definition.name}", name)
    return shaped or Data(ir.Shared(f"{definition.module.name}.{definition.name}.{name}"))


def _class_member(
    low: Lowering, receiver: Value, definition: Definition | None, name: str, span: nodes.Span
) -> Value | None:
    """A member read from the class itself: methods, constants, nested classes."""
    found = low.project.find_attribute(definition, name) if definition is not None else None
    if found is None:
        return None
    owner, node = found
    if isinstance(node, nodes.FunctionDef):
        is_class_method = _has_decorator(node, "classmethod")
        return Closure(node, owner.module, {}, name, receiver if is_class_method else None, owner)
    if isinstance(receiver, Table) and not _is_constant(node):
        return None
    return _class_constant(low, owner, name, node)


def _is_constant(node: Member) -> bool:
    """What a model class holds beside its columns: nested classes, texts and numbers with a name."""
    if not isinstance(node, nodes.Assign):
        return isinstance(node, nodes.ClassDef)
    return node.annotation is None and isinstance(node.value, nodes.Literal) and isinstance(node.value.value, str | int)


def _row_constant(low: Lowering, row: Row, name: str) -> Value | None:
    """A constant of the model's class, asked of a row that has not been given a value of its own."""
    found = low.project.find_attribute(row.model.definition, name) if row.model.definition is not None else None
    if found is None or not isinstance(found[1], nodes.Assign) or not _is_constant(found[1]):
        return None
    return None if name in low.state.fields.get(row.snapshot, {}) else _class_constant(low, found[0], name, found[1])


def _class_constant(low: Lowering, owner: Definition, name: str, node: Member) -> Value:
    """What a name in a class body stands for: a nested class, or the value assigned."""
    dotted = f"{owner.name}.{name}"
    if isinstance(node, nodes.ClassDef):
        return definition_value(low, Definition("class", owner.module, dotted, node))
    value = node.value if isinstance(node, nodes.Assign) else None
    if value is None:
        return Data(ir.Shared(f"{owner.module.name}.{dotted}"))
    return static_value(low, Definition("assign", owner.module, dotted, value))


def _has_decorator(node: nodes.FunctionDef, *names: str) -> bool:
    for one in node.decorators:
        target = one.func if isinstance(one, nodes.Call) else one
        if isinstance(target, nodes.Name) and target.id in names:
            return True
        if isinstance(target, nodes.Attribute) and target.attr in names:
            return True
    return False


def _member(low: Lowering, receiver: Value, definition: Definition | None, name: str, span: nodes.Span) -> Value | None:
    """A method or property of the receiver's class, bound to it; None for anything else."""
    found = low.project.find_attribute(definition, name) if definition is not None else None
    if found is None:
        return None
    owner, node = found
    if not isinstance(node, nodes.FunctionDef):
        return None
    if _has_decorator(node, "property", "cached_property"):
        if _has_decorator(node, "abstractmethod") and _says_nothing(node):
            return _plain(receiver, name)
        return low.apply(Closure(node, owner.module, {}, name, receiver, owner), Arguments(), span)
    if _has_decorator(node, "staticmethod"):
        return Closure(node, owner.module, {}, name, None, owner)
    return Closure(node, owner.module, {}, name, receiver, owner)


def _says_nothing(node: nodes.FunctionDef) -> bool:
    """Whether a body holds only a docstring, ``pass`` or ``...``: what it gives is for the classes below to say."""
    return all(
        isinstance(one, nodes.Pass) or (isinstance(one, nodes.ExprStmt) and isinstance(one.value, nodes.Literal))
        for one in node.body
    )


def _manager_member(low: Lowering, value: Query, name: str, span: nodes.Span) -> Value:
    """A method of a project-made manager or queryset."""
    manager = low.memo.get(("manager", value.model.name))
    if isinstance(manager, Definition):
        found = _member(low, value, manager, name, span)
        if found is not None:
            return found
    return Data(ir.Apply("." + name, (term_of(value),)))


def _instance_attribute(low: Lowering, value: Instance, name: str) -> Value:
    operation = low.models.method(value.type_id, name)
    if operation is not None:
        return Method(value, operation)
    if name in _DUNDERS and low.models.types[value.type_id].role == "lock":
        return Method(value, Operation(name, _DUNDERS[name]))
    kind = low.models.attribute(value.type_id, name)
    if kind == "in_transaction":
        asked = ir.Apply(ASKS_TRANSACTION, (value.ident,))
        return Data(asked, guard=IN_TRANSACTION if low.tx_depth > 0 else None)
    if kind is not None and kind in low.models.types:
        return Instance(kind, ir.Apply("." + name, (value.ident,)), value.parts)
    stored = low.state.attributes.get((value.ident, name))
    if stored is None and isinstance(value.ident, ir.Arg | ir.Apply):
        stored = held_elsewhere(low, Data(value.ident), name)
    return stored if stored is not None else Data(ir.Apply("." + name, (value.ident,)))


def _object_attribute(low: Lowering, value: Object, name: str, span: nodes.Span) -> Value:
    stored = low.state.attributes.get((value.ident, name)) or value.attributes.get(name)
    if stored is not None:
        return stored
    bound = _member(low, value, value.definition, name, span)
    if bound is not None:
        return bound
    for base in sorted(low.project.external_bases(value.definition)):
        kind = low.models.type_named(base)
        operation = low.models.method(kind.id, name) if kind is not None else None
        if operation is not None:
            return Method(value, operation)
    assigned = _self_assignment(low, value, name)
    if assigned is not None:
        return assigned
    found = low.project.find_attribute(value.definition, name)
    if found is not None:
        owner, node = found
        annotated = _declared(low, owner, name, ir.Apply("." + name, (value.ident,)))
        return annotated or _class_constant(low, owner, name, node)
    declared = _declared(low, value.definition, name, ir.Apply("." + name, (value.ident,)))
    shown = _shown_by_use(low, value.ident.label, name) if isinstance(value.ident, ir.Shared) else None
    return declared or shown or Data(ir.Apply("." + name, (value.ident,)))


def _declared(low: Lowering, owner: Definition, name: str, term: ir.Term) -> Value | None:
    """``name: Type`` in a class body."""
    if not isinstance(owner.node, nodes.ClassDef):
        return None
    for statement in owner.node.body:
        if isinstance(statement, nodes.Assign) and statement.annotation is not None:
            target = statement.targets[0]
            if isinstance(target, nodes.Name) and target.id == name:
                return annotated_value(low, statement.annotation, owner, term, statement.span)
    return None


def _self_assignment(low: Lowering, value: Object, name: str) -> Value | None:
    """What ``self.name = …`` in a method of the class makes (``__init__`` first)."""
    for owner in low.project.mro(value.definition):
        if not isinstance(owner.node, nodes.ClassDef):
            continue
        key = ("self", owner.module.name, owner.name, name)
        if key not in low.memo:
            low.memo[key] = None
            low.memo[key] = _find_self_assignment(low, owner, name)
        made = low.memo[key]
        if isinstance(made, Instance):
            return Instance(made.type_id, ir.Apply("." + name, (value.ident,)), made.parts)
        if isinstance(made, Object):
            return Object(made.definition, ir.Apply("." + name, (value.ident,)), made.attributes)
        if isinstance(made, _VALUE_TYPES) and not isinstance(made, Data):
            return made
        if isinstance(made, Data) and isinstance(made.term, ir.Const):
            return Data(ir.Apply("." + name, (value.ident,)))
    return None


def _find_self_assignment(low: Lowering, owner: Definition, name: str) -> Value | None:
    """The first that says more than None: what is opened later, or lazily, is None until then."""
    assert isinstance(owner.node, nodes.ClassDef)
    methods = [one for one in owner.node.body if isinstance(one, nodes.FunctionDef)]
    methods.sort(key=lambda one: one.name != "__init__")
    first: Value | None = None
    for method in methods:
        if not method.params:
            continue
        for statement in assignments(method.body):
            for target in statement.targets:
                if (
                    isinstance(target, nodes.Attribute)
                    and target.attr == name
                    and isinstance(target.value, nodes.Name)
                    and target.value.id == method.params[0].name
                    and statement.value is not None
                ):
                    made = value_assigned(low, owner, method, statement, skipped=1)
                    if not (isinstance(made, Data) and made.term == ir.Const(None)):
                        return made
                    first = first or made
    return first


def _super_attribute(low: Lowering, receiver: Value, owner: Definition, name: str, span: nodes.Span) -> Value:
    definition = owner
    if isinstance(receiver, Row) and receiver.model.definition is not None:
        definition = receiver.model.definition
    elif isinstance(receiver, Object | Known):
        definition = receiver.definition
    order = low.project.mro(definition)
    names = [(one.module.name, one.name) for one in order]
    here = (owner.module.name, owner.name)
    rest = order[names.index(here) + 1 :] if here in names else []
    for one in rest:
        if isinstance(one.node, nodes.ClassDef):
            for statement in one.node.body:
                if isinstance(statement, nodes.FunctionDef) and statement.name == name:
                    return Closure(statement, one.module, {}, name, receiver, one)
    if isinstance(receiver, Row):
        return load_row_attribute(low, receiver, name)
    if isinstance(receiver, Query):
        return query_method(low, receiver, name) or Data(ir.Apply("super." + name, (term_of(receiver),)))
    return Data(ir.Apply("super." + name, (term_of(receiver),)))


# --------------------------------------------------------------------- parameters


# ------------------------------------------------------------------------ targets


_VALUE_TYPES = (
    Data,
    External,
    Instance,
    Known,
    Closure,
    Method,
    Partial,
    Object,
    Items,
    Fields,
    Query,
    Row,
    Rows,
    Result,
    Table,
)
