"""What modules assign by name: the values of settings, and the lists of what is run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fenceline.analyzer import nodes
from fenceline.analyzer.durations import seconds_of
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.lower import functions_of, new_lowering
from fenceline.analyzer.lower_schedules import constant
from fenceline.analyzer.models import Listing, Setting
from fenceline.analyzer.project import ModuleInfo
from fenceline.analyzer.values import Fields, Items, Value, term_of

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis


def top_level_of(module: ModuleInfo) -> list[nodes.Stmt]:
    """The statements of a module that importing it runs, but for definitions."""
    return [one for one in module.tree.body if not isinstance(one, nodes.FunctionDef | nodes.ClassDef)]


def classes_of(module: ModuleInfo) -> list[nodes.ClassDef]:
    """The classes at the top level of a module."""
    return [one for one in module.tree.body if isinstance(one, nodes.ClassDef)]


def last_name(func: nodes.Expr) -> str:
    """The name after the last dot, '' where there is none."""
    return func.attr if isinstance(func, nodes.Attribute) else getattr(func, "id", "")


def assigned(
    analysis: Analysis, module: ModuleInfo, names: tuple[str, ...], owner: str
) -> Iterator[tuple[Value, nodes.Span]]:
    """The values that a setting of one of these names is given: by assignment, keyword, or key of a dict."""
    key = ("settings in", module.path)
    known = analysis.memo.get(key)
    if not isinstance(known, list):
        known = analysis.memo[key] = list(_assignments(module))
    for name, holder, node in known:
        if name in names and (not owner or holder == owner):
            low = new_lowering(analysis.project, analysis.models, module, analysis.memo)
            yield low.aside(module).evaluate(node), node.span


def _assignments(module: ModuleInfo) -> Iterator[tuple[str, str, nodes.Expr]]:
    """Every name that is given a value anywhere in a module: the name, the class around it, the value."""
    parts: list[tuple[str, object]] = [("", top_level_of(module))]
    parts += [(one.name, [part for part in one.body if isinstance(part, nodes.Assign)]) for one in classes_of(module)]
    parts += [("", node.body) for _, node, _ in functions_of(module)]
    for holder, part in parts:
        for one in walk(part):
            if isinstance(one, nodes.Assign) and one.value is not None:
                for target in one.targets:
                    name = _target_name(target)
                    if name:
                        yield name, holder, one.value
                    if isinstance(target, nodes.Subscript):
                        yield last_name(target.value), holder, _item(target, one.value)
            elif isinstance(one, nodes.Call):
                if isinstance(one.func, nodes.Attribute) and one.func.attr == "update" and len(one.args) == 1:
                    yield last_name(one.func.value), holder, one.args[0]
                for keyword in one.keywords:
                    if keyword.name is not None:
                        yield keyword.name, holder, keyword.value
            elif isinstance(one, nodes.Mapping):
                for name_node, value in one.items:
                    if isinstance(name_node, nodes.Literal) and isinstance(name_node.value, str):
                        yield name_node.value, holder, value


def _item(target: nodes.Subscript, value: nodes.Expr) -> nodes.Mapping:
    """``name[key] = value`` as the dict of one item that it adds; a key that is computed is named by its place."""
    key = target.index
    if not isinstance(key, nodes.Literal):
        key = nodes.Literal(span=key.span, value=f"at {key.span.line}")
    return nodes.Mapping(span=target.span, items=[(key, value)])


def _target_name(target: nodes.Expr) -> str:
    if isinstance(target, nodes.Subscript):
        stated = target.index.value if isinstance(target.index, nodes.Literal) else None
        return stated if isinstance(stated, str) else ""
    return last_name(target)


def said_by(setting: Setting, value: Value) -> object | None:
    """What a setting with this value says; None for nothing that is known."""
    if setting.key:
        inner = value.items.get(setting.key) if isinstance(value, Fields) else None
        if inner is None:
            return None
        value = inner
    stated = constant(value)
    if stated is ...:
        stated = seconds_of(term_of(value))  # 30 * 60
    if stated is ... or stated is None:
        return None
    if setting.value is not None and stated != setting.value:
        return None
    return setting.says if setting.says is not None else stated


def items_of(listing: Listing, value: Value) -> Iterator[dict[str, Value]]:
    """What is listed, each item by its keys, or by its places as texts."""
    match listing.each, value:
        case "mapping", Fields(items=items):
            yield from (dict(one.items) for one in items.values() if isinstance(one, Fields))
        case "dict", Items(items=listed):
            yield from (dict(one.items) for one in listed if isinstance(one, Fields))
        case "tuple", Items(items=listed):
            for one in listed:
                if isinstance(one, Items):
                    yield {str(index): part for index, part in enumerate(one.items)}
        case "function", Items(items=listed):
            role = str(listing.operation.roles.get("target") or listing.operation.roles.get("callback") or "0")
            yield from ({role: one} for one in listed)
        case _:
            pass
