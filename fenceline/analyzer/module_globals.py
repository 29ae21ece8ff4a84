"""Globals that functions set: ``maker: Maker | None = None`` at the top, ``global maker`` where the process starts."""

from __future__ import annotations

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.annotations import annotated_value
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.project import Definition, ModuleInfo
from fenceline.analyzer.values import Data, Value


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
    return known or Data(ident)
