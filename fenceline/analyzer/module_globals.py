"""Globals that functions set: ``maker: Maker | None = None`` at the top, ``global maker`` where the process starts."""

from __future__ import annotations

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.annotations import annotated_value
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.project import Definition, ModuleInfo
from fenceline.analyzer.values import Data, Instance, Object, Value


def is_reassigned(low: Lowering, definition: Definition) -> bool:
    """Whether a function of the module declares the name as its to set, so that what stands at the top is not all."""
    return definition.name in _declared_global(low, definition.module)


def _declared_global(low: Lowering, module: ModuleInfo) -> frozenset[str]:
    known = low.memo.get(("set by functions", module.name))
    if isinstance(known, frozenset):
        return known
    names: set[str] = set()
    todo: list[object] = [module.tree.body]
    while todo:
        for one in walk(todo.pop()):
            if isinstance(one, nodes.FunctionDef | nodes.ClassDef):
                todo.append(one.body)
            elif isinstance(one, nodes.Scope) and one.kind == "global":
                names.update(one.names)
    found = frozenset(names)
    low.memo["set by functions", module.name] = found
    return found


def declared_global(low: Lowering, definition: Definition, ident: ir.Term) -> Value:
    """What a global is by its annotation, whatever it is set to; ``ident`` names it."""
    annotation = definition.module.annotations.get(definition.name)
    known = None
    if annotation is not None:
        known = annotated_value(low, annotation, definition, ident, annotation.span, with_rows=False)
    return known or _set_by_function(low, definition) or Data(ident)


def _set_by_function(low: Lowering, definition: Definition) -> Value | None:
    """The thing that the functions which declare a global set it to, if it is of one kind."""
    made: list[Instance | Object] = []
    for function in definition.module.functions.values():
        inside = walk(function.body)
        if not any(isinstance(one, nodes.Scope) and definition.name in one.names for one in inside):
            continue
        for one in inside:
            if isinstance(one, nodes.Assign) and one.value is not None and _binds(one, definition.name):
                value = low.aside(definition.module).evaluate(one.value)
                if isinstance(value, Instance | Object):
                    made.append(value)
    kinds = {one.type_id if isinstance(one, Instance) else one.definition.qualified for one in made}
    return made[0] if len(kinds) == 1 else None


def _binds(statement: nodes.Assign, name: str) -> bool:
    return any(isinstance(one, nodes.Name) and one.id == name for one in statement.targets)
