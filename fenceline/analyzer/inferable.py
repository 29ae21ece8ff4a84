"""Whether another inference could know what we do not: nearly all that has no type comes from where none can see.

What is handed in, what a library makes that no model speaks of, and what Python's own functions make has no type for
anybody. It is not asked about: a question costs the tree of a file.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.names import dotted_name
from fenceline.analyzer.project import Definition, External
from fenceline.analyzer.values import Data, Object

if TYPE_CHECKING:
    from fenceline.analyzer.lowering import Lowering

_HANDING_ON = frozenset({"getattr", "next", "type", "super"})
"""Python's own functions that give what is the project's."""
_PLAIN = frozenset(dir(builtins)) - _HANDING_ON


def may_be_inferred(low: Lowering, node: nodes.Expr, value: Data) -> bool:
    """Whether it can be known what this expression is, of whose value we know the term."""
    if value.column is not None or not _begins_with_a_name(low, node) or _is_out_of_sight(value.term):
        return False
    if isinstance(node, nodes.Attribute) and isinstance(node.value, nodes.Name):
        held = low.state.env.get(node.value.id)
        if isinstance(held, Object):
            return _is_made_in_class(low, held.definition, node.attr)
    return True


def _begins_with_a_name(low: Lowering, node: nodes.Expr) -> bool:
    """Whether it begins with a name that is no parameter."""
    while isinstance(node, nodes.Attribute | nodes.Call | nodes.Subscript):
        node = node.func if isinstance(node, nodes.Call) else node.value
    if not isinstance(node, nodes.Name):
        return False
    held = low.state.env.get(node.id)
    return not (isinstance(held, Data) and isinstance(held.term, ir.Arg))


def _is_out_of_sight(term: ir.Term) -> bool:
    """Whether a value comes from a call of what is outside the project, or of one of Python's own functions."""
    while isinstance(term, ir.Apply):
        if not term.label.startswith(".") and ("." in term.label or term.label in _PLAIN):
            return True
        if not term.args:
            return False
        term = term.args[0]
    return isinstance(term, ir.Fresh)


def _is_made_in_class(low: Lowering, definition: Definition, name: str) -> bool:
    """Whether the class, or one above it, says what an attribute is: by a value that can be known."""
    key = ("made in class", definition.module.name, definition.name, name)
    if key not in low.memo:
        low.memo[key] = any(
            _may_be_known(low, owner, value, handed)
            for owner in low.project.mro(definition)
            if isinstance(owner.node, nodes.ClassDef)
            for value, handed in _values_of(owner.node, name)
        )
    return bool(low.memo[key])


def _values_of(owner: nodes.ClassDef, name: str) -> Iterator[tuple[nodes.Expr, set[str]]]:
    """What a class gives to an attribute, in its body and its methods, each with what the method is handed."""
    for one in owner.body:
        is_method = isinstance(one, nodes.FunctionDef)
        handed = {param.name for param in one.params[1:]} if isinstance(one, nodes.FunctionDef) else set()
        for statement in walk(one.body) if isinstance(one, nodes.FunctionDef) else [one]:
            if isinstance(statement, nodes.Assign) and statement.value is not None:
                if any(_is_target(target, name, is_method=is_method) for target in statement.targets):
                    yield statement.value, handed


def _is_target(target: nodes.Expr, name: str, *, is_method: bool) -> bool:
    if is_method:
        return isinstance(target, nodes.Attribute) and target.attr == name and isinstance(target.value, nodes.Name)
    return isinstance(target, nodes.Name) and target.id == name


def _may_be_known(low: Lowering, owner: Definition, value: nodes.Expr, handed: set[str]) -> bool:
    """Whether a value can be: a literal is nothing, and nobody knows what is handed in or made outside the project."""
    called = value
    while isinstance(called, nodes.Call | nodes.Subscript):
        called = called.func if isinstance(called, nodes.Call) else called.value
    dotted = dotted_name(called)
    if dotted is None:
        return isinstance(called, nodes.Attribute | nodes.IfExp | nodes.BoolOp | nodes.BinOp)
    first = dotted.partition(".")[0]
    if first in _PLAIN or first in handed:
        return False
    found = low.project.resolve(owner.module, dotted)
    return not isinstance(found, External) or found.qualified in low.models.instances
