"""Lowers one function of the project to its effect tree, with the facts that rules ask for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.annotations import class_instance
from fenceline.analyzer.applying import apply, unread
from fenceline.analyzer.entries import bound_to
from fenceline.analyzer.inlining import call_closure, leave, walk
from fenceline.analyzer.kv_members import relate_members
from fenceline.analyzer.lower_access import definition_value
from fenceline.analyzer.lower_exprs import evaluate, guard_of, truth
from fenceline.analyzer.lower_flow import statements
from fenceline.analyzer.lower_instances import made_row
from fenceline.analyzer.lower_rows import entry_row
from fenceline.analyzer.lower_session import end_of_entry, touch
from fenceline.analyzer.lower_state import Arguments, Fact, Opened, Scope, Site, Snapshot, WholeSave
from fenceline.analyzer.lowering import Interpreter, Lowering
from fenceline.analyzer.mapped import model_of
from fenceline.analyzer.models import Models
from fenceline.analyzer.names import dotted_name
from fenceline.analyzer.project import Definition, ModuleInfo, Project
from fenceline.analyzer.relations import target_of
from fenceline.analyzer.row_keys import field_cell
from fenceline.analyzer.values import Closure, Data, Instance, Model, Row, Table, Value
from fenceline.analyzer.work import DONE

INTERPRETER = Interpreter(evaluate, guard_of, truth, statements, apply, touch, definition_value)


@dataclass(slots=True, eq=False)
class Lowered:
    """One entry as the rules see it. ``made``: the roles of the modelled objects that it constructs.

    ``opened``: the functions that it calls, in order, and the transaction that is open around each call, None for none;
    not what runs after a commit. ``hooked``: the ops of commit hooks, which stand where the hooks are registered.

    ``called``: what is called and could not be read, as in terms (``.name`` of a method).
    ``overrides``: the op of the library's method that it replaces in a mapped class (its own ``save``), '' for none.
    ``put_in_order``: the snapshots and columns that such a method was the first to change, called by the entry.
    ``handed_new``: the functions that it calls, and the parameters that each call gives a value made anew.
    """

    tree: ir.Seq
    facts: list[Fact]
    function: str
    node: nodes.FunctionDef
    path: str
    defined: dict[str, ir.Term]
    first_use: dict[str, tuple[nodes.Span, str]]
    changed: dict[str, dict[str, tuple[nodes.Span, str]]]
    snapshots: dict[str, Snapshot]
    names: dict[str, str]
    uses: dict[ir.Op, list[ir.Term]]
    hints: list[str]
    receipts: list[tuple[object, list[Value]]] = field(default_factory=list)
    opened: list[tuple[object, Opened | None]] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    whole_saves: list[WholeSave] = field(default_factory=list)
    hooked: set[ir.Op] = field(default_factory=set)
    params: tuple[str, ...] = ()
    owner: Definition | None = None
    made: frozenset[str] = frozenset()
    overrides: str = ""
    called: frozenset[str] = frozenset()
    put_in_order: frozenset[tuple[str, str]] = frozenset()
    handed_new: dict[object, frozenset[str]] = field(default_factory=dict)


def new_lowering(project: Project, models: Models, module: ModuleInfo, memo: dict[object, object]) -> Lowering:
    """A lowering of one entry of a module; ``memo`` is shared by all entries of a run."""
    return Lowering(project, models, module, INTERPRETER, memo)


def lower_function(low: Lowering, node: nodes.FunctionDef, owner: Definition | None, name: str) -> Lowered:
    """Lowers a function as an entry: its arguments are whatever a caller hands in."""
    DONE.definitions += 1
    low.scope = Scope(low.module, name, owner)
    body = ir.Seq()
    with low.writing(body):
        receiver = _receiver(low, node, owner)
        closure = Closure(node, low.module, {}, node.name, receiver, owner)
        shapes = _shaped_rows(low, node, receiver is not None) | _passed(low, node, owner, receiver is not None)
        low.depth -= 1
        value = call_closure(low, closure, Arguments([], shapes, is_open=True), node.span, unread)
        if node not in low.read and node.decorators:  # a decorator that hands it on to something that cannot be read
            low.hints += _guarding(low, node)
            closure = replace(closure, is_decorated=False)
            value = call_closure(low, closure, Arguments([], shapes, is_open=True), node.span, unread)
        if not low.is_dead:
            end_of_entry(low, node.span)
            leave(low, value, node.span)
    _finish(low)
    low.facts = list(low.facts)
    return Lowered(
        body, low.facts, name, node, low.path, low.defined, low.first_use, low.changed, low.snapshots,
        low.names, low.uses, low.hints, low.receipts, low.opened, low.sites, low.whole_saves, low.hooked,
        tuple(one.name for one in node.params), owner, frozenset(low.made), _overridden(low, node, receiver),
        frozenset(low.unread), frozenset(low.put_in_order), low.handed_new,
    )  # fmt: skip


def _guarding(low: Lowering, node: nodes.FunctionDef) -> list[str]:
    """The decorators of a function that they have not led to, where one of them locks something: around it, perhaps."""
    if not any(isinstance(one.op, ir.Acquire) or getattr(one.op, "row_locks", ()) for one in low.facts):
        return []
    targets = [one.func if isinstance(one, nodes.Call) else one for one in node.decorators]
    return [", ".join(dotted_name(one) or "…" for one in targets)]


def _receiver(low: Lowering, node: nodes.FunctionDef, owner: Definition | None) -> Value | None:
    """``self`` or ``cls`` of a method."""
    if owner is None or not node.params:
        return None
    decorators = {getattr(one, "id", getattr(one, "attr", "")) for one in node.decorators}
    if "staticmethod" in decorators:
        return None
    if "classmethod" in decorators:
        model = model_of(low, owner)
        from fenceline.analyzer.values import Known

        return Table(model) if model is not None else Known(owner)
    name = node.params[0].name
    model = model_of(low, owner) if node.name == "__init__" else None
    if model is not None:
        return made_row(low, model, {})  # nobody else can have what is being made
    made = class_instance(low, owner, ir.Arg(name), node.name_span)
    shaped = None
    if made is None or (not hasattr(made, "snapshot") and _is_open_class(low, owner)):
        shaped = _shaped_row(low, node, name)
    return shaped or made or Data(ir.Arg(name))


def _passed(low: Lowering, node: nodes.FunctionDef, owner: Definition | None, skips_first: bool) -> dict[str, Value]:
    """What a library calls the function with: one that it is registered with, or the base of its class."""
    registry = low.memo.get("registry")
    ways = registry.ways_of(node) if registry is not None else ()  # type: ignore[attr-defined]
    passed = [way.facts.get("passes", ()) for way in ways]
    bases = [low.models.entries.get(one) for one in sorted(low.project.external_bases(owner))] if owner else []
    passed += [one.operation.roles.get("passes", ()) for one in bases if one is not None and node.name in one.methods]
    params = [one for one in node.params[1 if skips_first else 0 :] if one.kind == "positional"]
    found: dict[str, Value] = {}
    bound = bound_to(low, node) if params and owner is None else ""
    if bound:
        found[params[0].name] = Instance(bound, ir.Arg(params[0].name))
    for types in passed:
        for param, said in zip(params, types, strict=False):
            kind = said.strip("<>")
            if param.annotation is None and kind in low.models.types:
                found[param.name] = Instance(kind, ir.Arg(param.name))
    return found


def _is_open_class(low: Lowering, owner: Definition) -> bool:
    """A class with a base that is not found may be mapped there (a project-made base of a library)."""
    return bool(low.project.external_bases(owner) - {"object"})


def _shaped_rows(low: Lowering, node: nodes.FunctionDef, skips_first: bool) -> dict[str, Value]:
    """Parameters that are rows by what is done with them: attributes changed, then saved."""
    found: dict[str, Value] = {}
    for param in node.params[1 if skips_first else 0 :]:
        if param.kind in {"positional", "keyword"} and param.annotation is None:
            shaped = _shaped_row(low, node, param.name) or _related_row(low, node, param.name)
            if shaped is not None:
                found[param.name] = shaped
    return found


def _related_row(low: Lowering, node: nodes.FunctionDef, name: str) -> Value | None:
    """``Invoice.objects.create(order=order)``: the parameter is a row of the model that the foreign key points to."""
    for one in _calls_with(low, node, name):
        given = [keyword.name for keyword in one.keywords if _is_name(keyword.value, name)]
        root: nodes.Expr = one
        while isinstance(root, nodes.Call | nodes.Attribute):
            root = root.func if isinstance(root, nodes.Call) else root.value
        value = low.aside(low.module).evaluate(root) if isinstance(root, nodes.Name) else None
        if not isinstance(value, Table) or value.model.schema is None:
            continue
        for column in given:
            known = value.model.schema.columns.get(column or "")
            target = target_of(low, value.model, known.name) if known is not None and known.relation else None
            if target is not None:
                return entry_row(low, target, ir.Arg(name), node.name_span, name)
    return None


def _calls_with(low: Lowering, node: nodes.FunctionDef, name: str) -> list[nodes.Call]:
    """The calls of a function to which a name is handed by keyword."""
    if ("handed on", node) not in low.memo:
        found: dict[str, list[nodes.Call]] = {}
        for one in walk(node.body):
            if isinstance(one, nodes.Call):
                for held in {k.value.id for k in one.keywords if isinstance(k.value, nodes.Name)}:
                    found.setdefault(held, []).append(one)
        low.memo["handed on", node] = found
    known = low.memo["handed on", node]
    return list(known.get(name, ())) if isinstance(known, dict) else []


def _is_name(node: nodes.Expr, name: str) -> bool:
    return isinstance(node, nodes.Name) and node.id == name


def _shaped_row(low: Lowering, node: nodes.FunctionDef, name: str) -> Value | None:
    """``x.f = …; x.save()``: enough to take x for a row of a model that is not found."""
    if name not in _shaped_names(low, node):
        return None
    store = _row_store(low)
    return entry_row(low, Model(name, store, by_shape=True), ir.Arg(name), node.name_span, name)


def _shaped_names(low: Lowering, node: nodes.FunctionDef) -> set[str]:
    """The names of a function whose attributes are changed and that are then saved."""
    known = low.memo.get(("shaped", node))
    if isinstance(known, set):
        return known
    saved: set[str] = set()
    stored: set[str] = set()
    for one in walk(node.body):
        targets: list[nodes.Expr] = []
        match one:
            case nodes.Call(func=nodes.Attribute(value=nodes.Name(id=name), attr=method), args=[]):
                if _row_operation(low, method) in {"row.save", "row.refresh"}:
                    saved.add(name)
            case nodes.Assign():
                targets = one.targets
            case nodes.AugAssign():
                targets = [one.target]
            case _:
                pass
        stored.update(
            target.value.id
            for target in targets
            if isinstance(target, nodes.Attribute) and isinstance(target.value, nodes.Name)
        )
    low.memo["shaped", node] = saved & stored
    return saved & stored


def _overridden(low: Lowering, node: nodes.FunctionDef, receiver: Value | None) -> str:
    """What a method of a mapped class is in place of: the op of the library's own method of that name, '' for none.

    Only of those that every class has from its base: what writes, deletes or checks the row that a caller holds.
    """
    if not isinstance(receiver, Row) or node.name.startswith("__"):
        return ""
    for kind in low.models.of_role("row"):
        if kind.store == receiver.model.store and node.name in kind.methods:
            return kind.methods[node.name].op
    return ""


def _row_operation(low: Lowering, method: str) -> str:
    for kind in low.models.of_role("row"):
        if method in kind.methods:
            return kind.methods[method].op
    return ""


def _row_store(low: Lowering) -> str:
    return next((one.store for one in low.models.of_role("row")), "orm")


def _finish(low: Lowering) -> None:
    """A whole save writes back, too, what was read and is written elsewhere in the entry."""
    relate_members(low.facts)
    written = {
        (step.cell.key[0], step.cell.field)
        for fact in low.facts
        if isinstance(fact.op, ir.Atomic)
        for step in fact.op.steps
        if isinstance(step, ir.Put | ir.Modify) and step.cell.field is not None
    }
    for one in low.whole_saves:
        op, row = one.op, one.row
        where = low.snapshots.get(low.state.fresh_as.get(row.snapshot, row.snapshot))
        if where is None:
            continue
        there = {step.cell.field for step in op.steps if isinstance(step, ir.Put | ir.Modify)}
        for read in where.op.steps:
            if not isinstance(read, ir.Get) or read.cell.is_bag or read.bind is None:
                continue
            name = read.cell.field
            if name in there or name is None or (ir.Const(row.model.name), name) not in written:
                continue
            op.steps = (*op.steps, ir.Put(field_cell(row.model, row.key, name), ir.Var(read.bind)))


def functions_of(module: ModuleInfo) -> list[tuple[str, nodes.FunctionDef, nodes.ClassDef | None]]:
    """Every function of a module's top level and classes, with its qualified name and class."""
    found: list[tuple[str, nodes.FunctionDef, nodes.ClassDef | None]] = []
    _collect(module.tree.body, "", None, found)
    return found


def _collect(
    body: list[nodes.Stmt],
    prefix: str,
    owner: nodes.ClassDef | None,
    found: list[tuple[str, nodes.FunctionDef, nodes.ClassDef | None]],
) -> None:
    for one in body:
        match one:
            case nodes.FunctionDef():
                found.append((prefix + one.name, one, owner))
            case nodes.ClassDef():
                _collect(one.body, f"{prefix}{one.name}.", one, found)
            case nodes.If():
                _collect(one.body, prefix, owner, found)
                _collect(one.orelse, prefix, owner, found)
            case nodes.Try():
                _collect(one.body, prefix, owner, found)
                for handler in one.handlers:
                    _collect(handler.body, prefix, owner, found)
                _collect(one.orelse, prefix, owner, found)
            case nodes.With():
                _collect(one.body, prefix, owner, found)
            case nodes.Assign(targets=[nodes.Name() as target], value=nodes.Lambda() as value):
                found.append((prefix + target.id, _named(target, value), owner))
            case _:
                pass


def _named(target: nodes.Name, node: nodes.Lambda) -> nodes.FunctionDef:
    """``name = lambda …: …`` as the function that it is."""
    body: list[nodes.Stmt] = [nodes.Return(node.body.span, node.body)]
    return nodes.FunctionDef(node.span, target.id, target.span, node.params, None, [], body, is_async=False)


MODULE_LEVEL = "<module>"


def module_function(module: ModuleInfo, body: list[nodes.Stmt]) -> nodes.FunctionDef:
    """Statements of a module's top level as a function that an import runs."""
    span = nodes.Span(1, 1, max((one.span.end_line for one in body), default=1), 1)
    return nodes.FunctionDef(span, MODULE_LEVEL, span, [], None, [], body, is_async=False)
