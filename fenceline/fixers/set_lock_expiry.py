"""Gives a lock an expiry: one that its library made without, or a key that is set if it is absent.

A key that expires may be somebody else's when it is deleted. So it gets an owner at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from fenceline.analyzer.durations import WorstCase, duration_text, told
from fenceline.analyzer.holds import Hold
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import MAY_OVERLAP, Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.lock_keys import delete_if_own, give_back_in_time, key_lock, owner_of, set_expiry
from fenceline.fixers.locks import (
    Making,
    above,
    hold_of,
    is_bounded,
    is_made_here,
    key_of,
    making_of,
    stated,
    time_held,
)


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    hold = hold_of(subject)
    worst = time_held(subject, hold)
    seconds = max(subject.settings.lock_expiry, above(worst.seconds))
    doubts = [[_how_long(worst)]]
    if is_bounded(subject, hold, worst) and (hold.is_made or is_made_here(subject, hold)):
        doubts.insert(0, [])
    for one in doubts:
        yield _of_key(subject, hold, seconds, one) if hold.is_made else _of_library(subject, hold, seconds, one)


def _of_library(subject: Subject, hold: Hold, seconds: int, doubts: list[str]) -> Rewrite:
    code = subject.code_of()
    making = making_of(subject, code, hold)
    _set(code, making, making.in_unit(seconds))
    return _told(code, hold, f"Let {hold.named} expire after {duration_text(seconds)}", doubts)


def _of_key(subject: Subject, hold: Hold, seconds: int, doubts: list[str]) -> Rewrite:
    code = subject.code_of()
    lock = key_lock(subject, code, hold)
    title = f"Let {hold.named} expire after {duration_text(seconds)}, and be deleted by its owner only"
    if lock.has_scripts(subject):
        owner = owner_of(subject, code, lock)
        set_expiry(code, lock, seconds, owner)
        delete_if_own(subject, code, lock, owner)
        return _told(code, hold, title, [*doubts, *filter(None, [owner.doubt])])
    set_expiry(code, lock, seconds, None)
    give_back_in_time(code, lock, seconds)
    late = "between the look at the clock and the delete the lock may expire"
    return _told(code, hold, title.replace("by its owner only", "only before that"), [*doubts, late])


def _told(code: Code, hold: Hold, title: str, doubts: list[str]) -> Rewrite:
    if not doubts:
        return Rewrite(code.text(), title, own=key_of(hold))
    unsafe, overlaps = Applicability.UNSAFE, frozenset({MAY_OVERLAP})
    return Rewrite(code.text(), title, unsafe, overlaps, "; ".join(doubts), key_of(hold))


def _how_long(worst: WorstCase) -> str:
    return f"look how long it is held: {told(worst) or 'how long what is done under it takes is not known'}"


def _set(code: Code, making: Making, value: str) -> None:
    """Give the argument; one that says "never" is replaced."""
    if making.given is None:
        code.add_arguments(making.call, f"{making.parameter}={value}")
    elif stated(making.given) in {None, 0}:
        code.replace(making.given, cst.Integer(value))
    else:
        raise Refused("the expiry of the lock is computed")


FIXER = Fixer("set_lock_expiry", "give the lock an expiry", _rewrite)
