"""Where the migrations of the project are, and which of them speak of a model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fenceline.analyzer import nodes
from fenceline.analyzer.constraints import Constraint, constant_of
from fenceline.analyzer.consulted import Memo
from fenceline.analyzer.migrations import Tables, apply_file, in_order
from fenceline.analyzer.names import ModuleInfo, dotted_name

if TYPE_CHECKING:
    from fenceline.analyzer.values import Model
    from fenceline.linking.analysis import Analysis

MOST_FILES = 2_000


class ProjectMigrations:
    """See :data:`fenceline.analyzer.migrations.Migrated`. Files are read when one of their models is asked about."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._known: Memo[Tables] = Memo(analysis.project.notebook)

    def __call__(self, model: Model) -> Sequence[Constraint]:
        """The constraints of the model's table after all migrations."""
        if model.definition is None:
            return ()
        found: list[Constraint] = []
        for kind in self._analysis.models.migrations:
            if kind["store"] == model.store:
                in_folder = "folder" in kind
                tables = self._beside(model.definition.module, kind) if in_folder else self._anywhere(kind)
                for name in tables.constraints if tables is not None else ():
                    if tables is not None and _is_table_of(name, model, loosely=in_folder):
                        found += tables.constraints[name]
        return found

    def _beside(self, module: ModuleInfo, kind: dict[str, str]) -> Tables | None:
        """The tables of the application that a module is in: the nearest folder above it with migrations beside it."""
        for folder in module.path.parents:
            if not folder.is_relative_to(self._analysis.project.root):
                break
            beside = folder / kind["folder"]
            files = self._analysis.indexes.beside(beside)
            if files is not None:
                return self._replayed(beside, files, kind)
        return None

    def _anywhere(self, kind: dict[str, str]) -> Tables:
        root = self._analysis.project.root
        if root not in self._known:
            pattern = re.compile(rb"^" + kind["marker"].encode() + rb"\b", re.MULTILINE)
            files = self._analysis.indexes.matching(pattern, with_migrations=True)
            return self._replayed(root, files, kind)
        return self._known[root]

    def _replayed(self, key: object, files: Iterable[Path], kind: dict[str, str]) -> Tables:
        if key not in self._known:
            project, models = self._analysis.project, self._analysis.models
            modules = [project.module_of(path) for path in list(files)[:MOST_FILES]]
            named = {_name_of(one, kind): (one, _before(one, kind)) for one in modules if one is not None}
            tables = self._known[key] = Tables()
            for module in in_order(named):
                apply_file(tables, project, models, module, kind)
        return self._known[key]


def _name_of(module: ModuleInfo, kind: dict[str, str]) -> str:
    stated = constant_of(module.assigns.get(kind["revision"])) if "revision" in kind else None
    return stated if isinstance(stated, str) else module.path.stem


def _before(module: ModuleInfo, kind: dict[str, str]) -> frozenset[str]:
    """What the migrations are called that come before one: a name, several, or pairs of application and name."""
    value: nodes.Expr | None = module.assigns.get(kind["after"])
    for statement in module.tree.body:
        for inner in statement.body if isinstance(statement, nodes.ClassDef) else ():
            if isinstance(inner, nodes.Assign) and dotted_name(inner.targets[0]) == kind["after"]:
                value = inner.value
    found = [constant_of(one) for one in (value.items if isinstance(value, nodes.Sequence) else [value])]
    names = [one[-1] if isinstance(one, tuple) and one else one for one in found]
    return frozenset(one for one in names if isinstance(one, str))


def _is_table_of(table: str, model: Model, *, loosely: bool) -> bool:
    """Whether a table is that of a model: as the class says, or as it is called when the class says nothing.

    ``loosely``: among the tables of one application, of which a name may begin with that application's.
    """
    stated = model.schema.table.lower().strip('"').rsplit(".", 1)[-1] if model.schema is not None else ""
    label = model.label.lower()
    if table == stated or (loosely and (table == label or (not stated and table.endswith(f"_{label}")))):
        return True
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", model.label).lower()
    return not stated and table in {label, snake}
