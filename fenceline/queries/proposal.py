"""What a rule's query yields: a place to look at, and what to say if the oracle finds it true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.beside import Other
from fenceline.analyzer.explore_trace import lock_of, store_of
from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.pairs import Pair
from fenceline.analyzer.slices import Candidate
from fenceline.analyzer.values import Model, Row, term_of

_STORES = {"commit": ir.DATABASE, "rollback": ir.DATABASE, "receive": ir.BROKER}
"""Where steps go that are told beside an operation of another kind: the end of the transaction around a send."""


@dataclass(slots=True, eq=False)
class Proposal:
    """One hazard proposed.

    A race gives ``candidate`` for the explorer; a plain query gives its ``trace`` instead and is confirmed by
    ``is_certain``. ``span`` and ``path`` are the primary place; ``related`` further places with a word on each.
    ``pair`` names the reads of the hazard, so that of two rules on one pair only one speaks. ``unguarded_ends``: the
    failure of the losing run counts as an outcome of its own. ``changed_at``: where the row in memory is changed, as
    far as it is known: many units of work may commit in one place. ``group``: of the proposals with one group only the
    surest is a finding. ``needs_actor``: where a violation shows only in how the runs end, somebody must act on that,
    which nobody does on what a request or a task answers. ``other``: what runs beside it, where that is no second run
    of the same entry.
    """

    message: str
    key: str
    span: Span
    path: str
    evidence: str
    candidate: Candidate | None = None
    other: Other | None = None
    related: list[tuple[Span, str, str]] = field(default_factory=list)
    pair: frozenset[object] = frozenset()
    entry_row: bool = False
    severity: Severity | None = None
    losers_fail: bool = False
    needs_actor: bool = False
    needs_entry: bool = False
    is_certain: bool = True
    trace: tuple[ir.TraceStep, ...] = ()
    acts: tuple[ir.Op, ...] = ()
    premise: str = ""
    consequence: str = ""
    suspicion: str = ""
    changed_at: object = None
    group: object = None


def place_of_read(flow: Flow, fact: Fact, bind: str) -> tuple[Span, str]:
    """Where a value is read: for a row that was handed in, where its attribute is first used."""
    if fact.entry and bind in flow.lowered.first_use:
        return flow.lowered.first_use[bind]
    return fact.op.span, fact.op.path


def place_of_change(flow: Flow, fact: Fact, cell: ir.Cell) -> object:
    """Where the row that an op saves was given its new value for the cell, None where that is not known."""
    if fact.row is None or cell.field is None:
        return None
    return flow.lowered.changed.get(fact.row.snapshot, {}).get(cell.field)


def weakest(*facts: Fact) -> str:
    """The weakest evidence for what the receivers are: 'type', 'shape' or 'name'."""
    order = ["type", "shape", "name"]
    return max((one.evidence for one in facts), key=order.index, default="type")


def told_step(actor: str, op: ir.Op, kind: str, note: str = "", text: str | None = None) -> ir.TraceStep:
    """A step of a trace that no explorer has told: who does which op, and why it matters; ``text`` in its stead."""
    told, store = op.text if text is None else text, _STORES.get(kind) or store_of(op)
    return ir.TraceStep(actor, op.path, op.span.line, kind, told, "", note, store)


def holding(trace: Sequence[ir.TraceStep], name: str, **stretches: tuple[int, int | None]) -> tuple[ir.TraceStep, ...]:
    """The steps of a trace that no explorer has told, with a lock of this name in somebody's hands.

    A stretch says of an actor at which step it is taken and at which it ends, None where it is kept; the first is 0.
    """
    return tuple(
        replace(
            step,
            held=(
                *step.held,
                *((who, name) for who, (first, last) in stretches.items() if first <= number < (last or len(trace))),
            ),
        )
        for number, step in enumerate(trace)
    )


def held_by(op: ir.Op) -> str:
    """What a trace calls what is held after an operation: the lock that it takes, or rows."""
    return lock_of(op) if isinstance(op, ir.Acquire) else ir.ROW_LOCK


def is_about_to_be_saved(flow: Flow, pair: Pair) -> bool:
    """Whether the row is the one that a mapped class's own ``save``, ``delete`` or ``clean`` was called on."""
    lowered, row = flow.lowered, pair.read.row
    if lowered.overrides not in {"row.save", "row.delete", "none"} or not pair.read.entry or row is None:
        return False
    return row.key == ir.Arg(lowered.params[0])


def is_found_there(flow: Flow, row: Row, line: int, bind: str = "") -> bool:
    """Whether what a called function does in a line to a row that it is handed is found where that function is.

    It says itself of which model the row is; ``bind`` is no name of what else it is handed.
    """
    for called, handed in flow.lowered.receipts:
        if not isinstance(called, nodes.FunctionDef) or not called.span.line <= line <= called.span.end_line:
            continue
        if bind and any(bind in flow.value_roots(term_of(one), set()) for one in handed if not isinstance(one, Row)):
            continue
        if called in body_of(row.model):
            return True
        for value, param in zip(handed, called.params, strict=False):
            if isinstance(value, Row) and value.snapshot == row.snapshot and param.annotation is not None:
                return True
    return False


def body_of(model: Model) -> list[nodes.Stmt]:
    """The statements of a mapped class, none where it is not seen."""
    node = model.definition.node if model.definition is not None else None
    return node.body if isinstance(node, nodes.ClassDef) else []
