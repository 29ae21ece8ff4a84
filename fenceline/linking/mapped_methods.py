"""Methods of classes that answer requests because a call maps methods of requests to their names.

``Members.as_view({"post": "leave"})`` makes an entry of ``leave``. A model file says it of the class's base:
``mapped_by`` is the class method, ``mapping`` its parameter with the dict.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fenceline.analyzer import nodes
from fenceline.analyzer.entries import Entry, facts_of
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.lower import functions_of, new_lowering
from fenceline.analyzer.lower_schedules import constant
from fenceline.analyzer.models import Entry as Registered
from fenceline.analyzer.models import Models
from fenceline.analyzer.names import dotted_name
from fenceline.analyzer.project import Definition, ModuleInfo
from fenceline.analyzer.values import Fields

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis


def words_that_map(models: Models) -> frozenset[str]:
    """The names of the class methods that map requests to methods."""
    said = (one.operation.roles.get("mapped_by") for one in models.entries.values() if one.kind == "base")
    return frozenset(one for one in said if isinstance(one, str))


def mapped_methods(analysis: Analysis, module: ModuleInfo) -> Iterator[tuple[Path, nodes.FunctionDef, Entry]]:
    """The methods of the project's classes that calls in a module map requests to, and what that makes of them.

    Each with the file that it stands in.
    """
    words = words_that_map(analysis.models)
    parts = [module.tree.body, *(node.body for _, node, _ in functions_of(module))]
    for one in (one for part in parts for one in walk(part)):
        if isinstance(one, nodes.Call) and isinstance(one.func, nodes.Attribute) and one.func.attr in words:
            yield from _mapped(analysis, module, one, one.func)


def _mapped(
    analysis: Analysis, module: ModuleInfo, call: nodes.Call, func: nodes.Attribute
) -> Iterator[tuple[Path, nodes.FunctionDef, Entry]]:
    name = dotted_name(func.value)
    holder = analysis.project.resolve(module, name) if name else None
    if not isinstance(holder, Definition) or holder.kind != "class":
        return
    for base in sorted(analysis.project.external_bases(holder)):
        entry = analysis.models.entries.get(base)
        if entry is not None and entry.operation.roles.get("mapped_by") == func.attr:
            low = new_lowering(analysis.project, analysis.models, module, analysis.memo)
            made = Entry(entry.what, facts_of(low, base, entry.operation, {}), base, (call.span, str(module.path)))
            for where, node in _targets(analysis, module, holder, call, entry):
                yield where, node, made
            return


def _targets(
    analysis: Analysis, module: ModuleInfo, holder: Definition, call: nodes.Call, entry: Registered
) -> Iterator[tuple[Path, nodes.FunctionDef]]:
    """The methods that the dict names, of the class or the nearest class above it that has them."""
    given = next((one.value for one in call.keywords if one.name == entry.operation.roles.get("mapping")), None)
    given = call.args[0] if given is None and call.args else given
    if given is None:
        return
    low = new_lowering(analysis.project, analysis.models, module, analysis.memo)
    mapping = low.aside(module).evaluate(given)
    for target in mapping.items.values() if isinstance(mapping, Fields) else ():
        name = constant(target)
        for cls in analysis.project.mro(holder):
            body = cls.node.body if isinstance(cls.node, nodes.ClassDef) else []
            node = next((one for one in body if isinstance(one, nodes.FunctionDef) and one.name == name), None)
            if node is not None:
                yield cls.module.path, node
                break
