"""Lets the database compute a column of a row that was handed in, and reads the column again after the save.

Whoever has the row sees a number again as soon as it is saved; in between the attribute is an expression.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.values import Model
from fenceline.fixers.code import Code
from fenceline.fixers.column_sums import change_in, computed_change
from fenceline.fixers.fixer import Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.model_facts import is_number, looks_when_saved, validates
from fenceline.fixers.positions import walk
from fenceline.fixers.row_variables import is_after, is_binding, is_captured, loop_of, uses_of
from fenceline.fixers.scopes import bindings, dotted
from fenceline.fixers.transactions import node_of

_F = {"django": ("django.db.models", "F"), "tortoise": ("tortoise.expressions", "F")}
_RELOADS = {"save": "refresh_from_db", "asave": "arefresh_from_db"}
_WHY = (
    "others have the row: it must be in the table already, receivers of signals see an expression until it is read "
    "again, and it may then hold what another run has added"
)


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    act, model, column = _column_of(subject)
    code = subject.code_of()
    function, name = _place_of_change(subject, code, act, column)
    save = node_of(subject, code, act.op, function.body)
    save = save.expression if isinstance(save, cst.Await) else save
    if not isinstance(save, cst.Call) or not isinstance(save.func, cst.Attribute):
        raise Refused("the save is not seen")
    if model.store in _F and (dotted(save.func.value) != name or save.func.attr.value not in _RELOADS):
        raise Refused("what is saved is not kept in a variable")
    if sum(one == name for one, _ in bindings(function)) > 1:
        raise Refused(f"{name} is given a value in several places")
    change = change_in(function, name, column)
    if loop_of(code, change) is not loop_of(code, save) or not is_after(code, save, change):
        raise Refused("the column may be changed several times before it is saved")
    _check_between(code, function, f"{name}.{column}", change, save)
    made = _column(subject, code, model, column, change)
    code.replace(change, computed_change(code, change, f"{name}.{column}", made))
    if model.store in _F:
        _reload(code, save, name, column)
    elif function.asynchronous is not None:
        raise Refused("the row is handed in, and would not be read again by itself")
    yield Rewrite(
        code.text(),
        f"Let the database compute {model.label}.{column}, and read it again",
        Applicability.UNSAFE,
        why_unsafe=_WHY,
    )


def _column(subject: Subject, code: Code, model: Model, column: str, at: cst.CSTNode) -> str:
    """The column as an expression that the database computes."""
    if model.store in _F:
        return f'{code.imported(*_F[model.store], at)}("{column}")'
    if model.definition is not None and model.definition.module.path == subject.module.path:
        return f"{model.definition.name}.{column}"
    function = code.function_of(at)
    for one in walk(function) if function is not None else ():
        name = dotted(one) if isinstance(one, cst.Name | cst.Attribute) else ""
        if name and subject.project.resolve(subject.module, name) == model.definition:
            return f"{name}.{column}"
    raise Refused("how the class is called here is not seen")


def _column_of(subject: Subject) -> tuple[Fact, Model, str]:
    pair = subject.candidate
    cell = next(iter(pair.cells)) if pair is not None and len(pair.cells) == 1 else None
    if pair is None or cell is None or cell.field is None or len(pair.acts) != 1:
        raise Refused("more than one column, or more than one change")
    act = subject.fact_of(pair.acts[0])
    if act is None or act.model is None or act.row is None:
        raise Refused("the change is not seen")
    model = act.model
    if model.store not in _F and model.store != "sqlalchemy":
        raise Refused(f"how {model.store} reads a column again is not known")
    if not is_number(model, cell.field):
        raise Refused(f"that {cell.field} always holds a number is not seen")
    if validates(subject.project, model, cell.field):
        raise Refused(f"{model.label} looks at each value that {cell.field} is given")
    if looks_when_saved(subject.project, model, cell.field):
        raise Refused(f"a save of {model.label} does something with {cell.field}")
    return act, model, cell.field


def _place_of_change(subject: Subject, code: Code, act: Fact, column: str) -> tuple[cst.FunctionDef, str]:
    """The function in which the attribute is given its new value, and the name of the row there."""
    assert act.row is not None
    place = subject.flow.lowered.changed.get(act.row.snapshot, {}).get(column)
    if place is None or place[1] != str(subject.module.path):
        raise Refused("the row is handed in, and where it is changed is not seen")
    change: cst.CSTNode = code.node_at(place[0], cst.Assign, cst.AugAssign)
    assert isinstance(change, cst.Assign | cst.AugAssign)
    function = code.function_of(change)
    target = change.target if isinstance(change, cst.AugAssign) else change.targets[0].target
    name, _, attribute = dotted(target).partition(".")
    if function is None or attribute != column:
        raise Refused("the row is handed in, and is not changed by a name of its own")
    return function, name


def _check_between(code: Code, function: cst.FunctionDef, old: str, change: cst.CSTNode, save: cst.Call) -> None:
    """Raises Refused where the row is handed on, or the column is read, while it is an expression."""
    name = old.partition(".")[0]
    for one in uses_of(code, function, name):
        if is_captured(code, function, one):
            raise Refused(f"{name} is used by an inner function")
        inside = list(code.ancestors(one))
        if is_binding(code, one) or change in inside or save in inside:
            continue
        if not is_after(code, one, change) or is_after(code, one, save):
            continue
        above = code.parent(one)
        is_other = isinstance(above, cst.Attribute) and dotted(above) != old
        if not is_other or above is None or isinstance(code.parent(above), cst.Call | cst.Attribute):
            raise Refused(f"{name} is used between the change and the save")


def _reload(code: Code, save: cst.Call, name: str, column: str) -> None:
    """Reads the column again after the save, with those that are read again there already."""
    assert isinstance(save.func, cst.Attribute)
    statement, above = code.statement_of(save), code.parent(save)
    awaited = "await " if isinstance(above, cst.Await) else ""
    if not isinstance(code.parent(above) if awaited and above is not None else above, cst.Expr):
        raise Refused("what the save gives back is used")
    method = _RELOADS[save.func.attr.value] if not awaited or save.func.attr.value == "asave" else "refresh_from_db"
    block = code.block_of(statement)
    follows = block[block.index(statement) + 1 :]
    call = _reloading(follows[0], f"{name}.{method}") if follows else None
    if call is None:
        code.insert_after(statement, *code.statements(f'{awaited}{name}.{method}(fields=["{column}"])'))
        return
    fields = call.args[0].value
    if not isinstance(fields, cst.List) or call.args[0].keyword is None or len(call.args) != 1:
        raise Refused("what is read again after the save cannot be added to")
    given = [one.value for one in fields.elements]
    listed = ", ".join([*(code.source(one) for one in given), f'"{column}"'])
    code.replace(fields, code.expression(f"[{listed}]"))


def _reloading(statement: cst.CSTNode, wanted: str) -> cst.Call | None:
    """The call that reads columns of the row again, where a statement is that."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    calls = [one for one in walk(statement) if isinstance(one, cst.Call) and dotted(one.func) == wanted]
    return calls[0] if calls and calls[0].args else None


FIXER = Fixer(
    "compute_and_reload", "let the database compute the new value, and read it again", _rewrite, follows_calls=True
)
