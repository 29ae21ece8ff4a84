"""Looks at the answer of an attempt to take a lock: a run that has not got it leaves."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from fenceline.analyzer.holds import Hold
from fenceline.analyzer.schedules import scheduled
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.kv_calls import kv_call
from fenceline.fixers.locks import hold_of, local_name
from fenceline.fixers.positions import Statement, children

_SQL_ANSWER = "fetchone"


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    hold = hold_of(subject)
    if hold.taken.op.path != str(subject.module.path):
        raise Refused("the lock is taken in another file")
    code = subject.code_of()
    taken = code.node_at(hold.taken.op.span, cst.Call)
    leave = _way_out(subject, code, hold, taken)
    statement = code.statement_of(taken)
    whole = code.parent(taken) if isinstance(code.parent(taken), cst.Await) else taken
    assert isinstance(whole, cst.BaseExpression)
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=value) | cst.Assign(value=value, targets=[_])]):
            if value is not whole:
                raise Refused("the lock is taken within another statement")
            _ask(subject, code, hold, statement, taken, whole, leave)
        case cst.With(items=items):
            _ask_within(code, statement, next((one for one in items if one.item is taken), None), leave)
        case _:
            raise Refused("the lock is taken within another statement")
    is_fired_again = any(scheduled(subject.flow.entry))
    yield Rewrite(
        code.text(),
        f"Leave without doing the work where {hold.named} is not got",
        Applicability.SAFE if is_fired_again and _is_last(code, statement) else Applicability.UNSAFE,
        why_unsafe=""
        if is_fired_again and _is_last(code, statement)
        else "look whether whoever calls the function has to know that nothing was done",
    )


def _ask(
    subject: Subject, code: Code, hold: Hold, at: Statement, taken: cst.Call, whole: cst.BaseExpression, leave: str
) -> None:
    """Put the attempt into an ``if``; the answer of a query is fetched below it."""
    if hold.is_made and kv_call(subject, code, hold.taken).operation.result != "bool":
        raise Refused("the answer of the command is not whether the key was set")
    if hold.is_made or hold.taken.hint in subject.models.types:
        code.replace(at, code.statements(f"if not {{whole}}:\n    {leave}", whole=whole))
        return
    match taken:
        case cst.Call(func=cst.Attribute(value=cursor, attr=cst.Name(value="execute"))) if whole is taken:
            answer = f"if not {{cursor}}.{_SQL_ANSWER}()[0]:\n    {leave}"
            code.insert_after(at, *code.statements(answer, cursor=cursor))
        case _:
            raise Refused("how the answer is fetched is not known")


def _ask_within(code: Code, statement: cst.With, item: cst.WithItem | None, leave: str) -> None:
    if item is None:
        raise Refused("the lock is taken within another statement")
    match item.asname:
        case None:
            name = local_name(code, "is_locked", statement)
            code.replace(item, item.with_changes(asname=cst.AsName(cst.Name(name))))
        case cst.AsName(name=cst.Name(value=name)):
            pass
        case _:
            raise Refused("what the lock gives back has no name of its own")
    first = code.tree.siblings[statement.body][0]
    code.insert_before(first, *code.statements(f"if not {name}:\n    {leave}"))


def _way_out(subject: Subject, code: Code, hold: Hold, taken: cst.Call) -> str:
    """``return``, or ``continue`` where each round of a loop has its lock. Raises Refused where neither is right."""
    function = code.function_of(taken)
    if function is None:
        raise Refused("the lock is taken outside of any function")
    own = list(_own_nodes(function))
    if any(isinstance(one, cst.Yield) for one in own):
        raise Refused("a generator cannot leave before it has yielded")
    if any(isinstance(one, cst.Return) and one.value is not None and not _is_none(one.value) for one in own):
        raise Refused("the function gives something back, and what it should be without the lock is not known")
    here = str(subject.module.path)
    releases: list[cst.CSTNode] = [code.node_at(one.op.span) for one in hold.given_back if one.op.path == here]
    for one in code.ancestors(taken):
        if isinstance(one, cst.Try) and one.finalbody is not None:
            if any(one.finalbody in code.ancestors(release) for release in releases):
                raise Refused("the lock would be given back by a run that has not got it")
        if isinstance(one, cst.For | cst.While):
            if releases and all(one in code.ancestors(release) for release in releases):
                return "continue"
            raise Refused("the lock is taken in a loop and kept")
        if one is function:
            break
    return "return"


def _own_nodes(function: cst.FunctionDef) -> Iterator[cst.CSTNode]:
    """What is in a function, without what is in the functions in it."""
    waiting: list[cst.CSTNode] = [function.body]
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, cst.FunctionDef | cst.ClassDef | cst.Lambda):
            waiting += (child for _, child in children(one))


def _is_none(value: cst.BaseExpression) -> bool:
    return isinstance(value, cst.Name) and value.value == "None"


def _is_last(code: Code, statement: Statement) -> bool:
    """Whether nothing is done after the section: a ``try`` behind the attempt, or the ``with``, ends the function."""
    function = code.function_of(statement)
    if function is None or code.parent(statement) is not function.body:
        return False
    block = code.block_of(statement)
    rest = block[block.index(statement) + 1 :]
    return not rest or (len(rest) == 1 and isinstance(rest[0], cst.Try | cst.With))


FIXER = Fixer("leave_without_lock", "leave where the lock is not got", _rewrite)
