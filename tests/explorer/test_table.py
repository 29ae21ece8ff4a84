"""Each line of what an outcome compares, with a program that shows what it is for: on one verdict, off another."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from fenceline.analyzer import ir
from fenceline.analyzer.explore import explore
from fenceline.analyzer.explore_values import Semantics
from tests.explorer.programs import (
    ARG,
    MARK,
    NOW,
    ROWS,
    STOCK,
    VERSION,
    absent,
    ack,
    acquire,
    ask,
    atomic,
    attempt,
    cas,
    external,
    f,
    get,
    insert,
    modify,
    program,
    put,
    put_new,
    release,
    ret,
    send,
    true,
    tx,
    var,
    when,
)

NOT_GOT = when(ir.Not(true()), ret(ir.Const(False)))
OPTIMISTIC = (get(VERSION, "seen"), cas(VERSION, var("seen"), f("+1", var("seen")), conflict="StaleVersion", sql=True))
OTHER_READ, OTHER_ACT = get(MARK), modify(MARK)
LINES: dict[str, tuple[ir.Program, str, str]] = {
    "ends_count": (
        program(get(MARK), when(ir.Not(absent()), ret(ir.Const(False))), put(MARK, ir.Const("taken"))),
        "violation",
        "safe",
    ),
    "ends_by_kind": (program(modify(STOCK), get(STOCK), ret(var("v"))), "safe", "violation"),
    "refused_runs": (
        program(acquire(mode="try", bind="ok"), NOT_GOT, modify(STOCK), release(), ret(ir.Const(True))),
        "safe",
        "violation",
    ),
    "shared_clock": (program(put(STOCK, NOW), put(MARK, NOW)), "safe", "violation"),
    "equal_args": (program(put(STOCK, ARG), put(MARK, ARG), equal=("amount",)), "safe", "violation"),
    "interpreted_guards": (
        program(acquire(mode="try", bind="ok"), NOT_GOT, get(STOCK), put(STOCK, f("+1", var("v"))), release()),
        "safe",
        "violation",
    ),
    "one_table": (program(when(ask("enabled"), modify(STOCK))), "safe", "violation"),
    "unanswered_is_hostile": (program(get(STOCK), when(ask("enough", "v"), modify(STOCK, "-1"))), "violation", "safe"),
    "first_before_last": (
        program(acquire(mode="try", bind="ok"), NOT_GOT, external(), release(), faults=("duplicate",)),
        "safe",
        "violation",
    ),
    "attempt_is_a_step": (program(acquire(), external(), release(), faults=("duplicate",)), "violation", "safe"),
    "attribution": (
        program(
            acquire(),
            OTHER_READ,
            OTHER_ACT,
            release(),
            put(STOCK, ARG),
            put(VERSION, ARG),
            pair=(OTHER_READ, OTHER_ACT),
        ),
        "safe",
        "violation",
    ),
    "fill": (
        program(get(STOCK), when(absent(), external("compute", bind="made"), put(STOCK, var("made")))),
        "safe",
        "violation",
    ),
    "commit_visibility": (
        program(
            when(
                ir.Ask("is writer", (ARG,)),
                tx(put(STOCK, ARG, sql=True), put(MARK, ARG, sql=True)),
                orelse=(
                    atomic("SELECT", ir.Get(STOCK, "a"), ir.Get(MARK, "b"), sql=True),
                    send("report", var("a"), var("b")),
                ),
            )
        ),
        "safe",
        "violation",
    ),
    "locks_to_the_end": (
        program(tx(get(STOCK, sql=True, lock=True), put(STOCK, f("-1", var("v")), sql=True))),
        "safe",
        "violation",
    ),
    "absent_rows_lock_nothing": (
        program(tx(get(ROWS, sql=True, lock=True), when(absent(), insert(ROWS, ARG, sql=True)))),
        "violation",
        "safe",
    ),
    "unique_waits": (
        program(tx(put_new(MARK, ARG, conflict="IntegrityError", sql=True), modify(STOCK, sql=True))),
        "safe",
        "violation",
    ),
    "rollback_drops": (program(OPTIMISTIC[0], tx(modify(STOCK, sql=True), OPTIMISTIC[1])), "safe", "violation"),
    "hooks_wait": (program(OPTIMISTIC[0], tx(send(hook=True), OPTIMISTIC[1])), "safe", "violation"),
    "direction_more": (
        program(put_new(MARK, NOW, "ok"), when(true(), external()), faults=("crash",)),
        "safe",
        "violation",
    ),
    "expires_once": (
        program(
            acquire("outer", expiry=30.0),
            acquire("inner", expiry=30.0),
            get(STOCK),
            put(STOCK, f("+1", var("v"))),
            release("inner"),
            release("outer"),
            faults=("expiry",),
        ),
        "safe",
        "violation",
    ),
    "may_hold_falsehood": (
        program(
            get(STOCK),
            atomic(
                "REPLACE",
                ir.CompareAndSet(((STOCK, None),), ((STOCK, f("+1", var("v"))),), guard=ir.Not(ir.IsTrue(ir.Old()))),
            ),
        ),
        "violation",
        "safe",
    ),
    "idempotency_keys": (program(external("charge", key=ARG), ack(), faults=("crash",)), "safe", "violation"),
}


def test_every_switch_has_a_row():
    assert set(LINES) == {field.name for field in fields(Semantics)}


@pytest.mark.parametrize("line", LINES)
def test_line_is_right(line: str):
    shown, expected, _ = LINES[line]
    assert explore(shown).status == expected


@pytest.mark.parametrize("line", LINES)
def test_line_is_needed(line: str):
    shown, _, without = LINES[line]
    assert explore(shown, semantics=replace(Semantics(), **{line: False})).status == without


READ_STOCK, WRITE_STOCK = get(STOCK), put(STOCK, f("-1", var("v")))
LOST_UPDATE = (READ_STOCK, WRITE_STOCK)
SQL_LOST_UPDATE = (get(STOCK, sql=True), put(STOCK, f("-1", var("v")), sql=True))
CREATE = (get(ROWS), when(absent(), insert(ROWS, ARG)))
SKEW = (
    get(STOCK, "a", sql=True),
    get(MARK, "b", sql=True),
    when(
        ask("first"),
        when(ask("both on", "a", "b"), put(STOCK, ir.Const("off"), sql=True)),
        orelse=(when(ask("both on", "a", "b"), put(MARK, ir.Const("off"), sql=True)),),
    ),
)
BY_ARG = ir.Ask("first", (ARG,))
HAZARDS: dict[str, ir.Program] = {
    "lost update": program(*LOST_UPDATE),
    "lost update of the pair": program(*LOST_UPDATE, pair=LOST_UPDATE),
    "get, test, decrement": program(get(STOCK), when(ask("enough", "v"), modify(STOCK, "-1"))),
    "lost update in a transaction": program(tx(*SQL_LOST_UPDATE)),
    "write skew": program(
        tx(
            get(STOCK, "a", sql=True),
            get(MARK, "b", sql=True),
            when(
                ask("both on", "a", "b"),
                when(BY_ARG, put(STOCK, ir.Const("off"), sql=True), orelse=(put(MARK, ir.Const("off"), sql=True),)),
            ),
        )
    ),
    "check then create": program(*CREATE),
    "check then create in a transaction": program(tx(get(ROWS, sql=True), when(absent(), insert(ROWS, ARG, sql=True)))),
    "lock too late": program(get(STOCK), acquire(), put(STOCK, f("-1", var("v"))), release()),
    "row lock after the read": program(
        tx(get(STOCK, sql=True), get(STOCK, "w", sql=True, lock=True), put(STOCK, f("-1", var("v")), sql=True))
    ),
    "lock released before the commit": program(
        tx(
            acquire(),
            get(STOCK, sql=True),
            when(ask("enough", "v"), insert(ROWS, ARG, sql=True)),
            modify(STOCK, sql=True),
            release(),
        )
    ),
    "local lock between replicas": program(acquire(scope="local"), *LOST_UPDATE, release()),
    "lock that expires": program(acquire(expiry=5.0), *LOST_UPDATE, release(), faults=("expiry",)),
    "release of another's lock": program(
        acquire(expiry=5.0),
        modify(STOCK),
        release(owned=False),
        acquire(),
        get(MARK),
        put(MARK, f("-1", var("v"))),
        release(),
        faults=("expiry",),
    ),
    "charge, crash before the ack": program(external("charge", ARG), ack(), faults=("crash",)),
    "counter, crash before the ack": program(modify(STOCK), ack(), faults=("crash",)),
    "row, crash before the ack": program(insert(ROWS, ARG), ack(), faults=("crash",)),
    "mark after the effect": program(
        get(MARK),
        when(absent(), external(), put(MARK, NOW)),
        ack(),
        faults=("crash",),
    ),
    "duplicate firing": program(external(), faults=("duplicate",)),
    "duplicate firing, racy mark": program(
        get(MARK), when(absent(), put(MARK, NOW), external()), faults=("duplicate",)
    ),
    "retried after a failed step": program(external("charge"), modify(STOCK), faults=("failed-step",)),
    "handler that writes what it read": program(attempt(external(), catching=("TimeoutError",), handler=LOST_UPDATE)),
    "finally that writes what it read": program(attempt(external(), ret(), final=LOST_UPDATE)),
    "two locks in two orders": program(
        when(BY_ARG, acquire("a"), acquire("b"), orelse=(acquire("b"), acquire("a"))),
        modify(STOCK),
        release("a"),
        release("b"),
    ),
    "message sent before a rollback": program(OPTIMISTIC[0], tx(send(), OPTIMISTIC[1])),
}


@pytest.mark.parametrize("name", HAZARDS)
def test_hazard_is_a_violation(name: str):
    assert explore(HAZARDS[name]).status == "violation"
