"""How FEN301 (non-idempotent-consumer) is looked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.deliveries import Delivery, deliveries_of, works_on
from fenceline.analyzer.flow import Flow, atoms_of, written_cells
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.repeats import candidate_for, repeated_effects, told
from fenceline.analyzer.values import show, vars_of
from fenceline.queries.proposal import Proposal


def query(flow: Flow) -> Iterator[Proposal]:
    """The effects of consumers and tasks whose messages may come twice."""
    effects = list(repeated_effects(flow, with_sends=False))
    ways = [one for one in deliveries_of(flow) if one.delivery == "at-least-once"] if effects else []
    for fact in effects if ways else ():
        for way in ways:
            if works_on(flow, way, fact.op):
                yield _proposal(flow, way, fact)
                break


def _proposal(flow: Flow, way: Delivery, fact: Fact) -> Proposal:
    function = flow.lowered.function
    related: list[tuple[object, str, str]] = [(fact.op.span, fact.op.path, "repeated when the message comes again")]
    place = way.place if way.taken is None else (way.taken.op.span, way.taken.op.path)
    if place is not None:
        related.append((*place, "taken here" if way.taken is not None else "registered here"))
    asked = _asked(flow, fact)
    key = ", without an idempotency key" if isinstance(fact.op, ir.External) and _has_key(fact) else ""
    return Proposal(
        message=f"{function} {told(fact)}{key}, and a message of {way.name} may be delivered again: "
        "after a crash the effect happens twice",
        key=function,
        span=fact.op.span,
        path=fact.op.path,
        evidence="shape" if fact.evidence == "type" else fact.evidence,  # never surer than medium: brokers are set up
        candidate=replace(candidate_for(flow, fact), acked_at_end=way.ack != "manual"),
        related=related,  # type: ignore[arg-type]
        pair=frozenset({(fact.op, "repeat")}),
        group=flow.lowered.node,
        is_certain=not asked,
        suspicion=asked,
        premise=f"a worker runs {function} and is killed; the message is delivered again",
        consequence="one delivery would have done it once",
    )


def _asked(flow: Flow, fact: Fact) -> str:
    """What decides on the effect in a way that is not read, of a value that the very op of the effect sets: a mark."""
    own = set(written_cells(fact.op))
    for guard in flow.places[fact.op].guards:
        for atom in atoms_of(guard):
            steps = [flow.binders[name][1] for name in vars_of(atom) if name in flow.binders]
            if not isinstance(atom, ir.IsTrue) or not isinstance(atom.term, ir.Apply):
                continue
            if any(isinstance(one, ir.Get) and one.cell in own for one in steps):
                return f"{show(atom.term)} could not be read"
    return ""


def _has_key(fact: Fact) -> bool:
    """Whether the call could carry a key: one made anew by each run protects nothing."""
    return isinstance(fact.op, ir.External) and fact.op.idempotency_key is None
