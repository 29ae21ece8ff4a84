"""Forms and serializers that are made with a row: ``save`` sets the columns that they are about, and saves it whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.lower_instances import insert_unsaved
from fenceline.analyzer.lower_rows import is_unsaved, store_field
from fenceline.analyzer.lower_state import Arguments, Call
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.models import Type
from fenceline.analyzer.project import Definition
from fenceline.analyzer.row_writes import write_fields
from fenceline.analyzer.values import Data, Model, Object, Row, Value, term_of

_ALL = "__all__"
_INSTANCE = "instance"


def bind_form(low: Lowering, form: Object, arguments: Arguments) -> None:
    """Keeps the row that a form of the project is made with."""
    kind = _type_of(low, form.definition)
    row = arguments.bound(kind.params).get(str(kind.roles.get("row"))) if kind is not None else None
    if isinstance(row, Row):
        low.state.attributes[(form.ident, _INSTANCE)] = row


def _type_of(low: Lowering, definition: Definition) -> Type | None:
    kinds = (low.models.type_named(base) for base in sorted(low.project.external_bases(definition)))
    return next((one for one in kinds if one is not None and one.role == "form"), None)


def _save(low: Lowering, call: Call) -> Value:
    form = call.receiver
    row = low.state.attributes.get((form.ident, _INSTANCE)) if isinstance(form, Object) else None
    if not isinstance(form, Object) or not isinstance(row, Row) or _is_replaced(low, call, form):
        return Data(ir.Apply("." + call.operation.name, (term_of(call.receiver),)))
    for name in _columns(low, form.definition, row.model):
        store_field(low, row, name, Data(ir.Apply("cleaned", (form.ident, ir.Const(name)))))
    given = {name: value for name, value in call.arguments.keywords.items() if name not in call.operation.params}
    for name, value in given.items():
        store_field(low, row, name, value)
    commit = call.role("commit")
    if isinstance(commit, Data) and commit.term == ir.Const(False):
        return row
    if is_unsaved(low, row):
        insert_unsaved(low, row, call.span)
    else:
        write_fields(low, row, None, call.span)
    return row


def _is_replaced(low: Lowering, call: Call, form: Object) -> bool:
    """Whether the project's class says itself how a row is saved."""
    name = call.data("through")
    return isinstance(name, str) and low.project.find_attribute(form.definition, name) is not None


def _columns(low: Lowering, definition: Definition, model: Model) -> list[str]:
    """The columns that a form sets: those that it names, all but those that it leaves out, or all."""
    known = model.schema.columns if model.schema is not None else {}
    columns = [one.name for one in known.values() if not one.is_key and one.relation != "many_to_many"]
    stated = {name: texts for owner in reversed(low.project.mro(definition)) for name, texts in _stated(owner)}
    if "fields" in stated and _ALL not in stated["fields"]:
        return [one for one in columns if one in stated["fields"]]
    return [one for one in columns if one not in stated.get("exclude", ())]


def _stated(owner: Definition) -> Iterator[tuple[str, list[str]]]:
    """``fields`` and ``exclude`` of the class ``Meta``; of one that is not written out, all columns."""
    body = owner.node.body if isinstance(owner.node, nodes.ClassDef) else []
    for meta in body:
        if isinstance(meta, nodes.ClassDef) and meta.name == "Meta":
            for one in meta.body:
                target = one.targets[0] if isinstance(one, nodes.Assign) else None
                if isinstance(one, nodes.Assign) and isinstance(target, nodes.Name):
                    if target.id in {"fields", "exclude"}:
                        texts = _texts(one.value)
                        if texts is not None or target.id == "fields":
                            yield target.id, texts if texts is not None else [_ALL]


def _texts(node: nodes.Expr | None) -> list[str] | None:
    """The texts of a list that is written out; of a text alone that text."""
    items = node.items if isinstance(node, nodes.Sequence) else [node]
    found = [one.value for one in items if isinstance(one, nodes.Literal) and isinstance(one.value, str)]
    return found if len(found) == len(items) else None


FORM_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {"form.save": _save}
