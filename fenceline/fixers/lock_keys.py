"""A lock that is made by hand of a key: how it is taken and given back, and how it becomes one that has an owner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from fenceline.analyzer.durations import UNITS
from fenceline.analyzer.holds import Hold
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Refused, Subject
from fenceline.fixers.imports import spelled
from fenceline.fixers.kv_calls import UNKNOWN, KvCall, is_kind, is_same, kv_call, literal, plain
from fenceline.fixers.locks import local_name
from fenceline.fixers.positions import Statement
from fenceline.fixers.script_texts import script_call, script_doing

_COMPARE_AND_DELETE = "if client.get(key) == token:\n    return client.delete(key)\nreturn 0"
_WITH_SCRIPTS = ("redis.client", "redis.async_client")
_UNIQUE = (("uuid", "uuid1"), ("uuid", "uuid4"), ("secrets", "token_hex"), ("secrets", "token_urlsafe"),
           ("secrets", "token_bytes"), ("os", "urandom"))  # fmt: skip
_MARGIN = 0.9
"""The part of an expiry in which a lock may be given back by the clock: clocks and commands take their time."""


@dataclass(frozen=True, slots=True, eq=False)
class KeyLock:
    """The command that takes the lock, and those that give it back."""

    taken: KvCall
    given_back: Sequence[KvCall]

    def has_scripts(self, subject: Subject) -> bool:
        """Whether the client runs Lua scripts."""
        return is_kind(subject.models, self.taken.on, *_WITH_SCRIPTS)


def key_lock(subject: Subject, code: Code, hold: Hold) -> KeyLock:
    """The commands of a lock made by hand. Raises Refused where they do not stand in one function of this file."""
    facts = [hold.taken, *hold.given_back]
    if any(one.op.path != str(subject.module.path) for one in facts):
        raise Refused("the lock is taken or given back in another file")
    taken, *given_back = (kv_call(subject, code, one) for one in facts)
    function = code.function_of(taken.node)
    if any(code.function_of(one.node) is not function for one in given_back):
        raise Refused("the lock is taken in one function and given back in another")
    if function is None:
        raise Refused("the lock is taken outside of any function")
    if any(one.method not in {"delete", "unlink"} or one.rest[1:] for one in given_back):
        raise Refused("more than the key of the lock is deleted")
    return KeyLock(taken, given_back)


# ---------------------------------------------------------------------------- owner


@dataclass(frozen=True, slots=True, eq=False)
class Owner:
    """What tells one holder of the lock from all others, and what a person has to look at for that ('' nothing)."""

    token: cst.BaseExpression
    is_new: bool
    doubt: str = ""


def owner_of(subject: Subject, code: Code, lock: KeyLock) -> Owner:
    """The value of the key if no other run has it, else a new token, made before the lock is taken. Raises Refused."""
    if not lock.has_scripts(subject):
        raise Refused("the client runs no scripts that could compare and delete at one moment")
    value = lock.taken.role("value")
    if value is None:
        raise Refused("the value of the key is not seen")
    if _is_unique(code, value):
        return Owner(value, is_new=False)
    token = cst.Name(local_name(code, "token", lock.taken.node))
    unique = code.imported("uuid", "uuid4", lock.taken.node)
    code.insert_before(_around(code, lock), *code.statements(f"{token.value} = {unique}().hex"))
    is_plain = literal(value) is not UNKNOWN
    doubt = "" if is_plain else f"the value of the key was {plain(value)}, and is a random token now"
    return Owner(token, is_new=True, doubt=doubt)


def write_owner(code: Code, lock: KeyLock, owner: Owner) -> None:
    """Put the token into the command that takes the lock."""
    value = lock.taken.role("value")
    if owner.is_new and value is not None:
        code.replace(value, owner.token)


def delete_if_own(subject: Subject, code: Code, lock: KeyLock, owner: Owner) -> None:
    """Compare and delete in one script wherever the lock is given back."""
    script = script_doing(subject.models, _COMPARE_AND_DELETE)
    given = {"token": owner.token}
    for one in lock.given_back:
        call = script_call(subject, code, script, one.receiver, one.on, one.key, given, "release_lock", one.node)
        check = _owner_check(code, one, owner.token)
        if check is not None:
            code.unwrap(check)
        code.replace(one.node, call)


def _is_unique(code: Code, value: cst.BaseExpression) -> bool:
    """Whether no other run has this value: it is made of a random one, here or where its name is bound."""
    if isinstance(value, cst.Name):
        bound = list(_bound(code, value))
        return len(bound) == 1 and _is_random(code, bound[0])
    return False  # made anew for each command: nobody knows it when the lock is given back


def _bound(code: Code, name: cst.Name) -> Iterator[cst.BaseExpression]:
    function = code.function_of(name)
    for node in code.tree.parents:
        if code.function_of(node) is function and isinstance(node, cst.Assign):
            for target in node.targets:
                if isinstance(target.target, cst.Name) and target.target.value == name.value:
                    yield node.value


def _is_random(code: Code, value: cst.BaseExpression) -> bool:
    names = {spelled(code.tree, module, name, value) for module, name in _UNIQUE} - {None}
    text = plain(value)
    return any(text == f"{one}" or f"{one}(" in text for one in names)


def _around(code: Code, lock: KeyLock) -> Statement:
    """Before which statement a name is bound that both ends of the lock use: a ``try`` around both, or the first."""
    first = code.statement_of(lock.taken.node)
    both = {id(one) for one in code.ancestors(lock.taken.node)}
    for one in code.ancestors(first):
        if isinstance(one, cst.FunctionDef):
            break
        holds_release = any(id(one) in {id(a) for a in code.ancestors(other.node)} for other in lock.given_back)
        if isinstance(one, cst.Try) and id(one) in both and holds_release:
            first = code.statement_of(one)
    return first


def _owner_check(code: Code, release: KvCall, token: cst.BaseExpression) -> cst.If | None:
    """The ``if`` that looks whose the lock is before it is deleted, and does nothing else."""
    statement = code.statement_of(release.node)
    around = next((one for one in code.ancestors(statement) if isinstance(one, cst.If)), None)
    if around is None or around.orelse is not None or code.block_of(statement) != [statement]:
        return None
    match around.test:
        case cst.Comparison(left=left, comparisons=[cst.ComparisonTarget(operator=cst.Equal(), comparator=right)]):
            held = left if is_same(right, token) else right if is_same(left, token) else None
            if held is not None and _reads(held, release):
                return around
    return None


def _reads(value: cst.BaseExpression, release: KvCall) -> bool:
    """Whether an expression is what the key of the lock holds."""
    while True:
        match value:
            case cst.Await(expression=inner):
                value = inner
            case cst.Call(func=cst.Attribute(value=inner, attr=cst.Name(value="decode")), args=[]):
                value = inner
            case cst.Call(func=cst.Attribute(value=owner, attr=cst.Name(value="get")), args=[cst.Arg(value=key)]):
                return is_same(owner, release.receiver) and is_same(key, release.key)
            case _:
                return False


# ---------------------------------------------------------------------------- clock


def give_back_in_time(code: Code, lock: KeyLock, seconds: float) -> None:
    """Let the key be deleted only as long as it has not expired, by the clock of the process. Raises Refused."""
    if seconds * _MARGIN < 1:
        raise Refused("the lock expires too soon to be given back by the clock")
    deadline = local_name(code, "deadline", lock.taken.node)
    monotonic = code.imported("time", "monotonic", lock.taken.node)
    bound = code.statements(f"{deadline} = {monotonic}() + {seconds * _MARGIN:g}")
    first = _around(code, lock)
    if isinstance(first, cst.While):  # it waits
        code.insert_after(first, *bound)
    else:
        code.insert_before(first, *bound)
    for one in lock.given_back:
        statement = code.statement_of(one.node)
        match statement:
            case cst.SimpleStatementLine(body=[cst.Expr(value=value)]) if value is one.whole:
                code.wrap(statement, statement, f"if {monotonic}() < {deadline}:")
            case _:
                raise Refused("what deleting the key gives back is used")


def expiry_of(lock: KeyLock) -> float | None:
    """After how many seconds the key expires, where the source states it at the command."""
    given = lock.taken.role("expiry")
    value = literal(given) if given is not None else lock.taken.operation.roles.get("default_expiry")
    unit = UNITS.get(str(lock.taken.operation.roles.get("unit", "s")), 1.0)
    return value * unit if isinstance(value, int | float) and not isinstance(value, bool) else None


def set_expiry(code: Code, lock: KeyLock, seconds: int, owner: Owner | None) -> None:
    """Give the key an expiry in the command that makes it, and the token of its owner. Raises Refused."""
    taken = lock.taken
    parameter, given = taken.operation.roles.get("expiry"), taken.role("expiry")
    if taken.method == "setnx":
        _set_nx(code, lock, seconds, owner)
        return
    if not isinstance(parameter, str) or taken.operation.roles.get("unit", "s") != "s":
        raise Refused(f"{taken.method}() cannot be told when the key expires")
    if given is None:
        code.add_arguments(taken.node, f"{parameter}={seconds}")
    elif literal(given) in {None, 0}:
        code.replace(given, cst.Integer(str(seconds)))
    else:
        raise Refused("the expiry of the key is computed")
    if owner is not None:
        write_owner(code, lock, owner)


def _set_nx(code: Code, lock: KeyLock, seconds: int, owner: Owner | None) -> None:
    """``setnx`` gives back True or False, ``set`` True or None: the same where it is tested."""
    taken = lock.taken
    if not is_only_tested(code, taken.whole):
        raise Refused("what setnx() gives back is used otherwise than in a test")
    assert isinstance(taken.node.func, cst.Attribute)
    code.replace(taken.node.func.attr, cst.Name("set"))
    code.add_arguments(taken.node, f"nx=True, ex={seconds}")
    if owner is not None:
        write_owner(code, lock, owner)


def is_only_tested(code: Code, value: cst.BaseExpression) -> bool:
    """Whether nothing is done with a value but to ask whether it is true, under a name of the function's too."""
    parent = code.parent(value)
    match parent:
        case cst.If(test=test) | cst.While(test=test) | cst.IfExp(test=test):
            return test is value
        case cst.UnaryOperation(operator=cst.Not()):
            return True
        case cst.NamedExpr(target=cst.Name(value=name)):
            return is_only_tested(code, parent) and _is_name_only_tested(code, parent, name)
        case cst.BooleanOperation():
            return is_only_tested(code, parent)
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))]):
            return _is_name_only_tested(code, parent, name)
    return False


def _is_name_only_tested(code: Code, at: cst.CSTNode, name: str) -> bool:
    function = code.function_of(at)
    uses = [one for one in code.tree.parents if isinstance(one, cst.Name) and one.value == name]
    inside = [one for one in uses if function is not None and function in code.ancestors(one)]
    return bool(inside) and all(_is_bound_here(code, one) or is_only_tested(code, one) for one in inside)


def _is_bound_here(code: Code, name: cst.Name) -> bool:
    parent = code.parent(name)
    return isinstance(parent, cst.AssignTarget) or (isinstance(parent, cst.NamedExpr) and parent.target is name)
