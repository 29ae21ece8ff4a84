"""Bringing a read and what follows from it into one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from fenceline.analyzer import ir
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.nodes import Span
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Refused, Subject
from fenceline.fixers.positions import Statement, walk
from fenceline.fixers.row_variables import is_after
from fenceline.fixers.scopes import dotted
from fenceline.fixers.send_on_commit import call_on_commit
from fenceline.fixers.sends import check_moved, check_no_way_out, check_unchanged, plain_statement

_OUTSIDE = ir.External | ir.Send | ir.Slow | ir.Receive | ir.Ack
_UNSEEN = ir.Opaque | ir.Unread
_HARMLESS: tuple[str, ...] = (
    "DoesNotExist",
    "MultipleObjectsReturned",
    "Http404",
    "KeyError",
    "ValueError",
    "TypeError",
)
_HARMLESS += ("IndexError", "AttributeError", "ValidationError", "ObjectDoesNotExist", "NoResultFound", "LookupError")


def wrap_together(
    subject: Subject, code: Code, read: cst.CSTNode, acts: Sequence[cst.CSTNode], header: str, *, hooks: bool = False
) -> list[str]:
    """Put all from the read to the last act into a block; what a person has to look at.

    ``hooks``: what is sent behind the last act is sent by a hook of the new transaction.

    A transaction that is one of the statements gives way to the new one. Raises Refused where the block would do
    something else besides.
    """
    first, last = _ends(code, read, acts)
    block = code.block_of(first)
    region = block[block.index(first) : block.index(last) + 1]
    check_together(code, region)
    between = list(_ops_between(subject, code, region))
    sends = [one for one in between if isinstance(one, ir.Send)] if hooks else []
    hooked = _hook_sends(subject, code, sends, acts, region, header)
    if hooks and not hooked:
        raise Refused("nothing is sent behind the change")
    doubts = doubts_in(subject, (one for one in between if one not in hooked))
    code.wrap(first, last, header)
    for one in region:
        if isinstance(one, cst.With) and is_plain_atomic(one):
            code.unwrap(one)
    return doubts


def _hook_sends(
    subject: Subject,
    code: Code,
    sends: Sequence[ir.Send],
    acts: Sequence[cst.CSTNode],
    region: Sequence[Statement],
    header: str,
) -> list[ir.Op]:
    """Sends by a hook what was sent behind the last change: now that is inside of the transaction.

    Raises Refused where what is sent may be meant to be sent though the transaction fails.
    """
    function = code.function_of(acts[0])
    hooked: list[ir.Op] = []
    for one in sends:
        if one in subject.flow.lowered.hooked or subject.flow.transaction(one) is not None:
            continue
        if ".atomic()" not in header or one.path != str(subject.module.path) or function is None:
            continue
        call = code.node_at(one.span, cst.Call)
        if code.function_of(call) is not function or not all(is_after(code, call, act) for act in acts):
            continue
        plain_statement(code, call)
        around = list(code.ancestors(call))
        check_moved(code, call, around[: next(i for i, above in enumerate(around) if above in region)], [])
        check_no_way_out(code, call, function)
        check_unchanged(code, call, function)
        if subject.flow.outer is None:
            call_on_commit(code, call, None)
            hooked.append(one)
    return hooked


def node_of(subject: Subject, code: Code, op: ir.Op, beside: cst.CSTNode) -> cst.CSTNode:
    """The call in the function of ``beside`` that an op is, or that leads to the function in which the op is."""
    function = code.function_of(beside)
    if function is None:
        raise Refused("the read is in no function")
    path, own = str(subject.module.path), code.span_of(function)
    if op.path == path and _has(own, op.span):
        return code.node_at(op.span, cst.Call, cst.Await)
    for block in reversed(subject.flow.places[op].blocks):
        if isinstance(block, ir.Frame) and block.at is not None and block.at[0] == path and _has(own, block.at[1]):
            return code.node_at(block.at[1], cst.Call, cst.Await)
    raise Refused("the change is made in another function than the read")


def _has(outer: Span, inner: Span) -> bool:
    start, end = (outer.line, outer.column), (outer.end_line, outer.end_column)
    return start <= (inner.line, inner.column) and (inner.end_line, inner.end_column) <= end


def _ends(code: Code, read: cst.CSTNode, acts: Sequence[cst.CSTNode]) -> tuple[Statement, Statement]:
    """The first and the last of the statements of one block that hold the read and all acts."""
    function = code.function_of(read)
    if function is None or any(code.function_of(one) is not function for one in acts):
        raise Refused("the change is made in another function than the read")
    ways = [list(_statements_around(code, one)) for one in (read, *acts)]
    for first in ways[0]:
        block = code.block_of(first)
        inside = [next((one for one in way if one in block), None) for way in ways]
        if all(one is not None for one in inside):
            places = [block.index(one) for one in inside if one is not None]
            if places[0] > min(places):
                raise Refused("the change stands above the read")
            return first, block[max(places)]
    raise Refused("the read and the change are in no common block")


def _statements_around(code: Code, node: cst.CSTNode) -> Iterator[Statement]:
    """The statement of the node, and those around it, within the function."""
    function = code.function_of(node)
    below: cst.CSTNode | None = node
    while below is not None and below is not function:
        statement = code.statement_of(below)
        if statement is function:
            return
        yield statement
        below = code.parent(statement)
        while below is not None and isinstance(
            below,
            cst.IndentedBlock | cst.SimpleStatementSuite | cst.Else | cst.Finally | cst.ExceptHandler | cst.MatchCase,
        ):
            below = code.parent(below)


def check_together(code: Code, region: Sequence[Statement]) -> None:
    """Raises Refused where statements cannot stand in one transaction."""
    for statement in region:
        for one in walk(statement):
            if isinstance(one, cst.Yield):
                raise Refused("the transaction would stay open while a generator waits")
            if isinstance(one, cst.ExceptHandler | cst.ExceptStarHandler) and not _is_harmless(one):
                raise Refused("an error of the database that is handled here would break the transaction")
            if isinstance(one, cst.With) and "durable" in code.source(one.items[0].item):
                raise Refused("a durable transaction cannot stand inside of another one")


def _is_harmless(handler: cst.ExceptHandler | cst.ExceptStarHandler) -> bool:
    kind = handler.type
    kinds = [one.value for one in kind.elements] if isinstance(kind, cst.Tuple) else [kind]
    return all(dotted(one).rpartition(".")[2] in _HARMLESS for one in kinds)


def is_plain_atomic(statement: cst.With) -> bool:
    """Whether a block is a transaction without options, and nothing else."""
    items = statement.items
    if len(items) != 1 or items[0].asname is not None or not isinstance(items[0].item, cst.Call):
        return False
    return not items[0].item.args and dotted(items[0].item.func).rpartition(".")[2] in {"atomic", "in_transaction"}


def _ops_between(subject: Subject, code: Code, region: Sequence[Statement]) -> Iterator[ir.Op]:
    """The ops that are done from the first of the statements to the end of the last."""
    start, end = code.span_of(region[0]), code.span_of(region[-1])
    within = [one for one in subject.flow.places if one.path == str(subject.module.path)]
    here = [one for one in within if start.line <= one.span.line and one.span.end_line <= end.end_line]
    if here:
        numbers = [subject.flow.places[one].number for one in here]
        for op, place in subject.flow.places.items():
            if min(numbers) <= place.number <= max(numbers):
                yield op


def doubts_in(subject: Subject, ops: Iterator[ir.Op]) -> list[str]:
    """What lies between a lock and its end that should not: what takes time, what cannot be taken back."""
    found: list[str] = []
    for op in ops:
        if isinstance(op, ir.Atomic) and not op.is_transactional and (fact := subject.fact_of(op)) is not None:
            if fact.kind in {"kv.write", "document.write"}:
                found.append(f"{op.text} is not undone with the transaction")
        elif isinstance(op, _OUTSIDE) and op not in subject.flow.lowered.hooked:
            found.append(f"the row stays locked during {op.text}")
        elif isinstance(op, _UNSEEN):
            found.append(f"the row stays locked during {op.text}, which cannot be read")
    return list(dict.fromkeys(found))


def ops_after(flow: Flow, first: ir.Op, last: ir.Op) -> Iterator[ir.Op]:
    """The ops from one to another, in the order of the source."""
    start, end = flow.places[first].number, flow.places[last].number
    return (op for op, place in flow.places.items() if start <= place.number <= end)
