"""How FEN201 (get-then-update) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer.flow import Flow
from fenceline.analyzer.memos import is_refill, is_sorting_out
from fenceline.analyzer.pairs import effects_of, is_blind_put, pairs_of, reads_for, value_depends, writers_of
from fenceline.analyzer.slices import Candidate
from fenceline.queries.proposal import Proposal, place_of_read, weakest


def query(flow: Flow) -> Iterator[Proposal]:
    """Reads of keys that decide whether the same key is changed later."""
    for pair in pairs_of(flow):
        if pair.read.family != "kv":
            continue
        writers = writers_of(flow, pair.cell)
        decided = [one for one in pair.decided if one.family == "kv"]
        acts = [one for one in decided if one in writers] or decided
        if not acts or not writers:
            continue
        if any(value_depends(one, pair.cell, pair.bind, flow) and is_blind_put(one, pair.cell) for one in writers):
            continue  # the written value is computed from the read one: a lost update
        effects = effects_of(flow, pair, acts)
        if is_refill(flow, pair, acts) or (not effects and is_sorting_out(pair, acts)):
            continue
        act = acts[0]
        span, path = place_of_read(flow, pair.read, pair.bind)
        yield Proposal(
            message=f"{pair.read.target} is read ({pair.read.verb}), tested and then changed ({act.verb}) "
            "by separate commands",
            key=f"{pair.read.target}|{act.verb}",
            span=span,
            path=path,
            evidence="name" if act.kind == "kv.script" else weakest(pair.read, act),  # it may look again
            candidate=Candidate(
                reads_for(flow, pair, acts), tuple(one.op for one in acts), frozenset({pair.cell}), effects
            ),
            related=[(act.op.span, act.op.path, "changed here")],
            pair=frozenset({(pair.read.op, pair.cell)}),
        )
