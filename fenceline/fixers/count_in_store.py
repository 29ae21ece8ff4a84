"""Has the store count: its own command in place of reading a number, computing the next one, and setting that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import libcst as cst

from fenceline.fixers.code import Code
from fenceline.fixers.decisions import HELD, Decision, Value, value_of, way_between
from fenceline.fixers.fixer import Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.kv_calls import (
    KvCall,
    facts_by_call,
    is_kind,
    is_same,
    kv_call,
    literal,
    local_name,
    plain,
    variables,
)
from fenceline.fixers.movable import is_movable

_CLUSTERS = ("redis.cluster", "redis.async_cluster")
_READS = frozenset({"get", "hget"})
_WRITES = frozenset({"set", "setex", "hset"})
_MISSING = "a missing key counts from 0, where int(None) raised an error"
_SLIDES = "the expiry runs from the first count, no more from the last one"
_BACKEND = "the backend of the cache has to count at one moment, as Redis and memcached do"


@dataclass(slots=True, eq=False)
class Count:
    """What is counted: the calls, the amount and its sign, whether it is a float, how a missing key counts."""

    read: KvCall
    write: KvCall
    way: Decision
    value: Value
    amount: cst.BaseExpression
    is_minus: bool
    is_float: bool


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    code = subject.code_of()
    count = _counted(subject, code)
    name, is_old = _used_after(code, count)
    is_one = subject.models.method(count.write.on, "incrby") is not None
    if is_one:
        reasons = _by_command(subject, code, count, name, is_old=is_old)
    else:
        reasons = _by_add_and_incr(subject, code, count, name, is_old=is_old)
    yield Rewrite(
        code.text(),
        f"Let the store count {count.write.fact.target}",
        Applicability.UNSAFE if reasons else Applicability.SAFE,
        why_unsafe="; ".join(reasons),
        # cut in between, or if the second command fails, the key holds 0, which counts as missing
        cures=frozenset() if is_one else frozenset({"crash", "failure"}),
    )


# ------------------------------------------------------------------- what is counted


def _counted(subject: Subject, code: Code) -> Count:
    assert subject.candidate is not None
    pair = subject.candidate
    facts = [fact for op in pair.reads if (fact := subject.fact_of(op)) is not None]
    acts = set(pair.acts)
    writes = [fact for fact in facts_by_call(subject, code, "kv.write").values() if fact.op in acts]
    if len(facts) != 1 or len(writes) != 1 or len(acts) != 1:
        raise Refused("it is not one number that is read once and set once")
    read, write = kv_call(subject, code, facts[0]), kv_call(subject, code, writes[0])
    _check_calls(read, write)
    way = way_between(code, read.whole, write.node)
    if way.tests or way.branches:
        raise Refused("it depends on what is read whether it is set")
    value = _value(way, write)
    assert value.amount is not None
    later = {*way.values, *way.others}
    for one in (value.amount, *write.given.values()):
        if one is not write.role("value") and not is_movable(one, but=later.__contains__):
            raise Refused("by how much it changes is computed in a way that cannot be moved")
    return Count(read, write, way, value, value.amount, " - " in value.text, value.text.startswith("float("))


def _check_calls(read: KvCall, write: KvCall) -> None:
    if read.method not in _READS or not read.only("key", "field", "default"):
        raise Refused(f"what {read.method}() reads is not counted by one command")
    if write.method not in _WRITES or not write.only("key", "field", "value", "expiry"):
        raise Refused(f"{write.method}() has options of its own")
    same = is_same(read.receiver, write.receiver) and is_same(read.key, write.key)
    if not same or not is_same(read.field, write.field):
        raise Refused("what is read and what is set are not written alike")
    default = read.role("default")
    if default is not None and literal(default) != 0:
        raise Refused("what stands in for a missing value is not 0")


def _value(way: Decision, write: KvCall) -> Value:
    """What is set: the number that was read, and something added to it."""
    node = write.role("value")
    found = value_of(way, node) if node is not None else Value()
    if found.amount is None or not found.text.startswith(("int(", "float(", "(int(", "held")):
        raise Refused("what is set is not the number that was read with something added to it")
    if found.default is not None and literal(found.default) != 0:
        raise Refused("what stands in for a missing value is not 0")
    return found


def _used_after(code: Code, count: Count) -> tuple[str, bool]:
    """The name that is looked at after the write, '' for none, and whether it stands for the old number."""
    function = code.function_of(count.read.node) or code.module
    own = {one for statement in _own_statements(code, count) for one in variables(code, statement)}
    used = {one.value for one in variables(code, function) if one.value in count.way.values and one not in own}
    if not used:
        return "", False
    if len(used) > 1:
        raise Refused("both what was read and what is set are used afterwards")
    name = used.pop()
    held = count.way.values[name]
    if held.text == HELD or (held.amount is not None and held.text != count.value.text):
        raise Refused("what was read is used afterwards as it was read")
    return name, held.amount is None


def _own_statements(code: Code, count: Count) -> list[cst.CSTNode]:
    """The statements that read, compute and set, and do nothing else; their own nodes, also of one on a shared line."""
    found = [code.statement_of(count.read.node), code.statement_of(count.write.node)]
    found += [code.statement_of(one) for one in count.way.passed if _binds(code, one) in count.way.values]
    statements = list(dict.fromkeys(found))
    return [code.tree.small.get(one, one) for one in statements]


def _binds(code: Code, statement: cst.CSTNode) -> str:
    small = code.tree.small.get(statement, statement)
    body = small.body if isinstance(small, cst.SimpleStatementLine) else [small]
    if len(body) == 1:
        match body[0]:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))]):
                return name
            case cst.AnnAssign(target=cst.Name(value=name)) | cst.AugAssign(target=cst.Name(value=name)):
                return name
    return ""


# ------------------------------------------------------------------------- by command

_COMMANDS: Mapping[tuple[bool, bool, bool], str] = {
    # of a hash, float, minus
    (False, False, False): "incrby",
    (False, False, True): "decrby",
    (False, True, False): "incrbyfloat",
    (True, False, False): "hincrby",
    (True, True, False): "hincrbyfloat",
}


def _by_command(subject: Subject, code: Code, count: Count, name: str, *, is_old: bool) -> list[str]:
    is_hash = count.write.field is not None
    method, amount = _command(count, is_hash=is_hash)
    expiry = count.write.role("expiry")
    where = [count.write.key] + ([count.write.field] if count.write.field is not None else [])
    args = [cst.Arg(one) for one in (*where, *([amount] if amount is not None else []))]
    if expiry is None:
        call = code.expression(f"{{client}}.{method}({{args}})", client=count.write.receiver, args=args)
        _put(code, count, call, name, is_old=is_old)
    else:
        if is_kind(subject.models, count.write.on, *_CLUSTERS):
            raise Refused("a cluster has no transaction that sets the expiry as well")
        _put_in_transaction(code, count, method, args, expiry, name, is_old=is_old)
    is_missing = count.value.default is None and count.read.role("default") is None
    return [_MISSING] if is_missing else []


def _command(count: Count, *, is_hash: bool) -> tuple[str, cst.BaseExpression | None]:
    """The command, and the amount that it is given, None where it counts by one anyway."""
    known = _COMMANDS.get((is_hash, count.is_float, count.is_minus))
    amount: cst.BaseExpression = count.amount
    if known is None:  # taken from a hash, or a float: what is added is negative
        known = _COMMANDS[is_hash, count.is_float, False]
        return known, cst.UnaryOperation(cst.Minus(), _in_parentheses(amount))
    if literal(amount) == 1 and known in ("incrby", "decrby"):
        return known.removesuffix("by"), None
    return known, amount


def _in_parentheses(node: cst.BaseExpression) -> cst.BaseExpression:
    if isinstance(node, cst.Name | cst.Integer | cst.Float | cst.Call | cst.Attribute) or node.lpar:
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _put(code: Code, count: Count, call: cst.BaseExpression, name: str, *, is_old: bool) -> None:
    """The command in place of the write; what read and computed goes."""
    whole = call if count.write.whole is count.write.node else cst.Await(call)
    write = code.statement_of(count.write.node)
    code.replace(write, _bound(code, count, whole, name, is_old=is_old))
    _remove_others(code, count, write)


def _remove_others(code: Code, count: Count, write: cst.CSTNode) -> None:
    if not _is_alone(code, count):
        raise Refused("the result of the command is used")
    named = {code.statement_of(one) for one in count.way.passed if _binds(code, one) in count.way.values}
    for one in named | {code.statement_of(count.read.node)}:
        if one is not write:
            if not _binds(code, one):
                raise Refused("what reads the number does something else as well")
            code.remove(one)


def _is_alone(code: Code, count: Count) -> bool:
    """Whether the write is a statement of its own."""
    statement = code.statement_of(count.write.node)
    small = code.tree.small.get(statement, statement)
    body = small.body if isinstance(small, cst.SimpleStatementLine) else [small]
    return len(body) == 1 and isinstance(body[0], cst.Expr) and body[0].value is count.write.whole


def _bound(code: Code, count: Count, whole: cst.BaseExpression, name: str, *, is_old: bool) -> cst.SimpleStatementLine:
    if not name:
        return cst.SimpleStatementLine([cst.Expr(whole)])
    if is_old:  # the function goes on with the number as it was before
        sign = "+" if count.is_minus else "-"
        whole = code.expression(f"{{new}} {sign} {{amount}}", new=whole, amount=count.amount)
    target = cst.AssignTarget(cst.Name(name))
    return cst.SimpleStatementLine([cst.Assign([target], whole)])


def _put_in_transaction(
    code: Code,
    count: Count,
    method: str,
    args: list[cst.Arg],
    expiry: cst.BaseExpression,
    name: str,
    *,
    is_old: bool,
) -> None:
    """Counting and the expiry in one MULTI/EXEC."""
    pipe = local_name(code, "pipe", count.write.node)
    command = {"ms": "pexpire", "s": "expire"}.get(str(count.write.operation.roles.get("unit")))
    if command is None:
        raise Refused("the expiry is a moment, not a number of seconds")
    is_awaited = count.write.whole is not count.write.node
    execute = code.expression(f"await {pipe}.execute()" if is_awaited else f"{pipe}.execute()")
    result = code.expression("{done}[0]", done=execute) if name else execute
    lines = code.statements(
        f"{pipe} = {{client}}.pipeline(transaction=True)\n"
        f"{pipe}.{method}({{args}})\n"
        f"{pipe}.{command}({{key}}, {{expiry}})\n",
        client=count.write.receiver, args=args, key=count.write.key, expiry=expiry,
    )  # fmt: skip
    write = code.statement_of(count.write.node)
    code.replace(write, [*lines, _bound(code, count, result, name, is_old=is_old)])
    _remove_others(code, count, write)


# ------------------------------------------------------------------- caches: add, then incr


def _by_add_and_incr(subject: Subject, code: Code, count: Count, name: str, *, is_old: bool) -> list[str]:
    """``cache.add(key, 0, timeout)`` for a missing key, which ``incr`` would refuse, and then ``incr``."""
    models, on = subject.models, count.write.on
    method = "incr"
    add, change = models.method(on, "add"), models.method(on, method)
    if add is None or change is None or count.write.method != "set" or count.is_float:
        raise Refused("the store has no command that counts")
    if count.value.default is None and count.read.role("default") is None:
        raise Refused("what a missing value counts as is not said")
    if count.is_minus:
        raise Refused("some of these stores count no further down than 0")
    func = cst.Attribute(count.write.receiver, cst.Name("add"))
    args = [
        one.with_changes(value=cst.Integer("0")) if one.value is count.write.role("value") else one
        for one in count.write.node.args
    ]
    args = [one.with_changes(comma=cst.MaybeSentinel.DEFAULT) for one in args]
    noreply = ", noreply=False" if "noreply" in add.params else ""
    filled = code.expression(f"{{func}}({{args}}{noreply})", func=func, args=args)
    amount = [] if literal(count.amount) == 1 and "default_delta" in change.roles else [cst.Arg(count.amount)]
    call = code.expression(
        f"{{client}}.{method}({{args}})", client=count.write.receiver, args=[cst.Arg(count.write.key), *amount]
    )
    write = code.statement_of(count.write.node)
    code.replace(write, [cst.SimpleStatementLine([cst.Expr(filled)]), _bound(code, count, call, name, is_old=is_old)])
    _remove_others(code, count, write)
    expiry = count.write.role("expiry")
    is_for_ever = expiry is not None and plain(expiry) == "None"
    return [*([] if is_for_ever else [_SLIDES]), *([] if noreply else [_BACKEND])]


FIXER = Fixer("count_in_store", "let the store count", _rewrite)
