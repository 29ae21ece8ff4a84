"""Records a message that is worked on under a unique key, in the transaction of its effects: a second time it is done.

Only where all effects are rows of Django models: with them the record is undone when the work fails, and the message
may come again. A message that is known already is answered as one that has been worked on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import dedent

import libcst as cst

from fenceline.analyzer import ir
from fenceline.analyzer.definitions import External
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import MAY_UNDO, TWICE, Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.locks import local_name
from fenceline.fixers.mark_models import Mark, mark_for
from fenceline.fixers.message_names import Message, message_of
from fenceline.fixers.positions import Statement, children, walk
from fenceline.fixers.scopes import bindings, dotted
from fenceline.fixers.transactions import check_together, is_plain_atomic, node_of

_RESPONSES = {"django.http.HttpResponse", "django.http.JsonResponse", "rest_framework.response.Response"}
_RESPONSES |= {"django.http.response.HttpResponse", "django.http.response.JsonResponse"}
"""What answers with success unless it is given a status."""
_STATUS = {"status", "status_code"}
_SUCCESS = range(200, 300)
_MOST_OF_KEY = 120
"""How long may be what stands before the id: ids are a third of the column at most."""
_WHY = "look whether all that the message causes is in the database of the models, and whether {answer} is the answer \
to a message that has been worked on; {identity}"


@dataclass(slots=True, eq=False)
class _Case:
    """The statements that go into the transaction, and what a message is answered that has been worked on."""

    code: Code
    function: cst.FunctionDef
    region: list[Statement]
    answer: cst.BaseExpression | None


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    code = subject.code_of()
    function = _function(code, subject)
    message = message_of(subject, code, function)
    case = _case(subject, code, function, message)
    mark = mark_for(subject, code, function)
    is_atomic = _is_atomic(case.region)
    _put(subject, case, message, mark)
    answer = f"`{code.source(case.answer)}`" if case.answer is not None else "nothing"
    yield Rewrite(
        code.text(),
        f"Record the message in {mark.label}, in the transaction of its effects, for review",
        Applicability.UNSAFE,
        why_unsafe=_WHY.format(answer=answer, identity=message.doubt),
        own=_cells_of(mark.label),
        declares=frozenset() if is_atomic else frozenset({MAY_UNDO}),
        cures=frozenset({TWICE}) if is_atomic else frozenset({TWICE, "crash"}),
        notes=mark.notes,
    )


def _function(code: Code, subject: Subject) -> cst.FunctionDef:
    lowered = subject.flow.lowered
    if lowered.path != str(subject.module.path):
        raise Refused("the function stands in another file than what it does")
    function = code.node_at(lowered.node.span, cst.FunctionDef)
    if function.asynchronous is not None:
        raise Refused("transactions of Django are for functions that are not async")
    if not isinstance(function.body, cst.IndentedBlock):
        raise Refused("its body stands on one line")
    if any(isinstance(one, cst.Yield) for one in _own(function.body)):
        raise Refused("it is a generator")
    return function


def _cells_of(label: str) -> Callable[[ir.Cell], bool]:
    """Tells the cells of the rows of a class."""

    def is_own(cell: ir.Cell) -> bool:
        name = cell.key[0] if cell.key else None
        return isinstance(name, ir.Const) and str(name.value).rpartition(".")[2] == label

    return is_own


def _is_atomic(region: Sequence[Statement]) -> bool:
    """Whether a transaction was there before: where not, that a crash within undoes all is new."""
    return len(region) == 1 and isinstance(region[0], cst.With) and is_plain_atomic(region[0])


# ------------------------------------------------------------------------- the region


def _case(subject: Subject, code: Code, function: cst.FunctionDef, message: Message) -> _Case:
    block = code.block_of(function.body.body[0])
    first = 1 if function.get_docstring() is not None else 0
    if message.known is not None:
        first = next(i for i, one in enumerate(block) if one is message.known) + 1
    answer, end = _answer(code, block)
    start = _start(subject, code, function, block[first:end])
    region = block[first + start : end]
    check_together(code, region)
    _check_ways_out(code, region, answer)
    if message.is_request and (answer is None or not _is_success(subject, answer)):
        raise Refused("the answer at its end is not seen to say that the message has been worked on")
    return _Case(code, function, region, answer)


def _answer(code: Code, block: Sequence[Statement]) -> tuple[cst.BaseExpression | None, int]:
    """What the function gives back at its end, and how many statements come before that."""
    last = block[-1]
    small = code.tree.small.get(last, last.body[0] if isinstance(last, cst.SimpleStatementLine) else last)
    if isinstance(small, cst.Return):
        is_nothing = small.value is None or dotted(small.value) == "None"
        return None if is_nothing else small.value, len(block) - 1
    return None, len(block)


def _start(subject: Subject, code: Code, function: cst.FunctionDef, block: Sequence[Statement]) -> int:
    """The first of the statements that does something in the database; raises Refused for what is done elsewhere."""
    _check_ops(subject, [op for op in subject.flow.places if op.span == subject.span])
    start = None
    places = [(op, _line_of(subject, code, function, op)) for op in subject.flow.places]
    for index, statement in enumerate(block):
        span = code.span_of(statement)
        here = [op for op, line in places if span.line <= line <= span.end_line]
        if start is None and any(isinstance(op, ir.Atomic) and op.is_transactional for op in here):
            start = index
        if start is not None:
            _check_ops(subject, here)
    act = next((line for op, line in places if op.span == subject.span), 0)
    if start is None or not code.span_of(block[start]).line <= act <= code.span_of(block[-1]).end_line:
        raise Refused("what happens twice is done before the message is known, or behind the answer")
    if any(line > code.span_of(block[-1]).end_line for _, line in places):
        raise Refused("the answer is made of what is in the database")
    return start


def _line_of(subject: Subject, code: Code, function: cst.FunctionDef, op: ir.Op) -> int:
    """The line of the function on which an op is done, or called."""
    if op in subject.flow.lowered.hooked:
        raise Refused(f"{op.text} is done by a hook: a crash ahead of it would lose it")
    return code.span_of(node_of(subject, code, op, function.body.body[0])).line


def _check_ops(subject: Subject, ops: Sequence[ir.Op]) -> None:
    for op in ops:
        if not isinstance(op, ir.Atomic):
            if isinstance(op, ir.Slow | ir.Unread):
                continue
            raise Refused(f"{op.text} is not undone with the transaction")
        fact = subject.fact_of(op)
        model = fact.model if fact is not None else None
        if not op.is_transactional or model is None or model.store != "django":
            raise Refused(f"{op.text} is not undone with the transaction of a Django model")


def _check_ways_out(code: Code, region: Sequence[Statement], answer: cst.BaseExpression | None) -> None:
    said = code.source(answer).strip() if answer is not None else ""
    for one in (inner for statement in region for inner in (statement, *_own(statement))):
        if isinstance(one, cst.Return):
            is_nothing = one.value is None or dotted(one.value) == "None"
            if ("" if is_nothing or one.value is None else code.source(one.value).strip()) != said:
                raise Refused("it has more than one answer: which of them a message gets that is known is not clear")
        is_chosen = isinstance(one, cst.Arg) and one.keyword is not None and one.keyword.value == "using"
        if is_chosen or (isinstance(one, cst.Attribute) and one.attr.value in {"using", "db_manager"}):
            raise Refused("another database is chosen")
    names = {name for statement in region for name, _ in bindings(statement)} if answer is not None else set()
    used = {one.value for one in walk(answer) if isinstance(one, cst.Name)} if answer is not None else set()
    if names & used:
        raise Refused("the answer is made of what the work has given")


def _is_success(subject: Subject, answer: cst.BaseExpression) -> bool:
    """Whether an answer is seen to say that all is well: a plain response, with no status or one of success."""
    if not isinstance(answer, cst.Call) or any(one.star for one in answer.args):
        return False
    what = subject.project.resolve(subject.module, dotted(answer.func)) if dotted(answer.func) else None
    if not isinstance(what, External) or what.qualified not in _RESPONSES:
        return False
    status = [one for one in answer.args if one.keyword is not None and one.keyword.value in _STATUS]
    if len([one for one in answer.args if one.keyword is None]) > 1:
        return False  # a status may be among them
    return all(isinstance(one.value, cst.Integer) and int(one.value.value) in _SUCCESS for one in status)


def _own(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """What is in a node, and in no function in it."""
    for _, child in children(node):
        if not isinstance(child, cst.FunctionDef | cst.Lambda | cst.ClassDef):
            yield child
            yield from _own(child)


# ------------------------------------------------------------------------ the text


def _put(subject: Subject, case: _Case, message: Message, mark: Mark) -> None:
    code, region = case.code, case.region
    prefix = f"{subject.settings.key_prefix}{subject.module.name}.{subject.flow.lowered.function}:"
    if len(prefix) > _MOST_OF_KEY:
        raise Refused("the name of the function leaves no room for an id")
    key = f'f"{prefix}{{{message.name}}}"'
    is_new = local_name(code, "is_new", region[0])
    is_free = not any(isinstance(one, cst.Name) and one.value == "_" for one in walk(code.module))
    unused = "_" if is_free else local_name(code, "_mark", region[0])
    answers = "return" if case.answer is None else "return {answer}"
    atomic = code.imported("django.db", "transaction", region[0])
    header = f"""
        with {atomic}.atomic():
            {unused}, {is_new} = {mark.name}.objects.get_or_create({mark.column}={key})
            if not {is_new}:
                {answers}
            {{body}}
    """
    holes = {} if case.answer is None else {"answer": case.answer}
    code.wrap(region[0], region[-1], dedent(header).strip(), **holes)
    for one in region:
        if isinstance(one, cst.With) and is_plain_atomic(one):
            code.unwrap(one)


FIXER = Fixer("record_message_once", "record the message in the transaction of its effects", _rewrite)
