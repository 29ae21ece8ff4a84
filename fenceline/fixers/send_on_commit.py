"""Sends a message, or removes a file, by a hook of the transaction: once it has committed, and only then.

The arguments are evaluated where they were: ``partial`` keeps their values, a ``lambda`` would look them up later.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from fenceline.analyzer import ir
from fenceline.analyzer.pairs import CHANGES
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.sends import check_moved, check_no_way_out, check_unchanged, plain_statement

CURED = frozenset({"crash", "redelivery", "failure"})
"""What is rolled back is no more told to anybody: that is the point."""
_UNSEEN = "the transaction is a caller's: nobody has looked whether it handles errors of the call, or raises after it"


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    op = subject.acts[0]
    if store_of(subject, op) != "django":
        raise Refused("the transaction is none of Django")
    code = subject.code_of()
    call = code.node_at(op.span, cst.Call)
    plain_statement(code, call)
    around = list(code.ancestors(call))
    opened = opener_of(code, subject.flow.transaction(op), around)
    scope = code.function_of(call)
    if scope is None:
        raise Refused("it is sent where the module is loaded")
    limit = around.index(opened) if opened is not None else around.index(scope)
    inner = [one for one in around if isinstance(one, cst.With) and _is_transaction(code, subject, one)]
    check_moved(code, call, around[:limit], inner)
    is_outermost = opened is not None and subject.flow.outer is None
    check_no_way_out(code, call, opened if is_outermost and opened is not None else scope)
    check_unchanged(code, call, scope)
    call_on_commit(code, call, _database(subject, op, opened))
    why = "" if opened is not None and code.function_of(call) in (opened, code.function_of(opened)) else _UNSEEN
    yield Rewrite(
        code.text(),
        f"{'Send' if isinstance(op, ir.Send) else 'Remove'} it when the transaction has committed",
        Applicability.UNSAFE if why else Applicability.SAFE,
        why_unsafe=why,
        cures=CURED,
    )


def store_of(subject: Subject, op: ir.Op) -> str:
    """The family of the models that are written in the transaction of the op, '' where it is not one."""
    if subject.flow.entry.what == "receiver" and not isinstance(op, ir.Send):
        return "django"
    block = subject.flow.transaction(op)
    found = {
        one.model.store
        for one in subject.flow.lowered.facts
        if one.kind in CHANGES and one.model is not None and one.op in subject.flow.places
        and (block is None or subject.flow.transaction(one.op) is block)
    }  # fmt: skip
    return found.pop() if len(found) == 1 else ""


def opener_of(code: Code, block: object, around: list[cst.CSTNode]) -> cst.With | cst.FunctionDef | None:
    """The ``with`` or the decorated function, of those around, that opens a transaction."""
    if not isinstance(block, ir.Tx):
        return None
    for node in around:
        opens: list[cst.BaseExpression] = []
        if isinstance(node, cst.With):
            opens = [one.item for one in node.items]
        elif isinstance(node, cst.FunctionDef):
            opens = [one.decorator for one in node.decorators]
        starts = [(span.line, span.column) for span in map(code.span_of, opens)]
        if (block.span.line, block.span.column) in starts and isinstance(node, cst.With | cst.FunctionDef):
            return node
    return None


def _is_transaction(code: Code, subject: Subject, block: cst.With) -> bool:
    blocks = [one for place in subject.flow.places.values() for one in place.blocks if isinstance(one, ir.Tx)]
    return len(block.items) == 1 and any(opener_of(code, one, [block]) is not None for one in blocks)


def _database(subject: Subject, op: ir.Op, opened: cst.With | cst.FunctionDef | None) -> cst.BaseExpression | None:
    """The database as the opening of the transaction names it, None for the default one."""
    block = subject.flow.transaction(op)
    named = block.database if isinstance(block, ir.Tx) else ""
    if opened is None:
        outer = subject.flow.outer
        if named or (outer is not None and outer.database):
            raise Refused("the transaction is one of another database")
        return None
    opens = [one.item for one in opened.items] if isinstance(opened, cst.With) else [
        one.decorator for one in opened.decorators
    ]  # fmt: skip
    given = [arg for one in opens if isinstance(one, cst.Call) for arg in one.args]
    using = [arg.value for arg in given if arg.keyword is None or arg.keyword.value == "using"]
    if any(not isinstance(one, cst.SimpleString | cst.Name | cst.Attribute) for one in using) or len(using) > 1:
        raise Refused("which database the transaction is of cannot be read")
    return using[0] if using else None


def call_on_commit(code: Code, call: cst.Call, database: cst.BaseExpression | None) -> None:
    """Puts a hook in the place of a call, with the arguments as they are now."""
    what: cst.BaseExpression = call.func.with_changes(lpar=[], rpar=[])
    if call.args:  # laid out as they were, with their comments
        partial = cst.parse_expression(code.imported("functools", "partial", call))
        first = cst.Arg(call.func, comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")))
        what = call.with_changes(func=partial, args=[first, *call.args], lpar=[], rpar=[])
    hook = cst.parse_expression(f"{code.imported('django.db', 'transaction', call)}.on_commit")
    given = [] if database is None else [cst.Arg(database, keyword=cst.Name("using"), equal=_TIGHT)]
    code.replace(call, cst.Call(hook, [cst.Arg(what), *given]))


_TIGHT = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
FIXER = Fixer("send_on_commit", "send it by a hook of the transaction", _rewrite)
