"""Moves the sending of a message below the commit that it stands directly above, where no hook is at hand.

What is read of a row is read before: after the commit a session would load it again, or find it gone.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from fenceline.analyzer import ir
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Fixer, Refused, Rewrite, Subject
from fenceline.fixers.scopes import bound_in, dotted
from fenceline.fixers.send_on_commit import CURED, opener_of, store_of
from fenceline.fixers.sends import plain_statement


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    op = subject.acts[0]
    if not isinstance(op, ir.Send) or store_of(subject, op) == "django":
        raise Refused("only for a message, and where the commit is to be seen")
    fact = subject.fact_of(op)
    if fact is None or fact.row is not None:
        raise Refused("a row travels in the message: after the commit it would be loaded again")
    code = subject.code_of()
    call = code.node_at(op.span, cst.Call)
    statement = _statement(code, call)
    around = list(code.ancestors(call))
    opened = opener_of(code, subject.flow.transaction(op), around)
    siblings = code.block_of(statement)
    below = siblings[[one is statement for one in siblings].index(True) + 1 :]
    if opened is not None:
        _check_last(code, opened, statement, bool(below))
        goal: cst.CSTNode = opened
    elif below and _is_commit(code, subject, below[0]):
        goal = below[0]
    else:
        raise Refused("the commit is not the next statement")
    settled, moved = _settled(code, call)
    for one in settled:
        code.insert_before(statement, one)
    code.insert_after(goal, *code.statements("{sent}", sent=moved))
    code.remove(statement)
    yield Rewrite(code.text(), "Send it after the commit", cures=CURED)


def _statement(code: Code, call: cst.Call) -> cst.CSTNode:
    """The statement that is nothing but the call, awaited or not."""
    above = code.parent(call)
    if isinstance(above, cst.Await) and isinstance(code.parent(above), cst.Expr):
        return code.statement_of(call)
    return plain_statement(code, call)


def _check_last(code: Code, opened: cst.CSTNode, statement: cst.CSTNode, has_more: bool) -> None:
    if not isinstance(opened, cst.With) or len(opened.items) > 1:
        raise Refused("the commit is not the next thing that is done")
    if has_more or code.parent(code.parent(statement) or statement) is not opened:
        raise Refused("more is done after it before the commit")


def _is_commit(code: Code, subject: Subject, statement: cst.CSTNode) -> bool:
    """Whether a statement is nothing but the commit that ends the transaction."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.Await(expression=call) | (cst.Call() as call))]):
            span = code.span_of(call)
            return any(isinstance(one, ir.Commit) and one.span == span for one in subject.flow.places)
    return False


def _settled(code: Code, call: cst.Call) -> tuple[list[cst.BaseStatement], cst.CSTNode]:
    """What has to be read before the commit, as assignments, and the statement with their names in it."""
    assigned: list[cst.BaseStatement] = []
    given: list[cst.Arg] = []
    if not _is_sender(code, call.func):
        raise Refused("what it is sent by is made of what a row holds")
    for arg in call.args:
        value = arg.value
        if _is_lasting(value):
            given.append(arg)
            continue
        if arg.star:
            raise Refused("what it is given cannot be told apart")
        base = value.attr.value if isinstance(value, cst.Attribute) else "message"
        owner = value.value.value if isinstance(value, cst.Attribute) and isinstance(value.value, cst.Name) else ""
        name = code.fresh_name(f"{owner}_{base}" if owner else base)
        assigned += code.statements(f"{name} = {{value}}", value=value)
        given.append(arg.with_changes(value=cst.Name(name)))
    new = call.with_changes(args=given)
    above = code.parent(call)
    sent = above.with_changes(expression=new) if isinstance(above, cst.Await) else new
    return assigned, cst.Expr(sent)


def _is_sender(code: Code, func: cst.BaseExpression) -> bool:
    """Whether what it is called on is no row: it is the sender itself, or reached from what is no local name."""
    if isinstance(func, cst.Attribute) and isinstance(func.value, cst.Name):
        return True
    function = code.function_of(func)
    own = bound_in(function) if function is not None else set()
    own -= {one.name.value for one in function.params.params[:1]} if function is not None else set()
    return dotted(func).partition(".")[0] not in {*own, ""}


def _is_lasting(value: cst.CSTNode) -> bool:
    """Whether a value is the same after the commit: a name or what is written out, nothing read of a row."""
    match value:
        case cst.Name() | cst.SimpleString() | cst.Integer() | cst.Float():
            return True
        case cst.Attribute(value=cst.Name()):
            return False
        case cst.List() | cst.Tuple():
            return all(_is_lasting(one.value) for one in value.elements)
    return False


FIXER = Fixer("send_below_commit", "send it after the commit", _rewrite)
