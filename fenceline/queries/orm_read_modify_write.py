"""How FEN203 (orm-read-modify-write) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.pairs import (
    Pair,
    asks_for,
    is_blind_put,
    is_put_in_order,
    pairs_of,
    reads_for,
    value_depends,
)
from fenceline.analyzer.slices import Candidate
from fenceline.queries.proposal import (
    Proposal,
    is_about_to_be_saved,
    is_found_there,
    place_of_change,
    place_of_read,
    weakest,
)


def query(flow: Flow) -> Iterator[Proposal]:
    """Columns read into memory from which the value is made that is saved to them."""
    for pair in pairs_of(flow):
        if pair.read.family != "orm" or pair.cell.is_bag or pair.cell.field is None:
            continue
        if is_about_to_be_saved(flow, pair):
            continue  # what the caller has put there, not what a row held: looked at where the caller loads it
        schema = pair.read.model.schema if pair.read.model is not None else None
        if schema is not None and schema.is_relationship(pair.cell.field):
            continue  # of a relation only what was added and taken away is written
        acts = [
            one
            for one in pair.computed
            if one.family == "orm" and value_depends(one, pair.cell, pair.bind, flow) and is_blind_put(one, pair.cell)
            if not asks_for(one, pair) and not is_put_in_order(flow, one, pair)
        ]
        if not acts or _is_told_below(flow, pair, acts[0]):
            continue
        model = pair.read.model.label if pair.read.model is not None else "row"
        span, path = place_of_read(flow, pair.read, pair.bind)
        yield Proposal(
            message=f"{model}.{pair.cell.field} is computed from the value in memory and saved: "
            "what another run saves in between is lost",
            key=f"{model}.{pair.cell.field}",
            span=span,
            path=path,
            evidence=weakest(pair.read, *acts),
            candidate=Candidate(reads_for(flow, pair, acts), tuple(one.op for one in acts), frozenset({pair.cell})),
            related=[(acts[0].op.span, acts[0].op.path, "saved here")],
            pair=frozenset({(pair.read.op, pair.cell)}),
            entry_row=pair.read.entry,
            changed_at=place_of_change(flow, acts[0], pair.cell),
        )


def _is_told_below(flow: Flow, pair: Pair, act: Fact) -> bool:
    """Whether another file's function computes and saves, of a row that it says itself to be one of the model."""
    changed = place_of_change(flow, act, pair.cell)
    if not isinstance(changed, tuple) or act.row is None or pair.read.entry:
        return False
    span, path = changed
    return (
        {path, act.op.path} != {flow.lowered.path}
        and path == act.op.path
        and is_found_there(flow, act.row, span.line, pair.bind)
    )
