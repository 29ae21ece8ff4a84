"""Lets the database compute a column from what it then holds: ``F("stock") - 1``, ``Account.balance + amount``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.values import Model
from fenceline.fixers.code import Code
from fenceline.fixers.column_sums import change_in, computed, computed_change
from fenceline.fixers.fixer import Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.model_facts import is_number, save_is_plain, validates
from fenceline.fixers.positions import walk
from fenceline.fixers.row_variables import is_after, is_binding, is_captured, loop_of, uses_of, variable_of
from fenceline.fixers.scopes import dotted

_F = {"django": ("django.db.models", "F"), "tortoise": ("tortoise.expressions", "F")}
_SAVES = {"save", "asave"}


@dataclass(frozen=True, slots=True)
class _Case:
    """A column of a row, where it is read, and the op that writes it."""

    subject: Subject
    code: Code
    model: Model
    column: str
    read: Fact
    act: Fact


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    case = _case(subject, subject.code_of())
    if case.act.row is None:
        yield from _in_statement(case)
        return
    yield from _in_attribute(case)


def _case(subject: Subject, code: Code) -> _Case:
    pair = subject.candidate
    cell = next(iter(pair.cells)) if pair is not None and len(pair.cells) == 1 else None
    if pair is None or cell is None or cell.field is None or len(pair.acts) != 1:
        raise Refused("more than one column, or more than one change")
    read, act = subject.fact_of(pair.reads[0]), subject.fact_of(pair.acts[0])
    if read is None or act is None or act.model is None or len({read.op.path, act.op.path}) > 1:
        raise Refused("the read and the change are not seen")
    if read.entry:
        raise Refused("the row is handed in, and may be used by who has it")
    if act.model.store not in {"django", "tortoise", "sqlalchemy", "peewee"}:
        raise Refused(f"how {act.model.store} computes in the database is not known")
    if not is_number(act.model, cell.field):
        raise Refused(f"that {cell.field} always holds a number is not seen")
    return _Case(subject, code, act.model, cell.field, read, act)


# -------------------------------------------------------------- update statements


def _in_statement(case: _Case) -> Iterator[Rewrite]:
    """``update(n=row.n - 1)``: only the value is another one."""
    call = case.code.node_at(case.act.op.span, cst.Call, cst.Await)
    known = {f"{variable_of(case.code, _read(case))}.{case.column}", variable_of(case.code, _read(case))}
    values = [
        arg
        for one in walk(call)
        if isinstance(one, cst.Call)
        for arg in one.args
        if arg.keyword is not None and arg.keyword.value == case.column
        if any(dotted(inner) in known for inner in walk(arg.value))
    ]
    if len(values) != 1:
        raise Refused("where the new value stands is not seen")
    case.code.replace(values[0].value, computed(case.code, values[0].value, known, _column(case, call)))
    yield Rewrite(case.code.text(), _title(case))


def _title(case: _Case) -> str:
    return f"Let the database compute {case.model.label}.{case.column}"


# -------------------------------------------------------------------- attributes


def _in_attribute(case: _Case) -> Iterator[Rewrite]:
    """``row.n -= 1; row.save()``: the attribute is an expression until the row is read again."""
    code = case.code
    read = _read(case)
    name = variable_of(code, read)
    function = code.function_of(read)
    assert function is not None
    change = change_in(function, name, case.column)
    if validates(case.subject.project, case.model, case.column):
        raise Refused(f"{case.model.label} looks at each value that {case.column} is given")
    if loop_of(code, change) is not _loop_of_row(code, read):
        raise Refused("the column may be changed several times before it is saved")
    save = code.node_at(case.act.op.span, cst.Call, cst.Await)
    _check_uses(case, name, change, save)
    code.replace(change, computed_change(code, change, f"{name}.{case.column}", _column(case, change)))
    yield from _saved(case, save)


def _saved(case: _Case, save: cst.CSTNode) -> Iterator[Rewrite]:
    """The proposals, according to what else a save does."""
    if case.model.store == "sqlalchemy":
        yield Rewrite(case.code.text(), _title(case))
        return
    why = save_is_plain(case.subject.project, case.model)
    whole = next((one for one in case.subject.flow.lowered.whole_saves if one.op is case.act.op), None)
    call = save.expression if isinstance(save, cst.Await) else save
    if whole is not None and case.model.store != "peewee" and isinstance(call, cst.Call):
        names = sorted(whole.changed | {case.column})
        if not all(one.isidentifier() for one in names):
            raise Refused("which columns are set cannot be read")
        if any(one.keyword is None or one.keyword.value == "force_insert" for one in call.args):
            raise Refused("the save has arguments of its own")
        case.code.add_arguments(call, "update_fields=[" + ", ".join(f'"{one}"' for one in names) + "]")
    applicability = Applicability.UNSAFE if why else Applicability.SAFE
    yield Rewrite(case.code.text(), _title(case), applicability, why_unsafe=why)


def _read(case: _Case) -> cst.CSTNode:
    return case.code.node_at(case.read.op.span, cst.Call, cst.Await, cst.Attribute)


def _loop_of_row(code: Code, read: cst.CSTNode) -> cst.CSTNode | None:
    """The loop that has a row of its own each time round."""
    above = code.parent(read)
    while isinstance(above, cst.Await):
        read, above = above, code.parent(above)
    if isinstance(above, cst.For) and above.iter is read:
        return above
    return loop_of(code, read)


def _check_uses(case: _Case, name: str, change: cst.CSTNode, save: cst.CSTNode) -> None:
    """Raises Refused where the row is used otherwise than to save it, once its attribute is an expression."""
    code = case.code
    function = code.function_of(change)
    assert function is not None
    saves, read = 0, _read(case)
    loop = loop_of(code, change)
    for one in uses_of(code, function, name):
        if is_captured(code, function, one):
            raise Refused(f"{name} is used by an inner function")
        if is_binding(code, one) or any(above is change for above in code.ancestors(one)):
            continue
        if loop is not None and loop in code.ancestors(one) and not is_after(code, one, read):
            raise Refused(f"{name} is used before it is read anew")
        above = code.parent(one)
        if not isinstance(above, cst.Attribute):
            if _escapes(code, one) or is_after(code, one, change):
                _allow_bare(code, one, name)
            continue
        if not is_after(code, one, change):
            continue
        attribute = above.attr.value
        if attribute in _SAVES and any(inner is save for inner in code.ancestors(one)):
            saves += 1
        elif attribute == case.column or not _is_plain_column(case, attribute, code.parent(above)):
            raise Refused(f"{name}.{attribute} is used after the change")
    if case.model.store != "sqlalchemy" and saves != 1:
        raise Refused(f"{name} is not saved in one place")


def _allow_bare(code: Code, use: cst.Name, name: str) -> None:
    above = code.parent(use)
    call = code.parent(above) if isinstance(above, cst.Arg) else None
    if isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) and call.func.attr.value == "add":
        if len(call.args) == 1:
            return  # session.add(row): it is in the session already
    raise Refused(f"{name} is handed on, and who has it would see an expression")


def _escapes(code: Code, use: cst.Name) -> bool:
    """Whether somebody else may have the row from then on."""
    above = code.parent(use)
    is_asked = isinstance(
        above, cst.If | cst.While | cst.UnaryOperation | cst.BooleanOperation | cst.Comparison | cst.IfExp
    )
    return not (is_asked or isinstance(above, cst.ComparisonTarget | cst.FormattedStringExpression))


def _is_plain_column(case: _Case, attribute: str, above: cst.CSTNode | None) -> bool:
    schema = case.model.schema
    is_known = attribute in {"pk", "id"} or (schema is not None and attribute in schema.columns)
    return is_known and not (
        isinstance(above, cst.Call) and isinstance(above.func, cst.Attribute) and above.func.attr.value == attribute
    )


# -------------------------------------------------------------------- expressions


def _column(case: _Case, at: cst.CSTNode) -> str:
    """The column as an expression that the database computes."""
    stated = _F.get(case.model.store)
    if stated is not None:
        return f'{case.code.imported(*stated, at)}("{case.column}")'
    return f"{_class(case)}.{case.column}"


def _class(case: _Case) -> str:
    """The mapped class as the reading query calls it."""
    for one in walk(_read(case)):
        name = dotted(one) if isinstance(one, cst.Name | cst.Attribute) else ""
        if name and case.subject.project.resolve(case.subject.module, name) == case.model.definition:
            return name
    raise Refused("how the class is called here is not seen")


FIXER = Fixer("compute_in_database", "let the database compute the new value", _rewrite)
