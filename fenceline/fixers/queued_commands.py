"""Commands that wait on a pipeline, as they are written: where it is made, what is queued, where it is executed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from fenceline.analyzer.lower_state import Fact
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Refused, Subject
from fenceline.fixers.kv_calls import KvCall, call_on, variables
from fenceline.fixers.positions import Statement


@dataclass(frozen=True, slots=True, eq=False)
class Queue:
    """The client that it is made of, its commands in order, and all statements that are about nothing else."""

    client: cst.BaseExpression
    commands: tuple[KvCall, ...]
    statements: tuple[Statement, ...]


def queue_at(subject: Subject, code: Code, execute: cst.CSTNode, fact: Fact, on: str) -> Queue:
    """The pipeline that a call of ``execute`` ends, whose result nobody looks at. ``on``: the type of its client."""
    last = code.statement_of(execute)
    name = _executed(code, last, execute)
    around = code.parent(code.parent(last) or code.module)
    block = code.block_of(last)
    made: cst.BaseExpression | None
    if isinstance(around, cst.With) and _opened(around.items[0]) is not None and len(around.items) == 1:
        statements, opening = [code.statement_of(around)], around.items[0]
        made, bound, queued = opening.item, _name_of(opening), block[: block.index(last)]
        if block[-1] is not last:
            raise Refused("the pipeline is used for more")
    else:
        place = next((n for n, one in enumerate(block) if _assigned(code, one) == name), None)
        if place is None:
            raise Refused("where the pipeline is made is not seen")
        statements, queued = block[place : block.index(last) + 1], block[place + 1 : block.index(last)]
        made, bound = _value(code, block[place]), name
    if bound != name or not isinstance(made, cst.Call) or not isinstance(made.func, cst.Attribute):
        raise Refused("where the pipeline is made is not seen")
    if made.func.attr.value != "pipeline":
        raise Refused("where the pipeline is made is not seen")
    commands = tuple(call_on(subject, code, one, on, fact) for one in _queued(code, queued, name))
    inside = sum(one.value == name for whole in statements for one in variables(code, _own(code, whole)))
    function = code.function_of(execute) or code.module
    if sum(one.value == name for one in variables(code, function)) != inside:
        raise Refused("the pipeline is used for more")
    return Queue(made.func.value, commands, tuple(statements))


def opening_of(code: Code, execute: cst.CSTNode) -> Statement | None:
    """The statement that makes the pipeline which a call executes."""
    last = code.statement_of(execute)
    around = code.parent(code.parent(last) or code.module)
    if isinstance(around, cst.With):
        return code.statement_of(around)
    name = _executed(code, last, execute)
    return next((one for one in code.block_of(last) if _assigned(code, one) == name), None)


def _own(code: Code, statement: Statement) -> cst.CSTNode:
    return code.tree.small.get(statement, statement)


def _executed(code: Code, statement: Statement, execute: cst.CSTNode) -> str:
    """The name of the pipeline that a statement executes, and nothing else."""
    value = _value(code, statement, is_bound=False)
    node = value.expression if isinstance(value, cst.Await) else value
    if node is not execute or not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        raise Refused("the results of the pipeline are used")
    if node.args or not isinstance(node.func.value, cst.Name):
        raise Refused("where the pipeline is made is not seen")
    return node.func.value.value


def _value(code: Code, statement: Statement, *, is_bound: bool = True) -> cst.BaseExpression | None:
    small = _own(code, statement)
    body = small.body if isinstance(small, cst.SimpleStatementLine) else [small]
    match body:
        case [cst.Expr(value=value)]:
            return value
        case [cst.Assign(targets=[cst.AssignTarget(target=cst.Name())], value=value)] if is_bound:
            return value
    return None


def _assigned(code: Code, statement: Statement) -> str:
    small = _own(code, statement)
    match small.body if isinstance(small, cst.SimpleStatementLine) else [small]:
        case [cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))])]:
            return name
    return ""


def _opened(item: cst.WithItem) -> cst.Call | None:
    return item.item if isinstance(item.item, cst.Call) else None


def _name_of(item: cst.WithItem) -> str:
    match item.asname:
        case cst.AsName(name=cst.Name(value=name)):
            return name
    return ""


def _queued(code: Code, statements: list[Statement], name: str) -> Iterator[cst.Call]:
    for statement in statements:
        node = _value(code, statement, is_bound=False)
        match node:
            case cst.Call(func=cst.Attribute(value=cst.Name(value=owner))) if owner == name:
                yield node
            case _:
                raise Refused("something else happens while commands are queued")
