"""The way from a command that reads to one that acts: which tests of what was read a run has passed on it.

Only such ways are read on which nothing else happens: then the act may as well be done where the read is, under the
same tests. What was read is called ``held``, and each test is written in one form, with names for what it is compared
with: ``int(held) > limit``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import libcst as cst

from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Refused
from fenceline.fixers.kv_calls import plain, variables
from fenceline.fixers.movable import is_movable
from fenceline.fixers.positions import walk

HELD = "held"
_COMPARED: Mapping[type[cst.BaseCompOp], str] = {
    cst.LessThan: "<", cst.LessThanEqual: "<=", cst.GreaterThan: ">", cst.GreaterThanEqual: ">=",
    cst.Equal: "==", cst.NotEqual: "!=",
}  # fmt: skip
_NEGATED = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_LEAVING = (cst.Return, cst.Raise, cst.Continue, cst.Break)
Test = tuple[object, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """What an expression is made of: ``text`` over ``held`` where it depends on what was read, else ``node`` itself."""

    text: str = ""
    node: cst.BaseExpression | None = None
    default: cst.BaseExpression | None = None
    amount: cst.BaseExpression | None = None  # what is added to it, or taken from it


@dataclass(slots=True, eq=False)
class Decision:
    """``tests`` hold where the act is done. ``names`` have held what was read; ``passed`` are the statements between.

    ``branches``: the ``if`` statements that the act stands in, the outermost first, and whether in their body.
    """

    code: Code
    read: cst.BaseExpression
    values: dict[str, Value] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)  # names that get another value on the way
    tests: list[Test] = field(default_factory=list)
    passed: list[cst.CSTNode] = field(default_factory=list)
    branches: list[tuple[cst.If, bool]] = field(default_factory=list)
    is_mark: bool = False  # anything may be done between the test and the act

    @property
    def names(self) -> set[str]:
        """The names that stand for what was read itself."""
        return {name for name, value in self.values.items() if value.text == HELD}


def decision_between(code: Code, read: cst.BaseExpression, act: cst.CSTNode, *, is_mark: bool = False) -> Decision:
    """The tests on the way from ``read`` (an expression, with its ``await``) to ``act``. Raises Refused.

    ``is_mark``: between the test and the act the work is done that the act marks as done; it always comes to the act,
    unless the work fails.
    """
    made = way_between(code, read, act, is_mark=is_mark)
    if not made.tests:
        raise Refused("no test of what is read is seen")
    return made


def way_between(code: Code, read: cst.BaseExpression, act: cst.CSTNode, *, is_mark: bool = False) -> Decision:
    """The same where there may be no test."""
    made = Decision(code, read, is_mark=is_mark)
    first = code.statement_of(read)
    block = code.block_of(first)
    around = [act, *code.ancestors(code.tree.small.get(act, act))]
    last = next((one for one in block if code.tree.small.get(one, one) in around or one is act), None)
    if last is None:
        raise Refused("what is read and what is done stand in different blocks")
    if block.index(last) < block.index(first):
        raise Refused("what is done stands before what is read")
    for one in block[block.index(first) : block.index(last)]:
        _pass(made, one)
    _enter(made, last, around)
    return made


def _enter(made: Decision, node: cst.CSTNode, around: Sequence[cst.CSTNode]) -> None:
    """Goes down to the act, through the branches around it."""
    if node is around[0]:
        return
    if isinstance(node, cst.SimpleStatementLine | cst.BaseSmallStatement):
        return
    if made.is_mark and made.tests and isinstance(node, cst.With | cst.Try) and node.body in around:
        _down(made, node.body, around)
        return
    if not isinstance(node, cst.If):
        raise Refused(f"a {type(node).__name__.lower()} statement stands between what is read and what is done")
    if node.body in around:
        made.tests += _conjuncts(_test(made, node.test), is_held=True)
        made.branches.append((node, True))
        _down(made, node.body, around)
    elif node.orelse is not None and node.orelse in around:
        made.tests += _conjuncts(_test(made, node.test), is_held=False)
        made.branches.append((node, False))
        if isinstance(node.orelse, cst.If):
            _enter(made, node.orelse, around)
        else:
            _down(made, node.orelse.body, around)
    else:
        raise Refused("what is done is part of a test")


def _down(made: Decision, block: cst.BaseSuite, around: Sequence[cst.CSTNode]) -> None:
    for child in made.code.tree.siblings.get(block, []):
        if made.code.tree.small.get(child, child) in around or child is around[0]:
            _enter(made, child, around)
            return
        _pass(made, child)


# ----------------------------------------------------------- what is passed on the way


def _pass(made: Decision, node: cst.CSTNode) -> None:
    if made.is_mark and made.tests:
        _pass_work(made, node)
        return
    made.passed.append(node)
    match made.code.tree.small.get(node, node):
        case cst.SimpleStatementLine(body=body):
            for one in body:
                _pass_small(made, one)
        case cst.If() as branch:
            _pass_exit(made, branch)
        case cst.BaseSmallStatement() as small:
            _pass_small(made, small)
        case cst.BaseCompoundStatement():
            raise Refused(f"a {type(node).__name__.lower()} statement stands between what is read and what is done")


def _pass_work(made: Decision, node: cst.CSTNode) -> None:
    """The work that is marked as done: it must not be left before the mark."""
    inside = list(walk(made.code.tree.small.get(node, node)))
    if any(isinstance(one, _LEAVING) for one in inside):
        raise Refused("it is not marked on every way")
    made.others |= {one.value for one in inside if isinstance(one, cst.Name) and one.value in _bound(inside)}


def _bound(inside: Sequence[cst.CSTNode]) -> set[str]:
    """The names that get a value."""
    found: set[str] = set()
    for one in inside:
        target = getattr(one, "target", None)
        if isinstance(one, cst.AsName):
            target = one.name
        if isinstance(target, cst.CSTNode):
            found |= {part.value for part in walk(target) if isinstance(part, cst.Name)}
    return found


def _pass_exit(made: Decision, node: cst.If) -> None:
    """``if sold_out: return``: from there on the opposite holds."""
    made.tests += _conjuncts(_test(made, node.test), is_held=False)
    if not _leaves(node.body):
        raise Refused("something else depends on what is read before it is acted on")
    match node.orelse:
        case cst.If():
            _pass_exit(made, node.orelse)
        case cst.Else():
            raise Refused("something else depends on what is read before it is acted on")


def _leaves(block: cst.BaseSuite) -> bool:
    statements = list(block.body)
    last = statements[-1] if statements else None
    if isinstance(last, cst.SimpleStatementLine):
        last = last.body[-1]
    return isinstance(last, _LEAVING)


def _pass_small(made: Decision, node: cst.BaseSmallStatement) -> None:
    match node:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value):
            _bind(made, name, value)
        case cst.AnnAssign(target=cst.Name(value=name), value=cst.BaseExpression() as value):
            _bind(made, name, value)
        case cst.AugAssign(target=cst.Name() as target, operator=operator, value=value):
            if not isinstance(operator, cst.AddAssign | cst.SubtractAssign):
                raise Refused("what is read is computed with")
            sign: cst.BaseBinaryOp = cst.Add() if isinstance(operator, cst.AddAssign) else cst.Subtract()
            _bind(made, target.value, cst.BinaryOperation(target, sign, value))
        case cst.Pass() | cst.Expr(value=cst.SimpleString()):
            pass
        case _:
            raise Refused("something else happens between what is read and what is done")


def _bind(made: Decision, name: str, node: cst.BaseExpression) -> None:
    value = value_of(made, node)
    if value.text:
        made.values[name] = value
    elif is_movable(node):
        made.others.add(name)
        made.values.pop(name, None)
    else:
        raise Refused("something else happens between what is read and what is done")


# ----------------------------------------------------------------------- values


def value_of(made: Decision, node: cst.BaseExpression) -> Value:
    """What an expression is; Refused for one that depends on what was read in another way."""
    if node is made.read:
        return Value(HELD)
    match node:
        case cst.Name(value=name):
            return made.values.get(name, Value(node=node))
        case cst.NamedExpr(target=cst.Name(value=name), value=value):
            found = value_of(made, value)
            made.values[name] = found
            return found
        case cst.Call(func=cst.Name(value="int" | "float" as kind), args=[cst.Arg(value=value, keyword=None, star="")]):
            return _number(node, value_of(made, value), kind)
        case cst.Call(func=cst.Name(value="str"), args=[cst.Arg(value=value, keyword=None, star="")]):
            inner = value_of(made, value)
            return inner if inner.amount is not None else value_unless(made, node)
        case cst.BinaryOperation(left=left, operator=cst.Add() | cst.Subtract() as operator, right=right):
            return _sum(made, node, left, operator, right)
        case cst.BooleanOperation(left=left, operator=cst.Or(), right=right) if _depends(made, left):
            if value_of(made, left).text == HELD and not _depends(made, right):
                return Value("held or default", default=right)
        case cst.IfExp() if _depends(made, node):
            return _chosen(made, node)
    return value_unless(made, node)


def value_unless(made: Decision, node: cst.BaseExpression) -> Value:
    """What an expression is that has nothing to do with what was read; else Refused."""
    if _depends(made, node):
        raise Refused("what is read is computed with")
    return Value(node=node)


def _number(node: cst.BaseExpression, inner: Value, kind: str) -> Value:
    if inner.node is not None:
        return Value(node=node)
    if inner.text in (HELD, "held or default"):
        return Value(f"{kind}({inner.text})", default=inner.default)
    return inner  # already a number


def _sum(
    made: Decision,
    node: cst.BaseExpression,
    left: cst.BaseExpression,
    operator: cst.BaseBinaryOp,
    right: cst.BaseExpression,
) -> Value:
    """``int(held) + amount``, either way round."""
    sign = "+" if isinstance(operator, cst.Add) else "-"
    if sign == "+" and _depends(made, right):
        left, right = right, left
    one, other = value_of(made, left), value_unless(made, right)
    if one.node is not None:
        return Value(node=node)
    if one.amount is not None or other.node is None:
        raise Refused("what is read is computed with")
    return Value(f"{one.text} {sign} amount", default=one.default, amount=other.node)


def _chosen(made: Decision, node: cst.IfExp) -> Value:
    """``int(held) if held else 0``, either way round."""
    test = _test(made, node.test)
    for is_held, yes, no in ((True, node.body, node.orelse), (False, node.orelse, node.body)):
        asked = {("none", False): "is not None", ("true", True): ""}.get(_presence(_signed(test, is_held)))
        if asked is not None and not _depends(made, no) and value_of(made, yes).text == "int(held)":
            return Value(f"(int(held) if {' '.join(filter(None, ('held', asked)))} else default)", default=no)
    raise Refused("what is read is computed with")


def _depends(made: Decision, node: cst.CSTNode) -> bool:
    is_inside = any(one is made.read for one in walk(node))
    return is_inside or any(one.value in made.values for one in variables(made.code, node))


# ------------------------------------------------------------------------ tests
#
# A test is ("none" | "true", sign), ("compare", operator, left, right values), or ("and" | "or", tests).


def _test(made: Decision, node: cst.BaseExpression) -> Test:
    match node:
        case cst.UnaryOperation(operator=cst.Not(), expression=inner):
            return _signed(_test(made, inner), is_held=False)
        case cst.BooleanOperation(left=left, operator=operator, right=right):
            kind = "and" if isinstance(operator, cst.And) else "or"
            return (kind, _test(made, left), _test(made, right))
        case cst.Comparison(left=left, comparisons=[cst.ComparisonTarget(operator=operator, comparator=right)]):
            return _comparison(made, left, operator, right)
    value = value_of(made, node)
    if value.text == HELD:
        return ("true", True)
    raise Refused("it also depends on something else whether it is done" if value.node is not None else _UNREAD)


_UNREAD = "how what is read is tested is not known"


def _comparison(made: Decision, left: cst.BaseExpression, operator: cst.BaseCompOp, right: cst.BaseExpression) -> Test:
    if isinstance(operator, cst.Is | cst.IsNot):
        if value_of(made, left).text != HELD or plain(right) != "None":
            raise Refused(_UNREAD)
        return ("none", isinstance(operator, cst.Is))
    word = _COMPARED.get(type(operator))
    if word is None:
        raise Refused(_UNREAD)
    one, other = value_of(made, left), value_of(made, right)
    if one.node is not None:
        one, other, word = other, one, _TURNED[word]
    if one.node is not None or other.node is None:
        raise Refused("it also depends on something else whether it is done")
    return ("compare", word, one, other)


def _signed(test: Test, is_held: bool) -> Test:
    """The test, or its opposite."""
    if is_held:
        return test
    match test:
        case ("and", one, other):
            return ("or", _signed(one, False), _signed(other, False))  # type: ignore[arg-type] # tests hold tests
        case ("or", one, other):
            return ("and", _signed(one, False), _signed(other, False))  # type: ignore[arg-type]
        case ("compare", str(word), one, other):
            return ("compare", _NEGATED[word], one, other)
    return (test[0], not test[1])


def _presence(test: Test) -> tuple[str, bool]:
    return (str(test[0]), bool(test[1])) if test[0] in ("none", "true") else ("", False)


def _conjuncts(test: Test, *, is_held: bool) -> list[Test]:
    signed = _signed(test, is_held)
    if signed[0] == "and":
        return list(chain(_conjuncts(signed[1], is_held=True), _conjuncts(signed[2], is_held=True)))  # type: ignore[arg-type]
    return [signed]


@dataclass(slots=True, eq=False)
class Asked:
    """Tests in one form, and what ``limit``, ``default`` and ``expected`` are in it."""

    text: str
    given: dict[str, cst.BaseExpression]


def asked(made: Decision) -> Asked:
    """All tests of a decision as one; Refused where they are more than can be said in one."""
    found: Asked | None = None
    parts = list({repr(_said(one)): one for one in made.tests}.values())
    given: dict[str, cst.BaseExpression] = {}
    match parts:
        case [one]:
            found = Asked(_spelled(one, given), given)
        case [("none" | "true", _) as one, ("compare", _, Value(text="int(held)"), _) as other]:
            found = Asked(f"{_spelled(one, given)} and {_spelled(other, given)}", given)
    if found is None:
        raise Refused("it depends on several tests of what is read")
    return found


def _said(test: Test) -> object:
    return tuple(one.text or plain(one.node or cst.Name("x")) if isinstance(one, Value) else one for one in test)


def _spelled(test: Test, given: dict[str, cst.BaseExpression]) -> str:
    match test:
        case ("none", is_none):
            return "held is None" if is_none else "held is not None"
        case ("true", is_true):
            return "held" if is_true else "not held"
        case ("or", tuple(("none" | "true", _) as one), tuple(("compare", _, Value(text="int(held)"), _) as other)):
            return f"{_spelled(one, given)} or {_spelled(other, given)}"
        case ("compare", word, Value(text=text, default=default), Value(node=cst.BaseExpression() as node)):
            name = "expected" if text == HELD and word in ("==", "!=") else "limit"
            given[name] = node
            if default is not None:
                given["default"] = default
            return f"{text} {word} {name}"
    raise Refused("it depends on several tests of what is read")
