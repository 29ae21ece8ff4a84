"""Lets a lock that is made of a key be deleted by its owner only: a token in it is compared and deleted in one script.

Where the client runs no scripts, the key is deleted only ahead of its expiry, by the clock.
"""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.fixers.fixer import MAY_OVERLAP, Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.lock_keys import (
    delete_if_own,
    expiry_of,
    give_back_in_time,
    key_lock,
    owner_of,
    write_owner,
)
from fenceline.fixers.locks import hold_of, key_of


def _compared(subject: Subject) -> Iterator[Rewrite]:
    hold = hold_of(subject)
    code = subject.code_of()
    lock = key_lock(subject, code, hold)
    owner = owner_of(subject, code, lock)
    write_owner(code, lock, owner)
    delete_if_own(subject, code, lock, owner)
    yield Rewrite(
        code.text(),
        f"Compare and delete {hold.key} in one Lua script",
        Applicability.UNSAFE if owner.doubt else Applicability.SAFE,
        why_unsafe=owner.doubt,
        own=key_of(hold),
    )


def _by_clock(subject: Subject) -> Iterator[Rewrite]:
    hold = hold_of(subject)
    code = subject.code_of()
    lock = key_lock(subject, code, hold)
    if lock.has_scripts(subject):
        raise Refused("a script is surer, and is refused")
    seconds = expiry_of(lock)
    if seconds is None:
        raise Refused("when the key expires is not stated where it is set")
    give_back_in_time(code, lock, seconds)
    yield Rewrite(
        code.text(),
        f"Delete {hold.key} only before it expires",
        Applicability.UNSAFE,
        frozenset({MAY_OVERLAP}),
        "between the look at the clock and the delete the lock may expire",
        key_of(hold),
    )


FIXERS = (
    Fixer("delete_own_lock", "compare and delete in one script", _compared),
    Fixer("delete_lock_in_time", "delete the lock only before it expires", _by_clock),
)
