"""How FEN205 (check-then-create) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.constraints import Constraint
from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.pairs import Pair, changes_cell, pairs_of, reads_for
from fenceline.analyzer.row_keys import is_exact
from fenceline.analyzer.slices import Candidate
from fenceline.analyzer.values import is_made_of
from fenceline.queries.proposal import Proposal, place_of_read, weakest


def query(flow: Flow) -> Iterator[Proposal]:
    """Reads of whether rows are there on which a create of such a row depends."""
    for pair in reversed(list(pairs_of(flow))):  # of several reads before one create, the last one is told
        if pair.read.family != "orm" or not pair.cell.is_bag:
            continue
        acts = [one for one in pair.acts if one.kind == "row.create" and changes_cell(one, pair.cell)]
        if acts and not _is_of_the_moment(pair.cell) and not _is_skipped(pair, acts):
            yield _proposal(flow, pair, acts)


def _proposal(flow: Flow, pair: Pair, acts: list[Fact]) -> Proposal:
    act = acts[0]
    model = pair.read.model.label if pair.read.model is not None else "row"
    covered = act.constraint == "covering"
    refusing = act.refusing if covered else None
    by_itself = act.verb in {"get_or_create", "update_or_create", "aget_or_create", "aupdate_or_create"}
    what = _columns_asked(pair.read) or lookups_of(pair.cell)
    if covered and pair.read.kind == "row.write":
        message = (
            f"{model}({what}) is updated, and created when there was none: the change of the run that loses the race "
            "to create it is gone"
        )
    elif covered:
        message = (
            f"{model}({what}) is looked for and then created: {_told(refusing)} refuses the second of two runs, "
            "and its error is not handled"
        )
    elif by_itself:
        void = _void(act, pair.cell)
        message = f"{act.verb} of {model}({what}) is not covered by "
        message += void or f"a unique constraint{_lacking(act, pair)}"
        message += ": two runs create two rows"
    else:
        message = f"{model}({what}) is looked for and then created by separate statements: two runs both create it"
        message += _missing(act, pair)
    effects = tuple(one.op for one in pair.decided if one not in acts and one.kind != "row.write")
    span, path = place_of_read(flow, pair.read, pair.bind)
    return Proposal(
        message=message,
        key=f"{model}|{lookups_of(pair.cell)}",
        span=span,
        path=path,
        evidence="name" if _is_doubtful(act, by_itself) else weakest(pair.read, *acts),
        candidate=Candidate(
            reads_for(flow, pair, acts), tuple(one.op for one in acts), frozenset({pair.cell}), effects
        ),
        related=[
            (act.op.span, act.op.path, "created here"),
            *([(*refusing.place, "the unique constraint")] if refusing is not None and refusing.place else []),
        ],
        pair=frozenset({(pair.read.op, pair.cell)}),
        entry_row=_is_below_handed(flow, pair.cell),
        severity=Severity.WARNING if covered else None,
        losers_fail=covered,
        needs_entry=covered and pair.read.kind != "row.write",
        group=(act.op.path, act.op.span, model),
    )


def _told(refusing: Constraint | None) -> str:
    columns = sorted(refusing.columns) if refusing is not None else []
    return f"the unique constraint on {', '.join(columns)}" if columns else "the unique constraint"


def _lacking(act: Fact, pair: Pair) -> str:
    """What a constraint would have to be over, where the class is known and says so little."""
    wanted = _wanted(act, pair)
    return f" (on {wanted})" if wanted else ""


def _void(act: Fact, cell: ir.Cell) -> str:
    """The constraint that would cover the rows if they had a value in each of its columns, '' where there is none."""
    schema = act.model.schema if act.model is not None else None
    asked = {str(one.value).split()[0]: term for one, term in _conditions(cell)}
    empty = {name for name, term in asked.items() if term == ir.Const(None)}
    for one in schema.constraints if schema is not None and empty else ():
        missing = sorted(empty & one.columns)
        if one.columns <= asked.keys() and missing and one.tests == () and not one.takes_nulls:
            return f"{_told(one)}, to which rows without {' and '.join(missing)} are all different"
    return ""


def _conditions(cell: ir.Cell) -> list[tuple[ir.Const, ir.Term]]:
    """What a cell of rows is about: the columns with their operators, and the values."""
    pairs = zip(cell.key[2::2], cell.key[3::2], strict=False)
    return [(one, term) for one, term in pairs if isinstance(one, ir.Const)]


def _missing(act: Fact, pair: Pair) -> str:
    void = _void(act, pair.cell)
    if void:
        return f"; it is not covered by {void}"
    wanted = _wanted(act, pair)
    return f"; no unique constraint on {wanted} is stated" if wanted else ""


def _wanted(act: Fact, pair: Pair) -> str:
    """The columns that would have to be unique together, '' where no constraint can say it or the class is not seen."""
    schema = act.model.schema if act.model is not None else None
    if schema is None or not schema.is_complete or act.constraint != "":
        return ""
    conditions = [(one.column, is_exact(one)) for one in pair.read.asked] or [
        (str(one.value).split()[0], str(one.value).endswith(" exact")) for one, _ in _conditions(pair.cell)
    ]
    if any(not is_one_value or not name.isidentifier() for name, is_one_value in conditions):
        return ""
    return ", ".join(sorted({name for name, _ in conditions}))


def _columns_asked(read: Fact) -> str:
    """The columns that a query asks for, with how it does where that is not by one value."""
    names = {f"{one.column}__{one.operator}" if one.operator != "exact" else one.column for one in read.asked}
    return ", ".join(sorted(names)) if all(map(str.isidentifier, names)) else ""


def _is_doubtful(act: Fact, by_itself: bool) -> bool:
    """A constraint that holds for some rows may cover these; get_or_create of a model that is not found may be fine."""
    return act.constraint == "partial" or (by_itself and act.constraint == "unknown")


def _is_skipped(pair: Pair, acts: list[Fact]) -> bool:
    """Rows that the database leaves out when they are there (ON CONFLICT DO NOTHING), and nothing done outside it."""
    steps = [step for one in acts if isinstance(one.op, ir.Atomic) for step in one.op.steps]
    creates = [step for step in steps if isinstance(step, ir.PutIfAbsent)]
    is_told = len(creates) == len(steps) and all(one.conflict is None for one in creates)
    return is_told and not any(one.kind == "external" for one in pair.decided)


def _is_of_the_moment(cell: ir.Cell) -> bool:
    """Rows that are looked for by the time of the clock itself: another run looks for others."""
    return any(one == _NOW or _is_shifted(one) for one in cell.key[3::2])


_NOW = ir.Shared("now")


def _is_shifted(term: ir.Term) -> bool:
    return isinstance(term, ir.Apply) and term.label in {"+", "-"} and _NOW in term.args


def _is_below_handed(flow: Flow, cell: ir.Cell) -> bool:
    """Whether the rows looked for belong to one that was handed in, on which a caller may hold the lock."""
    handed = [one.key for one in flow.lowered.snapshots.values() if one.origin == "entry"]
    return any(is_made_of(term, key) for term in cell.key for key in handed)


def lookups_of(cell: ir.Cell) -> str:
    """The columns that a condition is about."""
    names = [str(one.value).split()[0] for one in cell.key[2::2] if isinstance(one, ir.Const)]
    return ", ".join(name for name in names if name not in {"?", "**"}) or "…"
