"""What holds of every program, tried on random ones."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from fenceline.analyzer import ir
from fenceline.analyzer.explore import Search, State, explore
from fenceline.analyzer.explore_machine import Machine
from fenceline.analyzer.explore_outcome import Judge
from fenceline.analyzer.explore_values import Semantics
from tests.explorer.programs import (
    ARG,
    acquire,
    ask,
    attempt,
    cas,
    cell,
    external,
    f,
    get,
    modify,
    program,
    put,
    put_new,
    release,
    seq,
    true,
    tx,
    var,
    when,
)

CELLS = (cell("x"), cell("y"))
QUICK = settings(max_examples=60, deadline=None)
wheres = st.sampled_from(CELLS)
names = st.sampled_from(("v", "w"))
reads = st.builds(get, wheres, names, sql=st.booleans())
values = st.one_of(st.just(ARG), st.builds(lambda n: f("g", var(n)), names))
writes = st.builds(put, wheres, values, sql=st.booleans())
updates = st.builds(modify, wheres, bind=names, sql=st.booleans())
marks = st.builds(put_new, wheres, values, st.just("ok"))
swaps = st.builds(lambda where, name: cas(where, var(name), f("h", var(name)), "ok"), wheres, names)
effects = st.builds(external, st.just("charge"), names.map(var))
ops = st.one_of(reads, writes, updates, marks, swaps, effects)
guards = st.one_of(
    st.builds(ask, st.just("q"), names), st.just(true()), st.builds(lambda n: ir.IsAbsent(var(n)), names)
)
branches = st.builds(when, guards, ops)
items = st.one_of(ops, ops, branches, st.builds(tx, ops, ops))
bodies = st.lists(items, min_size=1, max_size=4)


@QUICK
@given(bodies)
def test_a_run_alone_never_violates(body: list[ir.Tree]):
    """Its outcome is among the outcomes of itself, whatever the answers."""
    machine = Machine(program(*body), "concurrent", Semantics(), {})
    judge = Judge(machine)
    for world, ends, table in judge.serial((0,), machine.tables.empty):
        again = judge.serial((0,), table)
        assert [(judge.outcome(w, t), e) for w, e, t in again] == [(judge.outcome(world, table), ends)]


@QUICK
@given(st.one_of(updates, marks, swaps, writes, reads, effects))
def test_one_atomic_operation_never_violates(op: ir.Op):
    assert explore(program(op)).status == "safe"


@QUICK
@given(bodies)
def test_a_lock_around_everything_removes_every_violation(body: list[ir.Tree]):
    locked = program(acquire(), attempt(*body, final=(release(),)))
    assert explore(locked).status == "safe"


@QUICK
@given(bodies)
def test_a_serializable_transaction_around_transactional_steps_is_safe(body: list[ir.Tree]):
    assert explore(program(tx(_transactional(body), isolation="serializable"))).status == "safe"


class Forgetful(dict[object, object]):
    """Keeps nothing."""

    def __setitem__(self, key: object, value: object) -> None:
        pass


@QUICK
@given(bodies)
def test_remembering_steps_changes_nothing(body: list[ir.Tree]):
    shown = program(*body)
    search = Search(shown, "concurrent", 20_000, Semantics(), {})
    search.machine._moves, search.machine._unasked = Forgetful(), Forgetful()  # type: ignore[assignment]
    assert search.run() == explore(shown)


class EitherBegins(Search):
    """One that tries the schedules too that B begins."""

    def _is_first(self, state: State) -> bool:  # noqa: ARG002 - as of the search
        return False


modes = st.sampled_from((("concurrent", ()), ("duplicate", ("duplicate",)), ("concurrent", ("expiry",))))


@QUICK
@given(bodies, modes, st.booleans())
def test_who_begins_makes_no_difference(body: list[ir.Tree], mode: tuple[str, tuple[str, ...]], is_locked: bool):
    name, faults = mode
    items = [acquire(expiry=30.0), attempt(*body, final=(release(),))] if is_locked else body
    shown = program(*items, faults=faults)
    verdicts = [kind(shown, name, 60_000, Semantics(), {}).run() for kind in (Search, EitherBegins)]
    assert verdicts[0].status == verdicts[1].status
    assert len(verdicts[0].trace) == len(verdicts[1].trace)
    assert verdicts[0].states <= verdicts[1].states


@QUICK
@given(bodies)
def test_exploring_twice_says_the_same(body: list[ir.Tree]):
    assert explore(program(*body)) == explore(program(*body))


def _transactional(body: list[ir.Tree]) -> ir.Seq:
    """The atomic steps alone, each as a statement of the transaction."""
    atomics = [item for item in body if isinstance(item, ir.Atomic)]
    return seq(*[ir.Atomic(op.span, op.path, op.text, op.steps, is_transactional=True) for op in atomics])
