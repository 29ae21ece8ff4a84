"""Gives a lock back on every way out: by ``with`` where that takes it and gives it back the same, else in a finally."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from fenceline.analyzer import ir
from fenceline.analyzer.holds import Hold
from fenceline.fixers.fixer import Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.kv_calls import plain
from fenceline.fixers.locks import hold_of, is_made_here
from fenceline.fixers.sections import Section, section_of

_CURED = frozenset({"failure"})
"""When a step fails the lock is free afterwards, and was not: that is the point."""


def _by_with(subject: Subject) -> Iterator[Rewrite]:
    hold = _hold(subject)
    code = subject.code_of()
    section = section_of(subject, code, hold)
    lock = _taken_as_with_does(subject, hold, section)
    word = "async with" if isinstance(section.given_back, cst.Await) else "with"
    code.remove(section.at)
    for one in section.releases:
        code.remove(one)
    code.wrap(section.first, section.last, f"{word} {{lock}}:", lock=lock)
    yield Rewrite(code.text(), f"Hold {hold.named} by {word}", cures=_CURED)


def _hold(subject: Subject) -> Hold:
    hold = hold_of(subject)
    kind = subject.models.types.get(hold.taken.hint)
    if hold.scope == "local" and is_made_here(subject, hold) and kind is not None and "name" not in kind.roles:
        raise Refused("the lock is made anew in each run, so that it guards nothing")
    return hold


def _taken_as_with_does(subject: Subject, hold: Hold, section: Section) -> cst.BaseExpression:
    """The lock, if ``with`` takes it as the call does: whoever does not get it waits. Raises Refused."""
    op, given_back = hold.taken.op, section.given_back
    if isinstance(given_back, cst.Await):
        given_back = given_back.expression
    kind = subject.models.types.get(hold.taken.hint)
    if not isinstance(op, ir.Acquire) or kind is None or kind.role != "lock" or op.mode != "wait":
        raise Refused("with would take it otherwise than the call does")
    match section.taken, given_back:
        case (
            cst.Call(func=cst.Attribute(value=lock, attr=cst.Name(value="acquire")), args=[]),
            cst.Call(func=cst.Attribute(value=other, attr=cst.Name(value="release")), args=[]),
        ) if plain(lock) == plain(other) and section.is_plainly_taken:
            return lock
    raise Refused("it is not taken by acquire() and given back by release()")


def _by_finally(subject: Subject) -> Iterator[Rewrite]:
    hold = _hold(subject)
    code = subject.code_of()
    section = section_of(subject, code, hold)
    for one in section.releases:
        code.remove(one)
    header = "try:\n    {body}\nfinally:\n    {given_back}"
    code.wrap(section.first, section.last, header, given_back=cst.Expr(section.given_back))
    is_of_connection = hold.scope == "distributed" and hold.lease == "session"
    yield Rewrite(
        code.text(),
        f"Give {hold.named} back in a finally",
        Applicability.UNSAFE if is_of_connection else Applicability.SAFE,
        why_unsafe="in a transaction that has failed, the statement that gives it back fails too"
        if is_of_connection
        else "",
        cures=_CURED,
    )


FIXERS = (
    Fixer("hold_lock_by_with", "hold the lock by with", _by_with),
    Fixer("release_in_finally", "give the lock back in a finally", _by_finally),
)
