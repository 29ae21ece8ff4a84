"""How FEN213 (sql-select-then-update) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer.flow import Flow
from fenceline.analyzer.pairs import changes_cell, is_blind_put, pairs_of, reads_for, value_depends, writers_of
from fenceline.analyzer.slices import Candidate
from fenceline.queries.proposal import Proposal, place_of_read, weakest


def query(flow: Flow) -> Iterator[Proposal]:
    """Selected cells on which a later statement about them depends."""
    for pair in pairs_of(flow):
        if pair.read.family != "sql":
            continue
        writers = writers_of(flow, pair.cell)
        computed = [
            one for one in pair.computed
            if value_depends(one, pair.cell, pair.bind, flow) and is_blind_put(one, pair.cell)
        ]  # fmt: skip
        decided = [one for one in pair.decided if one.family == "sql"]
        created = [one for one in pair.computed if one.kind == "row.create" and changes_cell(one, pair.cell)]
        acts = computed or [one for one in decided if one in writers] or created
        if not acts and not (writers and pair.decided):
            continue
        acts = acts or writers[:1]
        effects = tuple(one.op for one in pair.decided if one not in acts)
        table = pair.read.model.label if pair.read.model is not None else "rows"
        column = pair.cell.field or "row"
        span, path = place_of_read(flow, pair.read, pair.bind)
        yield Proposal(
            message=f"{table}.{column} is selected, and then {table} is changed on what was selected, "
            "without a row lock or a condition",
            key=f"{table}.{column}",
            span=span,
            path=path,
            evidence=weakest(pair.read, *acts),
            candidate=Candidate(
                reads_for(flow, pair, acts), tuple(one.op for one in acts), frozenset({pair.cell}), effects
            ),
            related=[(acts[0].op.span, acts[0].op.path, "changed here")],
            pair=frozenset({(pair.read.op, pair.cell)}),
        )
