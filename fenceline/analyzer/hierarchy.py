"""The classes above a class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fenceline.analyzer import nodes
from fenceline.analyzer.definitions import Definition, External, Resolution
from fenceline.analyzer.names import dotted_name
from fenceline.analyzer.nodes import ClassDef, Expr

if TYPE_CHECKING:
    from fenceline.analyzer.project import Project


def class_bases(project: Project, definition: Definition) -> list[Definition | External]:
    """The bases of a class as far as they are known, in order; ``Base[T]`` is Base."""
    if not isinstance(definition.node, ClassDef):
        return []
    found: list[Definition | External] = []
    for expr in _base_expressions(definition.node):
        base = _resolved_base(project, definition, expr)
        if base is not None and base != definition.bare:
            found.append(base)
    return found


def linearised(project: Project, definition: Definition) -> tuple[Definition, ...]:
    """The method resolution order over project classes; depth-first where Python would refuse the bases."""
    known = [base for base in project.class_bases(definition) if isinstance(base, Definition)]
    bases = [base for base in dict.fromkeys(known) if base.kind == "class" and not base.rest and base != definition]
    return definition, *_merged([*(list(project.mro(base)) for base in bases), bases], without=definition)


def external_bases(project: Project, definition: Definition) -> set[str]:
    """The names of all bases outside the project, direct or not."""
    found: set[str] = set()
    for owner in project.mro(definition):
        for base in project.class_bases(owner):
            found.update(_external_names(project, base))
    return found


def _base_expressions(node: ClassDef) -> Iterator[Expr]:
    for base in node.bases:
        if isinstance(base, nodes.Call) and (dotted_name(base.func) or "").endswith("with_metaclass"):
            yield from base.args[1:]
        else:
            yield base.value if isinstance(base, nodes.Subscript) else base


def _resolved_base(project: Project, definition: Definition, expr: Expr) -> Resolution:
    if isinstance(expr, nodes.Call):
        called = _called(project, definition, expr)
        return External(f"{called}()") if called else None
    dotted = dotted_name(expr)
    if dotted is None:
        return None
    return _in_outer_class(project, definition, dotted) or project.resolve_above(definition, dotted)


def _in_outer_class(project: Project, definition: Definition, dotted: str) -> Resolution:
    """A nested class sees the classes nested beside it."""
    outer = definition.name.rpartition(".")[0]
    if not outer or dotted == definition.name.rpartition(".")[2]:
        return None
    found = project.resolve(definition.module, f"{outer}.{dotted}")
    return found if isinstance(found, Definition) and not found.rest else None


def _external_names(project: Project, base: Definition | External) -> Iterator[str]:
    if isinstance(base, External):
        yield base.qualified
    elif base.kind == "assign" and isinstance(base.node, nodes.Call):
        called = _called(project, base, base.node)
        if called:
            yield ".".join([f"{called}()", *base.rest])


def _called(project: Project, definition: Definition, call: nodes.Call) -> str | None:
    dotted = dotted_name(call.func)
    found = project.resolve(definition.module, dotted) if dotted else None
    return found.qualified if isinstance(found, External) else None


def _merged(lines: list[list[Definition]], without: Definition) -> list[Definition]:
    """C3; where no class may come next, the first one does. ``without`` is below all of them."""
    result: list[Definition] = []
    lines = [rest for line in lines if (rest := [item for item in line if item != without])]
    while lines:
        tails = {later for line in lines for later in line[1:]}
        head = next((line[0] for line in lines if line[0] not in tails), lines[0][0])
        result.append(head)
        lines = [rest for line in lines if (rest := [item for item in line if item != head])]
    return result
