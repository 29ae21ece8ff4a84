"""Renews a lock of redis-py at the start of each round of a loop that is done under it.

``extend`` raises when the lock is not ours any more (LockNotOwnedError), so a holder that was too slow stops before it
writes. It is offered where one round, with all that is done under the lock before and after, is known to take less time
than the lock lasts, and where nothing under the lock would go on after that error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

import libcst as cst

from fenceline.analyzer import ir
from fenceline.analyzer.durations import cost_of, duration_text
from fenceline.analyzer.holds import Hold, inside
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import MAY_OVERLAP, Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.kv_calls import assigned, is_kind, plain, variables
from fenceline.fixers.locks import is_made_here, lease_at, making_of, stated, unread_in
from fenceline.fixers.positions import walk
from fenceline.fixers.scopes import bindings, globals_bound, hidden_at

_ASYNC = "redis.async_lock"
_LOCKS = ("redis.lock", _ASYNC)
_WHY = (
    "a run that finds its lock lost stops with LockNotOwnedError in the middle of the loop; look that no round takes "
    "longer than {0}, and the next element comes at once"
)


@dataclass(frozen=True, slots=True, eq=False)
class _Section:
    """What is done under the lock object ``name``; the nodes ``around`` let an error pass, or are done without it."""

    name: str
    at: cst.CSTNode
    around: frozenset[cst.CSTNode]
    releases: tuple[cst.CSTNode, ...] = ()


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    hold, expiry = lease_at(subject)
    if hold.is_made or not is_kind(subject.models, hold.taken.hint, *_LOCKS):
        raise Refused("it is no lock that its holder can renew, and that says when it is lost")
    if not is_made_here(subject, hold):
        raise Refused("others may have the same lock object")
    loops = _renewed(subject, hold, expiry)
    code = subject.code_of()
    again = _expiry_again(code, making_of(subject, code, hold).given)
    section = _section(subject, code, hold)
    waits = "await " if is_kind(subject.models, hold.taken.hint, _ASYNC) else ""
    for loop in loops:
        at = _statement_of(subject, code, loop, section)
        first = code.tree.siblings[at.body][0]
        code.insert_before(first, *code.statements(f"{waits}{section.name}.extend({again}, replace_ttl=True)"))
    yield Rewrite(
        code.text(),
        f"Renew {hold.named} in each round",
        Applicability.UNSAFE,
        declares=frozenset({MAY_OVERLAP}),
        why_unsafe=_WHY.format(duration_text(expiry)),
    )


def _renewed(subject: Subject, hold: Hold, expiry: float) -> list[ir.Loop]:
    """The loops that nobody has counted; Refused unless one round of each, with all else, is below the expiry.

    All that is done under the lock is added up, once: no stretch between two renewals takes longer than that.
    """
    hidden = unread_in(subject, hold)
    if hidden:
        raise Refused(f"nobody sees how long {hidden} takes")
    places = subject.flow.places
    outside = places[hold.taken.op].blocks
    found: dict[ir.Loop, None] = {}
    seconds = 0.0
    for op in inside(subject.flow, hold):
        cost = cost_of(op)
        for _, text in (*cost.unbounded, *cost.unseen):
            raise Refused(f"{text} may take longer than the lock lasts by itself")
        loops = [one for one in places[op].blocks if isinstance(one, ir.Loop) and one not in outside]
        seconds += cost.seconds * math.prod(one.rounds or 1 for one in loops)
        found |= {one: None for one in loops if one.rounds is None and cost.seconds}
    if not found:
        raise Refused("it is no loop over data that takes too long")
    if seconds >= expiry:
        raise Refused(f"one round, with all else, may take {duration_text(seconds)}")
    return list(found)


def _expiry_again(code: Code, given: cst.BaseExpression | None) -> str:
    """The expiry as it is given where the lock is made: a number, or a constant of the module."""
    value = given
    if isinstance(given, cst.Name) and given.value not in hidden_at(code.tree, given) | globals_bound(code.module):
        held = assigned(code.module, given.value)
        value = held[0] if len(held) == 1 else None
    if given is None or not isinstance(stated(value), int | float):
        raise Refused("the expiry of the lock is computed")
    return plain(given)


# ----------------------------------------------------------------------- the section


def _section(subject: Subject, code: Code, hold: Hold) -> _Section:
    taken: cst.CSTNode = code.node_at(hold.taken.op.span)
    block = next((one for one in (taken, *code.ancestors(taken)) if isinstance(one, cst.With)), None)
    item = next((one for one in block.items if _is_in(code, taken, one)), None) if block is not None else None
    if block is not None and item is not None:
        if block.items[-1] is not item:
            raise Refused("another context manager is entered under the lock: it may catch the error")
        return _Section(_name_of_item(code, block, item), block, frozenset({block, *code.ancestors(block)}))
    call, function = code.node_at(hold.taken.op.span, cst.Call), code.function_of(taken)
    if not isinstance(call.func, cst.Attribute) or function is None:
        raise Refused("the lock object has no name")
    if any(one.op.path != str(subject.module.path) for one in hold.given_back):
        raise Refused("the lock is given back in another file")
    releases = tuple(code.statement_of(code.node_at(one.op.span, cst.Call)) for one in hold.given_back)
    at = code.statement_of(call)
    outside = frozenset(one for one in code.ancestors(at) if not isinstance(one, cst.Try | cst.TryStar))
    return _Section(_known(code, call.func.value, at), at, outside, releases)


def _is_in(code: Code, node: cst.CSTNode, outer: cst.CSTNode) -> bool:
    return node is outer or any(one is outer for one in code.ancestors(node))


def _name_of_item(code: Code, block: cst.With, item: cst.WithItem) -> str:
    if item.asname is not None:
        return _known(code, item.asname.name, block)
    if isinstance(item.item, cst.Name):
        return _known(code, item.item, block)
    if not isinstance(item.item, cst.Call):
        raise Refused("the lock object has no name")
    name = _free_name(code, block)
    code.replace(item, item.with_changes(asname=cst.AsName(cst.Name(name))))
    return name


def _free_name(code: Code, at: cst.CSTNode) -> str:
    """A name that no variable of the function has; methods may be called so."""
    function = code.function_of(at)
    if function is None:
        raise Refused("the lock is taken outside of any function")
    names = {one.value for one in variables(code, function)}
    return next(one for one in ("lock", "held", *(f"lock_{n}" for n in range(2, 10_000))) if one not in names)


def _known(code: Code, name: cst.CSTNode, at: cst.CSTNode) -> str:
    """The name of the lock object, where nothing else in the function is ever bound to it."""
    function = code.function_of(at)
    if not isinstance(name, cst.Name) or function is None:
        raise Refused("the lock object has no name of its own")
    if sum(bound == name.value for bound, _ in bindings(function.body)) != 1:
        raise Refused(f"{name.value} is bound to something else too")
    return name.value


# ------------------------------------------------------------------------- the loops


def _statement_of(subject: Subject, code: Code, loop: ir.Loop, section: _Section) -> cst.For | cst.While:
    """The loop, where an error in it ends what is done under the lock."""
    function = code.function_of(section.at)
    at = code.node_at(loop.span, cst.For, cst.While) if loop.path == str(subject.module.path) else None
    if not isinstance(at, cst.For | cst.While) or function is None or code.function_of(at) is not function:
        raise Refused("the loop stands in another function than the lock")
    if loop.kind != "data":
        raise Refused("it is no loop over data that takes too long")
    if isinstance(at, cst.For) and at.asynchronous is not None:
        raise Refused("nobody sees how long the next element takes")
    if any(isinstance(one, cst.Yield) for one in walk(function.body)):
        raise Refused("it is a generator: nobody sees when it goes on")
    for one in takewhile(lambda one: one is not function, code.ancestors(at)):
        if one in section.around:
            continue
        if isinstance(one, cst.With):
            raise Refused("another context manager is entered under the lock: it may catch the error")
        if isinstance(one, cst.Try | cst.TryStar) and not _only_releases(code, one, section):
            raise Refused("more would be done under the lock after the error: a try is around the loop")
    return at


def _only_releases(code: Code, block: cst.Try | cst.TryStar, section: _Section) -> bool:
    """Whether a ``try`` does nothing after an error but to give the lock back."""
    if block.handlers or block.finalbody is None:
        return False
    last = code.tree.siblings[block.finalbody.body]
    return len(last) == 1 and last[0] in section.releases


FIXER = Fixer("renew_lock_in_loop", "renew the lock in each round of the loop", _rewrite)
