"""How FEN210 (cache-stampede) is looked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fenceline.analyzer import ir
from fenceline.analyzer.flow import Flow, leaves, terms_of
from fenceline.analyzer.ir_walk import ops_in
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.slices import Candidate
from fenceline.analyzer.suspicion import suspicion_of
from fenceline.analyzer.values import guard_terms, vars_of
from fenceline.queries.proposal import Proposal, told_step, weakest

_FILLS = frozenset({"kv.write", "kv.insert", "kv.update"})
_TOTALS = frozenset({"AGGREGATE", "COUNT"})
_ONE_ROW = frozenset({"pk exact", "id exact"})


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """Something that takes long: in words, and whether it is dear whatever there is in the database."""

    fact: Fact
    told: str
    is_dear: bool


def query(flow: Flow) -> Iterator[Proposal]:
    """Look-ups of keys whose values are computed and set where they are missing."""
    if flow.entry.what == "job":
        return  # one run fills it for all
    facts = [one for one in flow.lowered.facts if one.op in flow.places]
    for read in facts:
        if read.kind != "kv.read" or not isinstance(read.op, ir.Atomic):
            continue
        gets = [one for one in read.op.steps if isinstance(one, ir.Get) and one.bind is not None]
        if len(gets) != 1 or gets[0].bind is None:
            continue
        cell = gets[0].cell
        if any(isinstance(one, ir.PutIfAbsent) for one in read.op.steps):
            found = _works(flow, [one for one in facts if flow.is_before(one.op, read.op)], read)
            yield from _proposals(flow, read, read, cell, found)
            continue
        for fill in facts:
            if fill.kind in _FILLS and _fills(fill, cell) and flow.is_before(read.op, fill.op):
                between = [one for one in facts if _is_between(flow, read, one, fill)]
                missed = [one for one in between if _is_missed(flow, gets[0].bind, one.op)]
                if _is_missed(flow, gets[0].bind, fill.op) and gets[0].bind not in _made_of(flow, fill):
                    yield from _proposals(flow, read, fill, cell, _works(flow, missed, fill))
                break


def _is_between(flow: Flow, read: Fact, one: Fact, fill: Fact) -> bool:
    return flow.is_before(read.op, one.op) and flow.is_before(one.op, fill.op) and not flow.exclude(one.op, fill.op)


def _fills(fact: Fact, cell: ir.Cell) -> bool:
    """Whether an op overwrites the cell, or puts a value where there is none."""
    if not isinstance(fact.op, ir.Atomic):
        return False
    return any(isinstance(one, ir.Put | ir.PutIfAbsent) and one.cell == cell for one in fact.op.steps)


# ------------------------------------------------------------------------------ where it is missing


def _is_missed(flow: Flow, bind: str, op: ir.Op) -> bool:
    """Whether an op happens only where nothing was found."""
    if bind not in flow.controls(op):
        return False
    for branch, _ in flow.branches_on(bind):
        for side, other, is_then in ((branch.then, branch.orelse, True), (branch.orelse, branch.then, False)):
            if _means_missing(branch.guard, bind, is_then):
                inside = ops_in(side)
                if op in inside or (leaves(other) and op not in ops_in(other) and branch in _passed(flow, bind, op)):
                    return True
    return False


def _passed(flow: Flow, bind: str, op: ir.Op) -> list[ir.Branch]:
    """The branches on a name whose guards an op is under, whether it stands in them or after them."""
    guards = flow.places[op].guards
    return [branch for branch, _ in flow.branches_on(bind) if branch.guard in guards]


def _means_missing(guard: ir.Guard, bind: str, is_then: bool) -> bool:
    """Whether the side of a branch is taken where the name is absent, and for that reason."""
    absent, present = _holds(guard, bind, True), _holds(guard, bind, False)
    if not is_then:
        absent, present = _negated(absent), _negated(present)
    return absent is True or (absent is None and present is False)


def _negated(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _holds(guard: ir.Guard, bind: str, is_absent: bool) -> bool | None:
    """A guard's answer where nothing, or something, was found; None where that does not settle it."""
    match guard:
        case ir.IsAbsent(term=ir.Var(name=name)) if name == bind:
            return is_absent
        case ir.IsTrue(term=term) if bind in vars_of(term):
            return not is_absent
        case ir.Not(guard=inner):
            return _negated(_holds(inner, bind, is_absent))
        case ir.AllOf(guards=parts):
            answers = [_holds(one, bind, is_absent) for one in parts]
            return False if False in answers else None if None in answers else True
        case ir.AnyOf(guards=parts):
            answers = [_holds(one, bind, is_absent) for one in parts]
            return True if True in answers else None if None in answers else False
        case _:
            return None


# --------------------------------------------------------------------------------- what is expensive


def _works(flow: Flow, facts: list[Fact], fill: Fact) -> list[_Work]:
    """What is expensive of the ops of which the stored value is made, the dearest first."""
    made_of = _made_of(flow, fill)
    found: list[_Work] = []
    for one in facts:
        work = _work_of(flow, one)
        if work is None:
            continue
        if isinstance(one.op, ir.Atomic):
            is_used = any(isinstance(step, ir.Get) and step.bind in made_of for step in one.op.steps)
        else:
            is_used = any(_comes_from(flow, term, one, set()) for term in terms_of(fill.op))
        if is_used:
            found.append(work)
    return sorted(found, key=lambda work: not work.is_dear)


def _made_of(flow: Flow, fill: Fact) -> frozenset[str]:
    """The names of which the stored value is made, not those that only decided on it."""
    return frozenset[str]().union(*(flow.value_roots(term, set()) for term in terms_of(fill.op)))


def _work_of(flow: Flow, fact: Fact) -> _Work | None:
    if fact.kind in {"time", "external"}:
        return None if fact.hint == "sleep" else _Work(fact, fact.target, is_dear=True)
    if fact.bag is None or fact.row is None or any(part.value in _ONE_ROW for part in _constants(fact.bag.key)):
        return None
    is_repeated = any(isinstance(one, ir.Loop) and one.kind == "data" for one in flow.places[fact.op].blocks)
    label = fact.model.label if fact.model is not None else fact.target
    if fact.verb in _TOTALS:
        return _Work(fact, f"{fact.verb.lower()} of {label}", is_dear=False)
    if fact.kind != "row.read":
        return None
    if is_repeated:
        return _Work(fact, f"a query of {label} for each of many", is_dear=True)
    if fact.row.origin in {"each", "values"}:
        return _Work(fact, f"a query of {label}", is_dear=False)
    return None


def _constants(terms: tuple[ir.Term, ...]) -> Iterator[ir.Const]:
    for term in terms:
        if isinstance(term, ir.Const):
            yield term


def _comes_from(flow: Flow, term: ir.Term, call: Fact, seen: set[str]) -> bool:
    """Whether a value is made of what a call gave back."""
    if isinstance(term, ir.Var):
        if term.name in seen:
            return False
        seen.add(term.name)
        return any(_comes_from(flow, one, call, seen) for one, _ in flow.lets.get(term.name, ()))
    if not isinstance(term, ir.Apply):
        return False
    what = call.op.what if isinstance(call.op, ir.External) else f".{call.verb}"
    return term.label == what or any(_comes_from(flow, one, call, seen) for one in term.args)


# ----------------------------------------------------------------------------- one at a time, or early


def _is_guarded(flow: Flow, work: ir.Op) -> bool:
    """Whether a lock is held around the work, or a mark that only one run can set lets it in."""
    controls = flow.controls(work)
    for op in flow.places:
        if not flow.is_before(op, work):
            continue
        if isinstance(op, ir.Acquire) and not _is_released(flow, op, work):
            return True
        if isinstance(op, ir.Atomic):
            if op.row_locks:
                return True
            if any(isinstance(one, ir.PutIfAbsent | ir.Modify) and one.bind in controls for one in op.steps):
                return True
    return False


def _is_released(flow: Flow, taken: ir.Acquire, work: ir.Op) -> bool:
    return any(
        isinstance(op, ir.Release)
        and op.lock == taken.lock
        and flow.is_before(taken, op)
        and flow.is_before(op, work)
        and not flow.exclude(op, work)
        for op in flow.places
    )


def _is_by_chance(flow: Flow, work: ir.Op) -> bool:
    """Whether a run may renew the value before it is missing, by chance."""
    return any(_is_fresh(term) for guard in flow.places[work].guards for term in guard_terms(guard))


def _is_fresh(term: ir.Term) -> bool:
    return isinstance(term, ir.Fresh) or (isinstance(term, ir.Apply) and any(_is_fresh(one) for one in term.args))


def _is_for_all(term: ir.Term) -> bool:
    """Whether a key is the same for every request."""
    if isinstance(term, ir.Apply):
        return all(_is_for_all(one) for one in term.args)
    return isinstance(term, ir.Const | ir.Shared)


# ---------------------------------------------------------------------------------------- proposals


def _proposals(flow: Flow, read: Fact, fill: Fact, cell: ir.Cell, works: list[_Work]) -> Iterator[Proposal]:
    if not works or any(_is_guarded(flow, one.fact.op) or _is_by_chance(flow, one.fact.op) for one in works):
        return
    work = works[0]
    doubt = ""
    if not all(_is_for_all(one) for one in cell.key):
        doubt = "how many requests ask for one key is not known"
    elif not work.is_dear:
        doubt = "the query may be cheap"
    doubt = doubt or suspicion_of(flow, Candidate((read.op,), (fill.op,), frozenset({cell})))
    op = work.fact.op
    related = [(op.span, op.path, "computed here")]
    steps = [told_step(who, read.op, "miss", "finds nothing", f"GET {read.target}") for who in "AB"]
    steps += [told_step(who, op, "compute", note) for who, note in (("A", ""), ("B", "the same once more"))]
    steps += [told_step(who, fill.op, "set", "", f"SET {read.target}") for who in "AB"]
    if fill is not read:
        related.append((fill.op.span, fill.op.path, "stored here"))
    yield Proposal(
        message=f"{read.target} is computed ({work.told}) by every process that finds it missing, all at once",
        key=f"{read.target}|fill",
        span=read.op.span,
        path=read.op.path,
        evidence=weakest(read, fill),
        related=related,
        pair=frozenset({(read.op, "fill")}),
        trace=tuple(steps),
        acts=(fill.op,),
        is_certain=not doubt,
        suspicion=doubt,
        consequence="what the cache was to spare is done as often as it is asked for",
    )
