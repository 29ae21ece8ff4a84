"""What an attribute of a class is, of which nothing else is known, by what methods of the class ask it for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenceline.analyzer import nodes
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.names import dotted_name
from fenceline.analyzer.project import Definition

if TYPE_CHECKING:
    from fenceline.analyzer.lowering import Lowering


def shown_in_class(low: Lowering, node: nodes.Expr) -> str:
    """The type id of ``self.connection`` where some method calls ``self.connection.set(key, value, nx=True)``.

    The model files say which calls show it (``shown_by``): with an option that nothing else has. '' for none.
    """
    owner = low.scope.owner
    if not isinstance(node, nodes.Attribute) or not isinstance(node.value, nodes.Name) or owner is None:
        return ""
    key = ("shown in class", owner.module.name, owner.name)
    known = low.memo.get(key)
    if not isinstance(known, dict):
        known = low.memo[key] = _shown(low, owner)
    return str(known.get(dotted_name(node) or "", ""))


def _shown(low: Lowering, owner: Definition) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in low.project.mro(owner):
        body = one.node.body if isinstance(one.node, nodes.ClassDef) else []
        for method in body:
            for call in walk(method.body) if isinstance(method, nodes.FunctionDef) else ():
                if not isinstance(call, nodes.Call) or not isinstance(call.func, nodes.Attribute):
                    continue
                kind, options = low.models.shown_by.get(call.func.attr, ("", frozenset()))
                name = dotted_name(call.func.value)
                if name and name.count(".") == 1 and any(keyword.name in options for keyword in call.keywords):
                    found.setdefault(name, kind)
    return found
