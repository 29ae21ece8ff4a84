"""How FEN204 (orm-check-then-act) is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.answers import keeps_answers
from fenceline.analyzer.flow import Flow, atoms_of, leaves, terms_of, written_cells
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.pairs import (
    Pair,
    asks_for,
    changes_cell,
    effects_of,
    is_blind_put,
    is_put_in_order,
    pairs_of,
    reads_for,
    writers_of,
)
from fenceline.analyzer.row_keys import is_exact
from fenceline.analyzer.slices import Candidate
from fenceline.analyzer.values import guard_terms, is_made_of, vars_of
from fenceline.analyzer.weights import raises
from fenceline.queries.proposal import Proposal, is_about_to_be_saved, place_of_change, place_of_read, weakest


def query(flow: Flow) -> Iterator[Proposal]:
    """Columns read into memory that decide whether something is done, where the entry changes that column."""
    for pair in pairs_of(flow):
        if pair.read.family != "orm" or pair.cell.is_bag or pair.cell.field is None:
            continue
        if is_about_to_be_saved(flow, pair):
            continue  # what the caller has put there, not what a row held: looked at where the caller loads it
        writers = [one for one in writers_of(flow, pair.cell) if not keeps_answers(flow, one.op, pair.cell, pair.bind)]
        writers = [one for one in writers if not is_put_in_order(flow, one, pair) and not _leaves(one, pair)]
        if any(asks_for(one, pair, is_told=True) for one in writers):
            continue  # who comes second is refused, whatever it has decided
        acts = [one for one in pair.decided if one.family == "orm"]
        changing = [one for one in writers if one in acts]
        if not writers or not (acts or pair.decided):
            continue
        if _is_only_asked_whether_to_write(flow, pair, writers) or _is_only_asked_for_secret(flow, pair, writers):
            continue
        chosen = changing or writers[:1]
        effects = effects_of(flow, pair, chosen)
        model = pair.read.model.label if pair.read.model is not None else "row"
        span, path = place_of_read(flow, pair.read, pair.bind)
        yield Proposal(
            message=f"{model}.{pair.cell.field} is read and decided on without a row lock, and then changed: "
            "two runs decide on the same value",
            key=f"{model}.{pair.cell.field}",
            span=span,
            path=path,
            evidence=weakest(pair.read, *chosen),
            candidate=Candidate(
                reads_for(flow, pair, chosen), tuple(one.op for one in chosen), frozenset({pair.cell}), effects
            ),
            related=[(one.op.span, one.op.path, "acted on here") for one in pair.decided[:3]],
            pair=frozenset({(pair.read.op, pair.cell)}),
            entry_row=pair.read.entry,
            needs_actor=True,
            changed_at=place_of_change(flow, chosen[0], pair.cell),
        )


def _leaves(fact: Fact, pair: Pair) -> bool:
    """Whether an op writes to the column only what the row was looked for by, be it as it was read."""
    if pair.read.bag is None or fact.row is None or fact.row.key != pair.cell.key[1]:
        return False
    looked_for = [one.term for one in pair.read.asked if is_exact(one) and one.column == pair.cell.field]
    written = list(terms_of(fact.op, pair.cell))
    same = {*(one for one in looked_for if isinstance(one, ir.Const)), ir.Var(pair.bind)}
    return bool(looked_for) and bool(written) and same.issuperset(written)


def _is_only_asked_whether_to_write(flow: Flow, pair: Pair, writers: list[Fact]) -> bool:
    """``if row.f != new: row.f = new``: the column gets the new value either way, and only rows are written.

    What other rows get is made of the new value too: who sets it last has set it everywhere.
    """
    written = [term for one in writers for term in flow.settled(terms_of(one.op, pair.cell))]
    if not all(_only_writes(flow, one, pair, written) for one in pair.decided):
        return False
    branches = list(flow.branches_on(pair.bind))
    return bool(branches) and not any(
        _ends_run(flow, one, is_own, pair.bind)
        or not all(_is_comparison(flow, g, pair.bind, written) for g in atoms_of(one.guard))
        for one, is_own in branches
    )


def _only_writes(flow: Flow, fact: Fact, pair: Pair, written: list[ir.Term]) -> bool:
    """Whether an op writes columns of the row, or overwrites those of another without the value that was read."""
    cells = list(written_cells(fact.op))
    if fact.kind != "row.write" or any(cell.is_bag for cell in cells):
        return False
    others = [cell for cell in cells if cell.key != pair.cell.key]
    return all(
        is_blind_put(fact, cell) and not any(_keeps(flow, term, pair.bind, written) for term in terms_of(fact.op, cell))
        for cell in others
    )


def _keeps(flow: Flow, term: ir.Term, bind: str, written: list[ir.Term]) -> bool:
    """Whether a value is made of the one that was read, but for its standing in for the new one."""
    todo, seen = [term], set[ir.Term]()
    while todo:
        one = todo.pop()
        if one in seen or (one in written and any(_is_given(part) for part in flow.settled([one]))):
            continue
        seen.add(one)
        if one == ir.Var(bind):
            return True
        if isinstance(one, ir.Var):
            todo.extend(other for other, _ in flow.lets.get(one.name, ()))
        elif isinstance(one, ir.Apply):
            todo.extend(one.args)
    return False


def _is_given(term: ir.Term) -> bool:
    """Whether a value is neither a constant nor just a name for another."""
    return not isinstance(term, ir.Const | ir.Var)


def _is_only_asked_for_secret(flow: Flow, pair: Pair, writers: list[Fact]) -> bool:
    """Who knows the old secret sets a new one: asked is who is there, not what state the row is in."""
    written = [term for one in writers for term in flow.settled(terms_of(one.op, pair.cell))]
    if any(isinstance(one, ir.Const) or _keeps(flow, one, pair.bind, []) for one in written):
        return False
    if not all(_only_writes(flow, one, pair, []) and changes_cell(one, pair.cell) for one in pair.decided):
        return False
    guards = [guard for one in pair.decided for guard in flow.places[one.op].guards]
    asked = list(_asked_of(flow, guards, pair.bind))
    return any(is_secret for is_secret, _ in asked) and all(is_secret or is_there for is_secret, is_there in asked)


def _asked_of(flow: Flow, guards: list[ir.Guard], bind: str) -> Iterator[tuple[bool, bool]]:
    """How guards look at the value that was read: as a secret; only whether there is one."""
    todo, seen = list(guards), set[ir.Guard]()
    while todo:
        guard = todo.pop()
        if guard in seen:
            continue
        seen.add(guard)
        for atom in atoms_of(guard):
            is_there = isinstance(atom, ir.IsTrue | ir.IsAbsent)
            for term in flow.settled(guard_terms(atom)):
                if isinstance(term, ir.Var):
                    todo += [one for _, under in flow.lets.get(term.name, ()) for one in under]
                    if term.name == bind:
                        yield False, is_there
                elif bind in flow.value_roots(term, set()):
                    yield _asks_secret(term), False


def _asks_secret(term: ir.Term) -> bool:
    while isinstance(term, ir.Apply) and term.label in {"truth", "bool"} and len(term.args) == 1:
        term = term.args[0]
    return isinstance(term, ir.Apply) and term.label == "secret"


def _ends_run(flow: Flow, branch: ir.Branch, is_own: bool, bind: str) -> bool:
    """Whether a side of the branch is a way out of the entry for who comes second.

    That a value is refused which the caller has given does not depend on who comes first.
    """
    sides = (branch.then, branch.orelse)
    if not any(raises(one) for one in sides) and not (is_own and any(leaves(one) for one in sides)):
        return False
    atoms = [one for one in atoms_of(branch.guard) if bind in vars_of(one)]
    return not all(any(_is_of_caller(flow, term) for term in guard_terms(one)) for one in atoms)


def _is_of_caller(flow: Flow, term: ir.Term) -> bool:
    """Whether a value has in it what the run was called with."""
    if isinstance(term, ir.Apply):
        return term.label != "row" and any(_is_of_caller(flow, one) for one in term.args)
    return any(isinstance(one, ir.Arg) for one in flow.settled([term]))


def _is_comparison(flow: Flow, guard: ir.Guard, bind: str, written: list[ir.Term]) -> bool:
    """Whether a guard compares what was read with what is written in its place, or asks only about the latter."""
    if bind not in vars_of(guard):
        return True
    if isinstance(guard, ir.IsEqual):
        return guard.value in written
    if not any(_keeps(flow, one, bind, written) for one in guard_terms(guard)):
        return True
    if not isinstance(guard, ir.Ask) or guard.label != "==":
        return False
    others = [one for one in guard.args if one != ir.Var(bind) and (one in written or bind not in vars_of(one))]
    return len(others) == 1 and any(is_made_of(term, others[0]) for term in written)
