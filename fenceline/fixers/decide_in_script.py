"""Reads, tests and changes a key in one Lua script, which gives back what was read.

What the function does with the value that it read, and what it raises, is left as it is: only the command that changes
the key moves into the script, under the same test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import libcst as cst

from fenceline.analyzer.lower_state import Fact
from fenceline.fixers.code import Code
from fenceline.fixers.collapse import collapsed, turned
from fenceline.fixers.decisions import Asked, Decision, asked, decision_between, is_movable, value_of
from fenceline.fixers.fixer import Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.kv_calls import KvCall, facts_by_call, is_same, kv_call, plain, variables, whole_seconds
from fenceline.fixers.positions import Statement, children, walk
from fenceline.fixers.script_texts import script_call, script_doing

_ONE = cst.Integer("1")
_READS: Mapping[str, str] = {
    "get": "held = client.get(key)",
    "hget": "held = client.hget(key, field)",
    "llen": "held = client.llen(key)",
    "scard": "held = client.scard(key)",
    "hlen": "held = client.hlen(key)",
}
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
_TESTED = {">": "above", ">=": "above", "<": "below", "<=": "below", "==": "equal", "!=": "other"}


@dataclass(slots=True, eq=False)
class Act:
    """What is done, in the words of the scripts, with which arguments, by which statements."""

    text: str
    verb: str
    given: dict[str, cst.BaseExpression] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    code = subject.code_of()
    read = _read(subject, code)
    calls = facts_by_call(subject, code, "kv.update", "kv.write", "kv.delete", "kv.expire")
    first = min(_acts(subject, calls), key=lambda one: (code.span_of(one).line, code.span_of(one).column))
    decision = decision_between(code, read.whole, first)
    act = _act(subject, code, calls, first, read, decision)
    test = asked(decision)
    given = {**test.given, **act.given}
    _check(code, decision, read, test, given)
    body = f"{_READS[read.method]}\nif {test.text}:\n    {act.text}\nreturn held"
    script = script_doing(subject.models, body)
    name = f"{act.verb}_if_{_kind_of(test)}"
    call = script_call(subject, code, script, read.receiver, read.on, read.key, given, name, read.node)
    _put(code, decision, read, act, call)
    is_compared = "expected" in test.given and not plain(test.given["expected"]).startswith(("b'", 'b"'))
    yield Rewrite(
        code.text(),
        f"Test and {act.verb} {read.fact.target} in one Lua script",
        Applicability.UNSAFE if is_compared else Applicability.SAFE,
        why_unsafe="the server compares bytes, also where the client gives back another type" if is_compared else "",
    )


def _read(subject: Subject, code: Code) -> KvCall:
    assert subject.candidate is not None
    facts = [fact for op in subject.candidate.reads if (fact := subject.fact_of(op)) is not None]
    if len(facts) != 1 or facts[0].kind != "kv.read":
        raise Refused("it is read more than once")
    found = kv_call(subject, code, facts[0])
    if found.method not in _READS or not found.only("key", "field"):
        raise Refused(f"no script is known for what {found.method}() reads")
    return found


def _acts(subject: Subject, calls: Mapping[cst.CSTNode, Fact]) -> list[cst.CSTNode]:
    assert subject.candidate is not None
    ops = set(subject.candidate.acts)
    found = [node for node, fact in calls.items() if fact.op in ops]
    if len(found) != len(ops):
        raise Refused("what is done is not seen as one command")
    return found


# --------------------------------------------------------------------------- acts


def _act(
    subject: Subject,
    code: Code,
    calls: Mapping[cst.CSTNode, Fact],
    first: cst.CSTNode,
    read: KvCall,
    decision: Decision,
) -> Act:
    """The command, with the expiry that goes with it, and all other commands of the hazard in it."""
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
    elif _bound_name(rest[0]):
        raise Refused("the result of the command is used")
    done = {call for one in act.statements for call in walk(code.tree.small.get(one, one)) if call in calls}
    if set(_acts(subject, calls)) - done:
        raise Refused("it is changed in several places")
    return act


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
    if not is_same(found.receiver, read.receiver) or not is_same(found.key, read.key):
        raise Refused("what is read and what is changed are not written alike")
    known = _ACTS.get(found.method)
    if known is None:
        raise Refused(f"no script is known that does what {found.method}() does")
    text, verb = known
    sum_ = _sum(decision, found)
    if sum_ is not None:
        text, verb, amount = sum_
        return Act(text, verb, {"amount": amount, **_given(code, found, text.replace("amount", ""), read)}, [statement])
    if found.method == "set" and found.role("expiry") is not None:
        text = _ACTS["setex"][0]
    if not found.only("key", "keys", "field", "member", "value", "delta", "expiry"):
        raise Refused(f"{found.method}() has options that no script is known for")
    return Act(text, verb, _given(code, found, text, read), [statement])


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
    elif isinstance(small, cst.Assign) and is_bound and _bound_name(statement):
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


def _bound_name(statement: cst.CSTNode) -> str:
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
    name = _bound_name(statement)
    if not name:
        found = _called(subject, code, calls, follows, is_bound=False)
        seconds = _seconds(code, found, read)
        return None if seconds is None else ("{}\n    client.expire(key, seconds)", seconds)
    if not isinstance(follows, cst.If) or follows.orelse is not None or plain(follows.test) not in _is_first(name):
        return None
    inner = [one for _, one in children(follows.body) if isinstance(one, cst.SimpleStatementLine | cst.Expr)]
    found = _called(subject, code, calls, inner[0], is_bound=False) if len(inner) == 1 else None
    seconds = _seconds(code, found, read)
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
    if not is_same(call.receiver, read.receiver) or not whole_seconds(seconds, code):
        raise Refused("the expiry is no plain number of seconds")
    return seconds


# -------------------------------------------------------------------------- checks


def _check(code: Code, decision: Decision, read: KvCall, test: Asked, given: dict[str, cst.BaseExpression]) -> None:
    """Everything that the script is handed has its value already where the key is read."""
    later = {*decision.values, *decision.others}
    for one in (*given.values(), read.receiver, read.key):
        if not is_movable(one, but=later.__contains__):
            raise Refused("what the script would be given is not known yet where the key is read")
    if "default" in given and not isinstance(given["default"], cst.Integer | cst.SimpleString):
        raise Refused("what stands in for a missing value is no number that is written out")
    if test.text.startswith("int(held) ") and _is_caught(code, read.node):
        raise Refused("the error that a missing key raises is handled, and would be another one")


def _is_caught(code: Code, node: cst.CSTNode) -> bool:
    """Whether a handler around it names the errors of ``int(None)``."""
    names = {
        one.value
        for around in code.ancestors(node)
        if isinstance(around, cst.Try)
        for handler in around.handlers
        if handler.type is not None
        for one in walk(handler.type)
        if isinstance(one, cst.Name)
    }
    return bool(names & {"TypeError", "ValueError"})


def _kind_of(test: Asked) -> str:
    for word, kind in _TESTED.items():
        if f" {word} " in test.text:
            return kind
    return "missing" if test.text in ("held is None", "not held") else "present"


# ----------------------------------------------------------------------- rewriting


def _put(code: Code, decision: Decision, read: KvCall, act: Act, call: cst.BaseExpression) -> None:
    """The script where the key was read; the commands go, and an ``if`` of which nothing else is left."""
    inner, is_body = decision.branches[-1] if decision.branches else (None, True)
    is_empty = inner is not None and is_body and code.block_of(act.statements[0]) == act.statements
    if inner is None or not is_empty or inner is not code.statement_of(inner) or len(decision.branches) > 1:
        code.replace(read.node, call)
        for statement in act.statements:
            code.remove(statement)
        return
    whole = call if read.whole is read.node else cst.Await(call)
    is_inside = read.node in walk(inner.test)
    if inner.orelse is None:
        _drop(code, inner, read, whole, call, is_inside=is_inside)
    elif isinstance(inner.orelse, cst.Else):
        test = inner.test.deep_replace(read.whole, whole) if is_inside else inner.test
        assert isinstance(test, cst.BaseExpression)
        code.replace(inner, turned(inner, _opposite(test)))
        if not is_inside:
            code.replace(read.node, call)
    else:
        code.replace(read.node, call)
        for statement in act.statements:
            code.remove(statement)


def _drop(
    code: Code, inner: cst.If, read: KvCall, whole: cst.BaseExpression, call: cst.BaseExpression, *, is_inside: bool
) -> None:
    if is_inside:
        code.replace(inner, collapsed(inner, cst.Expr(whole)))
        return
    code.remove(inner)
    statement = code.statement_of(read.node)
    name = _bound_name(statement)
    function = code.function_of(read.node) or code.module
    uses = [one for one in variables(code, function) if one.value == name]
    in_branch = [one for one in variables(code, inner) if one.value == name]
    if name and len(uses) - len(in_branch) == 1:
        code.replace(statement, cst.SimpleStatementLine([cst.Expr(whole)]))
    else:
        code.replace(read.node, call)


def _opposite(test: cst.BaseExpression) -> cst.BaseExpression:
    match test:
        case cst.UnaryOperation(operator=cst.Not(), expression=inner):
            return inner
        case cst.Comparison(comparisons=[cst.ComparisonTarget(operator=operator)]) if type(operator) in _FLIPPED:
            target = test.comparisons[0].with_changes(operator=_FLIPPED[type(operator)]())
            return test.with_changes(comparisons=[target])
    fitted = test if test.lpar else test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.UnaryOperation(cst.Not(), fitted)


_FLIPPED: Mapping[type[cst.BaseCompOp], type[cst.BaseCompOp]] = {
    cst.LessThan: cst.GreaterThanEqual, cst.GreaterThanEqual: cst.LessThan, cst.GreaterThan: cst.LessThanEqual,
    cst.LessThanEqual: cst.GreaterThan, cst.Equal: cst.NotEqual, cst.NotEqual: cst.Equal,
}  # fmt: skip

FIXER = Fixer("decide_in_script", "read, test and change in one Lua script", _rewrite)
