"""Numbers of seconds that the source states."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fenceline.analyzer import ir
from fenceline.analyzer.durations import duration_text, rounds_over, seconds_of
from fenceline.analyzer.values import Data, Items
from tests.durations.reading import facts_in


def const(value: object) -> ir.Const:
    return ir.Const(value)


def f(label: str, *args: ir.Term) -> ir.Apply:
    return ir.Apply(label, args)


@pytest.mark.parametrize(
    ("term", "seconds"),
    [
        (const(5), 5.0),
        (const(0.5), 0.5),
        (const(True), None),
        (const(None), None),
        (const("5"), None),
        (None, None),
        (ir.Var("delay"), None),
        (ir.Shared("settings.DELAY"), None),
        (f("*", const(60), const(5)), 300.0),
        (f("-", f("*", const(60), const(5)), const(10)), 290.0),
        (f("//", const(7), const(2)), 3.0),
        (f("/", const(7), const(0)), None),
        (f("-", const(3)), -3.0),
        (f("**", const(2), const(3)), None),
        (f("*", const(10**400), const(1.5)), None),
        (f("*", const(60), ir.Var("n")), None),
        (f("every", const(300)), 300.0),
        (f("cron", const("*/5")), None),
        (f(".total_seconds", const(90)), 90.0),
        (f("int", f(".total_seconds", const(90))), 90.0),
        (f(".seconds", const(86_460)), 60.0),
    ],
)
def test_a_term_is_a_number_of_seconds(term: ir.Term | None, seconds: float | None) -> None:
    assert seconds_of(term) == seconds


NUMBERS = st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6)
TERMS = st.recursive(
    NUMBERS.map(ir.Const),
    lambda inner: st.tuples(st.sampled_from(["+", "-", "*", "/", "//"]), inner, inner).map(
        lambda one: ir.Apply(one[0], one[1:])
    ),
    max_leaves=6,
)


def source_of(term: ir.Term) -> str:
    if isinstance(term, ir.Const):
        return f"({term.value!r})"
    assert isinstance(term, ir.Apply)
    return f"({source_of(term.args[0])} {term.label} {source_of(term.args[1])})"


@given(TERMS)
def test_arithmetic_is_that_of_python(term: ir.Term) -> None:
    try:
        expected = float(eval(source_of(term)))
    except (ZeroDivisionError, OverflowError):
        expected = None
    found = seconds_of(term)
    if expected is None or found is None:
        assert found is None
    else:
        assert found == pytest.approx(expected) or math.isnan(found)


@pytest.mark.parametrize(
    ("value", "rounds"),
    [
        (Items((Data(const(1)), Data(const(2))), "list"), 2),
        (Items((Data(const(1)),), "list", ir.Var("count")), None),
        (Data(f("range", const(3))), 3),
        (Data(f("range", const(1), const(10), const(4))), 3),
        (Data(f("range", const(1), const(10), const(0))), None),
        (Data(f("range", ir.Var("n"))), None),
        (Data(f("enumerate", f("range", const(3)))), 3),
        (Data(f("reversed", f("list", const("a"), const("b")))), 2),
        (Data(ir.Arg("orders")), None),
    ],
)
def test_rounds_are_those_that_the_source_states(value: Data | Items, rounds: int | None) -> None:
    assert rounds_over(value) == rounds


@pytest.mark.parametrize(
    ("seconds", "text"), [(30, "30 s"), (0.5, "0.5 s"), (86400, "86400 s"), (0.0001, "0 s"), (2.5e6, "2500000 s")]
)
def test_seconds_are_written_with_their_unit(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("timedelta(minutes=5)", 300),
        ("timedelta(0, 30)", 30),
        ("timedelta(1)", 86400),
        ("timedelta(milliseconds=250)", 0.25),
        ("timedelta(hours=1, minutes=30).total_seconds()", 5400),
        ("int(timedelta(seconds=90).total_seconds())", 90),
        ("2 * timedelta(minutes=1)", 120),
        ("PAUSE", 120),
        ("LONG", 600),
        ("delay", None),
        ("timedelta(minutes=delay)", None),
        ("timedelta(**options)", None),
    ],
)
def test_a_duration_is_a_number_of_seconds(tmp_path, expression: str, seconds: float | None) -> None:
    source = (
        "import time\nfrom datetime import timedelta\nPAUSE = timedelta(minutes=2)\nLONG = 60 * 10\n"
        f"def run(delay, options):\n    time.sleep({expression})\n"
    )
    (fact,) = facts_in(tmp_path, source, "time")
    assert isinstance(fact.op, ir.Slow)
    assert fact.op.seconds == seconds
    assert (fact.op.limit is None) == (seconds is not None)


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("import time\ndef run():\n    time.sleep(30)\n", "SLEEP 30 s"),
        ("from time import sleep\ndef run(n):\n    sleep(n)\n", "SLEEP n"),
        ("import asyncio\nasync def run():\n    await asyncio.sleep(0.5)\n", "SLEEP 0.5 s"),
        ("from asyncio import sleep as nap\nasync def run():\n    await nap(delay=2)\n", "SLEEP 2 s"),
    ],
)
def test_a_sleep_is_a_step_that_takes_time(tmp_path, lines: str, text: str) -> None:
    (fact,) = facts_in(tmp_path, lines, "time")
    assert (fact.op.text, fact.hint) == (text, "sleep")


def test_a_sleep_of_nothing_only_gives_way(tmp_path) -> None:
    assert facts_in(tmp_path, "import asyncio\nasync def run():\n    await asyncio.sleep(0)\n", "time") == []
