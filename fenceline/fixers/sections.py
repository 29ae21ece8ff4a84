"""What lies between taking a lock and giving it back, as statements: the part that is guarded on every way out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import libcst as cst

from fenceline.analyzer.holds import Hold
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Refused, Subject
from fenceline.fixers.kv_calls import plain
from fenceline.fixers.positions import Statement, walk

_LEAVING = (cst.Return, cst.Raise, cst.Continue, cst.Break)


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """The statements ``first`` to ``last`` of one block, which run while the lock is held.

    ``taken`` is the call that takes it and ``at`` the statement around; ``releases`` are the statements that give it
    back, and ``given_back`` what they do: the same everywhere.
    """

    taken: cst.Call
    at: Statement
    first: Statement
    last: Statement
    releases: Sequence[Statement]
    given_back: cst.BaseExpression

    @property
    def is_plainly_taken(self) -> bool:
        """Whether the statement that takes the lock does nothing else, and nothing is made of the answer."""
        value = _expression_of(self.at)
        return value is self.taken or _awaited(value) is self.taken


def section_of(subject: Subject, code: Code, hold: Hold) -> Section:
    """The section of a lock that is taken and given back by statements of one function. Raises Refused."""
    facts = [hold.taken, *hold.given_back]
    if any(one.op.path != str(subject.module.path) for one in facts):
        raise Refused("the lock is taken or given back in another file")
    taken = code.node_at(hold.taken.op.span, cst.Call)
    releases = [code.statement_of(code.node_at(one.op.span, cst.Call)) for one in hold.given_back]
    if any(code.function_of(one) is not code.function_of(taken) for one in releases):
        raise Refused("the lock is taken in one function and given back in another")
    done = [_expression_of(one) for one in releases]
    if not done or done[0] is None or any(one is None or plain(one) != plain(done[0]) for one in done):
        raise Refused("it is not given back by a statement that does the same everywhere")
    block, start = _start(code, hold, taken)
    plainly = [one for one in releases if one in block]
    inner = [one for one in releases if one not in block]
    if len(plainly) > 1:
        raise Refused("it is given back more than once")
    around = [next((one for one in block if _holds(code, one, release)), None) for release in inner]
    if None in around:
        raise Refused("it is given back outside of the block in which it is taken")
    end = block.index(plainly[0]) if plainly else 1 + max(block.index(one) for one in around if one is not None)
    for release, outer in zip(inner, around, strict=True):
        assert outer is not None
        _check_leaves(code, release, outer, must_leave=bool(plainly))
    body = block[start:end]
    if not body or any(block.index(one) >= end for one in around if one is not None):
        raise Refused("nothing lies between taking the lock and giving it back")
    assert done[0] is not None
    _check_same_lock(body, done[0])
    _check_kept_to_itself(code, body, done[0], releases)
    return Section(taken, code.statement_of(taken), body[0], body[-1], releases, done[0])


def _start(code: Code, hold: Hold, taken: cst.Call) -> tuple[list[Statement], int]:
    """The block in which the lock is held, and from which statement on. Raises Refused."""
    whole = code.parent(taken) if isinstance(code.parent(taken), cst.Await) else taken
    statement = code.statement_of(taken)
    block = code.block_of(statement)
    after = block.index(statement) + 1
    if hold.bind is None:
        if _expression_of(statement) is whole or _bound_name(statement, whole):
            return block, after
        raise Refused("the lock is taken within another statement")
    match statement:
        case cst.If(test=test, body=body) if test is whole or _walrus(test) is whole:
            return list(code.tree.siblings[body]), 0
        case cst.If(test=cst.UnaryOperation(operator=cst.Not(), expression=asked), orelse=None):
            if (asked is whole or _walrus(asked) is whole) and _leaves(statement):
                return block, after
        case cst.While(test=cst.UnaryOperation(operator=cst.Not(), expression=asked), orelse=None) if asked is whole:
            if not any(isinstance(one, cst.Break) for one in walk(statement.body)):
                return block, after
        case cst.SimpleStatementLine():
            return _after_guard(code, block, after, _bound_name(statement, whole))
    raise Refused("whether the lock was got is asked in a way that is not seen through")


def _after_guard(code: Code, block: list[Statement], after: int, name: str) -> tuple[list[Statement], int]:
    """``got = lock.acquire(…)``, and then the ``if`` that asks for it."""
    guard = block[after] if after < len(block) else None
    match guard:
        case cst.If(test=cst.Name(value=asked), body=body) if asked == name:
            return list(code.tree.siblings[body]), 0
        case cst.If(test=cst.UnaryOperation(operator=cst.Not(), expression=cst.Name(value=asked)), orelse=None):
            if asked == name and _leaves(guard):
                return block, after + 1
    raise Refused("nobody asks whether the lock was got before the section begins")


def _walrus(test: cst.BaseExpression) -> cst.BaseExpression | None:
    return test.value if isinstance(test, cst.NamedExpr) else None


def _leaves(statement: cst.If) -> bool:
    return _ends_in(statement.body, _LEAVING)


def _ends_in(body: cst.BaseSuite, kinds: tuple[type[cst.CSTNode], ...]) -> bool:
    last = body.body[-1] if body.body else None
    if isinstance(last, cst.SimpleStatementLine) and last.body:
        return isinstance(last.body[-1], kinds)
    return isinstance(last, kinds)


def _expression_of(statement: cst.CSTNode) -> cst.BaseExpression | None:
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=value)]):
            return value
    return None


def _awaited(value: cst.BaseExpression | None) -> cst.BaseExpression | None:
    return value.expression if isinstance(value, cst.Await) else None


def _bound_name(statement: cst.CSTNode, value: cst.CSTNode | None) -> str:
    """The name that a statement binds to the value and to nothing else."""
    match statement:
        case cst.SimpleStatementLine(
            body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=bound)]
        ) if bound is value:
            return name
    return ""


def _holds(code: Code, outer: cst.CSTNode, inner: cst.CSTNode) -> bool:
    return any(one is outer for one in code.ancestors(inner))


def _check_leaves(code: Code, release: Statement, outer: Statement, *, must_leave: bool) -> None:
    """Raises Refused unless nothing is done after an inner release but to leave."""
    for one in code.ancestors(release):
        if isinstance(one, cst.Try) and _holds(code, one.body, release):
            if not all(_ends_in(handler.body, (cst.Raise,)) for handler in one.handlers):
                raise Refused("what goes wrong when it is given back is caught")
        if one is outer:
            break
    block = code.block_of(release)
    rest = block[block.index(release) + 1 :]
    if rest:
        if len(rest) > 1 or not _is_plain_leave(rest[0]):
            raise Refused("more is done after it has been given back")
        return
    for one in code.ancestors(release):
        if isinstance(one, cst.If | cst.For | cst.While | cst.Match):
            raise Refused("it is given back under a condition")
        if one is outer:
            break
    match outer:
        case cst.Try(orelse=None, finalbody=None) if not must_leave:
            return
        case cst.With() if not must_leave:
            return
    raise Refused("more is done after it has been given back")


def _is_plain_leave(statement: Statement) -> bool:
    match statement:
        case cst.SimpleStatementLine(body=[cst.Return(value=value)]):
            return value is None or not any(isinstance(one, cst.Call | cst.Await) for one in walk(value))
        case cst.SimpleStatementLine(body=[cst.Raise()]):
            return True
    return False


def _check_same_lock(body: Iterable[Statement], given_back: cst.BaseExpression) -> None:
    """Raises Refused where the section binds anew what the release names."""
    used = {one.value for one in walk(given_back) if isinstance(one, cst.Name)}
    owners = {plain(one) for one in walk(given_back) if isinstance(one, cst.Attribute)}
    for statement in body:
        for target in bound_in(statement):
            for one in walk(target):
                if (isinstance(one, cst.Name) and one.value in used) or plain(one) in owners:
                    raise Refused(f"{plain(target)} is another one when it is given back")
                if isinstance(one, cst.Attribute | cst.Subscript):
                    break  # the object is changed, its name is not bound anew


def _check_kept_to_itself(
    code: Code, body: Iterable[Statement], given_back: cst.BaseExpression, releases: Iterable[Statement]
) -> None:
    """Raises Refused where a way out that keeps the lock may hand it on: it gives back the lock, or "yes"."""
    value = _awaited(given_back) or given_back
    lock = value.func.value if isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute) else value
    for statement in body:
        for one in walk(statement):
            if not isinstance(one, cst.Return) or one.value is None:
                continue
            block = code.block_of(code.statement_of(one))
            if any(release in block for release in releases):
                continue
            if plain(one.value) == "True" or any(plain(part) == plain(lock) for part in _values_in(one.value)):
                raise Refused("the lock may be handed on to whoever calls the function")


def _values_in(value: cst.BaseExpression) -> Iterable[cst.CSTNode]:
    """An expression, and what it is made of, but for what a method is called on."""
    calls = (one.func for one in walk(value) if isinstance(one, cst.Call))
    called = {one.value for one in calls if isinstance(one, cst.Attribute)}
    return (one for one in walk(value) if isinstance(one, cst.BaseExpression) and one not in called)


def bound_in(statement: cst.CSTNode) -> Iterable[cst.CSTNode]:
    """What a statement, or one in it, binds: targets and names."""
    for one in walk(statement):
        match one:
            case cst.AssignTarget(target=target) | cst.AnnAssign(target=target) | cst.AugAssign(target=target):
                yield target
            case cst.For(target=target) | cst.CompFor(target=target) | cst.NamedExpr(target=target):
                yield target
            case cst.AsName(name=name) | cst.FunctionDef(name=name) | cst.ClassDef(name=name):
                yield name
            case cst.ImportAlias(asname=None, name=name):
                yield name
            case cst.Del(target=target):
                yield target
