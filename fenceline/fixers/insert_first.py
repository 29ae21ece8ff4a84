"""Puts a key where there is none by one command, whose result decides, in place of a look and a write.

``use_set_nx`` moves the write to where was looked, when nothing happens in between; ``mark_first`` also ahead of the
work that the key marks as done: after it a crash loses that work, which a person has to agree to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.models import Models, Operation
from fenceline.fixers.arguments import with_arguments
from fenceline.fixers.code import Code
from fenceline.fixers.collapse import collapsed, turned
from fenceline.fixers.decisions import Decision, asked, decision_between
from fenceline.fixers.fixer import MAY_LOSE, MAY_SKIP, Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.kv_calls import KvCall, facts_by_call, is_same, kv_call, variables
from fenceline.fixers.movable import is_movable
from fenceline.fixers.positions import walk

_ABSENT = {"held is None": True, "held is not None": False, "not held": True, "held": False}
_STAYS = "when the work fails, it stays marked as done"
_FALSY = "a key that holds an empty or false value counts as set from now on"


def _use_set_nx(subject: Subject) -> Iterator[Rewrite]:
    yield from _rewrite(subject, is_mark=False)


def _mark_first(subject: Subject) -> Iterator[Rewrite]:
    yield from _rewrite(subject, is_mark=True)


def _rewrite(subject: Subject, *, is_mark: bool) -> Iterator[Rewrite]:
    code = subject.code_of()
    read, write = _read(subject, code), _write(subject, code)
    is_alike = is_same(read.receiver, write.receiver) and is_same(read.key, write.key)
    if not is_alike or not is_same(read.field, write.field):
        raise Refused("what is looked at and what is set are not written alike")
    statement = code.statement_of(write.node)
    _check_statement(code, statement, write)
    decision = decision_between(code, read.whole, write.node, is_mark=is_mark)
    _check(decision, read, write)
    branch, is_then = _deciding(decision, read)
    _check_uses(code, decision, read, branch)
    made = _inserting(subject.models, code, write)
    whole = made if write.whole is write.node else cst.Await(made)
    _put(code, read, statement, branch, whole, is_then=is_then)
    is_falsy = read.operation.result != "exists" and asked(decision).text in ("held", "not held")
    told = f"Set {write.fact.target} only where it is not set, and decide on the result"
    yield Rewrite(
        code.text(),
        f"Mark {write.fact.target} first, by one command whose result decides" if is_mark else told,
        Applicability.UNSAFE if is_mark or is_falsy else Applicability.SAFE,
        declares=frozenset({MAY_SKIP if write.role("expiry") is not None else MAY_LOSE}) if is_mark else frozenset(),
        why_unsafe="; ".join([_FALSY] * is_falsy + [_STAYS] * is_mark),
        assumes_true=is_falsy,
    )


def _read(subject: Subject, code: Code) -> KvCall:
    assert subject.candidate is not None
    facts = [fact for op in subject.candidate.reads if (fact := subject.fact_of(op)) is not None]
    if len(facts) != 1 or facts[0].kind != "kv.read":
        raise Refused("it is looked at more than once")
    found = kv_call(subject, code, facts[0])
    is_presence = found.operation.result in ("exists", "value")
    if not is_presence or not found.only("key", *(("field",) if found.operation.result == "exists" else ())):
        raise Refused(f"{found.method}() does not only tell whether the key is there")
    return found


def _write(subject: Subject, code: Code) -> KvCall:
    assert subject.candidate is not None
    ops = set(subject.candidate.acts)
    calls = facts_by_call(subject, code, "kv.write", "kv.update", "kv.insert", "kv.delete")
    facts: list[Fact] = [fact for fact in calls.values() if fact.op in ops]
    if len(facts) != 1 or len(ops) != 1 or not (facts[0].kind == "kv.write" or facts[0].verb == "SADD"):
        raise Refused("the key is changed otherwise than by one command that sets it")
    found = kv_call(subject, code, facts[0])
    if not found.only("key", "field", "member", "value", "expiry"):
        raise Refused(f"{found.method}() has options of its own")
    return found


def _check_statement(code: Code, statement: cst.CSTNode, write: KvCall) -> None:
    small = code.tree.small.get(statement, statement)
    body = small.body if isinstance(small, cst.SimpleStatementLine) else [small]
    if len(body) != 1 or not isinstance(body[0], cst.Expr) or body[0].value is not write.whole:
        raise Refused("the result of the command is used")


def _check(decision: Decision, read: KvCall, write: KvCall) -> None:
    test = asked(decision).text
    if test not in _ABSENT or not _ABSENT[test]:
        raise Refused("it is set also where it is there already")
    later = {*decision.values, *decision.others}
    for one in (*write.given.values(), *write.rest, read.receiver):
        if not is_movable(one, but=later.__contains__):
            raise Refused("what is set is not known yet where the key is looked at")


def _check_uses(code: Code, decision: Decision, read: KvCall, branch: cst.If) -> None:
    """What was read is looked at by the test alone."""
    function = code.function_of(read.node) or code.module
    known = {one for whole in (branch.test, code.statement_of(read.node)) for one in walk(whole)}
    if isinstance(code.statement_of(read.node), cst.If):
        known = set(walk(branch.test))
    names = [one for one in variables(code, function) if one.value in decision.values]
    if len(decision.values) > 1 or any(one not in known for one in names):
        raise Refused("what is read is used for more than the test")


def _deciding(decision: Decision, read: KvCall) -> tuple[cst.If, bool]:
    """The ``if`` that asks whether the key is there, and whether the write is in its body."""
    inside = [(node, is_then) for node, is_then in decision.branches if _asks(decision, node, read)]
    passed = [(one, False) for one in decision.passed if isinstance(one, cst.If) and _asks(decision, one, read)]
    if len(inside) + len(passed) != 1:
        raise Refused("it is tested in several places")
    return (inside or passed)[0]


def _asks(decision: Decision, node: cst.If, read: KvCall) -> bool:
    return any(
        one is read.whole or (isinstance(one, cst.Name) and one.value in decision.names) for one in walk(node.test)
    )


# ---------------------------------------------------------------------- the command


def _inserting(models: Models, code: Code, write: KvCall) -> cst.BaseExpression:
    """The same write, as the command that only inserts: ``add``, or an option of ``set``."""
    if write.method == "sadd":
        return write.node  # says how many members are new
    if write.field is not None:
        return _of_field(models, code, write)
    name = {"set": "add", "aset": "aadd"}.get(write.method, "")
    operation = models.method(write.on, name)
    if operation is not None and operation.op == "kv.insert":
        return _added(code, write, operation)
    return _with_option(models, code, write)


def _added(code: Code, write: KvCall, operation: Operation) -> cst.BaseExpression:
    """``cache.add(key, value, timeout)``; a client that need not wait for the answer is told to."""
    assert isinstance(write.node.func, cst.Attribute)
    func = write.node.func.with_changes(attr=cst.Name(operation.name))
    made = write.node.with_changes(func=func)
    return with_arguments(made, _arguments(code, "noreply=False")) if "noreply" in operation.params else made


def _arguments(code: Code, text: str) -> Sequence[cst.Arg]:
    call = code.expression(f"_({text})")
    assert isinstance(call, cst.Call)
    return call.args


def _of_field(models: Models, code: Code, write: KvCall) -> cst.BaseExpression:
    """``client.hsetnx(key, field, value)``."""
    value = write.role("value")
    operation = models.method(write.on, "hsetnx")
    if write.method != "hset" or value is None or operation is None:
        raise Refused("no command is known that sets a field only where there is none")
    args = [cst.Arg(one) for one in (write.key, write.field, value) if one is not None]
    return code.expression("{client}.hsetnx({args})", client=write.receiver, args=args)


def _with_option(models: Models, code: Code, write: KvCall) -> cst.BaseExpression:
    """``client.set(key, value, nx=True, ex=60)``."""
    operation = models.method(write.on, "set")
    if operation is None or "nx" not in operation.params or not isinstance(write.node.func, cst.Attribute):
        raise Refused("no command is known that sets a key only where there is none")
    expiry, value = write.role("expiry"), write.role("value")
    if value is None:
        raise Refused("what is set is not seen")
    param = "px" if write.method == "psetex" else "ex"
    if write.operation.name == "set":
        return with_arguments(write.node, _arguments(code, "nx=True"))
    func = write.node.func.with_changes(attr=cst.Name("set"))
    holes = {"func": func, "key": write.key, "value": value}
    if expiry is None:
        return code.expression("{func}({key}, {value}, nx=True)", **holes)
    return code.expression(f"{{func}}({{key}}, {{value}}, {param}={{expiry}}, nx=True)", **holes, expiry=expiry)


# ------------------------------------------------------------------------ rewriting


def _put(
    code: Code,
    read: KvCall,
    statement: cst.CSTNode,
    branch: cst.If,
    whole: cst.BaseExpression,
    *,
    is_then: bool,
) -> None:
    """The command in place of the test; what was bound for it goes, and so does the write."""
    is_only = is_then and code.block_of(statement) == [statement]
    is_inside = read.whole in walk(branch.test)
    if is_only and branch.orelse is None and branch is code.statement_of(branch):
        if not is_inside:
            code.remove(code.statement_of(read.node))
        code.replace(branch, collapsed(branch, cst.Expr(whole)))
        return
    if is_only and isinstance(branch.orelse, cst.Else) and branch is code.statement_of(branch):
        if not is_inside:
            code.remove(code.statement_of(read.node))
        code.replace(branch, turned(branch, _not(whole)))
        return
    code.replace(branch.test, whole if is_then else _not(whole))
    if not is_inside:
        code.remove(code.statement_of(read.node))
    code.remove(statement)


def _not(test: cst.BaseExpression) -> cst.BaseExpression:
    return cst.UnaryOperation(cst.Not(), test)


FIXERS: Sequence[Fixer] = (
    Fixer("use_set_nx", "set the key only where it is not set, and decide on the result", _use_set_nx),
    Fixer("mark_first", "mark it first, by one command whose result decides", _mark_first),
)
