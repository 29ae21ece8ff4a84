"""How FEN408 (lock-order-inversion) is looked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.flow import Flow, written_cells
from fenceline.analyzer.lock_orders import Order, Taking, contains, is_one, orders_of, roots_of, takings_of
from fenceline.analyzer.loop_orders import compares, sorts
from fenceline.queries.proposal import Proposal, held_by, holding, told_step


def query(flow: Flow) -> Iterator[Proposal]:
    """Locks and rows that two runs may take in opposite order."""
    if not takings_of(flow):
        return
    yield from _loops(flow)
    yield from _families(flow)
    yield from _taken_again(flow)
    yield from _inversions(flow)


# --------------------------------------------------------------- in the order of a collection


def _loops(flow: Flow) -> Iterator[Proposal]:
    """Rows of one table, or locks of one family, one in each round of a loop, all held until it has ended."""
    for taking in takings_of(flow):
        loop = _loop_of(flow, taking)
        if loop is None or loop.over is None or loop.is_ordered or not _depends(taking, loop.over):
            continue
        if any(_is_gate(flow, one, taking, loop) for one in takings_of(flow)):
            continue
        yield Proposal(
            message=f"{taking.several} are locked one after another in the order of the loop, which nothing sorts: "
            "two runs with the same ones in another order wait for each other",
            key=taking.text,
            span=taking.op.span,
            path=taking.op.path,
            evidence=taking.fact.evidence,
            related=[(loop.span, loop.path, "in the order of this loop")],
            pair=frozenset({(taking.op, "order")}),
            trace=_cycle(taking, taking, ("one of them, in its first round", "another one, in its first round")),
            acts=(taking.op,),
            premise=f"two {flow.entry.noun} whose collections hold the same two in opposite order",
            consequence="each holds what the other one waits for",
        )


def _loop_of(flow: Flow, taking: Taking) -> ir.Loop | None:
    """The loop of the function in whose rounds a lock is taken, and which ends before it is given back."""
    blocks = flow.places[taking.op].blocks
    begin = max((at for at, one in enumerate(blocks) if isinstance(one, ir.Tx)), default=-1)
    if taking.is_row and begin < 0 and flow.transaction(taking.op) is None:
        return None
    for one in blocks[begin + 1 :] if taking.is_row else blocks:
        if isinstance(one, ir.Loop) and one.kind == "data" and one.path == flow.lowered.path:
            if not _is_released_in(flow, taking, one):
                return one
    return None


def _is_released_in(flow: Flow, taking: Taking, loop: ir.Loop) -> bool:
    """Whether each round gives back what it has taken, or commits it."""

    def releases(op: ir.Op) -> bool:
        if isinstance(taking.op, ir.Acquire):
            return isinstance(op, ir.Release) and op.lock == taking.op.lock
        return isinstance(op, ir.Commit | ir.Rollback)

    return any(releases(op) and loop in place.blocks for op, place in flow.places.items())


def _depends(taking: Taking, over: ir.Term) -> bool:
    """Whether each round takes another one: what is taken is made of the element, and is not the element itself.

    Rows that a query finds come in the same order for all who find them; what they point to does not.
    """
    key = taking.key
    if taking.is_row and key == over:
        return False
    if isinstance(over, ir.Apply) and over.label == "row":
        return _points_to(key, over)
    return contains(key, over)


def _points_to(key: ir.Term | None, row: ir.Term) -> bool:
    """Whether a key is what a foreign key of the row holds."""
    if not isinstance(key, ir.Apply):
        return False
    return (key.label == "fk" and contains(key, row)) or any(_points_to(one, row) for one in key.args)


def _is_gate(flow: Flow, one: Taking, taking: Taking, loop: ir.Loop) -> bool:
    """Whether what is held around a loop keeps two runs apart, or holds all the rows already."""
    if taking.op not in one.held or loop in flow.places[one.op].blocks:
        return False
    return one.name == taking.name or (not one.is_row and not roots_of(one.key))


# ------------------------------------------------------------------ in the order of arguments


def _families(flow: Flow) -> Iterator[Proposal]:
    """``transfer(a, b)``: one of a family, then another one, as the arguments say."""
    body = flow.lowered.node.body
    if sorts(body) or compares(body):
        return
    for order in orders_of(flow):
        first, second = order.first, order.second
        if first.name != second.name or not (is_one(first) and is_one(second)) or order.gates:
            continue
        roots = roots_of(first.key), roots_of(second.key)
        if not all(roots) or roots[0] & roots[1] or not all(_is_own(flow, one.op) for one in (first, second)):
            continue
        if any(isinstance(one, ir.Var) for both in roots for one in both) or not _is_alike(first, second):
            continue
        yield Proposal(
            message=f"{first.op.text} and then {second.op.text}: a run with the two exchanged takes them in opposite "
            "order, and each waits for the other",
            key=first.text,
            span=second.op.span,
            path=second.op.path,
            evidence=first.fact.evidence,
            related=[(first.op.span, first.op.path, "held since here")],
            pair=frozenset({(second.op, "order")}),
            trace=_cycle(first, second, ("", "the same two, exchanged")),
            acts=(second.op,),
            premise=f"two {flow.entry.noun}, one with the arguments of the other exchanged",
            consequence="each holds what the other one waits for",
        )


def _is_alike(first: Taking, second: Taking) -> bool:
    """Whether the same is done to both: else they are of different roles, and nobody exchanges them."""
    if first.fact.kind != second.fact.kind:
        return False
    fields = [{cell.field for cell in written_cells(one.op)} for one in (first, second)]
    return first.fact.kind == "row.read" or fields[0] == fields[1]


def _is_own(flow: Flow, op: ir.Op) -> bool:
    """Whether an op stands in the function itself."""
    whole: nodes.Span = flow.lowered.node.span
    return op.path == flow.lowered.path and whole.line <= op.span.line <= whole.end_line


# ------------------------------------------------------------------------------ taken again


def _taken_again(flow: Flow) -> Iterator[Proposal]:
    """A lock that its holder waits for."""
    known = takings_of(flow)
    for second in known:
        for first in known:
            if not isinstance(first.op, ir.Acquire) or not isinstance(second.op, ir.Acquire):
                continue
            if first.op.is_reentrant or first.op.lock != second.op.lock or second.op not in first.held:
                continue
            if flow.exclude(first.op, second.op):
                continue
            yield Proposal(
                message=f"{first.text} is taken again by who holds it, and waits for itself",
                key=first.text,
                span=first.op.span,
                path=first.op.path,
                evidence=first.fact.evidence,
                related=[(second.op.span, second.op.path, "taken again here")],
                pair=frozenset({(second.op, "order")}),
                trace=holding(
                    (
                        told_step("A", first.op, "acquire"),
                        told_step("A", second.op, "wait", "waits for itself"),
                        told_step("B", first.op, "wait", "waits for A, for ever"),
                    ),
                    held_by(first.op),
                    A=(0, None),
                ),
                acts=(second.op,),
                premise=f"two {flow.entry.noun}, of which one is enough",
                consequence="the run never goes on, and nobody gets the lock any more",
            )


# ------------------------------------------------------------------------------- two paths


def _inversions(flow: Flow) -> Iterator[Proposal]:
    """Two different locks, or rows of two tables, that another function of the module takes the other way round."""
    mine = [one for one in orders_of(flow) if one.first.name != one.second.name]
    if not mine:
        return
    for other in flow.siblings:
        for theirs in orders_of(other):
            for one in mine:
                if theirs.first.name == one.second.name and theirs.second.name == one.first.name:
                    if not (one.gates & theirs.gates) and _may_meet(one, theirs):
                        yield _inversion(flow, one, theirs)


def _may_meet(one: Order, other: Order) -> bool:
    """Whether two paths may be about the same locks: of rows, that those of each path belong together."""
    return all(
        not order.first.is_row
        or not order.second.is_row
        or bool(roots_of(order.first.key) & roots_of(order.second.key))
        for order in (one, other)
    )


def _inversion(flow: Flow, one: Order, other: Order) -> Proposal:
    first, second = one.first, one.second
    where = f"{Path(other.first.op.path).name}:{other.first.op.span.line}"
    return Proposal(
        message=f"{second.text} after {first.text}, and the other way round at {where}: two runs wait for each other",
        key="|".join(sorted((first.text, second.text))),
        span=second.op.span,
        path=second.op.path,
        evidence=first.fact.evidence,
        related=[
            (first.op.span, first.op.path, "held since here"),
            (other.first.op.span, other.first.op.path, f"{other.first.text} first"),
            (other.second.op.span, other.second.op.path, f"then {other.second.text}"),
        ],
        pair=frozenset({(second.op, "order")}),
        trace=holding(
            holding(
                (
                    told_step("A", first.op, "acquire"),
                    told_step("B", other.first.op, "acquire"),
                    told_step("A", second.op, "wait", "waits for B"),
                    told_step("B", other.second.op, "wait", "waits for A"),
                ),
                held_by(first.op),
                A=(0, None),
            ),
            held_by(other.first.op),
            B=(1, None),
        ),
        acts=(second.op,),
        premise=f"two {flow.entry.noun}, each on one of the two paths",
        consequence="each holds what the other one waits for",
        group=frozenset({first.name, second.name}),
    )


def _cycle(first: Taking, second: Taking, notes: tuple[str, str]) -> tuple[ir.TraceStep, ...]:
    steps = (
        told_step("A", first.op, "acquire", notes[0]),
        told_step("B", first.op, "acquire", notes[1]),
        told_step("A", second.op, "wait", "waits for B"),
        told_step("B", second.op, "wait", "waits for A"),
    )
    return holding(steps, held_by(first.op), A=(0, None), B=(1, None))
