"""Moves the acknowledgement of a message below the work on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from fenceline.analyzer import ir
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.positions import Statement, children, walk
from fenceline.fixers.scopes import dotted

AGAIN = "a message on which the work fails, or that is cut off, comes again: the work must bear it to be done twice"
CURED = frozenset({"crash", "redelivery", "failure"})
"""What is cut is done again, in place of never: that is the point."""


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    op = subject.acts[0]
    if not isinstance(op, ir.Ack):
        raise Refused("no call acknowledges it")
    code = subject.code_of()
    call = code.node_at(op.span, cst.Call)
    statement = _statement(code, call)
    siblings = code.block_of(statement)
    below = siblings[[one is statement for one in siblings].index(True) + 1 :]
    last = _last(below)
    _check(call, below)
    moved = code.take(statement)
    if isinstance(last, cst.SimpleStatementLine) and _leaves(last):
        code.insert_before(last, moved)
    else:
        code.insert_after(last, moved)
    yield Rewrite(
        code.text(),
        "Acknowledge the message when the work is done",
        Applicability.UNSAFE,
        why_unsafe=AGAIN,
        cures=CURED,
    )


def _statement(code: Code, call: cst.Call) -> Statement:
    """The statement that is nothing but the call, awaited or not."""
    above = code.parent(call)
    if isinstance(above, cst.Await):
        above = code.parent(above)
    statement = code.statement_of(call)
    if not isinstance(above, cst.Expr) or not isinstance(statement, cst.SimpleStatementLine):
        raise Refused("what the acknowledgement gives back is used")
    if len(statement.body) > 1:
        raise Refused("more is done on its line")
    return statement


def _last(below: Sequence[Statement]) -> Statement:
    """The last statement of the block, below or above which the acknowledgement goes."""
    if not below:
        raise Refused("the work is not done in the same block")
    last = below[-1]
    leaves = isinstance(last, cst.SimpleStatementLine) and _leaves(last)
    if leaves and any(isinstance(one, cst.Call) for one in walk(last)):
        raise Refused("what is given back is worked out last")
    return last


def _leaves(statement: cst.SimpleStatementLine) -> bool:
    return isinstance(statement.body[-1], cst.Return | cst.Continue | cst.Break)


def _check(call: cst.Call, below: Sequence[Statement]) -> None:
    """Raises Refused where it would be left out on some way, or be told something else."""
    named = {dotted(one) for one in walk(call) if isinstance(one, cst.Name)}
    for place, statement in enumerate(below):
        is_end = place == len(below) - 1 and isinstance(statement, cst.SimpleStatementLine) and _leaves(statement)
        if not is_end and has_way_out(statement):
            raise Refused("the work has a way out on which it would not be acknowledged")
        changed = named & bound_by(statement)
        if changed:
            raise Refused(f"{min(changed)} is another one after the work")


def bound_by(statement: cst.CSTNode) -> set[str]:
    """The names that a statement gives a value, or takes it from."""
    found: set[str] = set()
    for node in walk(statement):
        match node:
            case cst.Assign():
                found |= {dotted(one) for target in node.targets for one in walk(target.target)}
            case cst.For() | cst.AugAssign() | cst.NamedExpr():
                found |= {dotted(one) for one in walk(node.target)}
            case cst.AsName():
                found |= {dotted(one) for one in walk(node.name)}
            case cst.Del():
                found |= {dotted(one) for one in walk(node.target)}
    return found - {""}


def has_way_out(node: cst.CSTNode, in_loop: bool = False) -> bool:
    """Whether a statement may leave its block other than by an error."""
    match node:
        case cst.FunctionDef() | cst.ClassDef() | cst.Lambda():
            return False
        case cst.Return():
            return True
        case cst.Break() | cst.Continue():
            return not in_loop
    inside = in_loop or isinstance(node, cst.For | cst.While)
    return any(has_way_out(child, inside) for _, child in children(node))


FIXER = Fixer("acknowledge_after_work", "acknowledge the message after the work", _rewrite)
