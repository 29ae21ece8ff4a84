"""How something of a module is called at a place, by the imports that the file has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from fenceline.fixers.positions import Tree
from fenceline.fixers.scopes import bindings, bound_in, dotted, globals_bound, has_star_import, hidden_at, taken


@dataclass(frozen=True, slots=True)
class Wanted:
    """An import to be added: ``import module as alias`` (name None) or ``from module import name as alias``."""

    module: str
    name: str | None
    alias: str | None = None

    @property
    def bound(self) -> str:
        """The name that it binds."""
        return self.alias or self.name or self.module.split(".")[0]

    @property
    def spelling(self) -> str:
        """How what was asked for is then called."""
        return self.alias or self.name or self.module


@dataclass(frozen=True, slots=True)
class Existing:
    """One name that an import binds: ``target`` is what it stands for, with dots."""

    bound: str
    target: str
    node: cst.CSTNode


def spelled(tree: Tree, module: str, name: str | None, at: cst.CSTNode | None) -> str | None:
    """How ``name`` of ``module`` (or the module) is called there already; None if it is not imported."""
    hidden = hidden_at(tree, at) if at is not None else set()
    goal = f"{module}.{name}" if name is not None else module
    found = [*_local(tree, at), *((one, one.bound in hidden) for one in _reliable(tree))]
    spellings = [text for one, is_hidden in found if not is_hidden for text in _reaching(one, module, goal)]
    return min(spellings, key=lambda text: text.count("."), default=None)


def wanted(tree: Tree, module: str, name: str | None, at: cst.CSTNode | None, pending: list[Wanted]) -> Wanted:
    """The import to be added, under a name that nothing at that place or at the top of the module hides."""
    new = Wanted(module, name)
    same = next((one for one in pending if (one.module, one.name) == (module, name)), None)
    hidden = hidden_at(tree, at) if at is not None else set()
    if same is not None and same.bound not in hidden:
        return same
    top = bound_in(tree.module) | globals_bound(tree.module) | {one.bound for one in pending}
    if name is None and "." in module and new.bound in top - hidden and _is_package(tree, new.bound):
        return new  # "import a.b" beside "import a" binds the same thing
    is_doubtful = has_star_import(tree.module) and new.bound in taken(tree.module)
    if new.bound not in hidden | top and not is_doubtful:
        return new
    return Wanted(module, name, _free((name or module.rsplit(".", 1)[-1]), taken(tree.module) | top))


def _free(base: str, names: set[str]) -> str:
    candidates = [f"{base}_", *(f"{base}_{count}" for count in range(2, 1000))]
    return next(one for one in candidates if one not in names)


def _is_package(tree: Tree, name: str) -> bool:
    return all(
        isinstance(node, cst.ImportAlias) and node.asname is None
        for bound, node in bindings(tree.module)
        if bound == name
    )


def _reaching(one: Existing, module: str, goal: str) -> Iterator[str]:
    """How the goal is called by that import: itself, or an attribute of the module or class that it gives."""
    if one.target == goal:
        yield one.bound
    elif one.target == module:
        yield one.bound + goal[len(module) :]


def _reliable(tree: Tree) -> Iterator[Existing]:
    """The imports at the top of the module that always mean the same: not under a condition, not bound anew."""
    changed = globals_bound(tree.module)
    by_name: dict[str, list[tuple[cst.CSTNode, Existing | None]]] = {}
    for name, node in bindings(tree.module):
        by_name.setdefault(name, []).append((node, next((o for o in _of(tree, node) if _root(o) == name), None)))
    for name, found in by_name.items():
        sure = [one for node, one in found if one is not None and not _is_conditional(tree, node)]
        odd = [node for node, one in found if one is None and not _is_none(tree, node)]
        meanings = {_meaning(one) for _, one in found if one is not None}
        if sure and not odd and len(meanings) == 1 and name not in changed:
            yield from sure


def _root(one: Existing) -> str:
    return one.bound.split(".", maxsplit=1)[0]


def _meaning(one: Existing) -> str:
    """What the name itself stands for: ``import a.b`` and ``import a`` bind the same."""
    return one.target.split(".", maxsplit=1)[0] if one.bound == one.target else one.target


def _is_conditional(tree: Tree, node: cst.CSTNode) -> bool:
    """Whether the import may not have run: anything around it but a ``try`` that it is the first part of."""
    below = node
    for one in tree.ancestors(node):
        if isinstance(one, cst.If | cst.For | cst.While | cst.ExceptHandler | cst.Match):
            return True
        if isinstance(one, cst.Try) and below is not one.body:
            return True
        below = one
    return False


def _is_none(tree: Tree, node: cst.CSTNode) -> bool:
    above = tree.parents.get(node)
    return isinstance(above, cst.Assign) and isinstance(above.value, cst.Name) and above.value.value == "None"


def _local(tree: Tree, at: cst.CSTNode | None) -> Iterator[tuple[Existing, bool]]:
    """The imports of the functions around the place that have run before it; hidden when bound anew or further in."""
    inner: set[str] = set()
    around = list(tree.ancestors(at)) if at is not None else []
    for scope in around:
        if isinstance(scope, cst.FunctionDef):
            own = list(bindings(scope))
            for name, node in own:
                for one in _of(tree, node):
                    if _root(one) == name and at is not None and _runs_before(tree, node, at, around):
                        again = sum(other == name for other, _ in own) > 1
                        yield one, again or name in inner
            inner |= {name for name, _ in own}
        elif isinstance(scope, cst.Lambda):
            inner |= bound_in(scope)


def _runs_before(tree: Tree, node: cst.CSTNode, at: cst.CSTNode, around: list[cst.CSTNode]) -> bool:
    line = tree.statement_of(node)
    start, place = tree.spans[line], tree.spans.get(at)
    return (
        tree.parents[line] in around and place is not None and (start.line, start.column) < (place.line, place.column)
    )


def _of(tree: Tree, node: cst.CSTNode) -> Iterator[Existing]:
    """What an alias of an import binds; the node may be the alias, or its ``as``."""
    alias = tree.parents.get(node) if isinstance(node, cst.AsName) else node
    if not isinstance(alias, cst.ImportAlias):
        return
    above, name = tree.parents[alias], dotted(alias.name)
    bound = dotted(alias.asname.name) if alias.asname is not None else name
    if isinstance(above, cst.ImportFrom):
        dots = "." * len(above.relative)
        name = f"{dots}{dotted(above.module)}.{name}" if above.module is not None else f"{dots}{name}"
    yield Existing(bound, name, node)
