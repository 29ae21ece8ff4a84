"""Makes a key together with its expiry: as an option of the command, in one MULTI/EXEC, or in one script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import libcst as cst

from fenceline.analyzer.lower_state import Fact
from fenceline.fixers.arguments import with_arguments
from fenceline.fixers.code import Code
from fenceline.fixers.collapse import collapsed
from fenceline.fixers.fixer import Fixer, Refused, Rewrite, Subject
from fenceline.fixers.kv_calls import (
    KvCall,
    facts_by_call,
    is_kind,
    is_same,
    kv_call,
    literal,
    local_name,
    variables,
    whole_seconds,
)
from fenceline.fixers.movable import is_movable
from fenceline.fixers.positions import Statement, walk
from fenceline.fixers.script_texts import script_call, script_doing

_CLUSTERS = ("redis.cluster", "redis.async_cluster")
_COMMANDS = ("kv.update", "kv.write", "kv.insert", "kv.delete", "kv.expire", "kv.read")
_OPTIONS: Mapping[str, str] = {"expire": "ex", "pexpire": "px", "expireat": "exat", "pexpireat": "pxat"}
_COUNTING = "made = client.incrby(key, amount)\nif made == 1:\n    client.expire(key, seconds)\nreturn made"
_MOST = 8


def _calls(subject: Subject, code: Code) -> tuple[KvCall, KvCall, dict[cst.CSTNode, Fact]]:
    """The command that makes the key, the one that sets its expiry, and all commands of the function."""
    calls = facts_by_call(subject, code, *_COMMANDS)
    made = next((fact for fact in calls.values() if fact.op in subject.acts), None)
    places = {(span, path) for span, path, _ in subject.related}
    expiry = next((f for f in calls.values() if f.kind == "kv.expire" and (f.op.span, f.op.path) in places), None)
    if made is None or expiry is None:
        raise Refused("the two commands are not both seen here")
    one, other = kv_call(subject, code, made), kv_call(subject, code, expiry)
    if not is_same(one.receiver, other.receiver) or not is_same(one.key, other.key):
        raise Refused("the two commands are not written alike")
    if not other.only("key", "expiry") or other.method not in _OPTIONS:
        raise Refused(f"{other.method}() has options of its own")
    if not _is_before(code, one.node, other.node):
        raise Refused("the expiry is set before the key is made")
    return one, other, calls


def _is_before(code: Code, one: cst.CSTNode, other: cst.CSTNode) -> bool:
    first, second = code.span_of(one), code.span_of(other)
    return (first.line, first.column) < (second.line, second.column)


def _alone(code: Code, call: KvCall) -> Statement:
    """The statement that is nothing but the call."""
    statement = code.statement_of(call.node)
    small = code.tree.small.get(statement, statement)
    body = small.body if isinstance(small, cst.SimpleStatementLine) else [small]
    if len(body) != 1 or not isinstance(body[0], cst.Expr) or body[0].value is not call.whole:
        raise Refused(f"the result of {call.method}() is used")
    return statement


# -------------------------------------------------------------------------- as an option


def _as_option(subject: Subject) -> Iterator[Rewrite]:
    code = subject.code_of()
    made, expiry, _ = _calls(subject, code)
    if made.method not in ("set", "setnx"):
        raise Refused(f"{made.method}() takes no expiry")
    _check_options(made)
    after = _alone(code, expiry)
    is_insert = made.fact.kind == "kv.insert"
    if is_insert:
        _check_won(code, made, after)
    else:
        _check_follows(code, made, after)
    option = _OPTIONS[expiry.method]
    seconds = expiry.role("expiry")
    assert seconds is not None
    arguments = f"nx=True, {option}={{seconds}}" if made.method == "setnx" else f"{option}={{seconds}}"
    more = code.expression(f"_({arguments})", seconds=seconds)
    assert isinstance(made.node.func, cst.Attribute)
    assert isinstance(more, cst.Call)
    func = made.node.func.with_changes(attr=cst.Name("set"))
    call = with_arguments(made.node.with_changes(func=func), more.args)
    if made.method == "setnx" and not _is_only_tested(code, made):
        whole = call if made.whole is made.node else cst.Await(call)
        code.replace(made.whole, code.expression("bool({call})", call=whole))
    else:
        code.replace(made.node, call)
    code.remove(after)
    yield Rewrite(code.text(), f"Set {made.fact.target} with its expiry, by one command")


def _check_options(made: KvCall) -> None:
    """A set has nothing beside key and value, but that it may say ``nx=True``."""
    allowed = {made.operation.roles.get("key"), made.operation.roles.get("value"), "nx"}
    if set(made.given) - allowed or ("nx" in made.given and literal(made.given["nx"]) is not True):
        raise Refused(f"{made.method}() has options of its own")


def _check_follows(code: Code, made: KvCall, after: Statement) -> None:
    """The expiry is set by the statement after it."""
    siblings = code.block_of(after)
    place = siblings.index(after)
    if place == 0 or siblings[place - 1] is not code.statement_of(made.node):
        raise Refused("something else happens between the two commands")
    small = code.tree.small.get(siblings[place - 1], siblings[place - 1])
    if isinstance(small, cst.BaseCompoundStatement):
        raise Refused("something else happens between the two commands")


def _check_won(code: Code, made: KvCall, after: Statement) -> None:
    """The expiry is set first thing where the key was set, and nowhere else."""
    parent = code.parent(code.parent(code.tree.small.get(after, after)) or code.module)
    if code.block_of(after)[0] is not after or not isinstance(parent, cst.If | cst.Else):
        _check_way_out(code, made, after)
        return
    if not isinstance(parent, cst.If) or not _asks_whether_won(code, made, parent.test):
        raise Refused("it is not seen that the expiry is set where the key was made")
    statement = code.statement_of(made.node)
    if statement is not parent:
        siblings = code.block_of(statement)
        if code.statement_of(parent) not in siblings or siblings.index(parent) != siblings.index(statement) + 1:
            raise Refused("something else happens between the two commands")


def _check_way_out(code: Code, made: KvCall, after: Statement) -> None:
    """``if not client.setnx(…): return``, and the expiry after it."""
    siblings = code.block_of(after)
    before = siblings[siblings.index(after) - 1]
    is_out = isinstance(before, cst.If) and before.orelse is None and _leaves(before.body)
    test = before.test if isinstance(before, cst.If) else None
    if siblings[0] is after or not is_out or not isinstance(test, cst.UnaryOperation):
        raise Refused("it is not seen that the expiry is set where the key was made")
    if not isinstance(test.operator, cst.Not) or not _asks_whether_won(code, made, test.expression):
        raise Refused("it is not seen that the expiry is set where the key was made")
    statement = code.statement_of(made.node)
    if statement is not before and siblings[siblings.index(before) - 1] is not statement:
        raise Refused("something else happens between the two commands")


def _leaves(block: cst.BaseSuite) -> bool:
    last = block.body[-1]
    last = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else last
    return isinstance(last, cst.Return | cst.Raise | cst.Continue | cst.Break)


def _asks_whether_won(code: Code, made: KvCall, test: cst.BaseExpression) -> bool:
    if test is made.whole or (isinstance(test, cst.NamedExpr) and test.value is made.whole):
        return True
    return isinstance(test, cst.Name) and test.value == _bound_name(code, made)


def _bound_name(code: Code, made: KvCall) -> str:
    match code.parent(made.whole):
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))]):
            return name
        case cst.NamedExpr(target=cst.Name(value=name)):
            return name
    return ""


def _is_only_tested(code: Code, made: KvCall) -> bool:
    """Whether nobody sees that ``set`` says None where ``setnx`` said False."""
    name = _bound_name(code, made)
    function = code.function_of(made.node) or code.module
    if not name:
        return isinstance(code.parent(made.whole), cst.If | cst.UnaryOperation | cst.Expr)
    uses = [one for one in variables(code, function) if one.value == name]
    return all(
        isinstance(code.parent(one), cst.If | cst.UnaryOperation | cst.AssignTarget | cst.NamedExpr) for one in uses
    )


# ------------------------------------------------------------------------ in one transaction


def _in_transaction(subject: Subject) -> Iterator[Rewrite]:
    code = subject.code_of()
    made, expiry, calls = _calls(subject, code)
    if is_kind(subject.models, made.on, *_CLUSTERS):
        raise Refused("a cluster has no transaction")
    _queue(subject, code, made, expiry, calls)
    yield Rewrite(code.text(), f"Set {made.fact.target} and its expiry in one transaction")


def _queue(subject: Subject, code: Code, made: KvCall, expiry: KvCall, calls: Mapping[cst.CSTNode, Fact]) -> None:
    last, first = _alone(code, expiry), code.statement_of(made.node)
    siblings = code.block_of(last)
    if first not in siblings:
        raise Refused("the two commands stand in different blocks")
    group = siblings[siblings.index(first) : siblings.index(last) + 1]
    name = _bound_in(code, first, made)
    if not name:
        _alone(code, made)
    group = [group[0], *(one for one in group[1:] if not _is_known(code, one, name))]
    commands = [made, *(_command(subject, code, calls, one, made) for one in group[1:])]
    if len(commands) > _MOST:
        raise Refused("too many commands stand between the two")
    pipe = local_name(code, "pipe", made.node)
    queued = [_on(code, pipe, one) for one in commands]
    is_awaited = made.whole is not made.node
    execute = code.expression(f"await {pipe}.execute()" if is_awaited else f"{pipe}.execute()")
    done: cst.BaseSmallStatement = cst.Expr(execute)
    if name:
        result = code.expression("{done}[0]", done=execute)
        done = cst.Assign([cst.AssignTarget(cst.Name(name))], result)
    opening = code.statements(f"{pipe} = {{client}}.pipeline(transaction=True)", client=made.receiver)
    code.replace(first, [*opening, *(cst.SimpleStatementLine([cst.Expr(one)]) for one in queued[:1])])
    for statement, call in zip(group[1:-1], queued[1:-1], strict=True):
        code.replace(statement, cst.SimpleStatementLine([cst.Expr(call)]))
    code.replace(last, [cst.SimpleStatementLine([cst.Expr(queued[-1])]), cst.SimpleStatementLine([done])])


def _is_known(code: Code, statement: cst.CSTNode, result: str) -> bool:
    """Whether a statement only gives a name to what does not depend on what the command gives back."""
    small = code.tree.small.get(statement, statement)
    body = small.body if isinstance(small, cst.SimpleStatementLine) else [small]
    match body:
        case [cst.Assign(targets=[cst.AssignTarget(target=cst.Name())], value=value)]:
            return is_movable(value, but=lambda name: name == result)
    return False


def _bound_in(code: Code, statement: cst.CSTNode, made: KvCall) -> str:
    """The name that the statement gives to what the command gives back, and does nothing else."""
    small = code.tree.small.get(statement, statement)
    match small:
        case cst.SimpleStatementLine(
            body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value)]
        ) if value is made.whole:
            return name
    return ""


def _command(
    subject: Subject, code: Code, calls: Mapping[cst.CSTNode, Fact], statement: cst.CSTNode, made: KvCall
) -> KvCall:
    """The command on the same client that a statement in between is."""
    small = code.tree.small.get(statement, statement)
    body = small.body if isinstance(small, cst.SimpleStatementLine) else [small]
    value = body[0].value if len(body) == 1 and isinstance(body[0], cst.Expr) else None
    node = value.expression if isinstance(value, cst.Await) else value
    if node not in calls or not isinstance(node, cst.Call):
        raise Refused("something else happens between the two commands")
    found = kv_call(subject, code, calls[node])
    if not is_same(found.receiver, made.receiver):
        raise Refused("something else happens between the two commands")
    return found


def _on(code: Code, pipe: str, call: KvCall) -> cst.Call:
    assert isinstance(call.node.func, cst.Attribute)
    del code
    return call.node.with_changes(func=call.node.func.with_changes(value=cst.Name(pipe)))


# ---------------------------------------------------------------------------- in one script


def _in_script(subject: Subject) -> Iterator[Rewrite]:
    """``n = client.incr(key)`` and ``if n == 1: client.expire(key, 60)``: the script gives back the same number."""
    code = subject.code_of()
    made, expiry, _ = _calls(subject, code)
    after = _alone(code, expiry)
    seconds, amount = expiry.role("expiry"), made.role("delta") or cst.Integer("1")
    if made.method not in ("incr", "incrby") or expiry.method != "expire" or literal(amount) != 1:
        raise Refused(f"no script is known that does what {made.method}() and {expiry.method}() do")
    if seconds is None or not whole_seconds(seconds, code):
        raise Refused("the expiry is no plain number of seconds")
    branch = next((one for one in code.ancestors(expiry.node) if isinstance(one, cst.If)), None)
    if branch is None or code.block_of(after) != [after] or not _is_first(code, made, branch.test):
        raise Refused("it is not asked whether the key is new")
    script = script_doing(subject.models, _COUNTING)
    given = {"amount": amount, "seconds": seconds}
    call = script_call(subject, code, script, made.receiver, made.on, made.key, given, "count_until", made.node)
    _put(code, made, branch, after, call)
    yield Rewrite(code.text(), f"Count {made.fact.target} and set its expiry in one Lua script")


def _is_first(code: Code, made: KvCall, test: cst.BaseExpression) -> bool:
    match test:
        case cst.Comparison(left=left, comparisons=[cst.ComparisonTarget(operator=cst.Equal(), comparator=right)]):
            sides: Sequence[cst.BaseExpression] = (left, right)
            asked = [one for one in sides if literal(one) != 1]
            return len(asked) == 1 and _asks_whether_won(code, made, asked[0]) and _directly(code, made, test)
    return False


def _directly(code: Code, made: KvCall, test: cst.BaseExpression) -> bool:
    """Whether nothing is done between the count and the test."""
    statement, branch = code.statement_of(made.node), code.statement_of(test)
    if statement is branch:
        return True
    siblings = code.block_of(statement)
    return branch in siblings and siblings.index(branch) == siblings.index(statement) + 1


def _put(code: Code, made: KvCall, branch: cst.If, after: Statement, call: cst.BaseExpression) -> None:
    whole = call if made.whole is made.node else cst.Await(call)
    if branch.orelse is None and branch is code.statement_of(branch):
        if made.node in walk(branch.test):
            name = _bound_name(code, made)
            bound = cst.Assign([cst.AssignTarget(cst.Name(name))], whole) if name else cst.Expr(whole)
            code.replace(branch, collapsed(branch, bound))
        else:
            code.remove(branch)
            code.replace(made.node, call)
        return
    code.replace(made.node, call)
    code.remove(after)


FIXERS: Sequence[Fixer] = (
    Fixer("set_with_expiry", "set the key with its expiry, by one command", _as_option),
    Fixer("expire_in_script", "count and set the expiry in one Lua script", _in_script),
    Fixer("expire_in_transaction", "set the key and its expiry in one transaction", _in_transaction),
)
