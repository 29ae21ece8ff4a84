"""How FEN202 (read-modify-write) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer.flow import Flow, terms_of
from fenceline.analyzer.memos import is_memo
from fenceline.analyzer.pairs import is_blind_put, pairs_of, reads_for, value_depends
from fenceline.analyzer.slices import Candidate
from fenceline.queries.proposal import Proposal, place_of_read, weakest


def query(flow: Flow) -> Iterator[Proposal]:
    """Reads of keys from which the value is made that overwrites them."""
    for pair in pairs_of(flow):
        if pair.read.family != "kv":
            continue
        acts = [
            one
            for one in pair.computed
            if value_depends(one, pair.cell, pair.bind, flow) and is_blind_put(one, pair.cell)
        ]
        written = [term for one in acts for term in flow.settled(terms_of(one.op, pair.cell))]
        if not acts or is_memo(flow, pair.cell, pair.bind, written):
            continue
        span, path = place_of_read(flow, pair.read, pair.bind)
        yield Proposal(
            message=f"{pair.read.target} is read ({pair.read.verb}), computed from and set back ({acts[0].verb}): "
            "what another run writes in between is lost",
            key=f"{pair.read.target}|{acts[0].verb}",
            span=span,
            path=path,
            evidence=weakest(pair.read, *acts),
            candidate=Candidate(reads_for(flow, pair, acts), tuple(one.op for one in acts), frozenset({pair.cell})),
            related=[(acts[0].op.span, acts[0].op.path, "set back here")],
            pair=frozenset({(pair.read.op, pair.cell)}),
        )
