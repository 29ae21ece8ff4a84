"""Lets the database compute a column from what it then holds: ``F("stock") - 1``, ``Account.balance + amount``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.values import Model
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.model_facts import is_number, save_is_plain, validates
from fenceline.fixers.positions import walk
from fenceline.fixers.row_variables import is_after, is_binding, is_captured, loop_of, uses_of, variable_of
from fenceline.fixers.scopes import dotted

_F = {"django": ("django.db.models", "F"), "tortoise": ("tortoise.expressions", "F")}
_HANDED_IN = (
    "the row was handed in: it must be in the table already, it is read again after it is saved, "
    "and may then hold what another run has added"
)
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
    case.code.replace(values[0].value, _computed(case, values[0].value, known))
    yield Rewrite(case.code.text(), _title(case))


def _title(case: _Case) -> str:
    return f"Let the database compute {case.model.label}.{case.column}"


# ------------------------------------------------------------- rows that are loaded


def _in_attribute(case: _Case) -> Iterator[Rewrite]:
    """``row.n -= 1; row.save()``: the attribute is an expression until the row is read again."""
    if case.read.entry:
        yield from _in_handed_row(case)
        return
    code = case.code
    read = _read(case)
    name = variable_of(code, read)
    function = code.function_of(read)
    assert function is not None
    change = _change(case, function, name)
    if validates(case.subject.project, case.model, case.column):
        raise Refused(f"{case.model.label} looks at each value that {case.column} is given")
    if loop_of(code, change) is not _loop_of_row(code, read):
        raise Refused("the column may be changed several times before it is saved")
    save = code.node_at(case.act.op.span, cst.Call, cst.Await)
    _check_uses(case, name, change, save)
    _set_expression(case, change, name)
    yield from _saved(case, save)


def _set_expression(case: _Case, change: cst.Assign | cst.AugAssign, name: str) -> None:
    code, old = case.code, f"{name}.{case.column}"
    match change:
        case cst.AugAssign(operator=operator, value=value):
            sign = "+" if isinstance(operator, cst.AddAssign) else "-"
            column = _column(case, change)
            new = code.expression(f"{column} {sign} {{value}}", value=_checked(value, {old}))
        case _:
            new = _computed(case, change.value, {old})
    code.replace(change, cst.Assign([cst.AssignTarget(_target(change))], new))


# --------------------------------------------------------- rows that are handed in


def _in_handed_row(case: _Case) -> Iterator[Rewrite]:
    """Who has the row reads its attributes: it is read again as soon as it is saved."""
    code = case.code
    span = case.subject.flow.lowered.changed.get(case.act.row.snapshot if case.act.row else "", {}).get(case.column)
    if span is None or span[1] != case.act.op.path or case.act.op.path != str(case.subject.module.path):
        raise Refused("the row is handed in, and where it is changed is not seen")
    set_here = code.node_at(span[0], cst.BaseSmallStatement)  # type: ignore[type-abstract]
    if not isinstance(set_here, cst.Assign | cst.AugAssign):
        raise Refused("the row is handed in, and its column is not set by an assignment")
    function = code.function_of(set_here)
    name = dotted(_target(set_here)).partition(".")[0]
    save = code.node_at(case.act.op.span, cst.Call, cst.Await)
    if function is None or code.function_of(save) is not function or name not in _params(function):
        raise Refused("the row is handed in, and saved by another function than the one that changes it")
    change = _change(case, function, name)
    if validates(case.subject.project, case.model, case.column):
        raise Refused(f"{case.model.label} looks at each value that {case.column} is given")
    _check_between(case, name, change, save)
    _set_expression(case, change, name)
    if case.model.store == "django":
        _read_again(case, name, save)
    elif case.model.store != "sqlalchemy" or function.asynchronous is not None:
        raise Refused("the row is handed in, and would not be read again by itself")
    plain = save_is_plain(case.subject.project, case.model) if case.model.store == "django" else ""
    yield Rewrite(
        case.code.text(), _title(case), Applicability.UNSAFE, why_unsafe="; ".join(filter(None, (_HANDED_IN, plain)))
    )


def _params(function: cst.FunctionDef) -> set[str]:
    params = function.params
    return {one.name.value for one in (*params.posonly_params, *params.params, *params.kwonly_params)}


def _check_between(case: _Case, name: str, change: cst.CSTNode, save: cst.CSTNode) -> None:
    """Raises Refused where anybody may look at the row while its attribute is an expression."""
    code = case.code
    first, last = code.statement_of(change), code.statement_of(save)
    block = code.block_of(first)
    if last not in block or not isinstance(last, cst.SimpleStatementLine):
        raise Refused("the row is handed in, and saved under another condition than it is changed under")
    for statement in block[block.index(first) + 1 : block.index(last)]:
        body = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        if not isinstance(body, cst.Assign | cst.AugAssign) or not _is_plain_set(case, body, name):
            raise Refused("the row is handed in, and looked at before it is saved")


def _is_plain_set(case: _Case, body: cst.Assign | cst.AugAssign, name: str) -> bool:
    """Whether another column is set, without a look at this one."""
    parts = [one for one in walk(body) if isinstance(one, cst.Name) and one.value == name]
    owners = [case.code.parent(one) for one in parts]
    return all(
        isinstance(one, cst.Attribute)
        and one.attr.value != case.column
        and not isinstance(case.code.parent(one), cst.Call)
        for one in owners
    )


def _read_again(case: _Case, name: str, save: cst.CSTNode) -> None:
    """``refresh_from_db`` below the save, for this column and those that are read again already."""
    code = case.code
    line = code.statement_of(save)
    block = code.block_of(line)
    index = block.index(line) + 1
    known = _refreshed(block[index], name) if index < len(block) else None
    if known is not None:
        code.replace(known, _longer(known, case.column))
        return
    wait, method = (
        ("await ", "arefresh_from_db")
        if isinstance(save, cst.Await) or _is_awaited(code, save)
        else ("", "refresh_from_db")
    )
    code.insert_after(line, *code.statements(f'{wait}{name}.{method}(fields=["{case.column}"])'))


def _is_awaited(code: Code, save: cst.CSTNode) -> bool:
    return isinstance(code.parent(save), cst.Await)


def _refreshed(statement: cst.BaseStatement, name: str) -> cst.List | None:
    """The list of columns in a statement that reads some of the row again."""
    match statement:
        case cst.SimpleStatementLine([cst.Expr(value=value)]):
            call = value.expression if isinstance(value, cst.Await) else value
            if isinstance(call, cst.Call) and dotted(call.func) in {
                f"{name}.refresh_from_db",
                f"{name}.arefresh_from_db",
            }:
                given = [one.value for one in call.args if one.keyword is not None and one.keyword.value == "fields"]
                if len(given) == 1 == len(call.args) and isinstance(given[0], cst.List):
                    return given[0]
    return None


def _longer(known: cst.List, column: str) -> cst.List:
    *before, last = known.elements
    opened = last.with_changes(comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")))
    return known.with_changes(elements=[*before, opened, cst.Element(cst.SimpleString(f'"{column}"'))])


# -------------------------------------------------------------------- attributes


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


def _change(case: _Case, function: cst.FunctionDef, name: str) -> cst.Assign | cst.AugAssign:
    """The one statement that gives the attribute its new value."""
    found = [one for one in walk(function) if _sets(one, name, case.column)]
    if len(found) != 1 or not isinstance(found[0], cst.Assign | cst.AugAssign):
        raise Refused(f"{name}.{case.column} is not set in one place")
    change = found[0]
    if isinstance(change, cst.Assign) and len(change.targets) != 1:
        raise Refused("the new value is given to several names")
    if isinstance(change, cst.AugAssign) and not isinstance(change.operator, cst.AddAssign | cst.SubtractAssign):
        raise Refused("only sums and differences are the same in the database")
    return change


def _sets(node: cst.CSTNode, name: str, column: str) -> bool:
    match node:
        case cst.AssignTarget() | cst.For() | cst.WithItem() | cst.NamedExpr() | cst.Del():
            return False
        case cst.Assign(targets=targets):
            return any(dotted(part) == f"{name}.{column}" for one in targets for part in walk(one))
        case cst.AugAssign(target=target) | cst.AnnAssign(target=target):
            return dotted(target) == f"{name}.{column}"
    return False


def _target(change: cst.Assign | cst.AugAssign) -> cst.BaseAssignTargetExpression:
    return change.target if isinstance(change, cst.AugAssign) else change.targets[0].target


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


def _computed(case: _Case, value: cst.BaseExpression, old: set[str]) -> cst.BaseExpression:
    """The sum or difference with the column where the value in memory was."""
    places = _terms(value, old)
    if len(places) != 1:
        raise Refused("only a sum or difference of the old value is the same in the database")
    column = case.code.expression(_column(case, value))
    new = value.deep_replace(places[0], column.with_changes(lpar=places[0].lpar, rpar=places[0].rpar))
    assert isinstance(new, cst.BaseExpression)
    return new


def _terms(value: cst.BaseExpression, old: set[str]) -> list[cst.BaseExpression]:
    """The places of the old value among the terms of a sum."""
    if dotted(value) in old:
        return [value]
    if isinstance(value, cst.BinaryOperation) and isinstance(value.operator, cst.Add | cst.Subtract):
        return [*_terms(value.left, old), *_terms(value.right, old)]
    _checked(value, old)
    return []


def _checked(value: cst.BaseExpression, old: set[str]) -> cst.BaseExpression:
    """An operand that does not depend on the old value, and is not plainly a fraction."""
    for one in walk(value):
        if isinstance(one, cst.Attribute | cst.Name) and dotted(one) in old:
            raise Refused("only a sum or difference of the old value is the same in the database")
        if isinstance(one, cst.Float | cst.Divide | cst.BaseString | cst.Await | cst.NamedExpr):
            raise Refused("the database may round another way, or the operand is no plain number")
    return value


def _column(case: _Case, at: cst.CSTNode) -> str:
    """The column as an expression that the database computes."""
    stated = _F.get(case.model.store)
    if stated is not None:
        return f'{case.code.imported(*stated, at)}("{case.column}")'
    return f"{_class(case, at)}.{case.column}"


def _class(case: _Case, at: cst.CSTNode) -> str:
    """The mapped class as the function, or the reading query, calls it."""
    definition = case.model.definition
    if case.read.entry and definition is not None and definition.module.path == case.subject.module.path:
        return definition.name
    place = case.code.function_of(at) if case.read.entry else _read(case)
    for one in walk(place) if place is not None else ():
        name = dotted(one) if isinstance(one, cst.Name | cst.Attribute) else ""
        if name and case.subject.project.resolve(case.subject.module, name) == case.model.definition:
            return name
    raise Refused("how the class is called here is not seen")


FIXER = Fixer("compute_in_database", "let the database compute the new value", _rewrite)
