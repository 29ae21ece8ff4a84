"""Acknowledges a message of RabbitMQ when the work is done, in place of counting it as done when it is handed over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from fenceline.fixers.acknowledge_after_work import AGAIN, CURED, bound_by, has_way_out
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.positions import Statement, walk

_OPTION = "auto_ack"


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    code = subject.code_of()
    loop = _loop(code, subject)
    if any(True for _ in subject.facts("receive")) and loop is None:
        raise Refused("only of a loop over the messages, or of a function that they are handed to, is the end known")
    if loop is not None:
        _in_loop(code, *loop)
    else:
        _in_callback(code, subject)
    yield Rewrite(
        code.text(),
        "Acknowledge the message when the work is done",
        Applicability.UNSAFE,
        why_unsafe=AGAIN,
        cures=CURED,
    )


def _loop(code: Code, subject: Subject) -> tuple[cst.For, cst.Call] | None:
    """The loop over the messages of a queue, and the call that gives them."""
    for call in code.tree.at.get(subject.span, ()):
        above = code.parent(call)
        if isinstance(call, cst.Call) and isinstance(above, cst.For):
            return above, call
    return None


def _in_loop(code: Code, loop: cst.For, call: cst.Call) -> None:
    """``for method, properties, body in channel.consume(queue, auto_ack=True)``"""
    target = loop.target
    if not isinstance(target, cst.Tuple) or len(target.elements) != 3 or loop.asynchronous is not None:
        raise Refused("the method of the message has no name")
    method = target.elements[0].value
    if not isinstance(method, cst.Name) or not isinstance(call.func, cst.Attribute):
        raise Refused("the method of the message has no name")
    _append(code, code.block_of(loop.body.body[0]), code.source(call.func.value), method.value)
    _turn_off(code, call)


def _in_callback(code: Code, subject: Subject) -> None:
    """A function that is called with the channel, the method, the properties and the body."""
    function = next((one for one in code.tree.at.get(subject.flow.lowered.node.span, ())), None)
    if not isinstance(function, cst.FunctionDef) or function.asynchronous is not None:
        raise Refused("the function that the messages are handed to cannot be read")
    names = [one.name.value for one in function.params.params]
    names = names[1:] if names[:1] == ["self"] and isinstance(_holder(code, function), cst.ClassDef) else names
    uses = _uses(code, function)
    registered = next((one for one in map(code.parent, uses) if isinstance(one, cst.Arg)), None)
    call = code.parent(registered) if registered is not None else None
    if len(names) != 4 or len(uses) != 1 or not isinstance(call, cst.Call):
        raise Refused("it is not to be seen that only the broker hands messages to the function")
    _append(code, code.block_of(function.body.body[0]), names[0], names[1])
    _turn_off(code, call)


def _holder(code: Code, function: cst.FunctionDef) -> cst.CSTNode | None:
    return next((one for one in code.ancestors(function) if isinstance(one, cst.FunctionDef | cst.ClassDef)), None)


def _uses(code: Code, function: cst.FunctionDef) -> list[cst.CSTNode]:
    """Where the file names the function, or an attribute of its name."""
    name = function.name.value
    names = [one for one in walk(code.module) if isinstance(one, cst.Name) and one.value == name]
    held = {one: code.parent(one) for one in names if one is not function.name}
    return [above if isinstance(above, cst.Attribute) else one for one, above in held.items() if above is not None]


def _append(code: Code, block: Sequence[Statement], channel: str, method: str) -> None:
    last = block[-1]
    changed = {name for one in block for name in bound_by(one)}
    if {channel, method} & changed or any(has_way_out(one) for one in block):
        raise Refused("the work has a way out on which it would not be acknowledged")
    code.insert_after(last, *code.statements(f"{channel}.basic_ack({method}.delivery_tag)"))


def _turn_off(code: Code, call: cst.Call) -> None:
    given = next((one for one in call.args if one.keyword is not None and one.keyword.value == _OPTION), None)
    if given is None:
        raise Refused("the option is not set by name")
    code.replace(given.value, "False")


FIXER = Fixer("acknowledge_by_hand", "acknowledge the message by hand", _rewrite)
