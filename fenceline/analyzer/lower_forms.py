"""Forms and serializers that are made with a row: ``save`` sets the columns that they are about, and saves it whole.

Which columns they are about is known where they are written out in the class ``Meta``, and all of them are set. Else a
column is *perhaps* set: the value is one that was handed in, or the one that was loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.choices import PERHAPS
from fenceline.analyzer.lower_instances import insert_unsaved
from fenceline.analyzer.lower_rows import is_unsaved, store_field
from fenceline.analyzer.lower_schedules import constant
from fenceline.analyzer.lower_state import Arguments, Call
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.models import Type
from fenceline.analyzer.project import Definition
from fenceline.analyzer.row_writes import write_fields
from fenceline.analyzer.values import Data, Items, Model, Object, Row, Value, term_of

_ALL = "__all__"
_INSTANCE = "instance"
_SOME = "some columns"
_VALUES = "the values that it is made with"
_LEFT_OUT = ("exclude", "read_only_fields")


def bind_form(low: Lowering, form: Object, arguments: Arguments) -> None:
    """Keeps the row that a form of the project is made with."""
    kind = _type_of(low, form.definition)
    given = arguments.bound(kind.params) if kind is not None else {}
    row = given.get(str(kind.roles.get("row"))) if kind is not None else None
    if kind is not None and isinstance(row, Row):
        low.state.attributes[(form.ident, _INSTANCE)] = row
        wanted = kind.roles.get("values")
        values = [given[one] for one in wanted if one in given] if isinstance(wanted, list) else []
        if values:
            low.state.attributes[(form.ident, _VALUES)] = Items(tuple(values))
        some = given.get(str(kind.roles.get("partial")))
        if some is not None and some != Data(ir.Const(False)):
            low.state.attributes[(form.ident, _SOME)] = some


def _type_of(low: Lowering, definition: Definition) -> Type | None:
    kinds = (low.models.type_named(base) for base in sorted(low.project.external_bases(definition)))
    return next((one for one in kinds if one is not None and one.role == "form"), None)


def _save(low: Lowering, call: Call) -> Value:
    form = call.receiver
    row = low.state.attributes.get((form.ident, _INSTANCE)) if isinstance(form, Object) else None
    if not isinstance(form, Object) or not isinstance(row, Row) or _is_replaced(low, call, form):
        return Data(ir.Apply("." + call.operation.name, (term_of(call.receiver),)))
    names, is_written_out = _columns(low, form.definition, row.model)
    is_sure = is_written_out and (form.ident, _SOME) not in low.state.attributes
    source = _source(low, form)
    for name in names:
        label = "cleaned" if is_sure else PERHAPS
        store_field(low, row, name, Data(ir.Apply(label, (source, ir.Const(name)))))
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


def _source(low: Lowering, form: Object) -> ir.Term:
    """What the columns are set to is made of: the values that the form is given, where they are seen."""
    values = low.state.attributes.get((form.ident, _VALUES))
    return form.ident if values is None else ir.Apply(form.definition.name, (term_of(values),))


def _check(low: Lowering, call: Call) -> Value:
    form = call.receiver
    source = _source(low, form) if isinstance(form, Object) else term_of(form)
    return Data(ir.Apply("." + call.operation.name, (source,)))


def _is_replaced(low: Lowering, call: Call, form: Object) -> bool:
    """Whether the project's class says itself how a row is saved."""
    name = call.data("through")
    return isinstance(name, str) and low.project.find_attribute(form.definition, name) is not None


def _columns(low: Lowering, definition: Definition, model: Model) -> tuple[list[str], bool]:
    """The columns that a form may set: named ones, or all, without what it leaves out; and whether it names them."""
    known = model.schema.columns if model.schema is not None else {}
    columns = [one.name for one in known.values() if not one.is_key and one.relation != "many_to_many"]
    stated = {name: texts for owner in reversed(low.project.mro(definition)) for name, texts in _stated(low, owner)}
    left_out = {text for name in _LEFT_OUT for text in stated.get(name, ())}
    named = stated.get("fields", [_ALL])
    is_written_out = _ALL not in named
    return [one for one in columns if one not in left_out and (one in named or not is_written_out)], is_written_out


def _stated(low: Lowering, owner: Definition) -> Iterator[tuple[str, list[str]]]:
    """The lists of the class ``Meta``; ``fields`` that cannot be read are all columns."""
    body = owner.node.body if isinstance(owner.node, nodes.ClassDef) else []
    for meta in body:
        if isinstance(meta, nodes.ClassDef) and meta.name == "Meta":
            for one in meta.body:
                target = one.targets[0] if isinstance(one, nodes.Assign) else None
                if isinstance(one, nodes.Assign) and isinstance(target, nodes.Name):
                    if target.id in {"fields", *_LEFT_OUT}:
                        texts = _texts(low, owner, one.value)
                        if texts is not None or target.id == "fields":
                            yield target.id, texts if texts is not None else [_ALL]


def _texts(low: Lowering, owner: Definition, node: nodes.Expr | None) -> list[str] | None:
    """The texts of a list, put together of others too; of a text alone that text; None for what cannot be read."""
    found = list(_constants(low.aside(owner.module).evaluate(node))) if node is not None else [None]
    texts = [one for one in found if isinstance(one, str)]
    return texts if len(texts) == len(found) else None


def _constants(value: Value) -> Iterator[object]:
    if isinstance(value, Items) and value.count is None:
        for one in value.items:
            yield from _constants(one)
    else:
        yield constant(value)


FORM_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {"form.save": _save, "form.check": _check}
