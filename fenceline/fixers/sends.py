"""What else can be seen of when a call is made: its result, who handles its errors, what becomes of its arguments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Refused
from fenceline.fixers.positions import children, walk

_READS_AT_ONCE = frozenset({"dict", "frozenset", "list", "max", "min", "set", "sorted", "sum", "tuple"})
_ROLLS_BACK = frozenset({"rollback", "set_rollback", "savepoint_rollback"})


def plain_statement(code: Code, call: cst.Call) -> cst.CSTNode:
    """The statement that is nothing but the call. Raises Refused where the result is used or awaited."""
    above = code.parent(call)
    if isinstance(above, cst.Await):
        raise Refused("it is awaited, and a hook is only called")
    if not isinstance(above, cst.Expr):
        raise Refused("what the call gives back is used")
    return code.statement_of(call)


def check_moved(code: Code, call: cst.Call, around: Sequence[cst.CSTNode], kept: Sequence[cst.CSTNode]) -> None:
    """Raises Refused where something around the call would no longer be around it.

    ``around`` are the nodes between the call and the place that it moves to, ``kept`` those that may be there.
    """
    for node in around:
        match node:
            case cst.ExceptHandler() | cst.ExceptStarHandler():
                raise Refused("it is sent because something has failed")
            case cst.Finally():
                raise Refused("it is sent whether or not something has failed")
            case cst.Try(body=body) | cst.TryStar(body=body) if node.handlers and call in set(walk(body)):
                raise Refused("an error of the call is handled here")
            case cst.With() if node not in kept:
                raise Refused(f"it would be done after the block of {code.source(node.items[0].item)}")


def check_no_way_out(code: Code, call: cst.Call, scope: cst.CSTNode) -> None:
    """Raises Refused where the code raises after the call: the message may be meant to be sent all the same."""
    for node in following(code, call, scope):
        if isinstance(node, cst.Raise) and not _exclude(code, call, node):
            raise Refused("the function raises after it: the message may be meant to be sent all the same")
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
            if node.func.attr.value in _ROLLS_BACK and not _exclude(code, call, node):
                raise Refused("the transaction is rolled back after it on purpose")


def check_unchanged(code: Code, call: cst.Call, scope: cst.CSTNode) -> None:
    """Raises Refused where what the call is given is changed after it: it would be told something else."""
    handed = {code.source(one) for one in _handed(call)}
    for node in following(code, call, scope):
        for target in _changed(node):
            if code.source(target) in handed:
                raise Refused(f"{code.source(target)} is changed after it")


def following(code: Code, call: cst.CSTNode, scope: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """What may be done after the call in that scope: what stands behind it, and all of a loop that it is in."""
    loops = [one for one in code.ancestors(call) if isinstance(one, cst.For | cst.While) and _in(one, scope)]
    own, start = set(walk(call)), code.span_of(call)
    again = set(walk(loops[-1])) if loops else set()
    for node in _own(scope):
        if node in own or not isinstance(node, cst.Raise | cst.Call | cst.AugAssign | cst.Assign | cst.Del):
            continue
        span = code.span_of(node)
        if node in again or (span.line, span.column) > (start.line, start.column):
            yield node


def _in(node: cst.CSTNode, scope: cst.CSTNode) -> bool:
    return node in set(walk(scope))


def _own(scope: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes of a scope without those of functions that are only made in it."""
    for _, child in children(scope):
        if not isinstance(child, cst.FunctionDef | cst.Lambda | cst.ClassDef):
            yield child
            yield from _own(child)


def _exclude(code: Code, one: cst.CSTNode, other: cst.CSTNode) -> bool:
    """Whether two nodes stand on two sides of one ``if`` that is in no loop."""
    theirs = list(code.ancestors(other))
    for node in code.ancestors(one):
        if isinstance(node, cst.For | cst.While):
            return False
        if isinstance(node, cst.If) and node in theirs:
            return (one in set(walk(node.body))) != (other in set(walk(node.body)))
    return False


def _handed(call: cst.Call) -> Iterator[cst.BaseExpression]:
    """The names and attributes that are handed on as they are, not as a text or a number made of them."""
    for arg in call.args:
        yield from _held(arg.value)
    receiver: cst.CSTNode = call.func
    while isinstance(receiver, cst.Attribute):
        receiver = receiver.value
    if isinstance(receiver, cst.Call):  # a signature keeps what it is made of
        yield from _handed(receiver)


def _held(value: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    match value:
        case cst.Name() | cst.Attribute():
            yield value
        case cst.GeneratorExp():
            raise Refused("a generator would run later")
        case cst.Call(func=cst.Name(value=name), args=[cst.Arg(value=cst.GeneratorExp())]) if name in _READS_AT_ONCE:
            return
        case cst.Call():
            yield from _handed(value)
        case cst.List() | cst.Tuple() | cst.Set() | cst.Dict():
            for element in value.elements:
                yield from _held(element.value)
        case cst.IfExp():
            yield from (*_held(value.body), *_held(value.orelse))
        case cst.BooleanOperation():
            yield from (*_held(value.left), *_held(value.right))


def _changed(node: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    """What a statement or call changes in place, or may: the object that a method is called of."""
    match node:
        case cst.Assign():
            yield from (owner for one in node.targets if (owner := _owner(one.target)) is not None)
        case cst.AugAssign():
            yield node.target
            owner = _owner(node.target)
            if owner is not None:
                yield owner
        case cst.Del():
            owner = _owner(node.target)
            if owner is not None:
                yield owner
        case cst.Call(func=cst.Attribute(value=value)):
            yield value


def _owner(target: cst.CSTNode) -> cst.BaseExpression | None:
    """The object whose item or attribute a target is."""
    return target.value if isinstance(target, cst.Subscript | cst.Attribute) else None
