"""What model classes say: fields, relations, unique constraints, managers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.constraints import Constraint
from fenceline.analyzer.models import Type
from fenceline.analyzer.project import Definition
from fenceline.analyzer.values import Model, Query

if TYPE_CHECKING:
    from fenceline.analyzer.lowering import Lowering


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a model: its relation ('' for a plain one), where it points, the name of the way back."""

    name: str
    relation: str = ""
    target: nodes.Expr | None = None
    owner: Definition | None = None
    related_name: str = ""
    is_key: bool = False
    is_stamp: bool = False  # set to the time by every save
    through: nodes.Expr | None = None  # the class of the rows that link two rows, where the relation names one
    default: ir.Const | None = None  # the value of rows that are made without one, where it is a constant


@dataclass(slots=True, eq=False)
class Schema:
    """Fields, unique constraints, and project-made managers by attribute."""

    columns: dict[str, Column] = field(default_factory=dict)
    constraints: list[Constraint] = field(default_factory=list)
    single: set[str] = field(default_factory=set)  # unique columns with a constant default: one row can have it
    managers: dict[str, Definition | None] = field(default_factory=dict)
    version: str = ""  # the column that every UPDATE of a row compares and counts up
    table: str = ""  # what the class says that its table is called
    is_sparse: bool = False  # a save writes only what was changed
    elsewhere: list[Constraint] | None = None  # those of migrations, once they have been asked for
    is_complete: bool = True  # False when a base that is not found may state more

    @property
    def unique(self) -> list[frozenset[str]]:
        """The sets of columns that are unique together, in all rows."""
        return [one.columns for one in self.constraints if one.tests == ()]

    def covering(self, names: Iterable[str], given: Mapping[str, ir.Term]) -> Constraint | None:
        """A constraint by which at most one row made with the values ``given`` can have those in ``names``."""
        asked, values = frozenset(names), self._with_defaults(given)
        if "pk" in asked:
            return Constraint(frozenset({"pk"}))
        stated = [*self.constraints, *(self.elsewhere or ())]
        found = [one for one in stated if one.columns <= asked and one.holds_for(values)]
        if not found and not self.single <= given.keys():
            found = [one for one in self.constraints if one.columns & self.single - given.keys()]
        return found[0] if found else None

    def may_cover(self, given: Mapping[str, ir.Term]) -> bool:
        """Whether a constraint that holds for some of the rows may keep two rows with these values apart."""
        values = self._with_defaults(given)
        stated = [*self.constraints, *(self.elsewhere or ())]
        some = [one for one in stated if one.tests != () and one.columns <= given.keys()]
        return any(one.holds_for(values) is not False for one in some)

    def folds(self, name: str) -> bool:
        """Whether some constraint compares a column without regard to case."""
        return any(name in one.folded for one in self.constraints)

    def _with_defaults(self, given: Mapping[str, ir.Term]) -> dict[str, ir.Term]:
        if any(not name.isidentifier() for name in given):  # there may be more in it than is seen
            return dict(given)
        stated = {one.name: one.default for one in self.columns.values() if one.default is not None}
        return {**stated, **given}

    def plain(self, name: str) -> str:
        """The column that a look-up name speaks of: ``user_id``, ``user__id`` and ``user__pk`` are ``user``."""
        head, _, tail = name.partition("__")
        if tail in {"id", "pk"} and head in self.columns:
            return head
        if name.endswith("_id") and name[:-3] in self.columns:
            if name not in self.columns or self.is_relationship(name[:-3]):
                return name[:-3]
        return "pk" if self.is_key(name) else name

    def is_relationship(self, name: str) -> bool:
        """Whether an attribute stands for connected rows, not for a column."""
        found = self.columns.get(name)
        return found is not None and found.relation == "relationship"

    def is_key(self, name: str) -> bool:
        """Whether a name is the primary key."""
        if name in {"pk", "id"}:
            return True
        found = self.columns.get(name)
        return found is not None and found.is_key


def plain_column(model: Model, name: str) -> str:
    """The column that a look-up name speaks of, also where the class was not found."""
    if model.schema is not None:
        return model.schema.plain(name)
    if name == "id":
        return "pk"
    for suffix in ("__id", "__pk", "_id"):
        if name.endswith(suffix) and name != suffix:
            return name[: -len(suffix)]
    return name


def type_with_role(low: Lowering, role: str, store: str) -> Type | None:
    """The modelled type that plays a role in an ORM family (its queryset, its row, its session)."""
    key = ("role", role, store)
    if key not in low.memo:
        found = [one for one in low.models.types.values() if one.role == role and one.store == store]
        found.sort(key=lambda one: (one.id != f"{store}.{role}", len(one.extends)))
        low.memo[key] = found[0] if found else None
    kind = low.memo[key]
    return kind if isinstance(kind, Type) else None


def manager_type(low: Lowering, store: str) -> str:
    """The type id of an ORM family's managers."""
    for one in low.models.of_role("manager"):
        if one.store == store:
            return one.id
    kind = type_with_role(low, "queryset", store)
    return kind.id if kind else ""


def is_manager_class(low: Lowering, definition: Definition) -> bool:
    """Whether a project class is a manager or queryset of its own."""
    for base in low.project.external_bases(definition):
        kind = low.models.type_named(base)
        if kind is not None and kind.role in {"queryset", "manager"}:
            return True
    return False


def related_by(low: Lowering, model: Model, holder: Model, name: str) -> str | None:
    """The column of ``model`` that is a one-to-one to ``holder`` whose way back is called ``name``."""
    if model.schema is None:
        return None
    for column in model.schema.columns.values():
        if column.relation == "one_to_one" and (column.related_name or model.label.lower()) == name:
            return column.name
    return None


def shape_model(low: Lowering, text: str, attribute: str, term: ir.Term | None = None) -> Query | None:
    """``Name.objects`` where Name itself was not found: a manager by its shape."""
    for kind in low.models.saying("shape_attribute"):
        if kind.roles.get("shape_attribute") == attribute:
            name = low.show(term) if term is not None else text
            return Query(Model(name, kind.store, by_shape=True), kind.id)
    return None
