"""Reads, tests and changes a key in one Lua script, which gives back what was read.

What the function does with the value that it read, and what it raises, is left as it is: only the command that changes
the key moves into the script, under the same test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import libcst as cst

from fenceline.fixers.code import Code
from fenceline.fixers.collapse import collapsed, turned
from fenceline.fixers.decisions import Asked, Decision, asked, decision_between
from fenceline.fixers.fixer import Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.kv_calls import KvCall, facts_by_call, kv_call, plain, variables
from fenceline.fixers.movable import is_movable
from fenceline.fixers.positions import walk
from fenceline.fixers.script_acts import Act, act_at, acts_of, begin_of, bound_name
from fenceline.fixers.script_texts import script_call, script_doing

_READS: Mapping[str, str] = {
    "get": "held = client.get(key)",
    "hget": "held = client.hget(key, field)",
    "llen": "held = client.llen(key)",
    "scard": "held = client.scard(key)",
    "hlen": "held = client.hlen(key)",
}
_TESTED = {">": "above", ">=": "above", "<": "below", "<=": "below", "==": "equal", "!=": "other"}


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    code = subject.code_of()
    read = _read(subject, code)
    calls = facts_by_call(subject, code, "kv.update", "kv.write", "kv.delete", "kv.expire")
    first = min(acts_of(subject, calls), key=lambda one: (code.span_of(one).line, code.span_of(one).column))
    decision = decision_between(code, read.whole, begin_of(code, calls, first))
    act = act_at(subject, code, calls, first, read, decision)
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
        name = _named(code, inner, read)
        bound = cst.Assign([cst.AssignTarget(cst.Name(name))], whole) if name else cst.Expr(whole)
        code.replace(inner, collapsed(inner, bound))
        return
    _named(code, inner, read)
    code.remove(inner)
    statement = code.statement_of(read.node)
    name = bound_name(statement)
    function = code.function_of(read.node) or code.module
    uses = [one for one in variables(code, function) if one.value == name]
    in_branch = [one for one in variables(code, inner) if one.value == name]
    if name and len(uses) - len(in_branch) == 1:
        code.replace(statement, cst.SimpleStatementLine([cst.Expr(whole)]))
    else:
        code.replace(read.node, call)


def _named(code: Code, inner: cst.If, read: KvCall) -> str:
    """The name that the test gives to what it reads, if that is used elsewhere; Refused for any other such name."""
    function = code.function_of(inner) or code.module
    inside = set(walk(inner))
    found = ""
    for one in walk(inner.test):
        if isinstance(one, cst.NamedExpr) and isinstance(one.target, cst.Name):
            name = one.target.value
            if any(used.value == name and used not in inside for used in variables(code, function)):
                if one.value is not read.whole:
                    raise Refused("the test gives a name to something that is used later")
                found = name
    return found


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
