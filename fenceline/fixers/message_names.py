"""What tells the message that a function works on from all others, as it is written in the function."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_webhooks import VERIFIED
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Refused, Subject
from fenceline.fixers.positions import Statement, walk
from fenceline.fixers.scopes import bindings, dotted

_UNKNOWN = "what tells one message from another is not known"
_KEYS = {"Stripe": "id"}
"""Sender → the key of the verified event by which it is known, also when it is sent again.

https://docs.stripe.com/webhooks#handle-duplicate-events: "logging the event IDs you've processed".
"""
_ATTRIBUTES = {"Stripe": "id"}
"""The same of the object that a library hands to a registered function (dj-stripe's ``Event.id`` is Stripe's)."""

_OF_TASK = "a call that is made by hand has no id: all of these count as one message"
_OF_EVENT = "two events with one id count as one"


@dataclass(frozen=True, slots=True)
class Message:
    """``name``: the expression, to stand in an f-string. ``known``: the statement of the function's block behind which
    it can be asked for, None for its start. ``doubt``: what a person has to look at.
    """

    name: str
    known: Statement | None
    doubt: str
    is_request: bool = False


def message_of(subject: Subject, code: Code, function: cst.FunctionDef) -> Message:
    """The message that a function works on. Raises Refused where nothing is known that tells it from others."""
    flow = subject.flow
    if any(one.kind == "receive" for one in flow.lowered.facts):
        raise Refused("it takes one message after another: each would need a transaction of its own")
    for way in flow.entry.ways():
        if way.word("webhook") in _ATTRIBUTES:
            return _handed(function, _ATTRIBUTES[way.word("webhook")])
    if any(one.kind == VERIFIED and one.op in flow.places for one in flow.lowered.facts):
        return _verified(flow, code, function)
    if any(one.what == "task" for one in flow.entry.ways()):
        return _task(code, function)
    raise Refused(_UNKNOWN)


def _verified(flow: Flow, code: Code, function: cst.FunctionDef) -> Message:
    """The event that a library gives back when it has verified the signature."""
    facts = [one for one in flow.lowered.facts if one.kind == VERIFIED and one.op in flow.places]
    key = _KEYS.get(facts[0].target) if len(facts) == 1 else None
    if key is None:
        raise Refused(_UNKNOWN)
    if facts[0].op.path != flow.lowered.path:
        raise Refused("the signature is verified in another file")
    call = code.node_at(facts[0].op.span, cst.Call)
    if code.function_of(call) is not function:
        raise Refused("the signature is verified in another function")
    above = code.parent(call)
    match above:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))]) if above.value is call:
            _check_once(function, name)
        case _:
            raise Refused("the event is not kept in a variable")
    block = code.block_of(function.body.body[0])
    known = next(one for one in block if any(inner is call for inner in walk(code.tree.small.get(one, one))))
    _check_known(code, call, known)
    return Message(f"{name}['{key}']", known, _OF_EVENT, is_request=True)


def _check_known(code: Code, call: cst.Call, known: Statement) -> None:
    """Raises Refused where what stands below the statement may be reached without an event."""
    for one in (known, *code.ancestors(call)):
        if one is not known and isinstance(one, cst.FunctionDef):
            return
        if isinstance(one, cst.If | cst.For | cst.While | cst.With | cst.Match | cst.ExceptHandler | cst.TryStar):
            raise Refused("the signature is verified in a block")
        if isinstance(one, cst.Try) and not all(_leaves(handler) for handler in one.handlers):
            raise Refused("an event that is not genuine is worked on")


def _leaves(handler: cst.ExceptHandler) -> bool:
    last = handler.body.body[-1]
    small = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else last
    return isinstance(small, cst.Return | cst.Raise)


def _handed(function: cst.FunctionDef, attribute: str) -> Message:
    name = _first(function)
    _check_once(function, name)
    return Message(f"{name}.{attribute}", None, _OF_EVENT)


def _task(code: Code, function: cst.FunctionDef) -> Message:
    if not _is_bound(function):
        raise Refused(f"{_UNKNOWN}: the task is not handed its own request (bind=True)")
    own = function.name.value
    if any(isinstance(one, cst.Call) and dotted(one.func) in {own, f"{own}.run"} for one in walk(code.module)):
        raise Refused("it is also called by hand, and such a call has no id")
    name = _first(function)
    _check_once(function, name)
    return Message(f"{name}.request.id", None, _OF_TASK)


def _first(function: cst.FunctionDef) -> str:
    given = [*function.params.posonly_params, *function.params.params]
    if not given:
        raise Refused(_UNKNOWN)
    return given[0].name.value


def _check_once(function: cst.FunctionDef, name: str) -> None:
    """Raises Refused where the variable may be something else later."""
    if sum(one == name for one, _ in bindings(function)) != 1:
        raise Refused(f"{name} is set more than once")


def _is_bound(function: cst.FunctionDef) -> bool:
    """Whether the function is handed its task, which knows the message: ``bind=True``."""
    return any(
        isinstance(one.decorator, cst.Call)
        and any(arg.keyword is not None and arg.keyword.value == "bind" and dotted(arg.value) == "True"
                for arg in one.decorator.args)
        for one in function.decorators
    )  # fmt: skip
