"""How FEN206 (non-atomic-expiry) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow, written_cells
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.values import guard_terms
from fenceline.queries.proposal import Proposal, told_step

_MAKERS = frozenset({"kv.write", "kv.insert", "kv.update"})


def query(flow: Flow) -> Iterator[Proposal]:
    """Commands that make a key whose expiry another command sets."""
    expiries = [one for one in flow.lowered.facts if one.kind == "kv.expire" and one.op in flow.places]
    makers = [one for one in flow.lowered.facts if one.kind in _MAKERS and one.op in flow.places] if expiries else []
    for expiry in expiries:
        apart = [one for one in makers if not flow.are_at_once(one.op, expiry.op)]
        made = [one for one in apart if _makes(one, expiry) and not flow.exclude(one.op, expiry.op)]
        if made and "expiry" in expiry.options and not _is_repair(flow, made, expiry):
            before = [one for one in made if flow.is_before(one.op, expiry.op)]
            made = before or made
            near = [one for one in made if _is_beside(flow, one, expiry)]
            yield _proposal(flow, (near or made)[0], expiry, "" if near else "the key may be there already")


def _makes(maker: Fact, expiry: Fact) -> bool:
    """Whether a command can be the one that makes the key, without an expiry of its own."""
    if expiry.bag is None or "expiry" in maker.options or maker.verb == "EXEC":
        return False  # a transaction may well have set the expiry, too
    return any((one.store, one.key) == (expiry.bag.store, expiry.bag.key) for one in written_cells(maker.op))


def _is_beside(flow: Flow, maker: Fact, expiry: Fact) -> bool:
    """Whether the command stands beside the expiry, or makes the key only where there is none.

    A key that lives longer than the function that writes to it was made by another one, and a third one ends its life.
    """
    return maker.kind == "kv.insert" or _function_around(flow, maker.op) is _function_around(flow, expiry.op)


def _function_around(flow: Flow, op: ir.Op) -> nodes.FunctionDef:
    """The function that an op stands in, of those that were read."""
    read = [called for called, _ in flow.lowered.receipts if isinstance(called, nodes.FunctionDef)]
    around = [one for one in read if one.span.line <= op.span.line <= one.span.end_line]
    own: nodes.FunctionDef = flow.lowered.node
    if op.path == flow.lowered.path and own.span.line <= op.span.line <= own.span.end_line:
        around.append(own)
    return min(around, key=lambda one: one.span.end_line - one.span.line, default=own)


def _is_repair(flow: Flow, made: list[Fact], expiry: Fact) -> bool:
    """Whether each run looks whether the key has an expiry, and sets one where it is missing."""
    if expiry.bag is None:
        return False
    key = expiry.bag.key[-1]
    if any(_asks_of(term, key) for guard in flow.places[expiry.op].guards for term in guard_terms(guard)):
        return True
    makes = {one.op for one in made}
    for name in flow.controls(expiry.op):
        op, step = flow.binders.get(name, (None, None))
        if isinstance(step, ir.Get) and op not in makes and step.cell.key == expiry.bag.key:
            return True
    return False


def _asks_of(term: ir.Term, key: ir.Term) -> bool:
    """Whether a value is what a question about the key gave (how long it has to live)."""
    return isinstance(term, ir.Apply) and (key in term.args or any(_asks_of(one, key) for one in term.args))


def _proposal(flow: Flow, maker: Fact, expiry: Fact, doubt: str) -> Proposal:
    is_first = flow.is_before(maker.op, expiry.op)
    first, second = (maker, expiry) if is_first else (expiry, maker)
    is_once = maker.kind == "kv.insert" or bool(flow.controls(expiry.op) - flow.controls(maker.op))
    again = "and no later run sets it" if is_once else "until a later run sets it"
    lost = f"{maker.target} may have expired: it is made anew"
    after = f"{maker.target} has no expiry, {again}" if is_first else lost
    steps = (
        told_step("A", first.op, "first"),
        told_step("A", second.op, "crash", text=f"stopped before {second.op.text}"),
        told_step("B", first.op, "later", after, text="finds the key"),
    )
    return Proposal(
        message=f"{maker.target} is made by {maker.verb} and gets its expiry by {expiry.verb}: "
        "a crash in between leaves it for ever",
        key=f"{maker.target}|{maker.verb}",
        span=maker.op.span,
        path=maker.op.path,
        evidence=maker.evidence,
        related=[(expiry.op.span, expiry.op.path, "the expiry is set here")],
        pair=frozenset({(maker.op, "expiry")}),
        severity=Severity.ERROR if is_once else None,
        trace=steps,
        acts=(maker.op,),
        premise="a process (A) is stopped between the two commands",
        consequence="a key that was meant to go stays",
        suspicion=doubt,
        is_certain=not doubt,
    )
