"""Cuts an effect tree down to what can matter for one candidate pair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import cast

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.flow import Flow, leaves, read_steps, unsigned, written_cells
from fenceline.analyzer.lower_state import Opened
from fenceline.analyzer.prune import prune
from fenceline.analyzer.values import vars_of
from fenceline.analyzer.weights import CORE, Weights, raises


@dataclass(slots=True, eq=False)
class Candidate:
    """A pair that a rule proposes: reads and the acts decided on, or computed from, what they read.

    ``cells`` are the cells of the pair; ``effects`` further ops that the outcome compares. ``acked_at_end``: the
    message that the run works on counts as done when the run has ended. ``leases``: the keys that are locks made by
    hand, and that may expire. ``within``: a transaction of the caller's that is open around all of it. ``besides``:
    what ops of the pair do besides what their lowering says, as a save that writes back what it has not changed.
    """

    reads: tuple[ir.Op, ...]
    acts: tuple[ir.Op, ...]
    cells: frozenset[ir.Cell]
    effects: tuple[ir.Op, ...] = ()
    acked_at_end: bool = False
    leases: frozenset[ir.Cell] = frozenset()
    within: Opened | None = None
    besides: Mapping[ir.Op, tuple[ir.Step, ...]] = field(default_factory=dict)


@dataclass(eq=False)
class Slicer:
    """What is known while one candidate's slice is cut: ops kept, cells watched, names that matter."""

    flow: Flow
    candidate: Candidate
    kept: dict[ir.Op, ir.Op | None] = field(default_factory=dict)  # op → its slice
    cells: set[ir.Cell] = field(default_factory=set)
    live: set[str] = field(default_factory=set)
    clones: dict[ir.Op, ir.Op] = field(default_factory=dict)
    binds: frozenset[str] = frozenset()  # what the pair's reads bind
    faults: frozenset[str] = frozenset()
    whole: set[ir.Op] = field(default_factory=set)  # acts that happen or not: all that they write matters

    @cached_property
    def weights(self) -> Weights:
        """What parts of the tree hold, once it is known what is kept."""
        return Weights(frozenset((*self.candidate.reads, *self.candidate.acts)), self.kept.keys(), self.binds)


def program_for(flow: Flow, candidate: Candidate, faults: frozenset[str] = frozenset()) -> ir.Program:
    """The program that the explorer runs for a candidate, under these faults."""
    slicer = Slicer(flow, candidate, faults=faults)
    slicer.cells = set(candidate.cells)
    core = {*candidate.reads, *candidate.acts, *candidate.effects}
    slicer.binds = frozenset(bind for read in candidate.reads for bind in _pair_binds(slicer, read))
    slicer.whole = {op for op in (*candidate.acts, *candidate.effects) if _is_decided(slicer, op)}
    for op in slicer.whole:
        slicer.cells.update(written_cells(op))
    slicer.cells.update(_claims(flow, core))
    slicer.cells |= candidate.leases
    for op in flow.places:
        if op in core or _concerns(slicer, op):
            slicer.kept[op] = None
    slicer.live = _live_names(slicer)
    body = prune(_seq(slicer, flow.lowered.tree), candidate.cells)
    if candidate.acked_at_end:
        ack = ir.Ack(flow.lowered.node.name_span, flow.lowered.path, "ACK")
        body = ir.Seq([ir.Try(body, [], ir.Seq(), ir.Seq([ack]))])
    if candidate.within is not None:
        body = ir.Seq([ir.Tx(body, candidate.within.span, candidate.within.path)])
    return ir.Program(
        body,
        _equal_args(slicer),
        tuple(slicer.clones[op] for op in candidate.reads if op in slicer.clones),
        tuple(slicer.clones[op] for op in candidate.acts if op in slicer.clones),
        faults,
        leases=candidate.leases,
    )


def _claims(flow: Flow, core: set[ir.Op]) -> Iterator[ir.Cell]:
    """The cells whose conditional write decides whether the pair happens: a lock or a mark made by hand."""
    for name in sorted({name for op in core for name in flow.controls(op)}):
        _, step = flow.binders.get(name, (None, None))
        if isinstance(step, ir.PutIfAbsent | ir.Remove):
            yield step.cell
        elif isinstance(step, ir.CompareAndSet):
            yield from (cell for cell, _ in step.writes)


def held_by_caller(program: ir.Program) -> ir.Program:
    """The same program inside a transaction of its caller's."""
    place = nodes.Span(1, 1, 1, 1)
    return replace(program, body=ir.Seq([ir.Tx(program.body, place, "")]))


def _is_decided(slicer: Slicer, op: ir.Op) -> bool:
    """Whether the op happens or not depending on what the pair's reads gave."""
    return bool(slicer.binds & slicer.flow.controls(op))


def _pair_binds(slicer: Slicer, read: ir.Op) -> Iterator[str]:
    """The names that a read of the pair gives to the pair's cells, or to whether it has changed anything."""
    for step in read.steps if isinstance(read, ir.Atomic) else ():
        if (isinstance(step, ir.Get) and step.cell in slicer.candidate.cells and step.bind is not None) or (
            isinstance(step, ir.CompareAndSet) and step.bind is not None
        ):
            yield step.bind


def _concerns(slicer: Slicer, op: ir.Op) -> bool:
    """Whether an op outside the pair is kept: locks, transactions, and what touches the cells of the pair."""
    if isinstance(op, ir.Acquire | ir.Release | ir.Begin | ir.Commit | ir.Rollback):
        return True
    if isinstance(op, ir.Ack):
        return "crash" in slicer.faults  # after it the message does not come again
    if not isinstance(op, ir.Atomic):
        return False
    if op.row_locks:
        return True
    if any(cell in slicer.cells for cell in written_cells(op)):
        return True
    if any(isinstance(s, ir.CompareAndSet) and any(c in slicer.cells for c, _ in s.expect) for s in op.steps):
        return True
    return any(step.cell in slicer.candidate.cells for step in read_steps(op))


def _written(slicer: Slicer) -> set[ir.Cell]:
    return {cell for op in slicer.kept for cell in written_cells(op)}


def _live_names(slicer: Slicer) -> set[str]:
    """What kept steps bind: reads of cells that a kept op changes, and the results of kept writes and locks."""
    written = _written(slicer)
    names: set[str] = set()
    for op in slicer.kept:
        if isinstance(op, ir.Acquire) and op.bind:
            names.add(op.bind)
        if isinstance(op, ir.Atomic):
            for step in op.steps:
                bind = getattr(step, "bind", None)
                if bind and (not isinstance(step, ir.Get) or step.cell in written):
                    names.add(bind)
    for name in slicer.flow.lets:
        if slicer.flow.roots(frozenset({name})) & names:
            names.add(name)
    names.update(bind for steps in slicer.candidate.besides.values() for one in steps if (bind := _bound_by(one)))
    return names


def _bound_by(step: ir.Step) -> str | None:
    return getattr(step, "bind", None)


def _is_live(slicer: Slicer, item: ir.Term | ir.Guard) -> bool:
    return bool(vars_of(item) & slicer.live)


# ------------------------------------------------------------------------- trees


def _seq(slicer: Slicer, seq: ir.Seq) -> ir.Seq:
    found = ir.Seq()
    for index, item in enumerate(seq.items):
        made = _branch(slicer, item, seq, index) if isinstance(item, ir.Branch) else _item(slicer, item)
        if isinstance(made, ir.Seq):
            found.items.extend(made.items)
            if leaves(made):
                break
        elif made is not None:
            found.items.append(made)
        if isinstance(made, ir.Return | ir.Raise | ir.Break | ir.Continue):
            break
    return found


def _item(slicer: Slicer, item: ir.Tree) -> ir.Tree | None:
    match item:
        case ir.Op():
            return cast("ir.Tree", _op(slicer, item)) if item in slicer.kept else None
        case ir.Seq():
            return _seq(slicer, item)
        case ir.Let(bind=bind, value=value):
            return ir.Let(bind, _term(slicer, value))
        case ir.Branch():
            return _branch(slicer, item, ir.Seq([item]), 0)
        case ir.Loop():
            body = _seq(slicer, item.body)
            return replace_body(item, body) if _matters(body) else None
        case ir.Tx():
            body = _seq(slicer, item.body)
            return ir.Tx(body, item.span, item.path, item.isolation) if body.items else None
        case ir.Frame():
            return replace(item, body=_seq(slicer, item.body))
        case ir.Try():
            return _try(slicer, item)
        case ir.Return(value=value, span=span):
            return ir.Return(_term(slicer, value) if value is not None else None, span)
        case _:
            return item


def replace_body(item: ir.Loop, body: ir.Seq) -> ir.Loop:
    """The same loop around another body."""
    return ir.Loop(body, item.kind, item.span, item.path, item.rounds)


def _matters(seq: ir.Seq) -> bool:
    """Whether anything in a sequence can be seen: an op, a way out, a live name."""
    for item in seq.items:
        if isinstance(item, ir.Op | ir.Return | ir.Raise | ir.Let):
            return True
        if isinstance(item, ir.Branch) and (_matters(item.then) or _matters(item.orelse)):
            return True
        if isinstance(item, ir.Seq | ir.Loop | ir.Tx | ir.Frame) and _matters(
            item if isinstance(item, ir.Seq) else item.body
        ):
            return True
        if isinstance(item, ir.Try):
            return True
    return False


def _branch(slicer: Slicer, item: ir.Branch, seq: ir.Seq, index: int) -> ir.Tree | None:
    """The slice of a branch that stands at this place of a sequence."""
    guard = _guard(slicer, item.guard)
    if guard is not None:
        return ir.Branch(guard, _seq(slicer, item.then), _seq(slicer, item.orelse), item.span, item.path)
    then, orelse = slicer.weights.of(item.then), slicer.weights.of(item.orelse)
    ahead = slicer.weights.ahead(seq)
    if max(then, orelse) < CORE and ahead.weights[index + 1] >= CORE:
        if leaves(item.then) != leaves(item.orelse):
            return _seq(slicer, item.orelse if leaves(item.then) else item.then)
    if then == orelse == 0:
        weight, fails = ahead.weights[index + 1], ahead.raises[index + 1]
        return _seq(slicer, _way_on(item, is_before=weight > 0, fails=fails))
    return _seq(slicer, item.then if then >= orelse else item.orelse)


def _way_on(item: ir.Branch, *, is_before: bool, fails: bool) -> ir.Seq:
    """A branch that depends on nothing watched and holds nothing kept: the run takes the way to the pair.

    That is the side that goes on where the pair lies behind it (``is_before``), else the one that does not end in an
    exception. ``fails``: what comes after the branch does.
    """
    has_then = any(not isinstance(one, ir.Slow) for one in item.then.items)
    sides = [item.then, item.orelse] if has_then else [item.orelse, item.then]
    going_on = [one for one in sides if not leaves(one)]
    if is_before and going_on:
        return going_on[0]
    good = [one for one in sides if not raises(one) and not (fails and not leaves(one))]
    staying = [one for one in good if not leaves(one)]
    return (staying or good or going_on or sides)[0]


def _try(slicer: Slicer, item: ir.Try) -> ir.Tree | None:
    body = _seq(slicer, item.body)
    final = _seq(slicer, item.final)
    orelse = _seq(slicer, item.orelse)
    handlers = [ir.Except(one.classes, _seq(slicer, one.body)) for one in item.handlers]
    if not _matters(body) and not _matters(orelse):
        return final if _matters(final) else None
    if not handlers and not final.items:
        return ir.Seq([*body.items, *orelse.items])
    return ir.Try(body, handlers, orelse, final)


# ------------------------------------------------------------------- ops and terms


def _op(slicer: Slicer, op: ir.Op) -> ir.Op:
    made = slicer.clones.get(op)
    if made is None:
        made = _slice_op(slicer, op)
        slicer.clones[op] = made
    return made


def _slice_op(slicer: Slicer, op: ir.Op) -> ir.Op:
    if isinstance(op, ir.Atomic):
        steps = tuple(s for s in (_step(slicer, op, step) for step in op.steps) if s is not None)
        steps += slicer.candidate.besides.get(op, ())
        return ir.Atomic(op.span, op.path, op.text, steps, op.is_transactional, op.row_locks, op.row_lock_mode)
    if isinstance(op, ir.Send):
        values = tuple(_term(slicer, one) for one in op.values)
        return ir.Send(op.span, op.path, op.text, op.what, values, op.is_hook, op.bind)
    if isinstance(op, ir.External):
        values = tuple(_term(slicer, one) for one in op.values)
        return replace(op, values=values)
    return op


def _step(slicer: Slicer, op: ir.Atomic, step: ir.Step) -> ir.Step | None:
    if isinstance(step, ir.Get):
        return step if step.bind in slicer.live or step.cell in slicer.candidate.cells else None
    if isinstance(step, ir.CompareAndSet):
        return _compare_and_set(slicer, step)
    if step.cell not in slicer.cells and op not in slicer.whole:
        return None
    if isinstance(step, ir.Put) and step.cell not in slicer.candidate.cells and _is_same_for_all(step.value):
        return None
    if isinstance(step, ir.Put):
        unless = _term(slicer, step.unless) if step.unless is not None else None
        return replace(step, value=_term(slicer, step.value), unless=unless)
    if isinstance(step, ir.Modify | ir.PutIfAbsent | ir.Insert):
        return replace(step, value=_term(slicer, step.value))
    return step


def _is_same_for_all(term: ir.Term) -> bool:
    """A value that every run would write: whether it is written tells no more than the act itself."""
    if isinstance(term, ir.Apply):
        return all(_is_same_for_all(one) for one in term.args)
    return isinstance(term, ir.Const | ir.Shared)


def _compare_and_set(slicer: Slicer, step: ir.CompareAndSet) -> ir.Step:
    written = slicer.cells | {cell for cell, _ in step.writes}
    expect = tuple(
        (cell, None if value is None else _term(slicer, value)) for cell, value in step.expect if cell in written
    )
    writes = tuple((cell, _term(slicer, value)) for cell, value in step.writes)
    expect = expect or step.expect[:1]
    guard = step.guard if step.expect[0][0] in slicer.cells else None
    is_noticed = step.bind is not None and any(True for _ in slicer.flow.branches_on(step.bind))
    return replace(step, expect=expect, writes=writes, guard=guard, is_noticed=is_noticed)


def _term(slicer: Slicer, term: ir.Term) -> ir.Term:
    """The term with names that no kept step binds as plain constants."""
    if isinstance(term, ir.Var):
        return term if term.name in slicer.live else _settled(slicer, term.name)
    if isinstance(term, ir.Apply):
        return ir.Apply(term.label, tuple(_term(slicer, one) for one in term.args))
    return term


def _settled(slicer: Slicer, name: str) -> ir.Term:
    """A name that depends on nothing watched: a value of its own where a branch settled it, else the same for all."""
    for term, _ in slicer.flow.lets.get(name, ())[:1]:
        if isinstance(term, ir.Arg | ir.Fresh | ir.Const):
            return term if len(slicer.flow.lets[name]) == 1 else ir.Shared(name)
    return ir.Shared(name)


def _guard(slicer: Slicer, guard: ir.Guard) -> ir.Guard | None:
    """The guard without its parts that depend on nothing watched; None when nothing is left."""
    match guard:
        case ir.Not(guard=inner):
            made = _guard(slicer, inner)
            return None if made is None else ir.Not(made)
        case ir.AllOf(guards=guards) | ir.AnyOf(guards=guards):
            made_of = (_guard(slicer, part) or _case(slicer, part) for part in guards)
            left = tuple(one for one in made_of if one is not None)
            if all(_is_case(one) for one in left):
                return None
            if not left:
                return None
            if len(left) == 1:
                return left[0]
            return ir.AllOf(left) if isinstance(guard, ir.AllOf) else ir.AnyOf(left)
        case ir.IsAbsent(term=term) | ir.IsTrue(term=term):
            return replace(guard, term=_term(slicer, term)) if _is_live(slicer, guard) else None
        case ir.IsEqual(term=term, value=value):
            return ir.IsEqual(_term(slicer, term), value) if _is_live(slicer, guard) else None
        case ir.Ask(label=label, args=args):
            if not _is_live(slicer, guard):
                return None
            return ir.Ask(label, tuple(_term(slicer, one) for one in args))


def _case(slicer: Slicer, part: ir.Guard) -> ir.Guard | None:
    """A part that depends on nothing watched, where another branch asks for its opposite: one of the two holds."""
    core, is_positive = unsigned(part)
    number = slicer.flow.cases.get(core)
    if number is None:
        return None
    asked = ir.Ask(f"{_CASE}{number}")
    return asked if is_positive else ir.Not(asked)


_CASE = "case "


def _is_case(guard: ir.Guard) -> bool:
    core, _ = unsigned(guard)
    return isinstance(core, ir.Ask) and core.label.startswith(_CASE)


def _equal_args(slicer: Slicer) -> frozenset[str]:
    """Arguments that occur in the keys of the cells of the pair: both requests are about the same thing.

    So are those that name a row that is locked: rows below one parent are guarded by a lock on the parent.
    """
    names: set[str] = set()
    todo: list[object] = [term for cell in slicer.candidate.cells for term in cell.key]
    for op in slicer.kept:
        if isinstance(op, ir.Acquire):
            todo.extend(op.lock)
        elif isinstance(op, ir.Atomic):
            todo.extend(term for key in op.row_locks for term in key)
    todo += [term for op in slicer.kept if isinstance(op, ir.Atomic) for key in op.row_locks for term in key]
    while todo:
        one = todo.pop()
        if isinstance(one, ir.Arg):
            names.add(one.name)
        elif isinstance(one, ir.Apply):
            todo.extend(one.args)
    return frozenset(names)
