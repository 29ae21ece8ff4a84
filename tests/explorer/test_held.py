"""What the steps of a trace say of stores, and of who holds what."""

from __future__ import annotations

from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.explore import explore
from tests.explorer.programs import (
    MARK,
    STOCK,
    ack,
    acquire,
    atomic,
    cell,
    external,
    f,
    get,
    modify,
    program,
    put,
    put_new,
    release,
    send,
    tx,
    var,
    when,
)

UPDATE = (get(STOCK), put(STOCK, f("-1", var("v"))))
LOST_UPDATE_IN_ROWS = (get(STOCK, sql=True), put(STOCK, f("-1", var("v")), sql=True))


def held(shown: ir.Program) -> list[tuple[str, str, str]]:
    """Who does what, and what is held afterwards, as ``A:lock``."""
    verdict = explore(shown)
    assert verdict.status == "violation"
    return [(one.actor, one.kind, " ".join(f"{who}:{name}" for who, name in one.held)) for one in verdict.trace]


def test_a_lock_is_held_from_where_it_is_taken_to_its_expiry():
    lock = acquire(expiry=5.0)
    lock.text = "LOCK stock:1"
    steps = held(program(lock, *UPDATE, release(), faults=("expiry",)))
    name = "stock:1"
    by_a = [(kind, what) for who, kind, what in steps if who == "A"]
    expired = [kind for kind, _ in by_a].index("expiry")
    assert all(what == f"A:{name}" for _, what in by_a[:expired])
    assert all(f"A:{name}" not in what for _, what in by_a[expired:])
    assert ("B", "write", f"B:{name}") in steps


def test_a_lock_made_by_hand_is_held_too():
    key = cell("lock")
    body = program(
        put_new(key, ir.Const(1), "got"),
        when(ir.IsTrue(var("got")), *UPDATE, atomic("DEL lock", ir.Remove(key))),
        faults=("expiry",),
    )
    steps = held(replace(body, leases=frozenset({key})))
    assert any(what.startswith("A:") for _, _, what in steps)
    assert any(what.startswith("B:") for _, _, what in steps)


def test_rows_and_transactions_are_held_to_the_commit():
    body = tx(get(STOCK, sql=True), put(STOCK, f("-1", var("v")), sql=True))
    steps = held(program(body))
    written = [what for who, kind, what in steps if (who, kind) == ("B", "write")]
    assert written == ["B:row lock A:transaction B:transaction"]
    assert [what for who, kind, what in steps if kind == "commit"][-1] == ""


def test_a_transaction_does_not_begin_before_its_block():
    steps = held(program(get(STOCK, sql=True), tx(put(STOCK, f("-1", var("v")), sql=True))))
    assert steps[0] == ("A", "read", "")


def test_a_lock_of_one_process_is_held_by_both_at_once():
    local = acquire("mutex", scope="local")
    steps = held(program(local, *UPDATE, release("mutex")))
    assert any(what.count(ir.OF_PROCESS) == 2 for _, _, what in steps)
    assert steps[-1][2] == ""


def test_steps_say_where_they_go():
    first = program(external("charge"), send("mail"), modify(MARK), ack(), faults=("crash",))
    stores = {(one.kind, one.store) for one in explore(first).trace}
    assert {("external", ir.OUTSIDE), ("send", ir.BROKER), ("write", MARK.store), ("crash", "")} <= stores
    rows = explore(program(*LOST_UPDATE_IN_ROWS)).trace
    assert {one.store for one in rows} == {ir.DATABASE}
    locks = explore(program(acquire(expiry=5.0), *UPDATE, release(), faults=("expiry",))).trace
    assert {one.store for one in locks if one.kind in {"acquire", "release"}} == {ir.LOCKS}
    local = explore(program(acquire("mutex", scope="local"), *UPDATE, release("mutex"))).trace
    assert {one.store for one in local if one.kind in {"acquire", "release"}} == {""}
