"""What a star import takes from a module: the names in its ``__all__``, those that it takes from other modules too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from fenceline.analyzer import nodes
from fenceline.analyzer.definitions import Definition, Resolution
from fenceline.analyzer.names import ModuleInfo, dotted_name
from fenceline.analyzer.nodes import Expr

ALL = "__all__"
_SAME = frozenset({"list", "tuple", "set", "sorted"})

Resolve: TypeAlias = Callable[[ModuleInfo, str], Resolution]
"""What a dotted name means in a module."""


def exported_names(module: ModuleInfo, resolve: Resolve) -> frozenset[str] | None:
    """The names in ``__all__``; None when there is none, or one that cannot be read to its end."""
    return _names_in(module, module.assigns.get(ALL), resolve, ())


def _names_in(
    module: ModuleInfo, value: Expr | None, resolve: Resolve, above: tuple[Expr, ...]
) -> frozenset[str] | None:
    match value:
        case nodes.Sequence(items=items):
            parts = [_names_of_item(module, one, resolve, above) for one in items]
        case nodes.BinOp(left=left, op="+" | "|", right=right):
            parts = [_names_in(module, one, resolve, above) for one in (left, right)]
        case nodes.Call(func=nodes.Name(id=name), args=[only]) if name in _SAME:
            return _names_in(module, only, resolve, above)
        case nodes.Name() | nodes.Attribute():
            return _names_of_other(module, dotted_name(value), resolve, above)
        case _:
            return None
    return None if None in parts else frozenset().union(*(one for one in parts if one is not None))


def _names_of_item(module: ModuleInfo, item: Expr, resolve: Resolve, above: tuple[Expr, ...]) -> frozenset[str] | None:
    match item:
        case nodes.Literal(value=str(text)):
            return frozenset({text})
        case nodes.Starred(value=value):
            return _names_in(module, value, resolve, above)
        case nodes.Attribute(attr="__name__", value=nodes.Name(id=name)):
            return frozenset({name})  # of a function or class that is called so here
        case _:
            return None


def _names_of_other(
    module: ModuleInfo, dotted: str | None, resolve: Resolve, above: tuple[Expr, ...]
) -> frozenset[str] | None:
    """``stores.__all__`` of another module, or a list under another name."""
    found = resolve(module, dotted) if dotted else None
    if not isinstance(found, Definition) or found.kind != "assign" or found.rest or found.node in above:
        return None
    value: Expr = found.node  # type: ignore[assignment]  # of an assignment it is the value
    return _names_in(found.module, value, resolve, (*above, value))
