"""What model classes say: fields, relations, unique constraints, managers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.models import Type
from fenceline.analyzer.names import dotted_name
from fenceline.analyzer.project import Definition
from fenceline.analyzer.project import External as Outside
from fenceline.analyzer.values import Instance, Model, Query

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


@dataclass(frozen=True, slots=True)
class Partial:
    """A unique constraint with a condition: (look-up, constant), None where the condition could not be read."""

    columns: frozenset[str]
    conditions: tuple[tuple[str, object], ...] | None

    def may_hold(self, given: Mapping[str, ir.Term]) -> bool:
        """Whether the condition may be true of a row with these values; a column not given has its default."""
        for name, wanted in self.conditions or ():
            column, _, operator = name.partition("__")
            value = given.get(column)
            known = value.value if isinstance(value, ir.Const) else ...
            if operator == "isnull":
                if wanted is True and value is not None and known is not None:
                    return False
            elif operator not in {"", "exact"} or (value is not None and known is not ... and known != wanted):
                return False
        return True


@dataclass(slots=True, eq=False)
class Schema:
    """Fields, sets of columns that are unique together, and project-made managers by attribute."""

    columns: dict[str, Column] = field(default_factory=dict)
    unique: list[frozenset[str]] = field(default_factory=list)
    partial: list[Partial] = field(default_factory=list)  # unique for some of the rows
    single: set[str] = field(default_factory=set)  # unique columns with a constant default: one row can have it
    managers: dict[str, Definition | None] = field(default_factory=dict)
    version: str = ""  # the column that every UPDATE of a row compares and counts up
    is_complete: bool = True  # False when a base that is not found may state more

    def covers(self, names: Iterable[str]) -> bool:
        """Whether at most one row can have given values in these columns."""
        given = frozenset(names)
        if "pk" in given:
            return True
        return any(one <= given for one in self.unique)

    def keeps_apart(self, names: Iterable[str], given: Iterable[str]) -> bool:
        """Whether two rows that are created with values in ``given``, and equal in ``names``, cannot both be there."""
        return self.covers(names) or not self.single <= set(given)

    def may_cover(self, given: Mapping[str, ir.Term]) -> bool:
        """Whether a constraint that holds for some of the rows may keep two rows with these values apart."""
        return any(one.columns <= given.keys() and one.may_hold(given) for one in self.partial)

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
    for owner in reversed(low.project.mro(definition)):
        if isinstance(owner.node, nodes.ClassDef):
            _read_class(low, schema, owner, owner.node)
    schema.unique = [frozenset(schema.plain(name) for name in one) for one in schema.unique]
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


def is_manager_class(low: Lowering, definition: Definition) -> bool:
    """Whether a project class is a manager or queryset of its own."""
    for base in low.project.external_bases(definition):
        kind = low.models.type_named(base)
        if kind is not None and kind.role in {"queryset", "manager"}:
            return True
    return False


def _is_single(node: nodes.ClassDef) -> bool:
    """A class whose ``save`` gives every row the same key: there is at most one."""
    saves = [one for one in node.body if isinstance(one, nodes.FunctionDef) and one.name == "save"]
    return any(
        isinstance(statement, nodes.Assign)
        and dotted_name(statement.targets[0]) in {"self.pk", "self.id"}
        and isinstance(statement.value, nodes.Literal | nodes.Name)
        for one in saves
        for statement in one.body
    )


def _read_class(low: Lowering, schema: Schema, owner: Definition, node: nodes.ClassDef) -> None:
    if _is_single(node):
        schema.unique.append(frozenset())
    for statement in node.body:
        if isinstance(statement, nodes.ClassDef) and statement.name == "Meta":
            for inner in statement.body:
                if isinstance(inner, nodes.Assign) and inner.value is not None:
                    _read_option(schema, inner)
        elif isinstance(statement, nodes.Assign):
            target = statement.targets[0]
            if isinstance(target, nodes.Name):
                if target.id == "__table_args__":
                    _read_option(schema, statement)
                elif target.id == "__mapper_args__":
                    schema.version = _version_column(statement.value) or schema.version
                else:
                    _read_field(low, schema, owner, target.id, statement)


def _read_option(schema: Schema, statement: nodes.Assign) -> None:
    target = statement.targets[0]
    if not isinstance(target, nodes.Name) or statement.value is None:
        return
    if target.id == "unique_together":
        texts = [_texts(one) for one in _items(statement.value)]
        if texts and all(texts):
            schema.unique.extend(frozenset(one) for one in texts)
        elif _texts(statement.value):
            schema.unique.append(frozenset(_texts(statement.value)))
    if target.id in {"constraints", "__table_args__", "indexes"}:
        for one in _items(statement.value):
            if isinstance(one, nodes.Call):
                _read_constraint(schema, one)
            elif isinstance(one, nodes.Sequence) and len(one.items) == 2 and _is_true(one.items[1]):
                schema.unique.append(frozenset(_texts(one.items[0])))  # (("shop", "sku"), True)
    if target.id == "primary_key" and isinstance(statement.value, nodes.Call):
        names = [text for argument in statement.value.args for text in _texts(argument)]
        if names:
            schema.unique.append(frozenset(names))


def _version_column(node: nodes.Expr | None) -> str:
    """``__mapper_args__ = {"version_id_col": version}``."""
    if not isinstance(node, nodes.Mapping):
        return ""
    for key, value in node.items:
        if isinstance(key, nodes.Literal) and key.value == "version_id_col":
            return (dotted_name(value) or "").rsplit(".", 1)[-1]
    return ""


def _read_constraint(schema: Schema, call: nodes.Call) -> None:
    name = (dotted_name(call.func) or "").rsplit(".", 1)[-1]
    keywords = {one.name: one.value for one in call.keywords}
    is_unique = name == "UniqueConstraint" or (name == "Index" and _is_true(keywords.get("unique")))
    if not is_unique:
        return
    listed = _texts(keywords["fields"]) if "fields" in keywords else [t for a in call.args for t in _texts(a)]
    if name == "Index":
        listed = listed[1:]
    is_partial = "condition" in keywords or "postgresql_where" in keywords
    columns = frozenset(schema.plain(one) for one in listed)
    if columns and is_partial:
        schema.partial.append(Partial(columns, _conditions(keywords.get("condition"))))
    elif columns:
        schema.unique.append(columns)


def _conditions(node: nodes.Expr | None) -> tuple[tuple[str, object], ...] | None:
    """``Q(owner__isnull=True) & Q(state="open")`` as look-ups and constants."""
    if isinstance(node, nodes.BinOp) and node.op == "&":
        left, right = _conditions(node.left), _conditions(node.right)
        return None if left is None or right is None else (*left, *right)
    if not isinstance(node, nodes.Call) or node.args:
        return None
    found = [(one.name, one.value.value) for one in node.keywords if one.name and isinstance(one.value, nodes.Literal)]
    return tuple(found) if len(found) == len(node.keywords) else None


def _read_field(low: Lowering, schema: Schema, owner: Definition, name: str, statement: nodes.Assign) -> None:
    call = statement.value
    if not isinstance(call, nodes.Call):
        if statement.annotation is not None:
            schema.columns.setdefault(name, Column(name))
        return
    dotted = dotted_name(call.func) or ""
    if _is_manager(low, schema, owner, name, dotted):
        return
    resolved = low.project.resolve(owner.module, dotted) if dotted else None
    known = low.models.fields.get(resolved.qualified) if isinstance(resolved, Outside) else None
    keywords = {one.name: one.value for one in call.keywords}
    is_key = _is_true(keywords.get("primary_key")) or _is_true(keywords.get("pk"))
    relation = known.relation if known else _relation_by_name(dotted)
    target = (call.args[0] if call.args else keywords.get("to")) if relation else None
    related = keywords.get("related_name")
    back = str(related.value) if isinstance(related, nodes.Literal) else ""
    schema.columns[name] = Column(name, relation, target, owner, back, is_key, _is_true(keywords.get("auto_now")))
    if (
        (known is not None and known.is_unique)
        or relation == "one_to_one"
        or is_key
        or _is_true(keywords.get("unique"))
    ):
        schema.unique.append(frozenset({"pk" if is_key else name}))
        default = keywords.get("default")
        if not is_key and isinstance(default, nodes.Literal) and default.value is not None:
            schema.single.add(name)


def _relation_by_name(dotted: str) -> str:
    """A field class of the project's own that is named after the relation that it is."""
    last = dotted.rsplit(".", 1)[-1]
    if last.endswith("OneToOneField"):
        return "one_to_one"
    if last.endswith("ForeignKey"):
        return "many_to_one"
    return "relationship" if last == "relationship" else ""


def _is_manager(low: Lowering, schema: Schema, owner: Definition, name: str, dotted: str) -> bool:
    resolved = low.project.resolve(
        owner.module, dotted.split(".as_manager", maxsplit=1)[0].split(".from_queryset", maxsplit=1)[0]
    )
    if isinstance(resolved, Outside):
        kind = low.models.type_named(resolved.qualified)
        if kind is not None and kind.role in {"queryset", "manager"}:
            schema.managers[name] = None
            return True
        return False
    if isinstance(resolved, Definition):
        if resolved.kind == "class" and is_manager_class(low, resolved):
            schema.managers[name] = resolved
            return True
        if resolved.kind == "assign" and isinstance(resolved.node, nodes.Node):
            return _is_made_manager(low, schema, name, resolved)
    return False


def _is_made_manager(low: Lowering, schema: Schema, name: str, definition: Definition) -> bool:
    """``Manager = BaseManager.from_queryset(OrderQuerySet)``."""
    value = definition.node
    if isinstance(value, nodes.Call) and isinstance(value.func, nodes.Attribute) and value.func.attr == "from_queryset":
        dotted = dotted_name(value.args[0]) if value.args else None
        inner = low.project.resolve(definition.module, dotted) if dotted else None
        schema.managers[name] = inner if isinstance(inner, Definition) else None
        return True
    return False


def _items(node: nodes.Expr) -> list[nodes.Expr]:
    if isinstance(node, nodes.Sequence):
        return node.items
    if isinstance(node, nodes.BinOp):
        return [*_items(node.left), *_items(node.right)]
    return [node] if isinstance(node, nodes.Call) else []


def _texts(node: nodes.Expr) -> list[str]:
    if isinstance(node, nodes.Literal):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, nodes.Name):
        return [node.id]
    if isinstance(node, nodes.Sequence):
        return [t for one in node.items for t in _texts(one)] if all(_texts(one) for one in node.items) else []
    return []


def _is_true(node: nodes.Expr | None) -> bool:
    return isinstance(node, nodes.Literal) and node.value is True


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
