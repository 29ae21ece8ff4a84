"""Looks for a row and creates it in one call, which a unique constraint keeps from making two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.values import Model
from fenceline.fixers.blocks import led_by
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.positions import Statement, walk
from fenceline.fixers.scopes import dotted
from fenceline.fixers.unique_constraints import add_constraint

_ASKS = {"exists", "aexists"}
_FINDS = {"first", "afirst", "last", "alast"}
_GETS = {"get", "aget"}
_NOTHING_ELSE = {"timezone.now", "datetime.now", "datetime.datetime.now", "uuid.uuid4", "uuid4", "date.today"}
"""What may be called for nothing."""


@dataclass(slots=True, eq=False)
class _Case:
    """The query that looks for the row, by which columns, and the call that creates it."""

    code: Code
    read: cst.Call
    create: cst.Call
    method: str
    rows: str
    lookups: list[cst.Arg]
    rest: list[cst.Arg]


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    pair = subject.candidate
    if pair is None or len(pair.acts) != 1:
        raise Refused("more than one row is created")
    read, act = subject.fact_of(pair.reads[0]), subject.fact_of(pair.acts[0])
    if read is None or act is None or act.model is None or read.model != act.model:
        raise Refused("other rows are created than were looked for")
    case = _case(subject.code_of(), read, act)
    if act.model.schema is None or act.model.schema.managers.get(case.rows.rpartition(".")[2]) is not None:
        raise Refused("what the manager of the class does when it creates a row is not known")
    names = [one.keyword.value for one in case.lookups if one.keyword is not None]
    _replace(case)
    title = f"Look for the row of {act.model.label} and create it in one call"
    if act.constraint == "covering":
        yield Rewrite(case.code.text(), title)
        return
    note = _constrain(subject, case.code, act.model, names)
    yield Rewrite(
        case.code.text(), title, Applicability.UNSAFE, notes=(note,), why_unsafe="the table gets a unique constraint"
    )


def _constrain(subject: Subject, code: Code, model: Model, names: Sequence[str]) -> str:
    schema = model.schema
    here = model.definition is not None and model.definition.module.path == subject.module.path
    if schema is None or not schema.is_complete or not here:
        columns = ", ".join(names)
        raise Refused(f"no unique constraint on {columns} of {model.label} is stated: it has to be added there first")
    return add_constraint(code, model, names)


# ----------------------------------------------------------------------- the calls


def _case(code: Code, read: Fact, act: Fact) -> _Case:
    if act.model is None or act.model.store != "django" or read.op.path != act.op.path:
        raise Refused("only for Django, and in one file")
    asking, create = code.node_at(read.op.span, cst.Call), code.node_at(act.op.span, cst.Call)
    if not isinstance(asking.func, cst.Attribute) or not isinstance(create.func, cst.Attribute):
        raise Refused("the rows are looked for or created by a function")
    method = asking.func.attr.value
    query = asking if method in _GETS else asking.func.value
    if method not in _ASKS | _FINDS | _GETS or not isinstance(query, cst.Call):
        raise Refused(f"{method}() is no question that get_or_create() asks")
    rows = dotted(query.func)
    if method not in _GETS and not rows.endswith(".filter"):
        raise Refused("the rows are looked for by more than one condition after the other")
    manager = rows.rpartition(".")[0]
    if not manager or dotted(create.func) not in {f"{manager}.create", f"{manager}.acreate"}:
        raise Refused("the row is not created by the manager that it was looked for with")
    lookups, rest = _split(code, query.args, create.args)
    return _Case(code, asking, create, method, manager, lookups, rest)


def _split(code: Code, asked: Sequence[cst.Arg], given: Sequence[cst.Arg]) -> tuple[list[cst.Arg], list[cst.Arg]]:
    """What the row is looked for by, and what it gets besides when it is created."""
    if not asked or any(one.keyword is None or "__" in one.keyword.value for one in (*asked, *given)):
        raise Refused("the row is looked for by more than plain values of columns")
    values = {one.keyword.value: one for one in given if one.keyword is not None}
    for one in asked:
        assert one.keyword is not None
        same = values.pop(one.keyword.value, None)
        if same is None or (not dotted(one.value) and not isinstance(one.value, cst.BaseString | cst.BaseNumber)):
            raise Refused("what is looked for is not what is created")
        if code.source(same.value).strip() != code.source(one.value).strip():
            raise Refused("what is looked for is not what is created")
    return list(asked), list(values.values())


def _call(case: _Case) -> cst.BaseExpression:
    """``rows.get_or_create(…)``; what is computed for a new row is then computed for one that is there too."""
    code = case.code
    function = code.function_of(case.read)
    is_async = function is not None and function.asynchronous is not None
    parts, holes = [], dict[str, cst.CSTNode]()
    for one in case.rest:
        assert one.keyword is not None
        name = one.keyword.value
        is_plain = bool(dotted(one.value)) or isinstance(one.value, cst.BaseString | cst.BaseNumber)
        if not is_plain and not (isinstance(one.value, cst.Call) and dotted(one.value.func) in _NOTHING_ELSE):
            raise Refused(f"{name} would be computed for a row that is there, too")
        parts.append(f'"{name}": {{{name}_}}')
        holes[f"{name}_"] = one.value
    defaults = f", defaults={{{', '.join(parts)}}}" if parts else ""
    start = "await " if is_async else ""
    method = "aget_or_create" if is_async else "get_or_create"
    return code.expression(f"{start}{case.rows}.{method}({{lookups}}{defaults})", lookups=case.lookups, **holes)


# ---------------------------------------------------------------------- the shapes


def _replace(case: _Case) -> None:
    code = case.code
    statement = code.statement_of(case.read)
    around = code.parent(code.tree.container_of(statement))
    if case.method in _ASKS and isinstance(statement, cst.If):
        _replace_question(case, statement)
    elif case.method in _GETS and isinstance(around, cst.Try):
        _replace_try(case, around, statement)
    elif case.method in _FINDS:
        _replace_found(case, statement)
    else:
        raise Refused("the question and the creation do not follow each other")


def _replace_question(case: _Case, question: cst.If) -> None:
    """``if not exists: create`` and ``if exists: return`` above a create."""
    code, test = case.code, question.test
    is_negated = isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not)
    bare = test.expression if isinstance(test, cst.UnaryOperation) else test
    bare = bare.expression if isinstance(bare, cst.Await) else bare
    if bare is not case.read or question.orelse is not None:
        raise Refused("more is asked than whether there is such a row")
    create = code.statement_of(case.create)
    block = code.block_of(create)
    is_returned = _returns(case, create, case.create)
    name = "" if is_returned else _assigned(case, create)
    created = code.fresh_name("created", question)
    if is_negated:
        inside = code.parent(code.tree.container_of(create))
        if inside is not question or block[0] is not create or is_returned:
            raise Refused("the question and the creation do not follow each other")
        _replace_whole(case, question, name, created, block[1:])
        return
    if question not in block or block.index(create) != block.index(question) + 1 or not _leaves(question):
        raise Refused("the question and the creation do not follow each other")
    row = code.fresh_name("row") if is_returned else name or _unused(case, "_row")
    code.insert_before(question, *code.statements(f"{row}, {created} = {{call}}", call=_call(case)))
    code.replace(test, f"not {created}")
    if is_returned:
        code.replace(create, code.statements(f"return {row}"))
    else:
        code.remove(create)


def _replace_whole(case: _Case, question: cst.If, name: str, created: str, more: list[Statement]) -> None:
    code = case.code
    if not more and not name:
        _put(case, question, code.statements("{call}", call=cst.Expr(_call(case))))
        return
    if name:
        raise Refused(f"{name} is only there when the row is created")
    text = f"{_unused(case, '_row')}, {created} = {{call}}\nif {created}:\n    {{more}}"
    _put(case, question, code.statements(text, call=_call(case), more=more), more)


def _unused(case: _Case, name: str) -> str:
    """A name for what nobody uses: an underscore, unless that is a function here (``gettext as _``)."""
    is_free = not any(isinstance(one, cst.Name) and one.value == "_" for one in walk(case.code.module))
    return "_" if is_free else case.code.fresh_name(name)


def _start(case: _Case) -> Callable[[cst.CSTNode], tuple[int, int]]:
    return lambda one: (case.code.span_of(one).line, case.code.span_of(one).column)


def _put(case: _Case, old: Statement, new: list[Statement], kept: Sequence[Statement] = ()) -> None:
    """The new statements in place of a block, under the comments that were in it."""
    above = {id(line.comment) for line in old.leading_lines}
    inside = [one for one in walk(old) if isinstance(one, cst.Comment) and id(one) not in above]
    moved = Counter(one.value for part in kept for one in walk(part) if isinstance(one, cst.Comment))
    lines = []
    for one in sorted(inside, key=_start(case)):
        if moved[one.value] > 0:
            moved[one.value] -= 1
        else:
            lines.append(cst.EmptyLine(comment=one))
    case.code.replace(old, [led_by(new[0], [*lines, *new[0].leading_lines]), *new[1:]])


def _replace_try(case: _Case, around: cst.Try, found: Statement) -> None:
    """``try: row = get()``, ``except DoesNotExist: row = create()``."""
    code = case.code
    create = code.statement_of(case.create)
    handlers = around.handlers
    is_plain = len(handlers) == 1 and around.orelse is None and around.finalbody is None
    if not is_plain or not dotted(handlers[0].type).endswith("DoesNotExist") or handlers[0].name is not None:
        raise Refused("more is handled than that there is no such row")
    if code.block_of(found) != [found] or code.block_of(create) != [create]:
        raise Refused("more is done than to find or create the row")
    if code.parent(code.tree.container_of(create)) is not handlers[0]:
        raise Refused("the row is not created where it is missed")
    _put_both(case, around, found, create)


def _replace_found(case: _Case, found: Statement) -> None:
    """``row = first()``, ``if row is None: row = create()``."""
    code = case.code
    create = code.statement_of(case.create)
    name = _assigned(case, found, case.read)
    block = code.block_of(found)
    index = block.index(found) + 1
    question = block[index] if index < len(block) else None
    if not isinstance(question, cst.If) or question.orelse is not None or not _asks_for_none(question.test, name):
        raise Refused("the question and the creation do not follow each other")
    if code.block_of(create) != [create] or code.parent(code.tree.container_of(create)) is not question:
        raise Refused("more is done than to find or create the row")
    if not name or _assigned(case, create) != name:
        raise Refused("the row that is created is not kept where the one that is found is")
    code.replace(found, code.statements(f"{name}, {_unused(case, '_created')} = {{call}}", call=_call(case)))
    code.remove(question)


def _asks_for_none(test: cst.BaseExpression, name: str) -> bool:
    text = cst.Module([]).code_for_node(test.with_changes(lpar=[], rpar=[]))
    return bool(name) and text in {f"not {name}", f"{name} is None"}


def _put_both(case: _Case, around: Statement, found: Statement, create: Statement) -> None:
    code = case.code
    if _returns(case, found, case.read) and _returns(case, create, case.create):
        call = _call(case)
        text = "return ({call})[0]" if isinstance(call, cst.Await) else "return {call}[0]"
        _put(case, around, code.statements(text, call=call))
        return
    name = _assigned(case, found, case.read)
    if not name or name != _assigned(case, create):
        raise Refused("the row that is created is not kept where the one that is found is")
    _put(case, around, code.statements(f"{name}, {_unused(case, '_created')} = {{call}}", call=_call(case)))


def _returns(case: _Case, statement: Statement, call: cst.Call) -> bool:
    body = _only(case, statement)
    return isinstance(body, cst.Return) and body.value is not None and _without_await(body.value) is call


def _assigned(case: _Case, statement: Statement, call: cst.Call | None = None) -> str:
    """The variable that the result is put in, '' for none. Raises Refused where it is used otherwise."""
    wanted = call or case.create
    match _only(case, statement):
        case cst.Expr(value=value) if _without_await(value) is wanted:
            return ""
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value):
            if _without_await(value) is wanted:
                return name
    raise Refused("what the call gives back is used otherwise than in a variable")


def _only(case: _Case, statement: Statement) -> cst.CSTNode:
    if not isinstance(statement, cst.SimpleStatementLine):
        raise Refused("the row is created in the middle of something else")
    return case.code.tree.small.get(statement, statement.body[0])


def _without_await(value: cst.BaseExpression) -> cst.BaseExpression:
    return value.expression if isinstance(value, cst.Await) else value


def _leaves(question: cst.If) -> bool:
    last = question.body.body[-1]
    small = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else last
    return isinstance(small, cst.Return | cst.Raise | cst.Continue | cst.Break)


FIXER = Fixer("get_or_create_row", "find or create the row in one call", _rewrite)
