"""What a name can stand for: something defined in the project, or something outside of it; and what is assigned."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from fenceline.analyzer.names import ModuleInfo
from fenceline.analyzer.nodes import Assign, ClassDef, Expr, FunctionDef, If, Module, Stmt, Try, With

Kind: TypeAlias = Literal["class", "function", "assign", "module"]


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition in the project; ``name`` is dotted for a nested class and the module's own name for a module.

    ``node`` is the definition, for an assignment the value. ``rest`` are attributes written after the name that are
    not resolved: ``Check.objects`` is the class ``Check`` with the rest ``("objects",)``.
    """

    kind: Kind
    module: ModuleInfo
    name: str
    node: ClassDef | FunctionDef | Expr | Module = field(repr=False)
    rest: tuple[str, ...] = ()

    @property
    def qualified(self) -> str:
        """The dotted name in the project, without the rest."""
        return self.name if self.kind == "module" else f"{self.module.name}.{self.name}"

    @property
    def bare(self) -> Definition:
        """The same definition without the rest."""
        return replace(self, rest=()) if self.rest else self

    def followed_by(self, attribute: str) -> Definition:
        """The same definition with one more unresolved attribute."""
        return replace(self, rest=(*self.rest, attribute))


@dataclass(frozen=True, slots=True)
class External:
    """A name outside the project: ``django.db.models.Model``."""

    qualified: str


Resolution: TypeAlias = Definition | External | None


def assignments(body: list[Stmt]) -> list[Assign]:
    """The assignments of a body in order, those in blocks too."""
    found: list[Assign] = []
    for one in body:
        if isinstance(one, Assign):
            found.append(one)
        elif isinstance(one, If):
            found += assignments(one.body) + assignments(one.orelse)
        elif isinstance(one, Try | With):
            found += assignments(one.body)
    return found
