"""What is done to a key, as the known scripts say it: the command, and the expiry that goes with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import libcst as cst

from fenceline.analyzer.lower_state import Fact
from fenceline.fixers.code import Code
from fenceline.fixers.decisions import Decision, value_of
from fenceline.fixers.fixer import Refused, Subject
from fenceline.fixers.kv_calls import KvCall, is_same, kv_call, plain, variables, whole_seconds
from fenceline.fixers.positions import Statement, children, walk
from fenceline.fixers.queued_commands import opening_of, queue_at

_ONE = cst.Integer("1")
_ACTS: Mapping[str, tuple[str, str]] = {
    "incr": ("client.incrby(key, amount)", "increment"),
    "incrby": ("client.incrby(key, amount)", "increment"),
    "decr": ("client.decrby(key, amount)", "decrement"),
    "decrby": ("client.decrby(key, amount)", "decrement"),
    "set": ("client.set(key, value)", "set"),
    "setex": ("client.set(key, value, ex=seconds)", "set"),
    "delete": ("client.delete(key)", "delete"),
    "expire": ("client.expire(key, seconds)", "prolong"),
    "hincrby": ("client.hincrby(key, field, amount)", "increment"),
    "hset": ("client.hset(key, field, value)", "set"),
    "hdel": ("client.hdel(key, field)", "delete"),
    "rpush": ("client.rpush(key, item)", "push"),
    "lpush": ("client.lpush(key, item)", "push"),
    "sadd": ("client.sadd(key, member)", "add"),
}
"""Command → what it does in the words of the known scripts, and a verb for the name of the script."""

_ROLES: Mapping[str, tuple[str, ...]] = {
    "amount": ("delta",), "value": ("value",), "seconds": ("expiry",), "item": ("delta",), "member": ("member",),
}  # fmt: skip


@dataclass(slots=True, eq=False)
class Act:
    """What is done, in the words of the scripts, with which arguments, by which statements."""

    text: str
    verb: str
    given: dict[str, cst.BaseExpression] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)


def acts_of(subject: Subject, calls: Mapping[cst.CSTNode, Fact]) -> list[cst.CSTNode]:
    """The calls that the hazard is about."""
    assert subject.candidate is not None
    ops = set(subject.candidate.acts)
    found = [node for node, fact in calls.items() if fact.op in ops]
    if len(found) != len(ops):
        raise Refused("what is done is not seen as one command")
    return found


def begin_of(code: Code, calls: Mapping[cst.CSTNode, Fact], first: cst.CSTNode) -> cst.CSTNode:
    """Where the act begins: a pipeline, where it is made."""
    fact = calls.get(first)
    if fact is None or fact.verb != "EXEC":
        return first
    found = opening_of(code, first)
    return first if found is None else found


def act_at(
    subject: Subject,
    code: Code,
    calls: Mapping[cst.CSTNode, Fact],
    first: cst.CSTNode,
    read: KvCall,
    decision: Decision,
) -> Act:
    """The command, with the expiry that goes with it, and all other commands of the hazard in it."""
    fact = calls.get(first)
    if fact is not None and fact.verb == "EXEC":
        return _queued(subject, code, calls, first, fact, read, decision)
    statement = code.statement_of(first)
    siblings = code.block_of(statement)
    rest = siblings[siblings.index(statement) :]
    act = _command(subject, code, calls, rest[0], read, decision)
    follows = rest[1] if len(rest) > 1 else None
    expiry = _expiry(subject, code, calls, follows, read, rest[0]) if follows is not None else None
    if expiry is not None and follows is not None:
        text, seconds = expiry
        act.text, act.given["seconds"] = text.format(act.text), seconds
        act.statements.append(follows)
    elif bound_name(rest[0]):
        raise Refused("the result of the command is used")
    done = {call for one in act.statements for call in walk(code.tree.small.get(one, one)) if call in calls}
    if set(acts_of(subject, calls)) - done:
        raise Refused("it is changed in several places")
    return act


def _queued(
    subject: Subject,
    code: Code,
    calls: Mapping[cst.CSTNode, Fact],
    execute: cst.CSTNode,
    fact: Fact,
    read: KvCall,
    decision: Decision,
) -> Act:
    """A pipeline of a command and its expiry."""
    queue = queue_at(subject, code, execute, fact, read.on)
    if not is_same(queue.client, read.receiver) or set(acts_of(subject, calls)) != {execute}:
        raise Refused("what is read and what is changed are not written alike")
    act = _of_call(code, queue.commands[0], read, decision) if queue.commands else None
    if act is None or len(queue.commands) > len(("command", "expiry")):
        raise Refused("no script is known that does all that is queued")
    if queue.commands[1:]:
        seconds = _seconds(code, queue.commands[1], read)
        if seconds is None:
            raise Refused("no script is known that does all that is queued")
        act.text, act.given["seconds"] = _WITH_EXPIRY.format(act.text), seconds
    act.statements = list(queue.statements)
    return act


_WITH_EXPIRY = "{}\n    client.expire(key, seconds)"


def _command(
    subject: Subject,
    code: Code,
    calls: Mapping[cst.CSTNode, Fact],
    statement: Statement,
    read: KvCall,
    decision: Decision,
) -> Act:
    found = _called(subject, code, calls, statement, is_bound=True)
    if found is None:
        raise Refused("the result of the command is used")
    if not is_same(found.receiver, read.receiver):
        raise Refused("what is read and what is changed are not written alike")
    act = _of_call(code, found, read, decision)
    act.statements = [statement]
    return act


def _of_call(code: Code, found: KvCall, read: KvCall, decision: Decision) -> Act:
    if not is_same(found.key, read.key):
        raise Refused("what is read and what is changed are not written alike")
    known = _ACTS.get(found.method)
    if known is None:
        raise Refused(f"no script is known that does what {found.method}() does")
    text, verb = known
    sum_ = _sum(decision, found)
    if sum_ is not None:
        text, verb, amount = sum_
        return Act(text, verb, {"amount": amount, **_given(code, found, text.replace("amount", ""), read)})
    if found.method == "set" and found.role("expiry") is not None:
        text = _ACTS["setex"][0]
    if not found.only("key", "keys", "field", "member", "value", "delta", "expiry"):
        raise Refused(f"{found.method}() has options that no script is known for")
    return Act(text, verb, _given(code, found, text, read))


def _sum(decision: Decision, call: KvCall) -> tuple[str, str, cst.BaseExpression] | None:
    """What counts the number that is set, where that is the number that was read and something more or less."""
    node = call.role("value")
    value = value_of(decision, node) if node is not None and call.method in ("set", "hset") else None
    if value is None or value.amount is None or not value.text.startswith(("int(", "(int(")):
        return None
    if call.role("expiry") is not None:
        raise Refused("no script is known that counts and sets the expiry anew")
    is_minus = " - " in value.text
    if call.method == "set":
        return _ACTS["decr" if is_minus else "incr"] + (value.amount,)
    if is_minus:
        raise Refused("no script is known that takes from a field")
    return (*_ACTS["hincrby"], value.amount)


def _given(code: Code, call: KvCall, text: str, read: KvCall) -> dict[str, cst.BaseExpression]:
    given: dict[str, cst.BaseExpression] = {}
    for name, roles in _ROLES.items():
        if name in text.partition("(")[2]:
            found = next((one for role in roles if (one := call.role(role)) is not None), None)
            if found is None and name != "amount":
                raise Refused(f"the arguments of {call.method}() are not all seen")
            given[name] = found or _ONE
    if "field" in text:
        if call.field is None or (read.field is not None and not is_same(call.field, read.field)):
            raise Refused("what is read and what is changed are not written alike")
        given["field"] = call.field
    if "seconds" in given and (call.operation.roles.get("unit") != "s" or not whole_seconds(given["seconds"], code)):
        raise Refused("the expiry is no plain number of seconds")
    return given


def _called(
    subject: Subject, code: Code, calls: Mapping[cst.CSTNode, Fact], statement: cst.CSTNode, *, is_bound: bool
) -> KvCall | None:
    """The one command that a statement is, perhaps with a name for what it gives back."""
    small = _small(code, statement)
    if isinstance(small, cst.Expr):
        value: cst.CSTNode = small.value
    elif isinstance(small, cst.Assign) and is_bound and bound_name(statement):
        value = small.value
    else:
        return None
    node = value.expression if isinstance(value, cst.Await) else value
    return kv_call(subject, code, calls[node]) if node in calls else None


def _small(code: Code, statement: cst.CSTNode) -> cst.CSTNode:
    found = code.tree.small.get(statement, statement)
    if isinstance(found, cst.SimpleStatementLine) and len(found.body) == 1:
        return found.body[0]
    return found


def bound_name(statement: cst.CSTNode) -> str:
    """The name that an assignment gives to a value, and nothing else; '' for any other statement."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))])]):
            return name
    return ""


def _expiry(
    subject: Subject,
    code: Code,
    calls: Mapping[cst.CSTNode, Fact],
    follows: Statement,
    read: KvCall,
    statement: Statement,
) -> tuple[str, cst.BaseExpression] | None:
    """``client.expire(key, 60)`` after the command, or ``if n == 1:`` before it; the text of both, and the seconds."""
    name = bound_name(statement)
    if not name:
        found = _called(subject, code, calls, follows, is_bound=False)
        seconds = _seconds(code, found, read) if found is None or is_same(found.receiver, read.receiver) else None
        return None if seconds is None else (_WITH_EXPIRY, seconds)
    if not isinstance(follows, cst.If) or follows.orelse is not None or plain(follows.test) not in _is_first(name):
        return None
    inner = [one for _, one in children(follows.body) if isinstance(one, cst.SimpleStatementLine | cst.Expr)]
    found = _called(subject, code, calls, inner[0], is_bound=False) if len(inner) == 1 else None
    seconds = _seconds(code, found, read) if found is None or is_same(found.receiver, read.receiver) else None
    function = code.function_of(follows)
    inside = sum(one.value == name for one in variables(code, function or code.module))
    if seconds is None or inside > len(("bound", "tested")):
        return None
    return "made = {}\n    if made == 1:\n        client.expire(key, seconds)", seconds


def _is_first(name: str) -> tuple[str, ...]:
    return (f"{name} == 1", f"1 == {name}")


def _seconds(code: Code, call: KvCall | None, read: KvCall) -> cst.BaseExpression | None:
    if call is None or call.method != "expire" or not call.only("key", "expiry") or not is_same(call.key, read.key):
        return None
    seconds = call.role("expiry")
    if not whole_seconds(seconds, code):
        raise Refused("the expiry is no plain number of seconds")
    return seconds
