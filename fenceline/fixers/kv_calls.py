"""Calls of key-value clients as they are written: on what, which command, which argument plays which role."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import libcst as cst

from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.models import Models, Operation, operation_for
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Refused, Subject
from fenceline.fixers.positions import walk
from fenceline.fixers.scopes import globals_bound, hidden_at

_LITERALS: Mapping[str, object] = {"True": True, "False": False, "None": None}


@dataclass(frozen=True, slots=True, eq=False)
class KvCall:
    """One command. ``given`` are its arguments by the name of the parameter; ``whole`` the call with its ``await``."""

    node: cst.Call
    receiver: cst.BaseExpression
    method: str
    on: str
    operation: Operation
    given: Mapping[str, cst.BaseExpression]
    rest: tuple[cst.BaseExpression, ...]
    whole: cst.BaseExpression
    fact: Fact

    def role(self, name: str) -> cst.BaseExpression | None:
        """The argument that plays a role, None where it is not given."""
        param = self.operation.roles.get(name)
        if isinstance(param, str) and param.startswith("*"):
            return self.rest[0] if len(self.rest) == 1 else None
        return self.given.get(param) if isinstance(param, str) else None

    @property
    def key(self) -> cst.BaseExpression:
        """The key; Refused where it is not one that is seen."""
        found = self.role("key") or self.role("keys") or self.role("mapping")
        if found is None:
            raise Refused(f"the key of {self.method}() is not seen")
        return found

    @property
    def field(self) -> cst.BaseExpression | None:
        """The field of a hash, where the command is about one."""
        return self.role("field") or self.role("member")

    def only(self, *roles: str) -> bool:
        """Whether the call has no arguments but those that play these roles."""
        params = {self.operation.roles.get(one) for one in roles}
        named = set(self.given) <= params
        return named and (not self.rest or any(isinstance(p, str) and p.startswith("*") for p in params))


def kv_call(subject: Subject, code: Code, fact: Fact) -> KvCall:
    """The call that a fact is about. Raises Refused where it is written otherwise than as ``client.command(…)``."""
    kind = subject.models.types.get(fact.on)
    if kind is None or kind.role == "pipeline" or fact.evidence == "name":
        raise Refused("what kind of client it is, is not seen")
    return call_on(subject, code, code.node_at(fact.op.span, cst.Call), fact.on, fact)


def call_on(subject: Subject, code: Code, node: cst.Call, on: str, fact: Fact) -> KvCall:
    """The same for a call of which no fact is told, as it is only queued: on what type its command is."""
    if not isinstance(node.func, cst.Attribute):
        raise Refused("a command is not called as a method of its client")
    method = node.func.attr.value
    operation = subject.models.method(on, method)
    if operation is None:
        raise Refused(f"{method}() is called in a helper of its own")
    given, rest = _bound(node, operation)
    settled = operation_for(operation, {name: _constant(value) for name, value in given.items()})
    parent = code.parent(node)
    whole = parent if isinstance(parent, cst.Await) else node
    return KvCall(node, node.func.value, method, on, settled, given, rest, whole, fact)


def _bound(
    node: cst.Call, operation: Operation
) -> tuple[dict[str, cst.BaseExpression], tuple[cst.BaseExpression, ...]]:
    given: dict[str, cst.BaseExpression] = {}
    rest: list[cst.BaseExpression] = []
    place = 0
    for arg in node.args:
        if arg.star:
            raise Refused("the arguments of a command are not all seen")
        if arg.keyword is not None:
            given[arg.keyword.value] = arg.value
        elif place < len(operation.params) and not operation.params[place].startswith("*"):
            given[operation.params[place]] = arg.value
            place += 1
        else:
            rest.append(arg.value)
    if rest and not any(one.startswith("*") for one in operation.params):
        raise Refused("a command has arguments that are not known")
    return given, tuple(rest)


def _constant(value: cst.BaseExpression) -> object:
    found = literal(value)
    return ... if found is UNKNOWN else found


UNKNOWN = object()


def literal(value: cst.BaseExpression) -> object:
    """The constant that an expression states; :data:`UNKNOWN` for any other."""
    match value:
        case cst.Name(value=name) if name in _LITERALS:
            return _LITERALS[name]
        case cst.Integer() | cst.Float() | cst.SimpleString():
            return value.evaluated_value
        case cst.UnaryOperation(operator=cst.Minus(), expression=cst.Integer() | cst.Float() as number):
            return -number.evaluated_value
    return UNKNOWN


def whole_seconds(value: cst.BaseExpression | None, code: Code) -> bool:
    """Whether an expiry is seen to be a number of seconds: as an argument of a script it must be no timedelta."""
    match value:
        case cst.Integer():
            return True
        case cst.BinaryOperation(left=left, operator=cst.Multiply() | cst.Add(), right=right):
            return whole_seconds(left, code) and whole_seconds(right, code)
        case cst.Name(value=name) if name not in hidden_at(code.tree, value) | globals_bound(code.module):
            held = assigned(code.module, name)
            return len(held) == 1 and whole_seconds(held[0], code)
    return False


def assigned(module: cst.Module, name: str) -> list[cst.BaseExpression | None]:
    """What the top level of a module assigns to a name; None for what is no plain assignment."""
    found: list[cst.BaseExpression | None] = []
    for statement in module.body:
        for one in statement.body if isinstance(statement, cst.SimpleStatementLine) else ():
            match one:
                case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=bound))], value=value):
                    found += [value] if bound == name else []
                case cst.AnnAssign(target=cst.Name(value=bound), value=value) if bound == name:
                    found.append(value)
    return found


def is_same(one: cst.BaseExpression | None, other: cst.BaseExpression | None) -> bool:
    """Whether two expressions are the same but for spaces, comments, quotes and parentheses."""
    if one is None or other is None:
        return one is other
    return plain(one) == plain(other) or _shape(one) == _shape(other)


def _shape(node: cst.BaseExpression) -> object:
    """What an expression is, however it is laid out; itself where this Python cannot read it."""
    try:
        return ast.dump(ast.parse(f"(\n{cst.Module([]).code_for_node(node)}\n)", mode="eval"))
    except (SyntaxError, ValueError):
        return node


def plain(node: cst.CSTNode) -> str:
    """An expression as text, without the parentheses around it."""
    if isinstance(node, cst.BaseExpression):
        node = node.with_changes(lpar=[], rpar=[])
    text = cst.Module([]).code_for_node(node)
    found = literal(node) if isinstance(node, cst.SimpleString) else UNKNOWN
    return " ".join(text.split()) if found is UNKNOWN else repr(found)


def variables(code: Code, root: cst.CSTNode) -> Iterator[cst.Name]:
    """The names in a piece of code that stand for values: no attributes, no keywords of calls."""
    for one in walk(root):
        if isinstance(one, cst.Name):
            parent = code.parent(one)
            is_word = (isinstance(parent, cst.Attribute) and parent.attr is one) or (
                isinstance(parent, cst.Arg) and parent.keyword is one
            )
            if not is_word:
                yield one


def local_name(code: Code, base: str, at: cst.CSTNode) -> str:
    """A name for a local variable: one that the function does not know yet."""
    function = code.function_of(at)
    known = {one.value for one in walk(function) if isinstance(one, cst.Name)} if function is not None else {base}
    return code.fresh_name(base, at) if base in known else base


def facts_by_call(subject: Subject, code: Code, *kinds: str) -> dict[cst.CSTNode, Fact]:
    """The facts of these kinds whose calls stand in this file, by the node of the call."""
    found: dict[cst.CSTNode, Fact] = {}
    for fact in subject.facts(*kinds):
        if fact.op.path == str(subject.module.path):
            try:
                found[code.node_at(fact.op.span, cst.Call)] = fact
            except Refused:
                continue  # an item of a dict, a call that was read in another form
    return found


def is_kind(models: Models, on: str, *kinds: str) -> bool:
    """Whether a type is one of these kinds, by their ids."""
    return any(models.is_a(on, one) for one in kinds)
