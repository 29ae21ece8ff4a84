"""Passes the other side a key that is made of the message, under which it knows a call that comes again.

For services whose client takes such a key (Stripe, AWS): they answer a repeated call as they answered the first.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from fenceline.analyzer import ir
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.imports import spelled
from fenceline.fixers.positions import walk
from fenceline.fixers.scopes import bindings, dotted

_ROLE = "idempotency_key"
_OF_ARGUMENTS = "two messages with the same arguments count as one: look whether both may be meant"
_OF_MESSAGE = "the same message counts as one, also when it is sent again on purpose"


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    code = subject.code_of()
    op = next((one for one in _ops(subject) if isinstance(one, ir.External) and one.span == subject.span), None)
    if op is None:
        raise Refused("only of a call to a service that takes a key can it be told that it is the same one")
    call = code.node_at(op.span, cst.Call)
    parameter = _parameter(subject, code, call)
    function = code.function_of(call)
    if function is None or any(isinstance(one, cst.For | cst.While) for one in _between(code, call, function)):
        raise Refused("it is done several times for one message: the key would have to tell these apart")
    if sum(isinstance(one, cst.Call) and dotted(one.func) == dotted(call.func) for one in walk(function)) > 1:
        raise Refused("it is done several times for one message: the key would have to tell these apart")
    if not any(one.what == "task" for one in subject.flow.entry.ways()):
        raise Refused("what tells one message from another is not known")
    ident, why = _identity(function)
    prefix = f"{subject.settings.key_prefix}{subject.module.name}.{subject.flow.lowered.function}"
    code.add_arguments(call, f'{parameter}=f"{prefix}:{ident}"')
    yield Rewrite(
        code.text(),
        "Pass a key that is made of the message",
        Applicability.UNSAFE,
        why_unsafe=why,
        cures=frozenset({"crash", "redelivery", "failure"}),
    )


def _ops(subject: Subject) -> Iterator[ir.Op]:
    if subject.candidate is not None:
        yield from (*subject.candidate.acts, *subject.candidate.effects)
    yield from subject.acts


def _between(code: Code, call: cst.Call, function: cst.FunctionDef) -> Iterator[cst.CSTNode]:
    for one in code.ancestors(call):
        if one is function:
            return
        yield one


def _parameter(subject: Subject, code: Code, call: cst.Call) -> str:
    """The argument in which the called function takes the key, by its model."""
    said = dotted(call.func)
    if any(one.star for one in call.args):
        raise Refused("what the call is given cannot be read")
    for name, operation in subject.models.functions.items():
        parameter = operation.roles.get(_ROLE)
        parts = name.split(".")
        for place in (
            range(1, len(parts)) if isinstance(parameter, str) and name.endswith(said.rpartition(".")[2]) else ()
        ):
            text = spelled(code.tree, ".".join(parts[:place]), parts[place], call)
            if text is not None and ".".join([text, *parts[place + 1 :]]) == said:
                return str(parameter)
    raise Refused("the client takes no key by which the other side would know the call again")


def _identity(function: cst.FunctionDef) -> tuple[str, str]:
    """What tells messages apart, as it stands in an f-string, and what a person has to look at."""
    params = function.params
    names = [one.name.value for one in (*params.posonly_params, *params.params, *params.kwonly_params)]
    if isinstance(params.star_arg, cst.Param) or params.star_kwarg is not None:
        raise Refused("what tells one message from another is not known")
    rebound = {name for name, _ in bindings(function.body)}
    if _is_bound(function) and names and names[0] not in rebound:
        return f"{{{names[0]}.request.id}}", _OF_MESSAGE
    if not names or len(names) > 4 or set(names) & rebound:
        raise Refused("what tells one message from another is not known")
    return ":".join(f"{{{one}}}" for one in names), _OF_ARGUMENTS


def _is_bound(function: cst.FunctionDef) -> bool:
    """Whether the function is handed its task, which knows the message: ``bind=True``."""
    return any(
        isinstance(one.decorator, cst.Call)
        and any(arg.keyword is not None and arg.keyword.value == "bind" and dotted(arg.value) == "True"
                for arg in one.decorator.args)
        for one in function.decorators
    )  # fmt: skip


FIXER = Fixer("pass_idempotency_key", "pass a key by which the call is known again", _rewrite)
