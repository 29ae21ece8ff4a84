"""What migrations leave a database with: the unique constraints of each table after all changes, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fenceline.analyzer import nodes
from fenceline.analyzer.constraints import (
    Constraint,
    columns_of,
    conditions_in,
    folds,
    items_of,
    text_of,
    texts_of,
    unique_index,
)
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.migrations_sql import changes_in_sql
from fenceline.analyzer.models import Change, Field, Models
from fenceline.analyzer.names import ModuleInfo, dotted_name
from fenceline.analyzer.project import External, Project
from fenceline.analyzer.schema_classes import is_unique_field

if TYPE_CHECKING:
    from fenceline.analyzer.values import Model

MIGRATIONS = "migrations"
"""Where the memo keeps what finds the migrations of a model: see :data:`Migrated`."""

Migrated = Callable[["Model"], Sequence[Constraint]]
"""The constraints that migrations of the project put on the table of a model."""


@dataclass(slots=True, eq=False)
class Tables:
    """The unique constraints of each table (its name in lower case) so far."""

    constraints: dict[str, list[Constraint]] = field(default_factory=dict)

    def of(self, table: str) -> list[Constraint]:
        """Those of one table, to be changed."""
        return self.constraints.setdefault(table.lower(), [])

    def remove(self, table: str | None, name: str) -> None:
        """Takes away the constraint of this name; one without a name, when the name speaks of its columns."""
        for known, constraints in self.constraints.items():
            if table is None or known == table.lower():
                constraints[:] = [one for one in constraints if not _is_called(one, name)]


def _is_called(one: Constraint, name: str) -> bool:
    return one.name == name if one.name else all(column in name for column in one.columns)


def apply_file(tables: Tables, project: Project, models: Models, module: ModuleInfo, kind: dict[str, str]) -> None:
    """Makes the changes of one migration; ``kind`` says how such files are written."""
    reader = _Reader(tables, project, models, module)
    if "function" in kind:
        for statement in module.tree.body:
            if isinstance(statement, nodes.FunctionDef) and statement.name == kind["function"]:
                reader.run_function(statement)
        return
    for statement in module.tree.body:
        for inner in statement.body if isinstance(statement, nodes.ClassDef) else ():
            if isinstance(inner, nodes.Assign) and dotted_name(inner.targets[0]) == kind["operations"]:
                reader.run_all(items_of(inner.value))


@dataclass(slots=True, eq=False)
class _Reader:
    """One file of migrations, with what its changes are made to."""

    tables: Tables
    project: Project
    models: Models
    module: ModuleInfo

    @property
    def path(self) -> str:
        return str(self.module.path)

    def run_function(self, function: nodes.FunctionDef) -> None:
        batches: dict[str, tuple[str, str]] = {}  # name → what its methods are methods of, the table
        for one in walk(function.body):
            if isinstance(one, nodes.With):
                for item in one.items:
                    self._note_batch(batches, item)
            if isinstance(one, nodes.Call):
                receiver = dotted_name(one.func.value) if isinstance(one.func, nodes.Attribute) else None
                if receiver in batches and isinstance(one.func, nodes.Attribute):
                    prefix, table = batches[receiver]
                    change = self.models.changes.get(f"{prefix}.{one.func.attr}")
                    if change is not None:
                        self.run(one, _without_table(change), table)
                else:
                    self.run_all([one])

    def _note_batch(self, batches: dict[str, tuple[str, str]], item: nodes.WithItem) -> None:
        change = self._change(item.context)
        name = dotted_name(item.target) if item.target is not None else None
        if change is None or change.does != "batch" or name is None or not isinstance(item.context, nodes.Call):
            return
        table = text_of(_arguments(item.context, change).get(change.roles["table"]))
        if table is not None:
            batches[name] = (change.name.rpartition(".")[0], table)

    def run_all(self, operations: Iterable[nodes.Expr]) -> None:
        for one in operations:
            change = self._change(one)
            if change is not None and isinstance(one, nodes.Call):
                self.run(one, change, None)

    def _change(self, node: nodes.Expr) -> Change | None:
        dotted = dotted_name(node.func) if isinstance(node, nodes.Call) else None
        found = self.project.resolve(self.module, dotted) if dotted else None
        return self.models.changes.get(found.qualified) if isinstance(found, External) else None

    def run(self, call: nodes.Call, change: Change, table: str | None) -> None:
        """Makes one change; ``table`` where it stands around the call."""
        given = _arguments(call, change)
        roles = {role: given[name] for role, name in change.roles.items() if name in given}
        table = table or text_of(roles.get("table"))
        if change.does == "within":
            self.run_all(items_of(roles.get("operations")))
        elif change.does == "sql":
            self._run_sql(roles.get("text"))
        elif change.does == "remove":
            name = text_of(roles.get("called"))
            if name is not None:
                self.tables.remove(table, name)
        elif table is not None:
            self._run_on(table, change.does, roles, call)

    def _run_on(self, table: str, does: str, roles: dict[str, nodes.Expr], call: nodes.Call) -> None:
        to = text_of(roles.get("to"))
        match does:
            case "create":
                self._create(table, roles, call)
            case "drop":
                self.tables.constraints.pop(table.lower(), None)
            case "rename" if to is not None:
                self.tables.constraints[to.lower()] = self.tables.constraints.pop(table.lower(), [])
            case "column":
                self._column(table, roles)
            case "drop_column":
                self._drop_column(table, text_of(roles.get("column")))
            case "rename_column" if to is not None:
                self._rename_column(table, text_of(roles.get("column")), to)
            case "together":
                self._set_together(table, roles.get("columns"))
            case "add":
                self._add(table, roles, call)

    def _create(self, table: str, roles: dict[str, nodes.Expr], call: nodes.Call) -> None:
        made = self.tables.constraints[table.lower()] = []
        for element in (*items_of(roles.get("columns")), *call.args):
            if isinstance(element, nodes.Sequence) and len(element.items) == 2:
                made += self._of_column(text_of(element.items[0]), element.items[1])
            elif isinstance(element, nodes.Call):
                constraint = unique_index(element, self.path)
                made += [constraint] if constraint is not None else self._of_column(None, element)
        options = roles.get("options")
        for key, value in options.items if isinstance(options, nodes.Mapping) else ():
            if text_of(key) == "unique_together":
                made += self._together(value)
            elif text_of(key) == "constraints":
                found = [unique_index(one, self.path) for one in items_of(value) if isinstance(one, nodes.Call)]
                made += [one for one in found if one is not None]

    def _of_column(self, name: str | None, node: nodes.Expr) -> list[Constraint]:
        """The constraint of a column that is unique by itself."""
        if not isinstance(node, nodes.Call):
            return []
        name = name or (text_of(node.args[0]) if node.args else None)
        if name is None or not is_unique_field(node, self._field(node)):
            return []
        return [Constraint(frozenset({name}), place=(node.span, self.path))]

    def _field(self, node: nodes.Call) -> Field | None:
        dotted = dotted_name(node.func)
        found = self.project.resolve(self.module, dotted) if dotted else None
        return self.models.fields.get(found.qualified) if isinstance(found, External) else None

    def _together(self, node: nodes.Expr | None) -> list[Constraint]:
        """Sets of columns: ``{("shop", "sku")}``, ``[["shop", "sku"]]``, ``("shop", "sku")``, ``set()``."""
        if node is None:
            return []
        parts = items_of(node)
        lists = [texts_of(one) for one in parts if isinstance(one, nodes.Sequence)] or [texts_of(node)]
        return [Constraint(frozenset(one), name=_TOGETHER, place=(node.span, self.path)) for one in lists if one]

    def _column(self, table: str, roles: dict[str, nodes.Expr]) -> None:
        definition = roles.get("definition")
        name = text_of(roles.get("column"))
        if name is None and isinstance(definition, nodes.Call) and definition.args:
            name = text_of(definition.args[0])
        if name is None or definition is None:
            return
        own = self.tables.of(table)
        own[:] = [one for one in own if one.columns != {name} or one.name]
        own += self._of_column(name, definition)

    def _drop_column(self, table: str, name: str | None) -> None:
        own = self.tables.of(table)
        own[:] = [one for one in own if name not in one.columns]

    def _rename_column(self, table: str, name: str | None, to: str) -> None:
        own = self.tables.of(table)
        renamed = [frozenset(to if column == name else column for column in one.columns) for one in own]
        own[:] = [replace(one, columns=columns) for one, columns in zip(own, renamed, strict=True)]

    def _set_together(self, table: str, value: nodes.Expr | None) -> None:
        own = self.tables.of(table)
        own[:] = [one for one in own if one.name != _TOGETHER]
        own += self._together(value)

    def _add(self, table: str, roles: dict[str, nodes.Expr], call: nodes.Call) -> None:
        stated = roles.get("constraint")
        if isinstance(stated, nodes.Call):
            found = unique_index(stated, self.path)
            self.tables.of(table).extend([found] if found is not None else [])
            return
        flag = roles.get("only_if", _TRUE)
        columns = items_of(roles.get("columns"))
        named = [columns_of(one) for one in columns]
        if not (isinstance(flag, nodes.Literal) and flag.value is True) or not named or not all(named):
            return
        keywords = {one.name: one.value for one in call.keywords if one.name}
        self.tables.of(table).append(
            Constraint(
                frozenset(name for one in named for name in one),
                conditions_in(keywords),
                frozenset(name for one, names in zip(columns, named, strict=True) if folds(one) for name in names),
                name=text_of(roles.get("called")) or "",
                place=(call.span, self.path),
            )
        )

    def _run_sql(self, node: nodes.Expr | None) -> None:
        for one in walk([node] if node is not None else []):
            if not isinstance(one, nodes.Literal) or not isinstance(one.value, str):
                continue
            for change in changes_in_sql(one.value):
                if change.constraint is None:
                    self.tables.remove(change.table or None, change.name)
                else:
                    self.tables.of(change.table).append(replace(change.constraint, place=(one.span, self.path)))


_TOGETHER = "unique_together"
_TRUE = nodes.Literal(nodes.Span(1, 1, 1, 1), True)


def _arguments(call: nodes.Call, change: Change) -> dict[str, nodes.Expr]:
    """The arguments by the names of the parameters."""
    names = [one for one in change.params if not one.startswith("*")]
    found = dict(zip(names, call.args, strict=False))
    found.update((one.name, one.value) for one in call.keywords if one.name)
    return found


def _without_table(change: Change) -> Change:
    table = change.roles.get("table")
    return replace(change, params=tuple(one for one in change.params if one != table))


# ------------------------------------------------------------------------- order


def in_order(files: dict[str, tuple[ModuleInfo, frozenset[str]]]) -> Iterator[ModuleInfo]:
    """Migrations after those that they depend on, by their names where that leaves a choice.

    ``files``: what a migration is called → its module, and what those before it are called.
    """
    left = {name: after & files.keys() - {name} for name, (_, after) in files.items()}
    while left:
        ready = sorted(name for name, after in left.items() if not after & left.keys()) or sorted(left)[:1]
        for name in ready:
            del left[name]
            yield files[name][0]
