"""Control flow, limits, first values and traces."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fenceline.analyzer import ir
from fenceline.analyzer.explore import explore
from fenceline.analyzer.explore_machine import Machine
from fenceline.analyzer.explore_outcome import Judge
from fenceline.analyzer.explore_values import Semantics
from tests.explorer.programs import (
    MARK,
    STOCK,
    absent,
    ack,
    acquire,
    ask,
    atomic,
    attempt,
    cell,
    external,
    f,
    fail,
    get,
    loop,
    modify,
    place,
    program,
    put,
    put_new,
    release,
    ret,
    send,
    seq,
    true,
    tx,
    var,
    when,
)


def alone(*items: ir.Tree) -> list[tuple[tuple[str, str | int], list[str]]]:
    """End and effects of one run, under every answer."""
    machine = Machine(program(*items), "concurrent", Semantics(), {})
    found = []
    for world, ends, _ in Judge(machine).serial((0,), machine.tables.empty):
        effects = [str(machine.values.forms[e[0]][1]) for e in machine.worlds.items[world].effects]
        found.append((ends[0][1], sorted(effects)))
    return found


NONE = ("return", 0)


@pytest.mark.parametrize(
    ("items", "end", "effects"),
    [
        pytest.param(
            (attempt(ret(ir.Const(True)), final=(send("f"),)), send("after")), ("return", 1), ["f"], id="return"
        ),
        pytest.param(
            (attempt(fail("a.Boom"), final=(send("f"),)), send("after")), ("raise", "Boom"), ["f"], id="raise"
        ),
        pytest.param(
            (loop("data", attempt(ir.Break(), final=(send("f"),)), send("no")), send("after")),
            NONE,
            ["after", "f"],
            id="break",
        ),
        pytest.param(
            (loop("data", attempt(ir.Continue(), final=(send("f"),)), send("no")), send("after")),
            NONE,
            ["after", "f"],
            id="continue",
        ),
        pytest.param(
            (attempt(fail("Boom"), catching=("x.Boom",), handler=(send("h"),)), send("after")),
            NONE,
            ["after", "h"],
            id="caught by last part",
        ),
        pytest.param(
            (attempt(fail("Boom"), catching=("x.Other",), handler=(send("h"),)), send("after")),
            ("raise", "Boom"),
            [],
            id="not caught",
        ),
        pytest.param((attempt(fail("Boom"), handler=(send("h"), fail("*"))),), ("raise", "Boom"), ["h"], id="re-raise"),
        pytest.param(
            (attempt(attempt(fail("Boom"), final=(fail("Second"),)), catching=("Second",), handler=(send("h"),)),),
            NONE,
            ["h"],
            id="finally replaces",
        ),
        pytest.param(
            (attempt(attempt(fail("Boom"), final=(send("1"),)), final=(send("2"),)),),
            ("raise", "Boom"),
            ["1", "2"],
            id="nested finally",
        ),
        pytest.param(
            (ir.Frame(seq(ret(ir.Const(True)), send("no")), "r", "g"), when(ir.IsTrue(var("r")), send("yes"))),
            NONE,
            ["yes"],
            id="frame",
        ),
        pytest.param(
            (attempt(ir.Frame(seq(fail("Boom")), "r", "g"), catching=("Boom",), handler=(send("h"),)),),
            NONE,
            ["h"],
            id="raise leaves the frame",
        ),
        pytest.param(
            (tx(send("hook", hook=True), send("plain"), fail("Boom")),),
            ("raise", "Boom"),
            ["plain"],
            id="rollback drops hooks, not messages",
        ),
        pytest.param((tx(send("hook", hook=True), ret()),), NONE, ["hook"], id="return commits"),
        pytest.param(
            (tx(attempt(tx(send("in", hook=True), fail("Boom")), handler=()), send("out", hook=True)),),
            NONE,
            ["out"],
            id="savepoint",
        ),
        pytest.param(
            (loop("retry", send("again")), send("after")), ("raise", "#refused"), ["again", "again"], id="two rounds"
        ),
        pytest.param((loop("service", send("once")), send("after")), NONE, ["after", "once"], id="service"),
        pytest.param((ret(f("value")),), ("return", "value"), [], id="a value"),
    ],
)
def test_one_run(items: tuple[ir.Tree, ...], end: tuple[str, str | int], effects: list[str]):
    assert alone(*items) == [(end, effects)]


def test_unknown_class_is_caught_or_not():
    assert {end[0] for end, _ in alone(attempt(fail(""), catching=("Other",), handler=()))} == {"raise", "return"}


def test_first_values_are_the_constants_and_something_else():
    tested = when(ir.IsEqual(var("v"), ir.Const("new")), send("new"), orelse=(when(absent(), send("none")),))
    assert sorted(effects for _, effects in alone(get(STOCK), tested)) == [[], ["new"], ["none"]]


def test_equal_questions_have_equal_answers():
    twice = (when(ask("q", "v"), send("1")), when(ask("q", "v"), send("2")))
    assert sorted(effects for _, effects in alone(get(STOCK), *twice)) == [[], ["1", "2"]]


def test_first_of_a_counter_decides():
    """No value of a counter comes twice, so at most one of the runs is the first."""
    body = (modify(STOCK, "+1", "n"), when(ir.IsEqual(var("n"), ir.Const(1)), external()))
    shown = program(*body, faults=("duplicate",))
    assert explore(shown).status == "violation"
    shown.cells = (MARK,)
    assert [step.value for step in explore(shown).trace if step.kind == "write"] == ["→ v0", "→ v1"]


def test_a_second_read_is_what_is_decided_on():
    """Only the first read is stale; the pair of the second is clean, though another cell makes the outcome unserial."""
    first, again, act = get(STOCK), get(STOCK, "v"), put(STOCK, f("-1", var("v")))
    body = (put(MARK, ir.Arg("x")), put(cell("other"), ir.Arg("x")), first, acquire(), again, act, release())
    shown = program(*body)
    assert explore(shown).status == "violation"
    shown.candidate_reads, shown.candidate_acts = (first, again), (act,)
    assert explore(shown).status == "safe"


def test_a_stale_read_stays_stale_when_another_cell_is_read():
    one, two = get(STOCK, "a"), get(MARK, "b")
    act = put(STOCK, f("sum", var("a"), var("b")))
    shown = program(one, two, act, pair=(one, act))
    shown.candidate_reads = (one, two)
    assert explore(shown).status == "violation"


def test_handlers_know_the_parents_that_they_are_told():
    body = (
        attempt(fail("shop.SoldOut"), catching=("shop.ShopError",), handler=()),
        get(STOCK),
        put(STOCK, f("-1", var("v"))),
    )
    shown = program(*body)
    assert explore(shown).status == "safe"
    assert explore(shown, parents={"SoldOut": "ShopError"}).status == "violation"


def test_only_named_cells_are_compared():
    shown = program(get(STOCK), put(STOCK, f("-1", var("v"))))
    shown.cells = (MARK,)
    assert explore(shown).status == "safe"


def test_a_loss_that_nobody_looks_at_is_no_refusal():
    """A one-time token: the second delete finds nothing, and the run says yes all the same."""
    unseen = ir.Atomic(*place(), "DEL", (ir.Remove(STOCK, "count"),))
    body = (get(STOCK), when(absent(), ret(ir.Const(False))), unseen)
    assert explore(program(*body, ret(ir.Const(True)))).status == "violation"
    assert explore(program(*body, ret(var("count")))).status == "safe"
    tested = when(ir.IsEqual(var("count"), ir.Const(1)), external("ship"))
    assert explore(program(*body, tested)).status == "safe"


def test_a_conditional_act_decides_on_what_it_tests():
    """The unlocked read is a hint; that two guards are worded differently is no race."""
    left = ir.Ask("left", (ir.Old(),))
    write = ((STOCK, f("-1", ir.Old())),)
    swap = ir.Atomic(*place(), "UPDATE", (ir.CompareAndSet(((STOCK, None),), write, "ok", guard=left),))
    hint = get(STOCK)
    body = (hint, when(ask("any left", "v"), swap, when(true(), external("ship"))))
    assert explore(program(*body, pair=(hint, swap))).status == "safe"
    act = modify(STOCK, "-1")
    assert explore(program(hint, when(ask("any left", "v"), act), pair=(hint, act))).status == "violation"


def test_too_many_operations():
    verdict = explore(program(*[modify(STOCK) for _ in range(13)]))
    assert (verdict.status, verdict.trace) == ("limit", ())
    assert "13 operations" in verdict.reason


def test_too_many_free_guards():
    verdict = explore(program(*[when(ask(f"q{i}"), modify(STOCK)) for i in range(5)]))
    assert (verdict.status, "5 guards" in verdict.reason) == ("limit", True)


def test_state_cap():
    assert explore(program(*[modify(STOCK) for _ in range(12)]), state_cap=20).status == "limit"


def lines_of(verdict: ir.Verdict) -> list[tuple[str, str, str, str]]:
    return [(step.actor, step.kind, step.value, step.note) for step in verdict.trace]


def test_trace_of_a_lost_update():
    read, act = get(STOCK), modify(STOCK, "-1")
    verdict = explore(program(read, when(ask("enough", "v"), act), pair=(read, act)))
    assert lines_of(verdict) == [
        ("A", "read", "→ v0", ""),
        ("B", "read", "→ v0", ""),
        ("B", "write", "→ v1", ""),
        ("A", "write", "→ v2", "decided on v0, which B has replaced"),
    ]
    assert [step.line for step in verdict.trace] == [read.span.line, read.span.line, act.span.line, act.span.line]


def test_trace_tells_absence_and_transactions():
    verdict = explore(program(get(MARK), when(absent(), tx(put(MARK, ir.Const(1), sql=True)), send("mail"))))
    assert [line[1:3] for line in lines_of(verdict) if line[0] == "A"] == [
        ("read", "→ absent"),
        ("write", "→ 1"),
        ("commit", ""),
        ("send", ""),
    ]


def test_trace_of_being_stuck():
    by_arg = ir.Ask("first", (ir.Arg("x"),))
    both = when(by_arg, acquire("a"), acquire("b"), orelse=(acquire("b"), acquire("a")))
    verdict = explore(program(both, modify(STOCK), release("a"), release("b")))
    assert [line[3] for line in lines_of(verdict)] == ["", "", "waits for ever", "waits for ever"]


def test_trace_of_a_crash():
    verdict = explore(program(external("charge"), ack(), faults=("crash",)))
    assert [line[:2] for line in lines_of(verdict)][:3] == [("A", "external"), ("A", "crash"), ("B", "external")]


def test_trace_of_an_expiry():
    update = (get(STOCK), put(STOCK, f("-1", var("v"))))
    verdict = explore(program(acquire(expiry=5.0), *update, release(), faults=("expiry",)))
    assert [line[1] for line in lines_of(verdict)].count("expiry") == 1


@pytest.mark.parametrize(
    ("leases", "faults", "status"), [(True, ("expiry",), "violation"), (True, (), "safe"), (False, ("expiry",), "safe")]
)
def test_lock_made_by_hand_expires_where_the_fault_is_named(leases: bool, faults: tuple[str, ...], status: str):
    key = cell("lock")
    update = (get(STOCK), put(STOCK, f("-1", var("v"))))
    body = program(
        put_new(key, ir.Const(1), "got"),
        when(ir.IsTrue(var("got")), *update, atomic("DEL", ir.Remove(key))),
        faults=faults,
    )
    shown = replace(body, leases=frozenset({key}) if leases else frozenset())
    verdict = explore(shown)
    assert verdict.status == status
    assert [step.kind for step in verdict.trace].count("expiry") == (status == "violation")


def test_unread_exceptions_do_not_crash():
    assert explore(program(put_new(MARK, ir.Old(), conflict=""), fail("*"))).status in ("safe", "violation")


PRINT = """
from tests.explorer.test_table import HAZARDS
from fenceline.analyzer.explore import explore
for name, shown in HAZARDS.items():
    print(name, explore(shown))
"""


def test_hash_seed_does_not_matter():
    root = Path(__file__).parents[2]
    outputs = {
        subprocess.run([sys.executable, "-c", PRINT], cwd=root, env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
                       capture_output=True, text=True, check=True).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(outputs) == 1
