"""Which names are bound where: what a new name must not collide with, and what hides an import."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterator

import libcst as cst

from fenceline.fixers.positions import Tree, children, walk

Scope = cst.Module | cst.FunctionDef | cst.ClassDef | cst.Lambda | cst.CompFor
_INNER = (cst.FunctionDef, cst.ClassDef, cst.Lambda)


def taken(module: cst.Module) -> set[str]:
    """Every name that occurs in the module in whatever role, and those that Python itself gives a meaning."""
    names = {one.value for one in walk(module) if isinstance(one, cst.Name)}
    return names | set(dir(builtins)) | set(keyword.kwlist) | set(keyword.softkwlist)


def has_star_import(module: cst.Module) -> bool:
    """Whether names come from somewhere that the text does not show."""
    return any(isinstance(one, cst.ImportFrom) and isinstance(one.names, cst.ImportStar) for one in walk(module))


def hidden_at(tree: Tree, at: cst.CSTNode) -> set[str]:
    """The names that, at this place, are not those of the module."""
    names: set[str] = set()
    is_inner = False
    for one in tree.ancestors(at):
        match one:
            case cst.FunctionDef() | cst.Lambda():
                names |= bound_in(one)
                is_inner = True
            case cst.ClassDef() if not is_inner:
                names |= bound_in(one)
            case cst.ListComp() | cst.SetComp() | cst.GeneratorExp() | cst.DictComp():
                names |= set(_comprehension(one.for_in))
    return names


def bound_in(scope: cst.Module | cst.FunctionDef | cst.ClassDef | cst.Lambda) -> set[str]:
    """The names that the scope itself binds; those that it declares global are not among them."""
    outer = {item.name.value for one in _own(scope) if isinstance(one, cst.Global) for item in one.names}
    return {name for one in _own(scope) for name in _binds(one)} - outer


def bindings(scope: cst.CSTNode) -> Iterator[tuple[str, cst.CSTNode]]:
    """Each binding of a name in a scope: the name, and the node that binds it."""
    for one in _own(scope):
        for name in _binds(one):
            yield name, one


def globals_bound(module: cst.Module) -> set[str]:
    """The names that functions of the module declare global."""
    return {item.name.value for one in walk(module) if isinstance(one, cst.Global) for item in one.names}


def _own(scope: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """What is in a scope and in no inner one; of an inner one its name is here."""
    waiting = [child for _, child in children(scope)]
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, _INNER):
            waiting.extend(child for _, child in children(one))


def _binds(node: cst.CSTNode) -> Iterator[str]:
    match node:
        case cst.Param(name=cst.Name(value=name)) | cst.FunctionDef(name=cst.Name(value=name)):
            yield name
        case cst.ClassDef(name=cst.Name(value=name)) | cst.NamedExpr(target=cst.Name(value=name)):
            yield name
        case cst.AssignTarget(target=target) | cst.For(target=target) | cst.AnnAssign(target=target):
            yield from _targets(target)
        case cst.AugAssign(target=target):
            yield from _targets(target)
        case cst.AsName(name=target):
            yield from _targets(target)
        case cst.ImportAlias(asname=None, name=name):
            yield dotted(name).split(".")[0]
        case cst.MatchAs(name=cst.Name(value=name)) | cst.MatchStar(name=cst.Name(value=name)):
            yield name
        case cst.MatchMapping(rest=cst.Name(value=name)):
            yield name
        case cst.Del(target=target):
            yield from _targets(target)


def _targets(target: cst.CSTNode) -> Iterator[str]:
    match target:
        case cst.Name(value=name):
            yield name
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            for one in elements:
                yield from _targets(one.value)
        case cst.StarredElement(value=value):
            yield from _targets(value)


def _comprehension(clause: cst.CompFor | None) -> Iterator[str]:
    while clause is not None:
        yield from _targets(clause.target)
        clause = clause.inner_for_in


def dotted(node: cst.CSTNode | None) -> str:
    """``a.b.c`` as text; empty for anything else."""
    match node:
        case cst.Name(value=name):
            return name
        case cst.Attribute(value=value, attr=cst.Name(value=name)):
            above = dotted(value)
            return f"{above}.{name}" if above else ""
    return ""
