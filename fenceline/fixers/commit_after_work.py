"""Commits the offset of a message when the work on it is done, in place of a commit in the background."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from fenceline.analyzer.nodes import Span
from fenceline.fixers.acknowledge_after_work import AGAIN, CURED
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.imports import spelled
from fenceline.fixers.positions import Statement, children, walk
from fenceline.fixers.scopes import dotted


@dataclass(frozen=True, slots=True)
class _Client:
    """A consumer: its class, the option for the commit in the background, and whether it takes it in a dictionary.

    ``takes_message``: whether a commit is told the message; else it is for all that has been handed over.
    """

    module: str
    name: str
    option: str
    in_dictionary: bool
    is_awaited: bool
    takes_message: bool


_CLIENTS = (
    _Client("confluent_kafka", "Consumer", "enable.auto.commit", True, False, True),
    _Client("confluent_kafka", "DeserializingConsumer", "enable.auto.commit", True, False, True),
    _Client("confluent_kafka.aio", "AIOConsumer", "enable.auto.commit", True, True, True),
    _Client("aiokafka", "AIOKafkaConsumer", "enable_auto_commit", False, True, False),
)
"""As of confluent-kafka 2.16 and aiokafka 0.12, whose commits are shown by tests/facts/test_consumers_kafka.py."""


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    code = subject.code_of()
    taker = _expression(code, subject.span)
    consumer = _consumer(taker)
    made, client = _made(code, taker, consumer)
    statement = code.statement_of(taker)
    work = _expression(code, subject.acts[0].span)
    block, message = _block(code, taker, statement, work)
    told = message if client.takes_message and message else ""
    call = f"{consumer}.commit({told})"
    _turn_off(code, made, client)
    code.insert_after(block[-1], *code.statements(f"await {call}" if client.is_awaited else call))
    yield Rewrite(
        code.text(), "Commit the offset when the work is done", Applicability.UNSAFE, why_unsafe=AGAIN, cures=CURED
    )


def _expression(code: Code, span: Span) -> cst.BaseExpression:
    found = code.tree.at.get(span, ())
    for one in found:
        if isinstance(one, cst.Call | cst.Await | cst.Name):
            return one
    raise Refused("the call is none that can be read")


def _consumer(taker: cst.BaseExpression) -> str:
    value: cst.BaseExpression = taker
    if isinstance(value, cst.Await):
        value = value.expression
    if isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute):
        value = value.func.value
    if not isinstance(value, cst.Name):
        raise Refused("the consumer has no name here")
    return value.value


def _made(code: Code, taker: cst.CSTNode, consumer: str) -> tuple[cst.Call, _Client]:
    """The call that makes the consumer, and which one it is."""
    scope: cst.CSTNode | None = code.function_of(taker)
    found = _values(scope, consumer) if scope is not None else []
    found = found or _values(code.module, consumer)
    if len(found) != 1 or not isinstance(found[0], cst.Call):
        raise Refused("where the consumer is made is not to be seen")
    call = found[0]
    for one in _CLIENTS:
        if spelled(code.tree, one.module, one.name, taker) == dotted(call.func):
            return call, one
    raise Refused("how this consumer is told to commit is not known")


def _values(scope: cst.CSTNode, name: str) -> list[cst.BaseExpression | None]:
    """What the name is given in a scope, None for what cannot be said."""
    found: list[cst.BaseExpression | None] = []
    for node in walk(scope):
        match node:
            case cst.Assign(targets=targets, value=value):
                found += [value for one in targets if dotted(one.target) == name]
            case cst.AnnAssign(target=cst.Name(value=target), value=value) if target == name:
                found.append(value)
            case cst.WithItem(item=item, asname=cst.AsName(name=cst.Name(value=target))) if target == name:
                found.append(item)
            case cst.Param(name=cst.Name(value=target)) if target == name:
                found.append(None)
    return found


def _block(code: Code, taker: cst.CSTNode, statement: Statement, work: cst.CSTNode) -> tuple[Sequence[Statement], str]:
    """The statements that are done for each message, to the end of which the commit goes, and the message's name."""
    if isinstance(statement, cst.For) and taker in set(walk(statement.iter)):
        body = list(code.tree.siblings[code.tree.container_of(_first(code, statement))])
        _check(body, work)
        name = dotted(statement.target)
        return _around(body, work, name), name
    siblings = code.block_of(statement)
    below = siblings[[one is statement for one in siblings].index(True) + 1 :]
    loop = next(
        (one for one in code.ancestors(statement) if isinstance(one, cst.For | cst.While | cst.FunctionDef)), None
    )
    match statement:
        case cst.SimpleStatementLine(body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))])]):
            pass
        case _:
            raise Refused("the message has no name")
    if loop is None or not below:
        raise Refused("the work is not done in the same block")
    _check(below, work)
    return _around(below, work, name), name


def _first(code: Code, loop: cst.For) -> Statement:
    body = loop.body.body
    first = body[0] if body else None
    if first is None:
        raise Refused("the loop is empty")
    return code.statement_of(first)


def _check(body: Sequence[Statement], work: cst.CSTNode) -> None:
    """Raises Refused where the block is left for good after the work began: that message would come again."""
    if not any(work in set(walk(one)) for one in body):
        raise Refused("the work is not done in the same block")
    for one in body:
        if _leaves(one):
            raise Refused("the work has a way out on which it would not be committed")


def _leaves(node: cst.CSTNode, in_loop: bool = False) -> bool:
    match node:
        case cst.FunctionDef() | cst.ClassDef() | cst.Lambda():
            return False
        case cst.Return():
            return True
        case cst.Break():
            return not in_loop
    inside = in_loop or isinstance(node, cst.For | cst.While)
    return any(_leaves(child, inside) for _, child in children(node))


def _around(body: Sequence[Statement], work: cst.CSTNode, message: str) -> Sequence[Statement]:
    """The block of the work: that of an ``if`` about the message, if it is in one."""
    holder = next(one for one in body if work in set(walk(one)))
    if isinstance(holder, cst.If) and message in {dotted(one) for one in walk(holder.test)}:
        if work not in set(walk(holder.body)):
            raise Refused("the work is done on the other side of a question")
        inner = [
            one for one in holder.body.body if isinstance(one, cst.SimpleStatementLine | cst.BaseCompoundStatement)
        ]
        if inner:
            return _around(inner, work, message)
    return body


def _turn_off(code: Code, made: cst.Call, client: _Client) -> None:
    """The option by which the client no more commits by itself."""
    if client.in_dictionary:
        _in_dictionary(code, made, client.option)
        return
    given = next((one for one in made.args if one.keyword is not None and one.keyword.value == client.option), None)
    if given is not None:
        code.replace(given.value, "False")
    elif any(one.star == "**" for one in made.args):
        raise Refused("which options the consumer has cannot be read")
    else:
        code.add_arguments(made, f"{client.option}=False")


def _in_dictionary(code: Code, made: cst.Call, option: str) -> None:
    if not made.args or made.args[0].star:
        raise Refused("which options the consumer has cannot be read")
    settings = made.args[0].value
    entries = settings.elements if isinstance(settings, cst.Dict) else []
    for entry in entries:
        match entry:
            case cst.DictElement(key=cst.SimpleString() as key, value=value) if key.evaluated_value == option:
                code.replace(value, "False")
                return
    if isinstance(settings, cst.Dict):
        last = settings.elements[-1] if settings.elements else None
        pair = cst.DictElement(cst.SimpleString(f'"{option}"'), cst.Name("False"))
        if last is None:
            code.replace(settings, settings.with_changes(elements=[pair]))
            return
        comma = last.comma if isinstance(last.comma, cst.Comma) else cst.MaybeSentinel.DEFAULT
        before = settings.elements[-2].comma if len(settings.elements) > 1 else _COMMA
        elements = [*settings.elements[:-1], last.with_changes(comma=before), pair.with_changes(comma=comma)]
        code.replace(settings, settings.with_changes(elements=elements))
    else:
        code.replace(settings, code.expression(f'{{**{{known}}, "{option}": False}}', known=settings))


_COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))

FIXER = Fixer("commit_after_work", "commit the offset when the work is done", _rewrite)
