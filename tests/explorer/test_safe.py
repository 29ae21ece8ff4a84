"""The twins of the hazards: the same work done right is safe."""

from __future__ import annotations

import pytest

from fenceline.analyzer import ir
from fenceline.analyzer.explore import explore
from tests.explorer.programs import (
    ARG,
    MARK,
    NOW,
    ROWS,
    STOCK,
    UUID,
    VERSION,
    absent,
    ack,
    acquire,
    ask,
    atomic,
    attempt,
    cas,
    cell,
    external,
    f,
    fail,
    get,
    insert,
    loop,
    modify,
    program,
    put,
    put_new,
    release,
    ret,
    seq,
    true,
    tx,
    var,
    when,
)

UPDATE = (get(STOCK), put(STOCK, f("-1", var("v"))))
SQL_UPDATE = (get(STOCK, sql=True, lock=True), put(STOCK, f("-1", var("v")), sql=True))
GUARDED = (acquire(), attempt(*UPDATE, final=(release(),)))
SKEW_CELLS = (get(STOCK, "a", sql=True), get(MARK, "b", sql=True))
SKEW_WRITES = when(
    ask("both on", "a", "b"),
    when(
        ir.Ask("first", (ARG,)), put(STOCK, ir.Const("off"), sql=True), orelse=(put(MARK, ir.Const("off"), sql=True),)
    ),
)
CLAIM = cas(STOCK, ir.Const("new"), ir.Const("taken"), "ok")
RETRIED = loop(
    "retry",
    get(VERSION, "seen"),
    attempt(
        cas(VERSION, var("seen"), f("+1", var("seen")), conflict="redis.exceptions.WatchError"),
        ir.Break(),
        catching=("redis.WatchError",),
        handler=(ir.Continue(),),
    ),
)
SAFE: dict[str, ir.Program] = {
    "atomic": program(modify(STOCK, "-1", "n"), ret(var("n"))),
    "lock around": program(*GUARDED),
    "lock around, the pair named": program(acquire(), *UPDATE, release(), pair=UPDATE),
    "lock that may expire, rule without that fault": program(acquire(expiry=5.0), *UPDATE, release()),
    "row lock before the read": program(tx(*SQL_UPDATE)),
    "row lock nowait": program(tx(get(STOCK, sql=True, lock=True, mode="nowait"), SQL_UPDATE[1])),
    "row lock skip": program(tx(get(STOCK, sql=True, lock=True, mode="skip"), when(ir.Not(absent()), SQL_UPDATE[1]))),
    "advisory lock of the transaction": program(
        tx(acquire(scope="transaction"), get(STOCK, sql=True), put(STOCK, f("-1", var("v")), sql=True))
    ),
    "update re-reads under the row lock": program(tx(modify(STOCK, sql=True), modify(STOCK, "+2", sql=True))),
    "parent row locked": program(
        tx(get(MARK, "parent", sql=True, lock=True), get(ROWS, sql=True), when(absent(), insert(ROWS, ARG, sql=True)))
    ),
    "serializable": program(tx(*SKEW_CELLS, SKEW_WRITES, isolation="serializable")),
    "unique constraint, loser raises": program(
        get(ROWS), when(absent(), put_new(ROWS, ARG, conflict="django.db.utils.IntegrityError"))
    ),
    "unique constraint, loser caught": program(
        attempt(
            put_new(MARK, ARG, conflict="django.db.IntegrityError"),
            external("mail"),
            catching=("django.db.IntegrityError",),
            handler=(ret(),),
        )
    ),
    "unique constraint, caught by a base class": program(
        attempt(
            put_new(MARK, ARG, conflict="psycopg.errors.UniqueViolation"),
            external("mail"),
            catching=("psycopg.DatabaseError",),
            handler=(ret(),),
        )
    ),
    "claimed by its state": program(CLAIM, when(true(), external("mail"))),
    "WATCH and retry": program(RETRIED),
    "first SET NX decides": program(put_new(MARK, UUID, "ok"), when(true(), external("mail"))),
    "double-checked fill under a lock": program(
        get(STOCK),
        when(
            absent(),
            acquire(),
            get(STOCK),
            when(absent(), external("compute"), put(STOCK, f("made"))),
            release(),
        ),
    ),
    "two blind writes": program(put(STOCK, ARG)),
    "same message twice is one": program(external("charge", key=ARG), ack(), faults=("crash",)),
    "mark and effect in one transaction": program(
        tx(put_new(MARK, NOW, conflict="IntegrityError", sql=True), modify(STOCK, sql=True)), ack(), faults=("crash",)
    ),
    "skipping lock against a duplicate": program(
        acquire(mode="try", bind="ok"), when(true(), external(), release()), faults=("duplicate",)
    ),
    "raising lock against a duplicate": program(acquire(mode="raise"), external(), release(), faults=("duplicate",)),
    "mark first against a duplicate": program(
        put_new(MARK, NOW, "ok"), when(true(), external()), faults=("duplicate",)
    ),
    "mark kept in a lock, crash": program(
        acquire(mode="try", bind="ok", expiry=86400.0), when(true(), external()), ack(), faults=("crash",)
    ),
    "local lock, then the skipping one": program(
        acquire("p", scope="local"),
        acquire(mode="try", bind="ok"),
        when(true(), external(), release()),
        faults=("duplicate",),
    ),
    "hint, then claim by state": program(
        get(STOCK), when(ir.IsEqual(var("v"), ir.Const("new")), CLAIM, when(true(), external("mail")))
    ),
    "add, else increment": program(put_new(STOCK, NOW, "ok"), when(ir.Not(true()), modify(STOCK))),
    "update, else create, else update": program(
        cas(STOCK, None, f("+1", ir.Old()), "ok"),
        when(
            ir.Not(true()),
            attempt(
                put_new(STOCK, NOW, conflict="IntegrityError"), catching=("IntegrityError",), handler=(modify(STOCK),)
            ),
        ),
    ),
    "get or create, then add in the database": program(
        get(STOCK, sql=True),
        when(
            absent(),
            attempt(
                tx(put_new(STOCK, ir.Const(0), conflict="IntegrityError", sql=True)),
                catching=("IntegrityError",),
                handler=(get(STOCK, sql=True),),
            ),
        ),
        modify(STOCK, sql=True),
    ),
    "last writer wins": program(get(STOCK), put(MARK, ARG), ret(var("v"))),
    "set when different": program(get(STOCK), when(ir.Ask("!=", (var("v"), ARG)), put(STOCK, ARG)), equal=("amount",)),
    "set when different, from two requests": program(get(STOCK), when(ir.Ask("!=", (var("v"), ARG)), put(STOCK, ARG))),
    "serializable and retried": program(
        loop(
            "retry",
            attempt(
                tx(*SKEW_CELLS, SKEW_WRITES, isolation="serializable"),
                ir.Break(),
                catching=("psycopg.errors.OperationalError",),
                handler=(ir.Continue(),),
            ),
        )
    ),
    "row skipped while it is locked": program(
        tx(
            atomic(
                "SELECT",
                ir.Get(ROWS, "row"),
                ir.Get(cell("row", field="to"), "to"),
                sql=True,
                rows=("row",),
                mode="skip",
            ),
            when(ir.Not(absent("row")), external("mail", var("to")), atomic("DELETE", ir.Remove(ROWS), sql=True)),
        )
    ),
    "stamp compared under the lock": program(
        get(VERSION, "old"),
        tx(
            get(VERSION, "now", sql=True, lock=True),
            when(ir.Ask("!=", (var("now"), var("old"))), ret(ir.Const(False))),
            put(VERSION, f("+1", var("now")), sql=True),
        ),
        ret(ir.Const(True)),
    ),
    "row lock, the tested field may hold nothing": program(
        tx(
            atomic("SELECT", ir.Get(ROWS, "row"), ir.Get(cell("row", field="paid"), "paid"), sql=True, rows=("row",)),
            when(absent("row"), fail("DoesNotExist")),
            when(true("paid"), fail()),
            put(cell("row", field="paid"), ir.Const(True), sql=True),
            external("mail"),
        )
    ),
    "mark set again is no second effect": program(put(MARK, NOW), faults=("duplicate",)),
    "locks in one order": program(acquire("a"), acquire("b"), modify(STOCK), release("b"), release("a")),
    "version checked under an expiring lock": program(
        acquire(expiry=5.0),
        get(VERSION, "seen"),
        cas(VERSION, var("seen"), f("+1", var("seen")), conflict="Stale"),
        release(),
        faults=("expiry",),
    ),
    "owner-checked release after an expiry": program(
        acquire(expiry=5.0),
        modify(STOCK),
        release(),
        acquire(),
        get(MARK),
        put(MARK, f("-1", var("v"))),
        release(),
        faults=("expiry",),
    ),
    "failed step, effect last": program(modify(MARK, "same"), faults=("failed-step",)),
    "failed step undone by the rollback": program(
        tx(modify(STOCK, sql=True), put(MARK, NOW, sql=True)), faults=("failed-step",)
    ),
    "one atomic script": program(
        atomic("EVAL", ir.Get(STOCK, "v"), ir.Put(STOCK, f("-1", var("v")))), ret(ir.Const(True))
    ),
    "lock given back when the work raises": program(
        acquire(), attempt(*UPDATE, when(ask("bad", "v"), fail()), final=(release(),))
    ),
    "lock given back on return": program(acquire(), attempt(*UPDATE, ret(var("v")), final=(release(),))),
    "lock given back on break": program(
        loop("service", acquire(), attempt(*UPDATE, ir.Break(), final=(release(),))), modify(MARK)
    ),
    "lock inside a helper": program(
        ir.Frame(seq(acquire(), attempt(get(STOCK, "inner"), ret(var("inner")), final=())), "v", "load"),
        put(STOCK, f("-1", var("v"))),
        release(),
    ),
    "unread terms": program(get(STOCK, "v"), when(ir.IsTrue(ir.Var("never bound")), external(f"{1}", var("nothing")))),
}


@pytest.mark.parametrize("name", SAFE)
def test_safe_program_is_not_accused(name: str):
    verdict = explore(SAFE[name])
    assert (verdict.status, verdict.trace) == ("safe", ())
