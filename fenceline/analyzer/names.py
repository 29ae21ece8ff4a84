"""The names that a module binds at its top level, and what its imports stand for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from fenceline.analyzer import nodes
from fenceline.analyzer.nodes import Expr, Stmt

Member: TypeAlias = nodes.FunctionDef | nodes.ClassDef | nodes.Assign
"""What a class body binds to a name; an assignment as the whole statement, for its annotation."""


@dataclass(frozen=True, slots=True)
class ImportedName:
    """``module`` (absolute and dotted), or one attribute of it, which may be a submodule."""

    module: str
    attribute: str | None = None

    @property
    def dotted(self) -> str:
        """Module and attribute as one name."""
        return f"{self.module}.{self.attribute}" if self.attribute else self.module


@dataclass(slots=True, eq=False, repr=False)
class ModuleInfo:
    """A module of the project and what it binds at its top level, conditional statements included.

    A name is in one of ``imports``, ``classes``, ``functions`` and ``assigns`` only: the binding that counts is the
    last one, except that a constant never displaces anything but a constant set unconditionally before it, and that
    the body of a ``try`` or an ``if`` counts more than its alternatives. ``search`` are the directories that its
    absolute imports look in first.
    """

    name: str
    path: Path
    is_package: bool
    tree: nodes.Module
    search: tuple[Path, ...] = ()
    imports: dict[str, ImportedName] = field(default_factory=dict)
    classes: dict[str, nodes.ClassDef] = field(default_factory=dict)
    functions: dict[str, nodes.FunctionDef] = field(default_factory=dict)
    assigns: dict[str, Expr] = field(default_factory=dict)
    annotations: dict[str, Expr] = field(default_factory=dict)
    star_imports: list[str] = field(default_factory=list)
    displaced: dict[str, ImportedName] = field(default_factory=dict)
    """Imports whose name was bound again, which is what the new binding itself refers to: ``class User(User)``."""

    def __repr__(self) -> str:
        return f"ModuleInfo({self.name!r})"

    @property
    def package(self) -> str:
        """The dotted name that relative imports start from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]


def dotted_name(expr: Expr | None) -> str | None:
    """``a.b.c`` when the expression is names and dots only."""
    parts: list[str] = []
    while isinstance(expr, nodes.Attribute):
        parts.append(expr.attr)
        expr = expr.value
    if not isinstance(expr, nodes.Name):
        return None
    parts.append(expr.id)
    return ".".join(reversed(parts))


def index_module(module: ModuleInfo) -> None:
    """Fill in the names that the module's tree binds."""
    _bind_all(module, module.tree.body, is_conditional=False)


def imports_of(statements: Iterable[Stmt], module: ModuleInfo) -> dict[str, ImportedName]:
    """The names that the import statements among these bind, those in nested blocks included (not in definitions)."""
    found: dict[str, ImportedName] = {}
    for statement in statements:
        if isinstance(statement, nodes.Import | nodes.ImportFrom):
            found.update(imported_names(statement, module))
        for block in blocks_of(statement):
            found.update(imports_of(block, module))
    return found


def imported_names(
    statement: nodes.Import | nodes.ImportFrom, module: ModuleInfo
) -> Iterator[tuple[str, ImportedName]]:
    """What one import statement binds; a star import binds nothing that can be named."""
    if isinstance(statement, nodes.Import):
        for alias in statement.names:
            if alias.asname:
                yield alias.asname, ImportedName(alias.name)
            else:
                top = alias.name.partition(".")[0]
                yield top, ImportedName(top)
        return
    source = absolute_module(statement, module)
    if source is not None:
        for alias in statement.names:
            if alias.name != "*":
                yield alias.asname or alias.name, ImportedName(source, alias.name)


def absolute_module(statement: nodes.ImportFrom, module: ModuleInfo) -> str | None:
    """The module that a ``from`` import names; None when it leads out of the top-level package."""
    if not statement.level:
        return statement.module
    parts = module.package.split(".") if module.package else []
    up = statement.level - 1
    if up > len(parts):
        return None
    parts = parts[: len(parts) - up]
    return ".".join([*parts, statement.module] if statement.module else parts)


def blocks_of(statement: Stmt) -> list[list[Stmt]]:
    """The blocks of a compound statement, alternatives before the main one; none for a definition."""
    match statement:
        case nodes.If() | nodes.While() | nodes.For():
            return [statement.orelse, statement.body]
        case nodes.Try():
            handlers = [handler.body for handler in statement.handlers]
            return [*handlers, statement.body, statement.orelse, statement.finalbody]
        case nodes.With():
            return [statement.body]
        case nodes.Match():
            return [case.body for case in statement.cases]
        case _:
            return []


def class_members(node: nodes.ClassDef) -> dict[str, Member]:
    """What a class body binds, by name; of a property the getter; an assignment as the whole statement."""
    members: dict[str, Member] = {}
    for statement in _flattened(node.body):
        match statement:
            case nodes.FunctionDef():
                if not (statement.name in members and _is_accessor(statement)):
                    members[statement.name] = statement
            case nodes.ClassDef():
                members[statement.name] = statement
            case nodes.Assign():
                for target in statement.targets:
                    if isinstance(target, nodes.Name):
                        members[target.id] = statement
    return members


def _flattened(statements: Iterable[Stmt]) -> Iterator[Stmt]:
    for statement in statements:
        yield statement
        for block in blocks_of(statement):
            yield from _flattened(block)


def _is_accessor(function: nodes.FunctionDef) -> bool:
    """``@name.setter`` and ``@name.deleter`` come after the getter of the same name."""
    accessors = {f"{function.name}.setter", f"{function.name}.deleter"}
    return any(dotted_name(decorator) in accessors for decorator in function.decorators)


def _bind_all(module: ModuleInfo, statements: Iterable[Stmt], *, is_conditional: bool) -> None:
    for statement in statements:
        _bind(module, statement, is_conditional=is_conditional)
        for block in blocks_of(statement):
            _bind_all(module, block, is_conditional=True)


def _bind(module: ModuleInfo, statement: Stmt, *, is_conditional: bool) -> None:
    match statement:
        case nodes.ClassDef():
            _forget(module, statement.name)
            module.classes[statement.name] = statement
        case nodes.FunctionDef():
            _forget(module, statement.name)
            module.functions[statement.name] = statement
        case nodes.Import() | nodes.ImportFrom():
            _bind_imports(module, statement)
        case nodes.Assign():
            _bind_assign(module, statement, is_conditional=is_conditional)
        case nodes.AugAssign(target=nodes.Name(id="__all__"), op="+", value=more):
            _extend_exports(module, more)
        case nodes.ExprStmt(
            value=nodes.Call(func=nodes.Attribute(value=nodes.Name(id="__all__"), attr=method), args=[more])
        ):
            if method in {"extend", "append"}:
                _extend_exports(module, more if method == "extend" else nodes.Sequence(more.span, "list", [more]))


def _bind_imports(module: ModuleInfo, statement: nodes.Import | nodes.ImportFrom) -> None:
    for name, imported in imported_names(statement, module):
        _forget(module, name)
        module.imports[name] = imported
    if isinstance(statement, nodes.ImportFrom) and any(alias.name == "*" for alias in statement.names):
        source = absolute_module(statement, module)
        if source:
            module.star_imports.append(source)


def _bind_assign(module: ModuleInfo, statement: nodes.Assign, *, is_conditional: bool) -> None:
    for target in statement.targets:
        if isinstance(target, nodes.Name) and statement.annotation is not None:
            module.annotations[target.id] = statement.annotation
        if statement.value is not None:
            for name, value in _pairs(target, statement.value):
                _assign(module, name, value, is_conditional=is_conditional)
        elif isinstance(target, nodes.Name):  # declared, and set by a function: as if it were ``...``
            _assign(module, target.id, nodes.Literal(statement.span, ...), is_conditional=True)


def _pairs(target: Expr, value: Expr) -> Iterator[tuple[str, Expr]]:
    if isinstance(target, nodes.Name):
        yield target.id, value
        return
    match target, value:
        case nodes.Sequence(items=targets), nodes.Sequence(items=values) if len(targets) == len(values):
            for inner_target, inner_value in zip(targets, values, strict=True):
                yield from _pairs(inner_target, inner_value)


def _assign(module: ModuleInfo, name: str, value: Expr, *, is_conditional: bool) -> None:
    is_bound = name in module.imports or name in module.classes or name in module.functions
    if isinstance(value, nodes.Literal) and (is_bound or (is_conditional and name in module.assigns)):
        return
    if is_bound and name in _names_in(value):
        return  # a wrapper: ``Client = traced(Client)``
    _forget(module, name)
    module.assigns[name] = value


def _names_in(value: Expr) -> set[str]:
    if not isinstance(value, nodes.Call):
        return set()
    return {argument.id for argument in value.args if isinstance(argument, nodes.Name)}


def _forget(module: ModuleInfo, name: str) -> None:
    imported = module.imports.pop(name, None)
    if imported is not None:
        module.displaced[name] = imported
    module.classes.pop(name, None)
    module.functions.pop(name, None)
    module.assigns.pop(name, None)


def _extend_exports(module: ModuleInfo, more: Expr) -> None:
    known = module.assigns.get("__all__")
    module.assigns["__all__"] = more if known is None else nodes.BinOp(more.span, known, "+", more)
