"""Locks the row where it is read for the decision, in one transaction with the change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fenceline.analyzer import ir
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import MAY_UNDO, Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.row_reads import LockedRead, lock_read
from fenceline.fixers.transactions import doubts_in, node_of, ops_after, wrap_together


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    yield from _locked(subject, hooks=False)


def _rewrite_with_hooks(subject: Subject) -> Iterator[Rewrite]:
    yield from _locked(subject, hooks=True)


def _locked(subject: Subject, *, hooks: bool) -> Iterator[Rewrite]:
    pair = subject.candidate
    if pair is None or not pair.reads or not pair.acts:
        raise Refused("what is to be locked is not seen")
    code = subject.code_of()
    read = pair.reads[0]
    found = lock_read(subject, code, read)
    fact = subject.fact_of(read)
    assert fact is not None
    assert fact.model is not None
    if fact.model.store == "sqlalchemy":
        if hooks:
            raise Refused("only a transaction of Django calls hooks")
        for one in pair.acts:
            node_of(subject, code, one, found.call)
        doubts = _until_commit(subject, read, pair.acts)
    else:
        doubts = _in_transaction(subject, code, found, fact.model.store, hooks=hooks)
    if fact.row is not None and fact.row.origin == "each":
        doubts.append("all rows stay locked until the last one is done with")
    yield from _proposals(code, fact.model.label, [*found.doubts, *doubts])


def _proposals(code: Code, model: str, doubts: Sequence[str]) -> Iterator[Rewrite]:
    """The text; and, where that would not do, the same with what an error now undoes."""
    title = f"Lock the row of {model} when it is read, until it is changed"
    text, why = code.text(), "; ".join(doubts)
    applicability = Applicability.UNSAFE if why else Applicability.SAFE
    yield Rewrite(text, title, applicability, why_unsafe=why)
    yield Rewrite(text, title, Applicability.UNSAFE, frozenset({MAY_UNDO}), why)


def _until_commit(subject: Subject, read: ir.Op, acts: Sequence[ir.Op]) -> list[str]:
    """A session begins a transaction by itself; the lock lasts until it commits."""
    between = list(ops_after(subject.flow, read, acts[-1]))
    if any(isinstance(one, ir.Commit | ir.Rollback) for one in between[:-1]):
        raise Refused("the session commits between the read and the change")
    return doubts_in(subject, iter(between))


def _in_transaction(subject: Subject, code: Code, found: LockedRead, store: str, *, hooks: bool) -> list[str]:
    pair = subject.candidate
    assert pair is not None
    read, acts = pair.reads[0], pair.acts
    nodes = [node_of(subject, code, one, found.call) for one in acts]  # a helper is not to lock for others
    held = subject.flow.transaction(read)
    if held is not None and all(subject.flow.transaction(one) is held for one in acts):
        if hooks:
            raise Refused("the transaction is there already")
        last = max(acts, key=lambda one: subject.flow.places[one].number)
        return doubts_in(subject, ops_after(subject.flow, read, last))
    return wrap_together(subject, code, found.call, nodes, _header(code, found, store), hooks=hooks)


def _header(code: Code, found: LockedRead, store: str) -> str:
    function = code.function_of(found.call)
    is_async = function is not None and function.asynchronous is not None
    if store == "tortoise":
        name = code.imported("tortoise.transactions", "in_transaction", found.call)
        return f"async with {name}():"
    if is_async:
        raise Refused("Django has no transactions for asynchronous code")
    using = f"using={code.source(found.database)}" if found.database is not None else ""
    return f"with {code.imported('django.db', 'transaction', found.call)}.atomic({using}):"


FIXERS = (
    Fixer(
        "lock_row_before_read",
        "lock the row when it is read, in one transaction with the change",
        _rewrite,
        follows_calls=True,
    ),
    Fixer(
        "lock_row_and_send_on_commit",
        "lock the row when it is read, and send by a hook of the transaction",
        _rewrite_with_hooks,
        follows_calls=True,
    ),
)
