"""Lets one run of a job at a time work: under a lock of a store that the file already uses, the others leave.

Whoever does not get the lock returns at once: another one is doing the work. After a crash nobody works until the lock
has expired.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import libcst as cst

from fenceline.analyzer.durations import worst_case
from fenceline.analyzer.schedules import limit_of
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import MAY_OVERLAP, MAY_SKIP, Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.imports import spelled
from fenceline.fixers.locks import local_name
from fenceline.fixers.positions import Statement, children, walk
from fenceline.fixers.scopes import dotted, hidden_at

_SPARE = 1.5
"""The expiry over the longest that a run is known to take."""
_CLIENTS = {
    False: [("redis", "Redis"), ("redis", "StrictRedis"), ("redis.client", "Redis"), ("redis", "from_url")],
    True: [("redis.asyncio", "Redis"), ("redis.asyncio", "StrictRedis"), ("redis.asyncio", "from_url")],
}
_WHY = "of two runs at one time the second returns at once, and does nothing; who calls it otherwise gets None, too"


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    code = subject.code_of()
    function = _function(code, subject)
    is_async = function.asynchronous is not None
    stores = list(_redis_clients(code, function, is_async))
    if not stores:
        raise Refused("no store is at hand in the file whose lock other processes would see")
    for store in stores:
        code = subject.code_of()
        function = _function(code, subject)
        yield _locked(subject, code, function, store)


def _locked(subject: Subject, code: Code, function: cst.FunctionDef, store: str) -> Rewrite:
    body = _body(code, function)
    key = _key(subject, function)
    expiry = _expiry(subject)
    _with_lock(code, body, store, key, expiry, is_async=function.asynchronous is not None)
    return Rewrite(
        code.text(),
        f"Run it under a lock of {store}, for {expiry} s at most",
        Applicability.UNSAFE,
        declares=frozenset({MAY_OVERLAP, MAY_SKIP}),
        why_unsafe=_WHY,
    )


def _function(code: Code, subject: Subject) -> cst.FunctionDef:
    for node in code.tree.at.get(subject.span, ()):
        above = code.parent(node)
        if isinstance(node, cst.Name) and isinstance(above, cst.FunctionDef) and above.name is node:
            return above
    raise Refused("the job is no function of this file")


def _body(code: Code, function: cst.FunctionDef) -> list[Statement]:
    """The statements that go under the lock: all but the docstring. Raises Refused where they must not."""
    if not isinstance(function.body, cst.IndentedBlock):
        raise Refused("its body stands on one line")
    statements = code.block_of(function.body.body[0])
    if function.get_docstring() is not None:
        statements = statements[1:]
    if not statements:
        raise Refused("it does nothing")
    own = list(_own(function.body))
    if any(isinstance(one, cst.Yield) for one in own):
        raise Refused("it is a generator")
    if any(isinstance(one, cst.While) and _is_endless(one) for one in own):
        raise Refused("it never ends: a lock around it would stop the others for good")
    if any(isinstance(one, cst.Return) and one.value is not None and dotted(one.value) != "None" for one in own):
        raise Refused("it gives something back, and a run that has to leave has nothing to give")
    return statements


def _own(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for _, child in children(node):
        if not isinstance(child, cst.FunctionDef | cst.Lambda | cst.ClassDef):
            yield child
            yield from _own(child)


def _is_endless(loop: cst.While) -> bool:
    """Whether nothing but an error ends the loop."""
    constant = dotted(loop.test) == "True" or isinstance(loop.test, cst.Integer)
    return constant and not any(isinstance(one, cst.Break | cst.Return) for one in walk(loop.body))


def _key(subject: Subject, function: cst.FunctionDef) -> str:
    """The name of the lock: the job is the same in all processes, whatever it is called with must be nothing."""
    params = function.params
    given = [*params.params, *params.kwonly_params, *params.posonly_params]
    if given and given[0].name.value == "self" and "." in subject.flow.lowered.function:
        given = given[1:]
    if given or isinstance(params.star_arg, cst.Param) or params.star_kwarg is not None:
        raise Refused("it is called with something: runs of different work would keep each other out")
    return f"{subject.settings.key_prefix}{subject.module.name}.{subject.flow.lowered.function}"


def _expiry(subject: Subject) -> int:
    """Seconds: what is set for locks, or more where a run is known to take longer."""
    limit = limit_of(subject.flow.entry)
    longest = limit if limit is not None else worst_case(subject.flow, lambda _: True).seconds
    return max(subject.settings.lock_expiry, math.ceil(longest * _SPARE))


def _redis_clients(code: Code, function: cst.FunctionDef, is_async: bool) -> Iterator[str]:
    """The names of clients that the module makes, as far as the function sees them."""
    made = {text for module, name in _CLIENTS[is_async] if (text := spelled(code.tree, module, name, None)) is not None}
    made |= {f"{one}.from_url" for one in made}
    hidden = hidden_at(code.tree, function.body.body[0])
    for statement in code.module.body:
        match statement:
            case cst.SimpleStatementLine(body=[cst.Assign(targets=[target], value=cst.Call(func=func))]):
                name = dotted(target.target)
            case cst.SimpleStatementLine(body=[cst.AnnAssign(target=named, value=cst.Call(func=func))]):
                name = dotted(named)
            case _:
                continue
        if dotted(func) in made and name.isidentifier() and name not in hidden:
            yield name


def _with_lock(code: Code, body: list[Statement], store: str, key: str, expiry: int, *, is_async: bool) -> None:
    lock = local_name(code, "lock", body[0])
    waits = "await " if is_async else ""
    taken = f'''
        {lock} = {store}.lock("{key}", timeout={expiry})
        if not {waits}{lock}.acquire(blocking=False):
            return
    '''
    code.insert_before(body[0], *code.statements(taken))
    code.wrap(body[0], body[-1], f"try:\n    {{body}}\nfinally:\n    {waits}{lock}.release()")


FIXER = Fixer("run_under_lock", "run it under a lock", _rewrite)
