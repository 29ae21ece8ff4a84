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
from fenceline.fixers.positions import Statement
from fenceline.fixers.scheduled_jobs import body_of, job_of, key_of_job
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
    function = job_of(code, subject)
    is_async = function.asynchronous is not None
    stores = list(_redis_clients(code, function, is_async))
    if not stores:
        raise Refused("no store is at hand in the file whose lock other processes would see")
    for store in stores:
        code = subject.code_of()
        function = job_of(code, subject)
        yield _locked(subject, code, function, store)


def _locked(subject: Subject, code: Code, function: cst.FunctionDef, store: str) -> Rewrite:
    body = body_of(code, function)
    key = key_of_job(subject, function)
    expiry = _expiry(subject)
    _with_lock(code, body, store, key, expiry, is_async=function.asynchronous is not None)
    return Rewrite(
        code.text(),
        f"Run it under a lock of {store}, for {expiry} s at most",
        Applicability.UNSAFE,
        declares=frozenset({MAY_OVERLAP, MAY_SKIP}),
        why_unsafe=_WHY,
    )


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
