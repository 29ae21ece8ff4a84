"""Saves the columns that the run has set, and no others."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from fenceline.analyzer import ir
from fenceline.analyzer.lower_state import WholeSave
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.positions import walk
from fenceline.fixers.transactions import node_of


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    whole = _whole_save(subject)
    schema = whole.row.model.schema
    stamps = {one.name for one in schema.columns.values() if one.is_stamp} if schema is not None else set()
    if not whole.changed - stamps:
        raise Refused("no column is seen to be set")
    if not all(name.isidentifier() for name in whole.changed):
        raise Refused("which columns are set cannot be read")
    code = subject.code_of()
    call = _call(subject, code, whole.op)
    if call.args or not isinstance(call.func, cst.Attribute):
        raise Refused("the call has arguments of its own")
    _check_is_saved(code, call)
    keyword = _keyword(subject, whole, call.func.attr.value)
    names = ", ".join(f'"{name}"' for name in sorted(whole.changed))
    value = f"[{names}]"
    if keyword == "only":  # peewee takes the fields of the class, by whatever name it is known here
        value = f"[{', '.join(f'type({code.source(call.func.value)}).{name}' for name in sorted(whole.changed))}]"
    code.add_arguments(call, f"{keyword}={value}")
    yield Rewrite(
        code.text(),
        f"Save only what was set: {', '.join(sorted(whole.changed))}",
        Applicability.UNSAFE,
        why_unsafe="columns that signal receivers or whoever handed in the row have set are no longer saved",
    )


def _call(subject: Subject, code: Code, op: ir.Op) -> cst.Call:
    """The call that saves, in the file of the read: the op itself, or what leads to it."""
    if op.path == str(subject.module.path):
        return code.node_at(op.span, cst.Call)
    assert subject.candidate is not None
    found = node_of(subject, code, op, code.node_at(subject.candidate.reads[0].span))
    inner = found.expression if isinstance(found, cst.Await) else found
    if not isinstance(inner, cst.Call):
        raise Refused("the save is not seen")
    return inner


def _check_is_saved(code: Code, call: cst.Call) -> None:
    """A name that is given several values may stand for a row that has not been saved yet: it has no columns to set."""
    assert isinstance(call.func, cst.Attribute)
    function = code.function_of(call)
    if not isinstance(call.func.value, cst.Name) or function is None:
        return
    name = call.func.value.value
    if name in _handed_in(function):
        raise Refused("the row is handed in: what its caller has set would not be saved")
    targets = [
        one
        for node in walk(function.body)
        for one in _targets(node)
        if any(isinstance(part, cst.Name) and part.value == name for part in walk(one))
    ]
    if len(targets) > 1:
        raise Refused("the row may be one that is not saved yet")


def _handed_in(function: cst.FunctionDef) -> set[str]:
    """The parameters, but for the first one of a method of the mapped class: who calls that is compared."""
    params = [one.name.value for one in walk(function.params) if isinstance(one, cst.Param)]
    return set(params[1:] if params[:1] == ["self"] else params)


def _targets(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """What a node gives a value to; not what it stores in an attribute of it."""
    match node:
        case cst.AssignTarget(target=target) | cst.AnnAssign(target=target) | cst.NamedExpr(target=target):
            if not isinstance(target, cst.Attribute | cst.Subscript):
                yield target
        case cst.For(target=target) | cst.CompFor(target=target):
            yield target
        case cst.AsName(name=name):
            yield name


def _whole_save(subject: Subject) -> WholeSave:
    acts: tuple[ir.Op, ...] = subject.candidate.acts if subject.candidate is not None else subject.acts
    found = [one for one in subject.flow.lowered.whole_saves if one.op in acts]
    if not found:
        raise Refused("the save is not seen")
    return found[0]


def _keyword(subject: Subject, whole: WholeSave, method: str) -> str:
    """The parameter of the method that names the columns to be saved."""
    store = whole.row.model.store
    for kind in subject.models.types.values():
        operation = kind.methods.get(method)
        if operation is not None and kind.id.startswith(f"{store}.") and "update_fields" in operation.roles:
            return str(operation.roles["update_fields"])
    raise Refused("the method takes no list of columns")


FIXER = Fixer("save_changed_columns", "save only the columns that were set", _rewrite, follows_calls=True)
