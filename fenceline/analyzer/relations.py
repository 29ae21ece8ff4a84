"""Where the relations of mapped models lead, forwards and backwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenceline.analyzer import nodes
from fenceline.analyzer.constraints import Constraint
from fenceline.analyzer.mapped import model_of
from fenceline.analyzer.names import dotted_name
from fenceline.analyzer.project import Definition
from fenceline.analyzer.schema import Column, Schema
from fenceline.analyzer.values import Model

if TYPE_CHECKING:
    from fenceline.analyzer.lowering import Lowering


def target_of(low: Lowering, model: Model, name: str) -> Model | None:
    """The model that a foreign key points to; by its name alone when the class is not found."""
    schema = model.schema
    column = schema.columns.get(name) if schema is not None else None
    if column is None or column.target is None or column.owner is None:
        return None
    target = column.target
    if isinstance(target, nodes.Literal) and isinstance(target.value, str):
        if target.value == "self":
            return model
        dotted = target.value.rsplit(".", 1)[-1]
    else:
        dotted = dotted_name(target) or ""
    found = low.project.resolve(column.owner.module, dotted) if dotted else None
    if isinstance(found, Definition) and found.kind == "class":
        known = model_of(low, found)
        if known is not None:
            return known
    return Model(dotted.rsplit(".", 1)[-1], model.store, by_shape=True) if dotted else None


def link_of(low: Lowering, model: Model, name: str) -> Model | None:
    """The model of the rows that link two rows of a many-to-many relation: each pair of them once.

    None where the relation names a class for them, or where the other side is not known by its name.
    """
    column = model.schema.columns.get(name) if model.schema is not None else None
    target = target_of(low, model, name)
    if column is None or column.relation != "many_to_many" or column.through is not None or target is None:
        return None
    here, there = model.label.lower(), target.label.lower()
    if here == there:
        here, there = f"from_{here}", f"to_{there}"
    columns = {one: Column(one, "many_to_one") for one in (here, there)}
    schema = Schema(columns, [Constraint(frozenset(columns))])
    return Model(f"{model.name}_{name}", model.store, schema)


def reverse_of(low: Lowering, model: Model, name: str) -> tuple[Model, str]:
    """The model whose foreign key comes back under ``name``, and that column, sought in the model's own module."""
    owner = model.definition
    if owner is not None:
        others = [
            model_of(low, Definition("class", owner.module, one, node)) for one, node in owner.module.classes.items()
        ]
        for other in others:
            column = _pointing_column(low, other, model, name) if other is not None else None
            if other is not None and column is not None:
                return other, column
        if _is_abstract(model):
            found = [
                (other, column.name)
                for other in others
                if other is not None and other.schema is not None
                for column in other.schema.columns.values()
                if column.relation and column.related_name == name and _is_elsewhere(low, other, column.name)
            ]
            if len(found) == 1:
                return found[0]
    return Model(f"{model.name}.{name}", model.store, by_shape=True), model.label.lower()


def _is_abstract(model: Model) -> bool:
    """Whether the model's class says so: it has no table, classes made of it have."""
    node = model.definition.node if model.definition is not None else None
    for one in node.body if isinstance(node, nodes.ClassDef) else ():
        if isinstance(one, nodes.ClassDef) and one.name == "Meta":
            for inner in one.body:
                if not isinstance(inner, nodes.Assign) or not isinstance(inner.value, nodes.Literal):
                    continue
                if any(isinstance(target, nodes.Name) and target.id == "abstract" for target in inner.targets):
                    return inner.value.value is True
    return False


def _is_elsewhere(low: Lowering, other: Model, name: str) -> bool:
    """Whether a foreign key points to a class outside its module: perhaps one made of an abstract model in it."""
    target = target_of(low, other, name)
    if target is None or target.definition is None or other.definition is None:
        return target is not None
    return target.definition.module is not other.definition.module


def _pointing_column(low: Lowering, other: Model, model: Model, name: str) -> str | None:
    if other.schema is None:
        return None
    for column in other.schema.columns.values():
        if not column.relation:
            continue
        default = other.label.lower() if column.relation == "one_to_one" else f"{other.label.lower()}_set"
        if (column.related_name or default) == name:
            target = target_of(low, other, column.name)
            if target is not None and target.label == model.label:
                return column.name
    return None
