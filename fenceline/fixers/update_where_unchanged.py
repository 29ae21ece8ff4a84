"""Decides by the UPDATE: ``filter(pk=…, status="new").update(status="sent")`` tells whether there was such a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import libcst as cst

from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.project import Definition
from fenceline.analyzer.values import Model
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.model_facts import column_kind, save_is_plain
from fenceline.fixers.positions import Statement, walk
from fenceline.fixers.row_variables import is_after, is_captured, uses_of, variable_of
from fenceline.fixers.scopes import bindings, dotted

_LOOKUPS: dict[type[cst.BaseCompOp], tuple[str, str]] = {
    cst.Equal: ("", "!"),
    cst.NotEqual: ("!", ""),
    cst.LessThan: ("__lt", "__gte"),
    cst.LessThanEqual: ("__lte", "__gt"),
    cst.GreaterThan: ("__gt", "__lte"),
    cst.GreaterThanEqual: ("__gte", "__lt"),
    cst.In: ("__in", "!"),
    cst.NotIn: ("!", "__in"),
}
"""Comparison → the look-up that says it, and the one that says its opposite; "!" where none does."""


@dataclass(slots=True, eq=False)
class _Shape:
    """``if`` that asks for the column, what is set where the answer is yes, and the statement that saves it."""

    code: Code
    subject: Subject
    model: Model
    row: str
    question: cst.If
    atom: cst.BaseExpression
    is_negative: bool  # the block of the question leaves, and what is saved stands behind it
    lookup: str
    sets: list[cst.Assign | cst.AugAssign]
    save: Statement
    values: dict[str, cst.BaseExpression] = field(default_factory=dict)


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    code = subject.code_of()
    read, act = _pair(subject)
    assert read.model is not None
    title = f"Let the UPDATE of {read.model.label} decide"
    shape = _shape(subject, code, read, act)
    is_used = _is_used_later(shape)
    if is_used and not all(_is_simple(one) for one in shape.values.values()):
        raise Refused(f"{shape.row} is used afterwards")
    code.replace(shape.atom, _update(shape))
    if not is_used:
        for one in shape.sets:
            code.remove(one)
    code.remove(shape.save)
    why = save_is_plain(subject.project, shape.model)
    told = f"update() neither calls save() nor sends signals: {why}" if why else ""
    yield Rewrite(code.text(), title, Applicability.UNSAFE if why else Applicability.SAFE, why_unsafe=told)


def _pair(subject: Subject) -> tuple[Fact, Fact]:
    """What is read and what is changed, where that is one row of Django's."""
    pair = subject.candidate
    if pair is None or len(pair.acts) != 1:
        raise Refused("more than one change depends on the answer")
    read, act = subject.fact_of(pair.reads[0]), subject.fact_of(pair.acts[0])
    if read is None or act is None or read.model is None or read.entry or act.row is None:
        raise Refused("only a row that is loaded and saved here can be changed under a condition")
    if read.model.store != "django" or read.op.path != act.op.path:
        raise Refused("only for Django, and in one file")
    return read, act


def _statement_of(code: Code, call: cst.CSTNode) -> Statement:
    save = code.statement_of(call)
    if not isinstance(save, cst.SimpleStatementLine) or not isinstance(save.body[0], cst.Expr):
        raise Refused("what the change gives back is used")
    return save


def _shape(subject: Subject, code: Code, read: Fact, act: Fact) -> _Shape:
    assert read.model is not None
    row = variable_of(code, code.node_at(read.op.span, cst.Call, cst.Await))
    call = code.node_at(act.op.span, cst.Call, cst.Await)
    save = _statement_of(code, call)
    sets = _sets_before(code, save, row)
    first = code.statement_of(sets[0]) if sets else save
    question, is_negative = _question(code, first)
    atom, lookup = _asked(subject, code, question.test, row, read.model, is_negative=is_negative)
    shape = _Shape(code, subject, read.model, row, question, atom, is_negative, lookup, sets, save)
    _collect(shape, call, act)
    return shape


def _sets_before(code: Code, save: Statement, row: str) -> list[cst.Assign | cst.AugAssign]:
    """The statements right above the save that set columns of the row."""
    block = code.block_of(save)
    found: list[cst.Assign | cst.AugAssign] = []
    for one in reversed(block[: block.index(save)]):
        body = one.body[0] if isinstance(one, cst.SimpleStatementLine) else None
        target = _target(body)
        if (
            not target.startswith(f"{row}.")
            or target.count(".") != 1
            or not isinstance(body, cst.Assign | cst.AugAssign)
        ):
            break
        found.insert(0, _own(code, one, body))
    return found


def _own(code: Code, line: Statement, body: cst.Assign | cst.AugAssign) -> cst.Assign | cst.AugAssign:
    small = code.tree.small.get(line, body)
    assert isinstance(small, cst.Assign | cst.AugAssign)
    return small


def _target(body: cst.CSTNode | None) -> str:
    match body:
        case cst.Assign(targets=[cst.AssignTarget(target=target)]) | cst.AugAssign(target=target):
            return dotted(target)
    return ""


def _question(code: Code, first: Statement) -> tuple[cst.If, bool]:
    """The ``if`` whose block begins with what is set, or that stands above it and leaves."""
    block = code.block_of(first)
    index = block.index(first)
    if index == 0:
        above = code.parent(code.tree.container_of(first))
        if isinstance(above, cst.If) and above.orelse is None and code.statement_of(above) is above:
            return above, False
    elif isinstance(before := block[index - 1], cst.If) and before.orelse is None and _leaves(before):
        return before, True
    raise Refused("the question and the change do not follow each other")


def _leaves(question: cst.If) -> bool:
    last = question.body.body[-1]
    small = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else last
    return isinstance(small, cst.Return | cst.Raise | cst.Continue | cst.Break)


# ------------------------------------------------------------------- the question


def _asked(
    subject: Subject, code: Code, test: cst.BaseExpression, row: str, model: Model, *, is_negative: bool
) -> tuple[cst.BaseExpression, str]:
    """The last part of the test, and the look-up under which the change is right."""
    join = cst.Or if is_negative else cst.And
    atom = test
    while isinstance(atom, cst.BooleanOperation) and isinstance(atom.operator, join):
        atom = atom.right
    pair = subject.candidate
    assert pair is not None
    columns = {f"{row}.{one.field}" for one in pair.cells}
    around = [one for one in walk(test) if isinstance(one, cst.Attribute) and dotted(one) in columns]
    if not all(any(one is inner for inner in walk(atom)) for one in around):
        raise Refused("the column is asked for more than once")
    return atom, _lookup(code, atom, columns, model, is_negative=is_negative)


def _lookup(code: Code, atom: cst.BaseExpression, columns: set[str], model: Model, *, is_negative: bool) -> str:
    if isinstance(atom, cst.UnaryOperation) and isinstance(atom.operator, cst.Not):
        return _lookup(code, atom.expression, columns, model, is_negative=not is_negative)
    match atom:
        case cst.Attribute() if dotted(atom) in columns:
            name = atom.attr.value
            if column_kind(model, name) != "BooleanField":
                raise Refused(f"{name} is asked for its truth, and is no BooleanField")
            return f"{name}={not is_negative}"
        case cst.Comparison(left=left, comparisons=[cst.ComparisonTarget(operator=operator, comparator=other)]):
            if dotted(left) in columns and isinstance(left, cst.Attribute):
                return _comparison(code, left.attr.value, operator, other, is_negative=is_negative)
    raise Refused("the question is no simple comparison of the column")


def _comparison(
    code: Code, name: str, operator: cst.BaseCompOp, other: cst.BaseExpression, *, is_negative: bool
) -> str:
    if isinstance(operator, cst.Is | cst.IsNot) and dotted(other) == "None":
        return f"{name}__isnull={isinstance(operator, cst.Is) != is_negative}"
    if not _is_simple(other) or dotted(other) == "None":
        raise Refused("what the column is compared with cannot be asked for twice")
    lookup = _LOOKUPS.get(type(operator), ("!", "!"))[is_negative]
    if lookup == "!":
        raise Refused("a query cannot ask for that in one condition")
    return f"{name}{lookup}={code.source(other)}"


def _is_simple(value: cst.BaseExpression) -> bool:
    """Whether a value can be computed twice: constants and names."""
    if isinstance(value, cst.Tuple | cst.List | cst.Set):
        return all(_is_simple(one.value) for one in value.elements)
    is_constant = isinstance(value, cst.BaseString | cst.BaseNumber) and not isinstance(value, cst.FormattedString)
    return (
        is_constant or bool(dotted(value)) or (isinstance(value, cst.UnaryOperation) and _is_simple(value.expression))
    )


# -------------------------------------------------------------------- the update


def _collect(shape: _Shape, call: cst.BaseExpression, act: Fact) -> None:
    """The columns that are saved, each with its value."""
    for one in shape.sets:
        name = _target(one).rpartition(".")[2]
        if name in shape.values:
            raise Refused(f"{name} is set twice")
        shape.values[name] = _value(shape, one, name)
    inner = call.expression if isinstance(call, cst.Await) else call
    if not isinstance(inner, cst.Call) or dotted(inner.func).rpartition(".")[0] != shape.row:
        raise Refused("the row is saved by another function")
    saved = _named(inner)
    whole = next((one for one in shape.subject.flow.lowered.whole_saves if one.op is act.op), None)
    names = saved if saved is not None else set(whole.changed) if whole is not None else None
    if names is None or names != set(shape.values):
        raise Refused("which columns are saved, and with which values, is not seen in one place")


def _named(call: cst.Call) -> set[str] | None:
    """The columns that a save names; None for one without arguments."""
    if not call.args:
        return None
    arg = call.args[0]
    if len(call.args) > 1 or arg.keyword is None or arg.keyword.value != "update_fields":
        raise Refused("the save has arguments of its own")
    if not isinstance(arg.value, cst.List | cst.Tuple | cst.Set):
        raise Refused("which columns are saved cannot be read")
    texts = [one.value for one in arg.value.elements]
    if not all(isinstance(one, cst.SimpleString) for one in texts):
        raise Refused("which columns are saved cannot be read")
    return {str(one.evaluated_value) for one in texts if isinstance(one, cst.SimpleString)}


def _value(shape: _Shape, one: cst.Assign | cst.AugAssign, name: str) -> cst.BaseExpression:
    code = shape.code
    if isinstance(one, cst.Assign):
        if any(dotted(part) == shape.row or dotted(part).startswith(f"{shape.row}.") for part in walk(one.value)):
            raise Refused("the new value is made of the row in memory")
        return one.value
    if not isinstance(one.operator, cst.AddAssign | cst.SubtractAssign):
        raise Refused("only sums and differences are the same in the database")
    sign = "+" if isinstance(one.operator, cst.AddAssign) else "-"
    column = f'{code.imported("django.db.models", "F", one)}("{name}")'
    return code.expression(f"{column} {sign} {{value}}", value=one.value)


def _update(shape: _Shape) -> cst.BaseExpression:
    code = shape.code
    function = code.function_of(shape.question)
    is_async = function is not None and function.asynchronous is not None
    method, wait = ("aupdate", "await ") if is_async else ("update", "")
    values = ", ".join(f"{name}={{{name}_}}" for name in shape.values)
    holes = {f"{name}_": value for name, value in shape.values.items()}
    rows = f"{_manager(shape)}.filter({_key(shape)}, {shape.lookup}).{method}({values})"
    return code.expression(f"{'not ' if shape.is_negative else ''}{wait}{rows}", **holes)


def _key(shape: _Shape) -> str:
    """The conditions that name the row: those that it was read by, where they can be written again."""
    pair = shape.subject.candidate
    assert pair is not None
    code, read = shape.code, shape.code.node_at(pair.reads[0].span, cst.Call)
    method = read.func.attr.value if isinstance(read.func, cst.Attribute) else dotted(read.func)
    given = [one for one in read.args if one.keyword is not None]
    positional = 1 if method.endswith("get_object_or_404") else 0
    is_whole = len(given) == len(read.args) - positional and all(_is_simple(one.value) for one in given)
    names = {dotted(one.value).partition(".")[0] for one in given}
    if method not in {"get", "aget", "get_object_or_404", "aget_object_or_404"} or not given or not is_whole:
        return f"pk={shape.row}.pk"
    function = code.function_of(read)
    counts = Counter(name for name, _ in bindings(function)) if function is not None else Counter[str]()
    if any(counts[one] > 1 for one in names):
        return f"pk={shape.row}.pk"
    return ", ".join(f"{one.keyword.value}={code.source(one.value)}" for one in given if one.keyword is not None)


def _manager(shape: _Shape) -> str:
    """All rows of the class, by the name that it has here."""
    schema = shape.model.schema
    plain = schema is not None and schema.is_complete and not schema.managers
    read = shape.subject.candidate.reads[0] if shape.subject.candidate is not None else None
    assert read is not None
    for one in walk(shape.code.node_at(read.span, cst.Call, cst.Await)):
        name = dotted(one) if isinstance(one, cst.Name | cst.Attribute) else ""
        found = shape.subject.project.resolve(shape.subject.module, name) if name else None
        if isinstance(found, Definition) and found == shape.model.definition:
            return f"{name}.{'objects' if plain else '_base_manager'}"
    return f"type({shape.row})._base_manager"


def _is_used_later(shape: _Shape) -> bool:
    code = shape.code
    function = code.function_of(shape.question)
    assert function is not None
    uses = list(uses_of(code, function, shape.row))
    return any(is_captured(code, function, one) or is_after(code, one, shape.save) for one in uses)


FIXER = Fixer("update_where_unchanged", "let a conditional UPDATE decide", _rewrite)
