"""Gives the one remote call that nothing bounds a timeout, where all that is done under the lock then ends before it.

It is the shortest of the answers to a lock that may expire: the section keeps its promise to be quick. What the caller
sees is new: a slow service is now an error.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from fenceline.analyzer import ir
from fenceline.analyzer.durations import duration_text
from fenceline.analyzer.lower_state import Fact
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import MAY_OVERLAP, Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.kv_calls import is_kind
from fenceline.fixers.locks import lease_at, time_held, unread_in

_TIMEOUT = "timeout"
_MODULES = frozenset({"requests", "httpx"})
_CLIENTS = ("requests.session", "httpx.client", "httpx.async_client")
"""Clients all of whose calls take a number of seconds as ``timeout`` (requests 2.31, httpx 0.24)."""
_WHY = (
    "a service that takes longer than {0} is now an error, while it may have done what it was asked for; many clients "
    "count between two bytes, not to the end of the answer"
)


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    hold, expiry = lease_at(subject)
    worst = time_held(subject, hold)
    endless = list(dict.fromkeys(op for op, _ in worst.unbounded))
    if len(endless) != 1 or not isinstance(endless[0], ir.External | ir.Slow):
        raise Refused("it is not one remote call alone that takes too long")
    if endless[0].seconds is not None or _is_repeated(subject, endless[0]):
        raise Refused("it is done in a loop over data, and nobody knows how often")
    hidden = unread_in(subject, hold) or next((text for _, text in worst.unseen), "")
    if hidden:
        raise Refused(f"nobody sees how long {hidden} takes")
    seconds = subject.settings.timeout
    if worst.seconds + seconds >= expiry:
        raise Refused(f"a timeout of {duration_text(seconds)} would not be below the lock's {duration_text(expiry)}")
    code = subject.code_of()
    _bound(subject, code, endless[0], seconds)
    yield Rewrite(
        code.text(),
        f"Give up the call after {duration_text(seconds)}, the lock expires after {duration_text(expiry)}",
        Applicability.UNSAFE,
        declares=frozenset({MAY_OVERLAP}),
        why_unsafe=_WHY.format(duration_text(seconds)),
    )


def _is_repeated(subject: Subject, op: ir.Op) -> bool:
    return any(isinstance(one, ir.Loop) and one.rounds is None for one in subject.flow.places[op].blocks)


def _bound(subject: Subject, code: Code, op: ir.Op, seconds: int) -> None:
    if op.path != str(subject.module.path):
        raise Refused("the call that takes too long stands in another file")
    call, fact = code.node_at(op.span, cst.Call), subject.fact_of(op)
    if fact is None or not _takes_seconds(subject, fact):
        raise Refused("it is no call of an HTTP client that takes a timeout in seconds")
    if any(arg.star for arg in call.args):
        raise Refused("what the call is given cannot be read")
    if any(arg.keyword is not None and arg.keyword.value == _TIMEOUT for arg in call.args):
        raise Refused("the call is told to wait for ever")
    code.add_arguments(call, f"{_TIMEOUT}={seconds}")


def _takes_seconds(subject: Subject, fact: Fact) -> bool:
    if fact.on:
        return is_kind(subject.models, fact.on, *_CLIENTS)
    return fact.verb in subject.models.functions and fact.verb.partition(".")[0] in _MODULES


FIXER = Fixer("bound_call_below_expiry", "give the call that takes too long a timeout", _rewrite)
