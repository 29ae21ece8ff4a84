"""What the body of a mapped class states: columns, constraints, options of its ``Meta``, managers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.constraints import Constraint, items_of, text_of, texts_of, unique_index
from fenceline.analyzer.constraints import is_true as _is_true
from fenceline.analyzer.models import Field
from fenceline.analyzer.names import dotted_name
from fenceline.analyzer.project import Definition
from fenceline.analyzer.project import External as Outside
from fenceline.analyzer.schema import Column, Schema, is_manager_class

if TYPE_CHECKING:
    from fenceline.analyzer.lowering import Lowering


def read_classes(low: Lowering, schema: Schema, definition: Definition) -> None:
    """Fills a schema with what a class and those above it state."""
    owners = [one for one in low.project.mro(definition) if isinstance(one.node, nodes.ClassDef)]
    options = {(one.module.name, one.name): found for one, found in _options(owners)}
    for owner in reversed(owners):
        assert isinstance(owner.node, nodes.ClassDef)
        _read_class(low, schema, owner, owner.node)
        for statement in options.get((owner.module.name, owner.name), ()):
            _read_option(schema, statement, owner)
    _read_indexes_beside(schema, definition)


# ------------------------------------------------------------------------- Meta


def _options(owners: list[Definition]) -> Iterator[tuple[Definition, list[nodes.Assign]]]:
    """The options in force of a class and those above it, the class first.

    A class with a ``Meta`` of its own takes none from an abstract class above, unless its ``Meta`` is made of that one;
    then it takes those that it does not state again.
    """
    stated: set[str] = set()
    is_closed = False
    for owner in owners:
        meta = _meta_of(owner)
        if meta is None:
            continue
        found = [one for one in meta.body if isinstance(one, nodes.Assign) and one.value is not None]
        if _is_abstract(found) and owner is not owners[0]:
            found = [] if is_closed else [one for one in found if _option_name(one) not in stated]
        yield owner, found
        stated |= {_option_name(one) for one in found if not _adds_to_inherited(one)}
        is_closed = is_closed or not meta.bases


def _meta_of(owner: Definition) -> nodes.ClassDef | None:
    body = owner.node.body if isinstance(owner.node, nodes.ClassDef) else []
    return next((one for one in body if isinstance(one, nodes.ClassDef) and one.name == "Meta"), None)


def _is_abstract(options: list[nodes.Assign]) -> bool:
    return any(_option_name(one) == "abstract" and _is_true(one.value) for one in options)


def _option_name(statement: nodes.Assign) -> str:
    target = statement.targets[0]
    return target.id if isinstance(target, nodes.Name) else ""


def _adds_to_inherited(statement: nodes.Assign) -> bool:
    """``constraints = Base.Meta.constraints + [...]``."""
    return isinstance(statement.value, nodes.BinOp)


def _read_option(schema: Schema, statement: nodes.Assign, owner: Definition) -> None:
    value, path = statement.value, str(owner.module.path)
    if value is None:
        return
    place = (statement.span, path)
    match _option_name(statement):
        case "unique_together":
            texts = [texts_of(one) for one in items_of(value)]
            lists = texts if texts and all(texts) else [texts_of(value)]
            if isinstance(value, nodes.Sequence) and all(isinstance(one, nodes.Literal) for one in value.items):
                lists = [texts_of(value)]
            schema.constraints += [Constraint(frozenset(one), place=place) for one in lists if one]
        case "constraints" | "__table_args__" | "indexes":
            for one in items_of(value):
                if isinstance(one, nodes.Call):
                    found = unique_index(one, path)
                    schema.constraints += [found] if found is not None else []
                elif isinstance(one, nodes.Sequence) and len(one.items) == 2 and _is_true(one.items[1]):
                    columns = frozenset(texts_of(one.items[0]))  # (("shop", "sku"), True)
                    schema.constraints.append(Constraint(columns, place=place))
        case "primary_key" if isinstance(value, nodes.Call):
            names = [text for argument in value.args for text in texts_of(argument)]
            schema.constraints += [Constraint(frozenset(names), place=place)] if names else []
        case "only_save_dirty":
            schema.is_sparse = _is_true(value)
        case "db_table" | "__tablename__" | "table_name" | "table":
            schema.table = text_of(value) or schema.table


# ------------------------------------------------------------------- class bodies


def _read_class(low: Lowering, schema: Schema, owner: Definition, node: nodes.ClassDef) -> None:
    if _is_single(node):
        schema.constraints.append(Constraint(frozenset()))
    for statement in node.body:
        if isinstance(statement, nodes.Assign):
            match _option_name(statement):
                case "":
                    pass
                case "__table_args__" | "__tablename__":
                    _read_option(schema, statement, owner)
                case "__mapper_args__":
                    schema.version = _version_column(statement.value) or schema.version
                case "__table__":
                    _read_table(low, schema, owner, statement.value)
                case name:
                    _read_field(low, schema, owner, name, statement)
        elif isinstance(statement, nodes.FunctionDef) and statement.name in {"__table_args__", "__tablename__"}:
            for given in _returned(statement):
                target = nodes.Name(statement.name_span, statement.name)
                _read_option(schema, nodes.Assign(given.span, [target], given), owner)


def _returned(function: nodes.FunctionDef) -> list[nodes.Expr]:
    """What the one ``return`` of a function gives (``@declared_attr def __table_args__``)."""
    found = [one.value for one in function.body if isinstance(one, nodes.Return) and one.value is not None]
    return found if len(found) == 1 else []


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


def _version_column(node: nodes.Expr | None) -> str:
    """``__mapper_args__ = {"version_id_col": version}``."""
    if not isinstance(node, nodes.Mapping):
        return ""
    for key, value in node.items:
        if isinstance(key, nodes.Literal) and key.value == "version_id_col":
            return (dotted_name(value) or "").rsplit(".", 1)[-1]
    return ""


def _read_indexes_beside(schema: Schema, definition: Definition) -> None:
    """``Index("ix_email", User.email, unique=True)`` at the top level of the class's module."""
    for statement in definition.module.tree.body:
        value = statement.value if isinstance(statement, nodes.ExprStmt | nodes.Assign) else None
        if not isinstance(value, nodes.Call) or not any(_is_of(one, definition.name) for one in value.args):
            continue
        found = unique_index(value, str(definition.module.path))
        schema.constraints += [found] if found is not None else []


def _is_of(node: nodes.Expr, class_name: str) -> bool:
    """Whether an argument speaks of an attribute of the class (``User.email``, ``func.lower(User.email)``)."""
    if isinstance(node, nodes.Call):
        return _is_of(node.func, class_name) or any(_is_of(one, class_name) for one in node.args)
    dotted = dotted_name(node) if isinstance(node, nodes.Attribute) else None
    return dotted is not None and dotted.startswith(f"{class_name}.")


# ------------------------------------------------------------------------ fields


def _read_table(low: Lowering, schema: Schema, owner: Definition, node: nodes.Expr | None) -> None:
    """``__table__ = Table("votes", metadata, Column("poll", …), UniqueConstraint("poll", "voter"))``."""
    if isinstance(node, nodes.Name):
        found = low.project.resolve(owner.module, node.id)
        if not isinstance(found, Definition) or not isinstance(found.node, nodes.Call):
            return
        owner, node = found, found.node
    if not isinstance(node, nodes.Call):
        return
    schema.table = text_of(node.args[0]) or "" if node.args else ""
    for one in node.args[1:]:
        if not isinstance(one, nodes.Call):
            continue
        constraint = unique_index(one, str(owner.module.path))
        if constraint is not None:
            schema.constraints.append(constraint)
        elif _known_field(low, owner, one) is not None:
            name = text_of(one.args[0]) if one.args else None
            if name:
                _add_field(low, schema, owner, name, one)


def _read_field(low: Lowering, schema: Schema, owner: Definition, name: str, statement: nodes.Assign) -> None:
    call = statement.value
    made = _annotated_field(low, owner, statement.annotation)
    if not isinstance(call, nodes.Call):
        if made is not None:
            _add_field(low, schema, owner, name, made)
        elif statement.annotation is not None:
            schema.columns.setdefault(name, Column(name))
        return
    dotted = dotted_name(call.func) or ""
    if _is_manager(low, schema, owner, name, dotted):
        return
    if made is not None:
        call = nodes.Call(call.span, call.func, call.args, [*made.keywords, *call.keywords])
    _add_field(low, schema, owner, name, call)


def _annotated_field(low: Lowering, owner: Definition, annotation: nodes.Expr | None) -> nodes.Call | None:
    """The column in ``Mapped[unique_str]`` where ``unique_str = Annotated[str, mapped_column(unique=True)]``."""
    inner = annotation.index if isinstance(annotation, nodes.Subscript) else None
    dotted = dotted_name(inner) if inner is not None else None
    found = low.project.resolve(owner.module, dotted) if dotted else None
    node = found.node if isinstance(found, Definition) and found.kind == "assign" else inner
    if not isinstance(node, nodes.Subscript) or not isinstance(node.index, nodes.Sequence):
        return None
    where = found if isinstance(found, Definition) else owner
    calls = [one for one in node.index.items if isinstance(one, nodes.Call)]
    return next((one for one in calls if _known_field(low, where, one) is not None), None)


def _known_field(low: Lowering, owner: Definition, call: nodes.Call) -> Field | None:
    dotted = dotted_name(call.func)
    resolved = low.project.resolve(owner.module, dotted) if dotted else None
    return low.models.fields.get(resolved.qualified) if isinstance(resolved, Outside) else None


def _add_field(low: Lowering, schema: Schema, owner: Definition, name: str, call: nodes.Call) -> None:
    known = _known_field(low, owner, call)
    keywords = {one.name: one.value for one in call.keywords}
    inner = keywords.get("sa_column")
    if isinstance(inner, nodes.Call):
        keywords = {**keywords, **{one.name: one.value for one in inner.keywords}}
    is_key = _is_true(keywords.get("primary_key")) or _is_true(keywords.get("pk"))
    relation = known.relation if known else _relation_by_name(dotted_name(call.func) or "")
    target = (call.args[0] if call.args else keywords.get("to")) if relation else None
    related = keywords.get("related_name")
    back = str(related.value) if isinstance(related, nodes.Literal) else ""
    is_stamp = _is_true(keywords.get("auto_now"))
    default = _default(keywords)
    through = keywords.get("through")
    schema.columns[name] = Column(name, relation, target, owner, back, is_key, is_stamp, through, default)
    if known is not None and known.is_version:
        schema.version = name
    if is_unique_field(call, known) or relation == "one_to_one" or is_key or _is_true(keywords.get("unique")):
        columns = frozenset({"pk" if is_key else name})
        schema.constraints.append(Constraint(columns, place=(call.span, str(owner.module.path))))
        if not is_key and default is not None and default.value is not None:
            schema.single.add(name)


def is_unique_field(call: nodes.Call, known: Field | None) -> bool:
    """Whether a column made like this has other values in every row."""
    return (known is not None and known.is_unique) or any(
        one.name in {"unique", "primary_key"} and _is_true(one.value) for one in call.keywords
    )


def _default(keywords: dict[str | None, nodes.Expr]) -> ir.Const | None:
    """What a row gets that is made without a value: a constant, or nothing at all in a column that may be empty."""
    stated = keywords.get("default")
    if isinstance(stated, nodes.Literal):
        return ir.Const(stated.value)
    return ir.Const(None) if stated is None and _is_true(keywords.get("null")) else None


def _relation_by_name(dotted: str) -> str:
    """A field class of the project's own that is named after the relation that it is."""
    last = dotted.rsplit(".", 1)[-1]
    if last.endswith("OneToOneField"):
        return "one_to_one"
    if last.endswith("ForeignKey"):
        return "many_to_one"
    return "relationship" if last == "relationship" else ""


# ---------------------------------------------------------------------- managers


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
