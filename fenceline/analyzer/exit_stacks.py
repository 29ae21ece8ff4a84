"""``with ExitStack() as stack``: what is entered on the way stays entered until the block ends.

``stack.enter_context(lock)`` among the statements is a ``with lock:`` around those that follow, and
``stack.callback(f)`` a ``finally`` after them. The block is written so before it is lowered.
"""

from __future__ import annotations

from fenceline.analyzer import nodes
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.names import dotted_name
from fenceline.analyzer.nodes import Call, Expr, Stmt

_ENTERS = {"enter_context": False, "enter_async_context": True}
_CALLS = {"callback": False, "push_async_callback": True}
_FORKS = 2
"""Tests on which something is entered: what follows is written once for each side."""


def stack_name(low: Lowering, item: nodes.WithItem) -> str:
    """What an exit stack that a block enters is called there, '' for any other context."""
    dotted = dotted_name(item.context.func) if isinstance(item.context, Call) else None
    qualified = getattr(low.project.resolve(low.module, dotted), "qualified", "") if dotted else ""
    is_stack = low.models.values.get(qualified) == "exit_stack"
    return item.target.id if is_stack and isinstance(item.target, nodes.Name) else ""


def unstacked(name: str, body: list[Stmt], forks: int = _FORKS) -> list[Stmt]:
    """The block with what it enters on the stack of this name written around the statements that follow."""
    for index, statement in enumerate(body):
        before, rest = body[:index], body[index + 1 :]
        if isinstance(statement, nodes.If) and forks and _registers(name, [*statement.body, *statement.orelse]):
            sides = [unstacked(name, [*side, *rest], forks - 1) for side in (statement.body, statement.orelse)]
            return [*before, nodes.If(statement.span, statement.test, *sides)]
        call = _call_of(name, statement)
        if call is None or not isinstance(call.func, nodes.Attribute) or not call.args:
            continue
        around = _around(call, call.func.attr, statement, unstacked(name, rest, forks))
        if around is not None:
            return [*before, around]
    return body


def _around(call: Call, method: str, statement: Stmt, rest: list[Stmt]) -> Stmt | None:
    target = statement.targets[0] if isinstance(statement, nodes.Assign) and len(statement.targets) == 1 else None
    if method in _ENTERS:
        return nodes.With(call.span, [nodes.WithItem(call.span, call.args[0], target)], rest, _ENTERS[method])
    if method in _CALLS:
        made: Expr = Call(call.span, call.args[0], call.args[1:], call.keywords)
        made = nodes.Await(call.span, made) if _CALLS[method] else made
        return nodes.Try(call.span, rest, [], [], [nodes.ExprStmt(call.span, made)])
    return None


def _registers(name: str, body: list[Stmt]) -> bool:
    calls = [_call_of(name, one) for one in body]
    methods = {one.func.attr for one in calls if one is not None and isinstance(one.func, nodes.Attribute)}
    return bool(methods & (_ENTERS.keys() | _CALLS.keys()))


def _call_of(name: str, statement: Stmt) -> Call | None:
    """``stack.method(…)``, its value kept or not."""
    value: Expr | None = None
    if isinstance(statement, nodes.ExprStmt | nodes.Assign):
        value = statement.value
    while isinstance(value, nodes.Await):
        value = value.value
    match value:
        case Call(func=nodes.Attribute(value=nodes.Name(id=found))) if found == name:
            return value
        case _:
            return None
