"""Which classes of the project are mapped models, and of which ORM."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fenceline.analyzer import nodes
from fenceline.analyzer.names import dotted_name
from fenceline.analyzer.project import Definition
from fenceline.analyzer.project import External as Outside
from fenceline.analyzer.schema import Schema
from fenceline.analyzer.schema_classes import read_classes
from fenceline.analyzer.values import Instance, Model

if TYPE_CHECKING:
    from fenceline.analyzer.lowering import Lowering


def model_of(low: Lowering, definition: Definition) -> Model | None:
    """The mapped model that a project class is, None when it is none."""
    key = ("model", definition.module.name, definition.name)
    if key not in low.memo:
        low.memo[key] = None
        low.memo[key] = _model_of(low, definition)
    found = low.memo[key]
    return found if isinstance(found, Model) else None


def _model_of(low: Lowering, definition: Definition) -> Model | None:
    store = _family(low, definition)
    if not store:
        return None
    name = f"{definition.module.name}.{definition.name}"
    schema = Schema()
    read_classes(low, schema, definition)
    for index, one in enumerate(schema.constraints):
        schema.constraints[index] = replace(one, columns=frozenset(map(schema.plain, one.columns)))
    schema.is_complete = not any(_may_add_fields(low, base) for base in low.project.external_bases(definition))
    return Model(name, store, schema, definition)


def _may_add_fields(low: Lowering, base: str) -> bool:
    """Whether a base outside the project may be a mapped class with columns and constraints of its own.

    An ORM that finds its classes in the ``models`` modules of applications has them nowhere else.
    """
    return base not in low.models.model_bases and "." in base and ".models." in f"{base}."


def _family(low: Lowering, definition: Definition) -> str:
    for base in low.project.external_bases(definition):
        if base in low.models.model_bases:
            return low.models.model_bases[base]
    for owner in low.project.mro(definition):
        for one in low.project.class_bases(owner):
            if isinstance(one, Definition) and one.kind != "class":
                value = low.define(one)
                if isinstance(value, Instance) and low.models.types[value.type_id].role == "base":
                    return low.models.types[value.type_id].store
    return _family_of_fields(low, definition)


def _family_of_fields(low: Lowering, definition: Definition) -> str:
    """A class whose base is in a library that is not known, by the fields that it declares."""
    bases = low.project.class_bases(definition)
    if not isinstance(definition.node, nodes.ClassDef) or not any(isinstance(one, Outside) for one in bases):
        return ""
    for statement in definition.node.body:
        call = statement.value if isinstance(statement, nodes.Assign) else None
        dotted = dotted_name(call.func) if isinstance(call, nodes.Call) else None
        field_class = low.project.resolve(definition.module, dotted) if dotted else None
        if isinstance(field_class, Outside) and field_class.qualified in low.models.fields:
            package = field_class.qualified.partition(".")[0]
            return next((s for base, s in low.models.model_bases.items() if base.partition(".")[0] == package), "")
    return ""
