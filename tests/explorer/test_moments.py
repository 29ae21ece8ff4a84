"""What happens at one moment: the ops of an atomic frame are one step, which nobody cuts and nobody sees into."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fenceline.analyzer import ir
from fenceline.analyzer.explore import explore
from fenceline.analyzer.prune import prune
from fenceline.analyzer.signature import signature_of
from tests.explorer.programs import (
    MARK,
    STOCK,
    absent,
    ack,
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
    program,
    put,
    ret,
    send,
    seq,
    var,
    when,
)


def frame(*items: ir.Tree, is_atomic: bool = True) -> ir.Frame:
    return ir.Frame(seq(*items), None, "script", is_atomic)


TAKE = (get(STOCK), when(ask("enough", "v"), modify(STOCK, "-1"), ret(ir.Const(True))), ret(ir.Const(False)))


@pytest.mark.parametrize(("is_atomic", "status"), [(True, "safe"), (False, "violation")])
@pytest.mark.parametrize(
    "body",
    [
        TAKE,
        (get(STOCK), put(STOCK, f("-1", var("v")))),
        (get(STOCK), when(absent(), put(STOCK, ir.Const(1)), external("ship"))),
        (get(STOCK, "a"), get(MARK, "b"), when(ask("both", "a", "b"), put(STOCK, ir.Arg("x")), put(MARK, ir.Arg("y")))),
        (loop("data", get(STOCK), put(STOCK, f("-1", var("v")))),),
        (attempt(get(STOCK), when(absent(), fail()), put(STOCK, f("-1", var("v"))), catching=(), handler=()),),
    ],
)
def test_nobody_comes_in_between(body: tuple[ir.Tree, ...], is_atomic: bool, status: str):
    assert explore(program(frame(*body, is_atomic=is_atomic))).status == status


def test_what_surrounds_it_is_not_of_that_moment():
    outside = program(get(STOCK, "hint"), when(ask("any", "hint"), frame(modify(STOCK, "-1"))))
    assert explore(outside).status == "violation"
    two = program(frame(get(STOCK)), frame(put(STOCK, f("-1", var("v")))))
    assert explore(two).status == "violation"
    left = when(ask("enough", "old"), ir.Break())
    twice = loop("retry", frame(get(STOCK, "old"), put(STOCK, f("-1", var("old")))), left)
    assert explore(program(twice)).status == "violation"  # the rounds of a loop are moments of their own


def test_what_is_quiet_does_not_begin_it():
    """An expiry that is the first command of a script: the step before it is one of its own all the same."""
    wait = ir.Slow(get(STOCK).span, "shop.py", "EXPIRE", 0.0)
    shown = program(get(STOCK), frame(wait, put(STOCK, f("-1", var("v")))))
    assert explore(shown).status == "violation"


def test_an_exception_leaves_it():
    raised = frame(get(STOCK), when(absent(), fail("ResponseError")))
    after = attempt(raised, catching=("ResponseError",), handler=())
    assert explore(program(after, get(STOCK, "w"), put(STOCK, f("-1", var("w"))))).status == "violation"


def test_a_frame_within_is_of_the_same_moment():
    inner = frame(put(STOCK, f("-1", var("v"))), is_atomic=False)
    assert explore(program(frame(get(STOCK), inner))).status == "safe"
    assert explore(program(frame(frame(get(STOCK)), replace(inner, is_atomic=True)))).status == "safe"


def test_a_crash_does_not_cut_it():
    mark = (get(MARK), when(absent(), put(MARK, ir.Const(1)), modify(STOCK, "+1")), ack())
    assert explore(program(*mark, faults=("crash",))).status == "safe"
    late = (get(MARK), when(absent(), modify(STOCK, "+1"), put(MARK, ir.Const(1))))
    assert explore(program(*late, ack(), faults=("crash",))).status == "violation"
    assert explore(program(frame(*late), ack(), faults=("crash",))).status == "safe"


def test_a_pair_within_is_clean_and_a_stale_one_before_it_is_decided_anew():
    """The read before the script is a hint: the script reads again what it decides on."""
    hint, read, act = get(STOCK, "hint"), get(STOCK), modify(STOCK, "-1")
    inside = (read, when(ask("enough", "v"), act))
    shown = program(hint, when(ask("enough", "hint"), frame(*inside)), pair=(hint, act))
    shown.candidate_reads = (hint, read)
    assert explore(shown).status == "safe"
    shown = program(hint, when(ask("enough", "hint"), frame(act)), pair=(hint, act))
    assert explore(shown).status == "violation"
    assert explore(program(frame(*inside), pair=(read, act))).status == "safe"


def test_the_trace_tells_each_op():
    after = (get(STOCK, "w"), put(STOCK, f("-1", var("w"))))
    shown = program(frame(get(STOCK), modify(STOCK, "-1")), send("mail", var("v")), *after)
    steps = [(step.actor, step.kind) for step in explore(shown).trace]
    assert ("A", "read") in steps
    assert steps[steps.index(("A", "read")) + 1] == ("A", "write")


def test_it_counts_as_one_op():
    many = [modify(cell(f"c{i}"), "+1", f"n{i}") for i in range(13)]
    assert explore(program(*many)).status == "limit"
    assert explore(program(frame(*many))).status == "safe"


def test_it_is_told_from_a_plain_frame():
    ops = (get(STOCK), put(STOCK, f("-1", var("v"))))
    kept = program(frame(*ops), pair=ops)
    plain = program(frame(*ops, is_atomic=False), pair=ops)
    assert signature_of(kept) != signature_of(plain)


def test_pruning_keeps_it():
    unused = atomic("GET", ir.Get(MARK, "unused"))
    pruned = prune(seq(frame(unused, get(STOCK), put(STOCK, f("-1", var("v"))), ret())), frozenset({STOCK}))
    assert [one.is_atomic for one in pruned.items if isinstance(one, ir.Frame)] == [True]
