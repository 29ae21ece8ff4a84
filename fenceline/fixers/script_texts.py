"""Known scripts in a file: which one does what is wanted, where its text is put, and how it is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import libcst as cst

from fenceline.analyzer.models import Models
from fenceline.analyzer.scripts import Script, normal
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Refused, Subject
from fenceline.fixers.kv_calls import assigned, is_kind, plain
from fenceline.fixers.scopes import globals_bound, hidden_at

_CLUSTERS = ("redis.cluster", "redis.async_cluster")
_REGISTER = "register_script"


def script_doing(models: Models, does: str) -> Script:
    """The known script that does this. Raises Refused."""
    found = next((one for one in models.scripts.values() if one.does == does), None)
    if found is None:
        raise Refused("no script is known that does the same")
    return found


def script_call(
    subject: Subject,
    code: Code,
    script: Script,
    client: cst.BaseExpression,
    on: str,
    key: cst.BaseExpression,
    given: Mapping[str, cst.BaseExpression],
    name: str,
    at: cst.CSTNode,
) -> cst.BaseExpression:
    """A call of the script, whose text is put before the definition that ``at`` is in, unless the file has it already.

    A client that the module itself makes above gets the script registered; any other is handed the text.
    """
    args = [given[one] for one in script.args]
    if _is_made_above(code, client, at) and not is_kind(subject.models, on, *_CLUSTERS):
        bound = _registered(code, script, client, at) or code.fresh_name(name)
        if not _is_bound(code, bound):
            code.add_top_level(f'{bound} = {{client}}.{_REGISTER}("""\n{script.text}\n""")', at, client=client)
        return _with_lists(code, bound, key, args)
    bound = _constant(code, script, at) or code.fresh_name(name.upper())
    if not _is_bound(code, bound):
        code.add_top_level(f'{bound} = """\n{script.text}\n"""', at)
    call = code.expression("{client}.eval({text}, 1, {key})", client=client, text=cst.Name(bound), key=key)
    assert isinstance(call, cst.Call)
    return call.with_changes(args=_comma_separated([*(one.value for one in call.args), *args]))


def _with_lists(code: Code, bound: str, key: cst.BaseExpression, args: Sequence[cst.BaseExpression]) -> cst.Call:
    holes = {f"a{number}": value for number, value in enumerate(args)}
    listed = ", ".join("{" + one + "}" for one in holes)
    lists = f"keys=[{{key}}], args=[{listed}]" if args else "keys=[{key}]"
    call = code.expression(f"{bound}({lists})", key=key, **holes)
    assert isinstance(call, cst.Call)
    return call


def _comma_separated(values: Sequence[cst.BaseExpression]) -> list[cst.Arg]:
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    last = len(values) - 1
    return [
        cst.Arg(one.deep_clone(), comma=comma if place < last else cst.MaybeSentinel.DEFAULT)
        for place, one in enumerate(values)
    ]


def _is_made_above(code: Code, client: cst.BaseExpression, at: cst.CSTNode) -> bool:
    """Whether the client is a name that the top level binds once, to what a call makes, before the definition."""
    if not isinstance(client, cst.Name) or _is_rebound(code, client.value, at):
        return False
    made = assigned(code.module, client.value)
    if len(made) != 1 or not isinstance(made[0], cst.Call):
        return False
    return code.span_of(made[0]).line < code.span_of(_top(code, at)).line


def _is_rebound(code: Code, name: str, at: cst.CSTNode) -> bool:
    """Whether the name may mean something else where the command is, or later."""
    return name in hidden_at(code.tree, at) or name in globals_bound(code.module)


def _top(code: Code, at: cst.CSTNode) -> cst.CSTNode:
    around = [at, *code.ancestors(at)]
    return around[-2] if len(around) > 1 else at


def _is_bound(code: Code, name: str) -> bool:
    return bool(assigned(code.module, name))


def _registered(code: Code, script: Script, client: cst.BaseExpression, at: cst.CSTNode) -> str | None:
    """The name under which the script is registered above already, with the same client."""
    for name, value in _above(code, at):
        match value:
            case cst.Call(func=cst.Attribute(value=owner, attr=cst.Name(value=method)), args=[cst.Arg(value=text)]):
                if method == _REGISTER and plain(owner) == plain(client) and _is_text(text, script):
                    return name
    return None


def _constant(code: Code, script: Script, at: cst.CSTNode) -> str | None:
    return next((name for name, value in _above(code, at) if _is_text(value, script)), None)


def _above(code: Code, at: cst.CSTNode) -> list[tuple[str, cst.BaseExpression]]:
    """What the top level binds above the definition, once each."""
    found: list[tuple[str, cst.BaseExpression]] = []
    top = _top(code, at)
    for statement in code.module.body:
        if statement is top:
            break
        for one in statement.body if isinstance(statement, cst.SimpleStatementLine) else ():
            if isinstance(one, cst.Assign) and len(one.targets) == 1 and isinstance(one.targets[0].target, cst.Name):
                name = one.targets[0].target.value
                if len(assigned(code.module, name)) == 1 and not _is_rebound(code, name, at):
                    found.append((name, one.value))
    return found


def _is_text(node: cst.BaseExpression, script: Script) -> bool:
    value = node.evaluated_value if isinstance(node, cst.SimpleString) else None
    return isinstance(value, str) and normal(value) == script.text
