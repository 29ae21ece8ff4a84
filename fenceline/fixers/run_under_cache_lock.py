"""Lets one run of a job at a time work where Django's cache is what the file has: who adds the key works.

The cache has no scripts that compare and delete at once, so the key is deleted as long as it has not expired by the
clock of the process. A key that is only left to expire would keep out those, too, that fire a little later; but that
is another schedule, if it should ever last longer than until the next run, and two runs in a row are not the same as
before.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.durations import duration_text, worst_case
from fenceline.analyzer.schedules import limit_of, scheduled
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import MAY_OVERLAP, MAY_SKIP, Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.imports import spelled
from fenceline.fixers.locks import local_name
from fenceline.fixers.positions import Statement
from fenceline.fixers.scheduled_jobs import body_of, job_of, key_of_job

_SPARE = 1.5
"""The expiry over the longest that a run is known to take."""
_MARGIN = 0.9
"""The part of an expiry in which a lock may be given back by the clock, and of an interval that one may last."""
_LEAVES = "of two runs at one time the second returns at once, and does nothing; who calls it otherwise gets None, too"
_SHARED = "look that the cache is one that all processes share (Redis, memcached, the database), not one in memory"
_LATE = "a process that fires it only after the first run has ended works again"


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    code = subject.code_of()
    function = job_of(code, subject)
    if function.asynchronous is not None:
        raise Refused("it is a coroutine, and the cache would be asked while all others wait")
    body = body_of(code, function)
    cache = spelled(code.tree, "django.core.cache", "cache", body[0])
    if cache is None:
        raise Refused("no cache is at hand in the file whose keys other processes would see")
    key, expiry = key_of_job(subject, function), _expiry(subject)
    _lock(code, body, cache, key, expiry)
    yield Rewrite(
        code.text(),
        f"Run it under a key of the cache, for {duration_text(expiry)} at most",
        Applicability.UNSAFE,
        declares=frozenset({MAY_OVERLAP, MAY_SKIP}),
        why_unsafe=f"{_LEAVES}; {_SHARED}; {_LATE}",
        own=lambda cell: ir.Const(key) in cell.key,
    )


def _expiry(subject: Subject) -> int:
    """Seconds: what is set for locks, but less than until it is due again, and more than a run is known to take."""
    limit = limit_of(subject.flow.entry)
    longest = limit if limit is not None else worst_case(subject.flow, lambda _: True).seconds
    intervals = (one.number("interval") for one in scheduled(subject.flow.entry))
    most = [math.floor(one * _MARGIN) for one in intervals if one is not None]
    expiry = max(min([subject.settings.lock_expiry, *most]), math.ceil(longest * _SPARE))
    if expiry * _MARGIN < 1:
        raise Refused("it is due again too soon for a key that expires until then")
    return expiry


def _lock(code: Code, body: list[Statement], cache: str, key: str, expiry: int) -> None:
    monotonic = code.imported("time", "monotonic", body[0])
    deadline = local_name(code, "deadline", body[0])
    taken = f"{deadline} = {monotonic}() + {expiry * _MARGIN:g}\n{_taken(cache, key, expiry)}"
    code.insert_before(body[0], *code.statements(taken))
    given_back = f'    if {monotonic}() < {deadline}:\n        {cache}.delete("{key}")'
    code.wrap(body[0], body[-1], f"try:\n    {{body}}\nfinally:\n{given_back}")


def _taken(cache: str, key: str, expiry: int) -> str:
    return f'if not {cache}.add("{key}", 1, timeout={expiry}):\n    return'


FIXER = Fixer("run_under_cache_lock", "run it under a key of the cache", _rewrite)
