"""How FEN208 (stale-save) is looked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.beside import Other, Writer
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact, WholeSave
from fenceline.analyzer.row_keys import field_cell
from fenceline.analyzer.slices import Candidate
from fenceline.queries.proposal import Proposal, body_of, is_found_there, weakest

WRITERS = 3
"""How many other writers are tried for one save, the likeliest first."""

NAMED = 3
"""How many columns a message names."""


@dataclass(frozen=True, slots=True, eq=False)
class _Save:
    """A whole save, the read that its row is from, and the columns that it writes back."""

    whole: WholeSave
    fact: Fact
    read: Fact
    kept: frozenset[str]


def query(flow: Flow) -> Iterator[Proposal]:
    """Whole saves of rows that were loaded, and the writes of others to columns that the entry has not set."""
    for save in _saves(flow):
        writers = [one for one in flow.writers_of(save.whole.row.model, save.kept) if _is_other(flow, save, one)]
        writers.sort(key=lambda one: _rank(one, save))
        for one in writers[:WRITERS]:
            beside = [other for other in writers if (other.function, other.flow) == (one.function, one.flow)]
            named = frozenset().union(*(other.columns for other in beside))
            yield _proposal(flow, save, one, sorted(named & save.kept))


def _saves(flow: Flow) -> Iterator[_Save]:
    lowered = flow.lowered
    facts = {one.op: one for one in lowered.facts if one.kind in {"row.write", "row.read"}}
    for whole in lowered.whole_saves:
        row, where = whole.row, lowered.snapshots.get(whole.source)
        schema = row.model.schema
        if where is None or schema is None or schema.is_sparse:
            continue
        if row.is_partial or row.origin in {"created", "values"}:
            continue
        fact, read = facts.get(whole.op), facts.get(where.op)
        if fact is None or read is None or whole.op not in flow.places or where.op not in flow.places:
            continue
        if not flow.is_before(where.op, whole.op) or _is_overridden(flow, whole):
            continue
        kept = {
            one.name
            for one in schema.columns.values()
            if not (one.is_key or one.is_stamp or one.relation in {"many_to_many", "relationship"})
        }
        kept -= whole.changed
        is_below = is_found_there(flow, whole.row, whole.op.span.line)
        is_here = where.op.path == lowered.path and not read.entry and not is_below
        if kept and (whole.op.path == lowered.path or is_here):
            yield _Save(whole, fact, read, frozenset(kept))


def _is_overridden(flow: Flow, whole: WholeSave) -> bool:
    """A model's own ``save`` is given what its caller has loaded: looked at where the caller loads it."""
    lowered = flow.lowered
    if lowered.overrides not in {"row.save", "row.delete", "none"} or whole.row.origin != "entry":
        return False
    return whole.row.key == ir.Arg(lowered.params[0])


def _sets_unknown(whole: WholeSave) -> bool:
    """Whether what the run has set is named by a value, or is a property, which sets columns of its own choice."""
    methods = {one.name for one in body_of(whole.row.model) if isinstance(one, nodes.FunctionDef)}
    return any(not one.isidentifier() or one in methods for one in whole.changed)


def _is_other(flow: Flow, save: _Save, writer: Writer) -> bool:
    """Whether the write is one of somebody else's, not of this function or the save itself."""
    if not writer.columns & save.kept or writer.flow.lowered.node is flow.lowered.node:
        return False
    if (writer.op.path, writer.op.span) == (save.whole.op.path, save.whole.op.span):
        return False
    turn = flow.entry.word("in_turn")
    return not turn or writer.entry.word("in_turn") != turn  # else first the one, then the other


def _rank(writer: Writer, save: _Save) -> tuple[bool, bool, bool, int, str, int]:
    """The likeliest to run at that moment first; of those, who has taken care of others who write at once."""
    shared = len(writer.columns & save.kept)
    entry, op = writer.entry, writer.op
    return not entry.what, not entry.is_by_program, not _is_careful(writer, save), -shared, op.path, op.span.line


def _is_careful(writer: Writer, save: _Save) -> bool:
    """Whether the write is a claim that only one may win, or is counted by the database."""
    for step in writer.op.steps if isinstance(writer.op, ir.Atomic) else ():
        if isinstance(step, ir.Modify):
            return True
        if isinstance(step, ir.CompareAndSet) and any(cell.field in save.kept for cell, _ in step.expect):
            return True
    return False


def _proposal(flow: Flow, save: _Save, writer: Writer, named: list[str]) -> Proposal:
    whole, read, model = save.whole, save.read, save.whole.row.model
    assert isinstance(read.op, ir.Atomic)
    name = min(writer.columns & save.kept)
    cell = field_cell(model, whole.row.key, name)
    bind, binding = _bound(read.op, cell, f"{whole.source}.{name}")
    candidate = Candidate(
        (read.op,),
        (whole.op,),
        frozenset({cell}),
        besides={read.op: binding, whole.op: (ir.Put(cell, ir.Var(bind)),)},
    )
    theirs = next(one for one in _cells(writer.op) if one.field == name)
    other = Other(writer.flow, Candidate((), (writer.op,), frozenset({theirs})), (whole.row.key, theirs.key[1]))
    takes_time = _takes_time(flow, read.op, whole.op)
    doubt = ""
    if _sets_unknown(whole):
        doubt = "which columns it sets cannot be read"
    elif not writer.entry.what:
        doubt = "nobody is seen who runs the other write at the same time"
    elif not (takes_time or writer.entry.is_by_program or flow.entry.is_by_program):
        doubt = "two people would have to edit the row in the same moment"
    columns = ", ".join(named[:NAMED]) + (" …" if len(named) > NAMED else "")
    place = f"{PurePath(writer.op.path).name}:{writer.op.span.line}"
    span, path, act = whole.op.span, whole.op.path, (read.op.span, read.op.path, "loaded here")
    if path != flow.lowered.path:
        span, path, act = read.op.span, read.op.path, (whole.op.span, whole.op.path, "saved here")
    return Proposal(
        message=f"{model.label} is saved whole: what {writer.function} ({place}) writes to {columns} after the load is "
        "overwritten with what was loaded",
        key=f"{model.label}|save",
        span=span,
        path=path,
        evidence=weakest(save.fact, read),
        candidate=candidate,
        other=other,
        related=[act, (writer.op.span, writer.op.path, "written here by another run")],
        pair=frozenset({(read.op, cell)}),
        entry_row=read.entry,
        needs_entry=not takes_time,
        premise=f"{flow.lowered.function} (A) saves a row while {writer.function} (B) writes to it",
        consequence=f"what B wrote to {name} is gone",
        suspicion=doubt,
        is_certain=not doubt,
        group=(whole.op.path, whole.op.span),
    )


def _bound(op: ir.Atomic, cell: ir.Cell, name: str) -> tuple[str, tuple[ir.Step, ...]]:
    """The name that the read gives to a column, and the step that does so where the read had none."""
    for step in op.steps:
        if isinstance(step, ir.Get) and step.cell == cell and step.bind is not None:
            return step.bind, ()
    return name, (ir.Get(cell, name),)


def _cells(op: ir.Op) -> Iterator[ir.Cell]:
    for step in op.steps if isinstance(op, ir.Atomic) else ():
        if isinstance(step, ir.Put | ir.Modify):
            yield step.cell
        elif isinstance(step, ir.CompareAndSet):
            yield from (cell for cell, _ in step.writes)


def _takes_time(flow: Flow, read: ir.Op, save: ir.Op) -> bool:
    """Whether something slow is done between the load and the save, in a loop over the rows after an earlier save."""
    around = [one for one in flow.places[save].blocks if isinstance(one, ir.Loop)]
    rounds = [one for one in around if one not in flow.places[read].blocks]
    for one, place in flow.places.items():
        if isinstance(one, ir.Slow | ir.External):
            is_between = flow.is_before(read, one) and flow.is_before(one, save) and not flow.exclude(one, save)
            if is_between or any(loop in place.blocks for loop in rounds):
                return True
    return False
