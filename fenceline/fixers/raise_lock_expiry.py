"""Raises the expiry of a lock above the longest that its holder works."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from fenceline.analyzer.durations import UNITS, duration_text
from fenceline.analyzer.schedules import limit_of
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.kv_calls import assigned, kv_call
from fenceline.fixers.locks import above, hold_of, is_bounded, making_of, stated, time_held
from fenceline.fixers.positions import walk


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    hold = hold_of(subject)
    code = subject.code_of()
    worst, limit = time_held(subject, hold), limit_of(subject.flow.entry)
    longest = worst.seconds
    if limit is not None and (not is_bounded(subject, hold, worst) or longest > limit):
        longest = limit
    if hold.is_made:
        call = kv_call(subject, code, hold.taken)
        given, unit = call.role("expiry"), UNITS.get(str(call.operation.roles.get("unit", "s")), 1.0)
    else:
        making = making_of(subject, code, hold)
        given, unit = making.given, making.unit
    seconds = above(longest)
    code.replace(_constant(code, given), cst.Integer(str(round(seconds / unit))))
    expires = duration_text(hold.expiry or 0)
    yield Rewrite(
        code.text(),
        f"Let {hold.named} expire after {duration_text(seconds)}, the work may take {duration_text(longest)}",
        Applicability.UNSAFE,
        why_unsafe=f"when its holder dies, others are kept out for {duration_text(seconds)} instead of {expires}",
    )


def _constant(code: Code, given: cst.BaseExpression | None) -> cst.BaseExpression:
    """The number in the source: the argument, or what the module binds to a name that is used there alone."""
    if isinstance(given, cst.Name):
        bound = assigned(code.module, given.value)
        uses = [one for one in walk(code.module) if isinstance(one, cst.Name) and one.value == given.value]
        if len(bound) != 1 or bound[0] is None or len(uses) != 2:
            raise Refused(f"{given.value} may be used for something else too")
        given = bound[0]
    if given is None or not isinstance(stated(given), int | float):
        raise Refused("the expiry is computed")
    return given


FIXER = Fixer("raise_lock_expiry", "raise the lock's expiry above the longest that the work may take", _rewrite)
