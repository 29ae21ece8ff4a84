"""Puts a lock around the transaction in place of inside of it: the next holder then sees what has been committed."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from fenceline.analyzer import ir
from fenceline.analyzer.holds import Hold, holds_of
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.imports import spelled
from fenceline.fixers.kv_calls import plain
from fenceline.fixers.locks import is_bounded, time_held
from fenceline.fixers.positions import Statement, walk


def _swapped(subject: Subject) -> Iterator[Rewrite]:
    hold, code = _hold(subject), subject.code_of()
    item, statement = _item_of(code, hold)
    tx = _transaction(subject, hold)
    place = statement.items.index(item)
    if place:
        _swap_items(code, statement.items[place - 1], item, tx)
    else:
        _swap_blocks(code, statement, item, tx)
    yield _told(subject, hold, code.text())


def _inside_decorated(subject: Subject) -> Iterator[Rewrite]:
    hold, code = _hold(subject), subject.code_of()
    _, statement = _item_of(code, hold)
    function = code.function_of(statement)
    if function is None or not function.decorators or len(statement.items) > 1:
        raise Refused("the transaction is not that of a decorator")
    begin = function.decorators[-1].decorator
    if _transaction(subject, hold).span != code.span_of(function) or not _is_atomic(code, begin):
        raise Refused("the transaction is not that of the innermost decorator")
    _check_all_there_is(code, function, statement)
    block = list(code.tree.siblings[statement.body])
    call = "{begin}" if isinstance(begin, cst.Call) else "{begin}()"
    code.wrap(block[0], block[-1], f"with {call}:", begin=begin.deep_clone())
    yield _told(subject, hold, _without_innermost_decorator(code, function))


def _committed_inside(subject: Subject) -> Iterator[Rewrite]:
    hold, code = _hold(subject), subject.code_of()
    commit = _commit_after(subject, code, hold)
    taken = code.node_at(hold.taken.op.span, cst.Call)
    block = code.block_of(commit)
    section = block[block.index(commit) - 1] if block.index(commit) else None
    match section:
        case cst.With(body=body) if any(item.item is taken for item in section.items):
            last = code.tree.siblings[body][-1]
        case cst.Try(body=body, handlers=[], orelse=None, finalbody=cst.Finally()) if _gives_back(code, section, hold):
            last = code.tree.siblings[body][-1]
        case _:
            raise Refused("the commit does not follow the section at once")
    match commit, last:
        case cst.SimpleStatementLine(body=[cst.Expr(value=value)]), _ if not _leaves(last):
            code.insert_after(last, cst.SimpleStatementLine([cst.Expr(value.deep_clone())]))
        case _:
            raise Refused("what is done after the section is more than to commit")
    code.remove(commit)
    yield _told(subject, hold, code.text(), f"Commit before {hold.named} is given back")


# ------------------------------------------------------------------------- what is there


def _hold(subject: Subject) -> Hold:
    for hold in holds_of(subject.flow):
        if (hold.taken.op.span, hold.taken.op.path) == (subject.span, subject.path):
            if hold.taken.op.path != str(subject.module.path):
                raise Refused("the lock is taken in another file")
            return hold
    raise Refused("the lock is not seen")


def _item_of(code: Code, hold: Hold) -> tuple[cst.WithItem, cst.With]:
    """The ``with`` that holds the lock."""
    taken = code.node_at(hold.taken.op.span, cst.BaseExpression)  # type: ignore[type-abstract] # any of them
    item = code.parent(taken)
    statement = code.parent(item) if item is not None else None
    if not isinstance(item, cst.WithItem) or not isinstance(statement, cst.With):
        raise Refused("the lock is not held by a with")
    return item, statement


def _transaction(subject: Subject, hold: Hold) -> ir.Tx:
    """The innermost transaction around the lock."""
    blocks = [one for one in subject.flow.places[hold.taken.op].blocks if isinstance(one, ir.Tx)]
    if not blocks:
        raise Refused("the transaction is opened by whoever calls the function")
    if blocks[-1].path != str(subject.module.path):
        raise Refused("the transaction is opened in another file")
    return blocks[-1]


def _begins(code: Code, item: cst.WithItem, tx: ir.Tx) -> bool:
    return tx.span in {code.span_of(item), code.span_of(item.item)}


def _is_atomic(code: Code, decorator: cst.BaseExpression) -> bool:
    """Whether a decorator is one that can be a block as well: Django's."""
    name = decorator.func if isinstance(decorator, cst.Call) else decorator
    module = spelled(code.tree, "django.db", "transaction", None)
    return plain(name) in {spelled(code.tree, "django.db.transaction", "atomic", None), f"{module}.atomic"}


def _commit_after(subject: Subject, code: Code, hold: Hold) -> Statement:
    """The statement that commits what is changed under the lock."""
    flow = subject.flow
    last = max((flow.places[one.op].number for one in hold.given_back), default=None)
    if last is None:
        raise Refused("the lock is not seen to be given back")
    for op, place in flow.places.items():
        if isinstance(op, ir.Commit) and place.number > last and op.path == str(subject.module.path):
            return code.statement_of(code.node_at(op.span, cst.Call))
    raise Refused("the commit is not seen")


def _gives_back(code: Code, section: cst.Try, hold: Hold) -> bool:
    assert section.finalbody is not None
    releases = [code.node_at(one.op.span, cst.Call) for one in hold.given_back]
    return all(section.finalbody in code.ancestors(one) for one in releases)


def _leaves(statement: Statement) -> bool:
    if not isinstance(statement, cst.SimpleStatementLine):
        return False
    return isinstance(statement.body[-1], cst.Return | cst.Raise | cst.Break | cst.Continue)


def _check_all_there_is(code: Code, function: cst.FunctionDef, statement: cst.With) -> None:
    """Raises Refused unless the function does nothing but what is under the lock."""
    block = [one for one in code.tree.siblings[function.body] if not _is_docstring(one)]
    if block != [statement]:
        raise Refused("more is done in the transaction than what is under the lock")


def _is_docstring(statement: Statement) -> bool:
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.SimpleString() | cst.ConcatenatedString())]):
            return True
    return False


# --------------------------------------------------------------------------- the change


def _swap_items(code: Code, outer: cst.WithItem, inner: cst.WithItem, tx: ir.Tx) -> None:
    if not _begins(code, outer, tx):
        raise Refused("something else lies between the transaction and the lock")
    _check_independent(outer, inner)
    code.replace(outer, inner.deep_clone().with_changes(comma=outer.comma))
    code.replace(inner, outer.deep_clone().with_changes(comma=inner.comma))


def _swap_blocks(code: Code, statement: cst.With, inner: cst.WithItem, tx: ir.Tx) -> None:
    suite = code.parent(statement)
    around = code.parent(suite) if suite is not None else None
    if not isinstance(around, cst.With) or not _begins(code, around.items[-1], tx):
        raise Refused("something else lies between the transaction and the lock")
    if code.block_of(statement) != [statement] or len(statement.items) > 1:
        raise Refused("more is done in the transaction than what is under the lock")
    if (around.asynchronous is None) != (statement.asynchronous is None):
        raise Refused("one of the two blocks is async, and the other is not")
    outer = around.items[-1]
    _check_independent(outer, inner)
    code.replace(outer, inner.deep_clone().with_changes(comma=outer.comma))
    code.replace(inner, outer.deep_clone().with_changes(comma=inner.comma))
    ends = [one.body.header for one in (around, statement) if isinstance(one.body, cst.IndentedBlock)]
    if len(ends) == 2 and len(around.items) == 1:  # what is said behind a block is said of it
        code.replace(ends[0], ends[1].deep_clone())
        code.replace(ends[1], ends[0].deep_clone())


def _check_independent(outer: cst.WithItem, inner: cst.WithItem) -> None:
    """Raises Refused where the lock is made of what the transaction gives."""
    names = {one.value for one in walk(outer.asname) if isinstance(one, cst.Name)} if outer.asname else set()
    if any(isinstance(one, cst.Name) and one.value in names for one in walk(inner.item)):
        raise Refused("the lock is made of what the transaction gives")


def _without_innermost_decorator(code: Code, function: cst.FunctionDef) -> str:
    """The new text, the decorator gone; its comments stay."""
    place, name = code.span_of(function), function.name.value
    again = Code(code.text(), code.package)
    for one, span in again.tree.spans.items():
        if isinstance(one, cst.FunctionDef) and one.name.value == name and span.line == place.line:
            *kept, gone = one.decorators
            beside = gone.trailing_whitespace.comment
            above = [*gone.leading_lines, *([cst.EmptyLine(comment=beside)] if beside else ())]
            if kept:
                new = one.with_changes(decorators=kept, lines_after_decorators=[*above, *one.lines_after_decorators])
            else:
                lines = [*one.leading_lines, *above, *one.lines_after_decorators]
                new = one.with_changes(decorators=[], leading_lines=lines, lines_after_decorators=[])
            changed = again.module.deep_replace(one, new)
            assert isinstance(changed, cst.Module)
            return changed.code
    raise Refused("the function is not found again")


def _told(subject: Subject, hold: Hold, text: str, title: str = "") -> Rewrite:
    worst = time_held(subject, hold)
    is_never_late = hold.has_expiry is False or (
        is_bounded(subject, hold, worst) and hold.expiry is not None and worst.seconds < hold.expiry
    )
    return Rewrite(
        text,
        title or f"Take {hold.named} before the transaction begins, and give it back after the commit",
        Applicability.SAFE if is_never_late else Applicability.UNSAFE,
        why_unsafe=""
        if is_never_late
        else "a lock that has expired is noticed when it is given back, which is after the commit now",
    )


FIXERS = (
    Fixer("swap_lock_and_transaction", "take the lock around the transaction", _swapped),
    Fixer("begin_inside_lock", "begin the transaction under the lock, in place of the decorator", _inside_decorated),
    Fixer("commit_inside_lock", "commit before the lock is given back", _committed_inside),
)
