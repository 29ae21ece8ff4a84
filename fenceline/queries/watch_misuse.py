"""How FEN207 (watch-misuse) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow, read_steps
from fenceline.analyzer.ir_walk import ops_in
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.memos import is_memo, is_refill, is_sorting_out
from fenceline.analyzer.pairs import Pair, effects_of, pairs_of, reads_for, value_depends, writers_of
from fenceline.analyzer.slices import Candidate
from fenceline.queries.proposal import Proposal, place_of_read, told_step, weakest

_EXEC = frozenset({"kv.exec"})
_ALL = frozenset({"Exception", "BaseException", "*"})
_UNRETRIED = frozenset({"never", "by-hand"})


def query(flow: Flow) -> Iterator[Proposal]:
    """Transactions on what was read unwatched, and watched transactions whose refusal is lost."""
    if any(one.verb == "EXEC" for one in flow.lowered.facts):
        yield from _unwatched(flow)
        yield from _lost(flow)


# ------------------------------------------------------------- decided on what is not watched


def _unwatched(flow: Flow) -> Iterator[Proposal]:
    for pair in pairs_of(flow, _EXEC):
        if pair.read.family != "kv" or pair.read.verb == "EXEC":
            continue
        writers = [one for one in writers_of(flow, pair.cell) if one.verb == "EXEC" and one in pair.acts]
        acts = [one for one in writers if one.kind != "kv.exec" or not _is_watched(flow, pair, one)]
        if not acts or _is_harmless(flow, pair, acts):
            continue
        act = acts[0]
        is_computed = value_depends(act, pair.cell, pair.bind, flow)
        effects = () if is_computed else effects_of(flow, pair, acts)
        span, path = place_of_read(flow, pair.read, pair.bind)
        doubt = _may_be_watched(flow, pair, act)
        used = "and what is computed from it written" if is_computed else "tested and then changed"
        yield Proposal(
            message=f"{pair.read.target} is read ({pair.read.verb}), {used} in MULTI/EXEC, {_fault(flow, pair, act)}",
            key=f"{pair.read.target}|EXEC",
            span=span,
            path=path,
            evidence=weakest(pair.read, act),
            candidate=Candidate(
                reads_for(flow, pair, acts), _points(flow, pair, acts), frozenset({pair.cell}), effects
            ),
            related=[(act.op.span, act.op.path, "changed here")],
            pair=frozenset({(pair.read.op, pair.cell)}),
            suspicion=doubt,
            is_certain=not doubt,
        )


def _may_be_watched(flow: Flow, pair: Pair, act: Fact) -> str:
    """Why what is watched may be what was read; '' where the two names are spelt out, or nothing is watched."""
    watched = [step.cell for one in _watches(flow, act) for step in read_steps(one.op)]
    if any((one.store, one.key) == (pair.cell.store, pair.cell.key) for one in watched):
        return ""
    if all(_is_spelt(one) for one in (pair.cell, *watched)):
        return ""
    return "the names of what is watched and of what was read come from calls" if watched else ""


def _is_spelt(cell: ir.Cell) -> bool:
    """Whether a key is a value of its own, or has a text of the source in it: not only what some call gives."""
    return any(not isinstance(one, ir.Apply) or _has_text(one) for one in cell.key)


def _has_text(term: ir.Term) -> bool:
    if isinstance(term, ir.Apply):
        return any(_has_text(one) for one in term.args)
    return isinstance(term, ir.Const) and isinstance(term.value, str)


def _points(flow: Flow, pair: Pair, acts: list[Fact]) -> tuple[ir.Op, ...]:
    """The ops before which the read must not be old: the changes, and a WATCH that comes too late for it."""
    late = [watch.op for one in acts for watch in _watches(flow, one) if _covers(watch, pair.cell)]
    return tuple(dict.fromkeys([*late, *(one.op for one in acts)]))


def _is_harmless(flow: Flow, pair: Pair, acts: list[Fact]) -> bool:
    """Whether either run's change is as good, whatever the other does: a cache filled, members sorted out."""
    if is_refill(flow, pair, acts):
        return True
    if is_sorting_out(pair, acts) and not effects_of(flow, pair, acts):
        return True
    written = [term for one in acts for _, term in _writes(one.op)]
    return is_memo(flow, pair.cell, pair.bind, flow.settled(written))


def _writes(op: ir.Op) -> Iterator[tuple[ir.Cell, ir.Term]]:
    for step in op.steps if isinstance(op, ir.Atomic) else ():
        if isinstance(step, ir.CompareAndSet):
            yield from step.writes
        elif isinstance(step, ir.Put | ir.Modify | ir.PutIfAbsent):
            yield step.cell, step.value


def _watches(flow: Flow, act: Fact) -> Iterator[Fact]:
    """The WATCH commands whose keys an EXEC compares."""
    names = {
        term.name
        for step in (act.op.steps if isinstance(act.op, ir.Atomic) else ())
        if isinstance(step, ir.CompareAndSet)
        for _, term in step.expect
        if isinstance(term, ir.Var)
    }
    for one in flow.lowered.facts:
        if one.kind == "kv.watch" and isinstance(one.op, ir.Atomic):
            if any(isinstance(step, ir.Get) and step.bind in names for step in one.op.steps):
                yield one


def _covers(watch: Fact, cell: ir.Cell) -> bool:
    """Whether a WATCH names the key of a cell, whatever field of it is meant."""
    steps = watch.op.steps if isinstance(watch.op, ir.Atomic) else ()
    return any((one.cell.store, one.cell.key) == (cell.store, cell.key) for one in steps if isinstance(one, ir.Get))


def _is_watched(flow: Flow, pair: Pair, act: Fact) -> bool:
    """Whether the key was watched before it was read; what a reader would call by the same name is taken for it."""
    return any(
        (_covers(one, pair.cell) or one.target == pair.read.target)
        and one.op in flow.places
        and flow.is_before(one.op, pair.read.op)
        for one in _watches(flow, act)
    )


def _fault(flow: Flow, pair: Pair, act: Fact) -> str:
    watches = list(_watches(flow, act))
    if any(_covers(one, pair.cell) for one in watches):
        return "but the read comes before the WATCH"
    if watches:
        return f"which watches {watches[0].target} and not what was read"
    return "which does not watch it"


# ------------------------------------------------------------------------ conflicts that are lost


def _lost(flow: Flow) -> Iterator[Proposal]:
    for fact in flow.lowered.facts:
        if fact.kind != "kv.exec" or fact.op not in flow.places:
            continue
        catching = _handler_for(flow, fact.op)
        if catching is None:
            if flow.entry.what == "task" and flow.entry.word("retried") in _UNRETRIED:
                yield _lost_proposal(flow, fact, "ends the task, and nobody repeats it", is_certain=True)
            continue
        tried, handler = catching
        if _is_forgotten(flow, fact.op, tried, handler):
            is_meant = "watch" in handler.classes and "remote" not in handler.classes
            yield _lost_proposal(flow, fact, "is caught and forgotten", is_certain=is_meant)


def _handler_for(flow: Flow, op: ir.Op) -> tuple[ir.Try, ir.Except] | None:
    """The innermost handler that gets the error of a refused EXEC, if there is any in the entry."""
    for block in reversed(flow.places[op].blocks):
        if isinstance(block, ir.Try) and op in ops_in(block.body):
            for handler in block.handlers:
                if not handler.classes or "watch" in handler.classes or not _ALL.isdisjoint(handler.classes):
                    return block, handler
    return None


def _is_forgotten(flow: Flow, op: ir.Op, tried: ir.Try, handler: ir.Except) -> bool:
    """Whether all goes on after a conflict as if there had been none: nothing is done, told or tried again."""
    if not handler.is_silent or any(isinstance(one, ir.Let) for one in handler.body.items):
        return False
    blocks = flow.places[op].blocks
    inside = blocks[blocks.index(tried) :]
    around = [one for one in blocks[: blocks.index(tried)] if isinstance(one, ir.Loop | ir.Frame)]
    if any(isinstance(one, ir.Loop) for one in inside):
        return False  # what is left of the loop is left
    nearest = around[-1] if around else None
    if isinstance(nearest, ir.Loop) and (nearest.kind != "data" or _has_end(nearest.body)):
        return False  # it goes round again
    return not _tells(tried.body) and not _tells(tried.orelse)


def _has_end(seq: ir.Seq) -> bool:
    """Whether a loop is left by a test or a jump of its own: until something is true."""
    for item in seq.items:
        if isinstance(item, ir.Break):
            return True
        if isinstance(item, ir.Branch) and (_has_end(item.then) or _has_end(item.orelse)):
            return True
        if isinstance(item, ir.Try) and (_has_end(item.body) or _has_end(item.orelse)):
            return True
    return False


def _tells(seq: ir.Seq) -> bool:
    """Whether the way without a conflict ends in a value that the other way does not give."""
    for item in seq.items:
        match item:
            case ir.Return(value=value) if value not in {None, ir.Const(None)}:
                return True
            case ir.Branch(then=then, orelse=orelse) if _tells(then) or _tells(orelse):
                return True
            case ir.Try(body=body, orelse=orelse) if _tells(body) or _tells(orelse):
                return True
            case ir.Tx(body=body) if _tells(body):
                return True
            case _:
                pass
    return False


def _lost_proposal(flow: Flow, fact: Fact, fate: str, *, is_certain: bool) -> Proposal:
    watch = next(iter(_watches(flow, fact)), None)
    related = [(watch.op.span, watch.op.path, "watched here")] if watch is not None else []
    steps = [told_step("A", watch.op, "watch")] if watch is not None else []
    steps += [
        told_step("B", fact.op, "write", f"changes what A watches ({fact.target})"),
        told_step("A", fact.op, "refused", f"raises WatchError, which {fate}: nothing is written"),
    ]
    return Proposal(
        message=f"EXEC on {fact.target} is refused when a watched key has changed, and the WatchError {fate}: "
        "the change is lost",
        key=f"{fact.target}|lost",
        span=fact.op.span,
        path=fact.op.path,
        evidence=fact.evidence,
        related=related,
        severity=Severity.WARNING,
        trace=tuple(steps),
        acts=(fact.op,),
        is_certain=is_certain,
        suspicion="" if is_certain else "the handler is for all errors",
        consequence="the change of A is lost, and nobody is told",
    )
