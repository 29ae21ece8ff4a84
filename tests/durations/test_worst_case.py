"""The longest that a section takes: by hand on sources, and against all paths on random trees."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fenceline.analyzer import ir
from fenceline.analyzer.durations import WorstCase, told, worst_case
from fenceline.analyzer.nodes import Span
from tests.durations.reading import flow_in, inside_lock

HEAD = "import time\nimport redis\nimport requests\nclient, TRIES = redis.Redis(), 4\n"
WITH = HEAD + 'def run(order, orders, n):\n    with client.lock("sku", timeout=10):\n'


def worst_of(tmp_path, body: str) -> WorstCase:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    flow = flow_in(tmp_path, WITH + lines)
    section = inside_lock(flow)
    return worst_case(flow, lambda op: op in section)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("time.sleep(30)", "30 s (sleep, line 7)"),
        ("time.sleep(30)\nrequests.post('u', timeout=10)",
         "30 s (sleep, line 7) + 10 s (HTTP POST timeout, line 8) = 40 s"),
        ("requests.post('u', timeout=(3, 10))", "13 s (HTTP POST timeout, line 7)"),
        ("requests.post('u')", "HTTP POST without timeout (line 7)"),
        ("time.sleep(1)\nrequests.post('u', timeout=None)", "1 s (sleep, line 7) + HTTP POST without timeout (line 8)"),
        ("if order:\n    time.sleep(5)\nelse:\n    time.sleep(20)\ntime.sleep(1)",
         "20 s (sleep, line 10) + 1 s (sleep, line 11) = 21 s"),
        ("if order:\n    time.sleep(30)\n    return\ntime.sleep(20)", "30 s (sleep, line 8)"),
        ("if order:\n    time.sleep(10)\n    return\ntime.sleep(20)", "20 s (sleep, line 10)"),
        ("[time.sleep(2) for _ in range(3)]", "6 s (3 × sleep, line 7)"),
        ("[time.sleep(2) for _ in (1, 2) for _ in range(2)]", "8 s (4 × sleep, line 7)"),
        ("[requests.post(o, timeout=2) for o in orders]", "HTTP POST timeout in a loop (line 7)"),
        ("while not client.get('ready'):\n    time.sleep(1)", "sleep in a loop (line 8)"),
        ("try:\n    time.sleep(5)\nexcept ValueError:\n    time.sleep(3)\nfinally:\n    time.sleep(1)",
         "5 s (sleep, line 8) + 3 s (sleep, line 10) + 1 s (sleep, line 12) = 9 s"),
        ("for _ in range(3):\n    time.sleep(2)", "6 s (3 × sleep, line 8)"),
        ("for _ in range(TRIES):\n    time.sleep(2)\n    if order:\n        break", "8 s (4 × sleep, line 8)"),
        ("for o in orders:\n    time.sleep(2)", "sleep in a loop (line 8)"),
        ("client.set('a', 1)\nclient.get('a')", ""),
        ("time.sleep(n)", ""),
    ],
)  # fmt: skip
def test_the_longest_path_is_told(tmp_path, body: str, text: str) -> None:
    assert told(worst_of(tmp_path, body)) == text


def test_what_lies_outside_the_section_does_not_count(tmp_path) -> None:
    lines = "def run():\n    time.sleep(9)\n    with client.lock('a'):\n        time.sleep(2)\n"
    flow = flow_in(tmp_path, HEAD + lines)
    section = inside_lock(flow)
    assert worst_case(flow, lambda op: op in section).seconds == 2


def test_a_loop_around_the_section_is_gone_through_once(tmp_path) -> None:
    lines = "    while True:\n        with client.lock('a'):\n            time.sleep(2)\n        time.sleep(60)\n"
    flow = flow_in(tmp_path, f"{HEAD}def run():\n{lines}")
    section = {op for op in flow.places if isinstance(op, ir.Slow) and op.seconds == 2}
    worst = worst_case(flow, lambda op: op in section)
    assert (worst.seconds, worst.unbounded) == (2, ())


def test_what_a_called_function_waits_counts(tmp_path) -> None:
    source = HEAD + (
        "def told(o):\n    if not o:\n        return 1\n    time.sleep(4)\n    return 2\n"
        "def run(o):\n    with client.lock('a'):\n        told(o)\n        time.sleep(1)\n"
    )
    flow = flow_in(tmp_path, source)
    section = inside_lock(flow)
    assert worst_case(flow, lambda op: op in section).seconds == 5


@pytest.mark.parametrize("body", ["time.sleep(n)", "requests.post('u', timeout=n)", "fetch(client)"])
def test_what_is_not_known_is_neither_bounded_nor_unbounded(tmp_path, body: str) -> None:
    worst = worst_of(tmp_path, body)
    assert (worst.seconds, worst.unbounded) == (0, ())
    assert len(worst.unseen) == 1


# -------------------------------------------------------------------- random trees

PLACE = (Span(1, 1, 1, 2), "shop.py")


def slow(seconds: int) -> ir.Slow:
    return ir.Slow(*PLACE, f"SLEEP {seconds} s", float(seconds), "sleep")


def block(items: list[Any]) -> ir.Seq:
    return ir.Seq(list(items))


def branch(sides: tuple[ir.Seq, ir.Seq]) -> ir.Branch:
    return ir.Branch(ir.Ask("?"), *sides, *PLACE)


def loop(made: tuple[ir.Seq, int]) -> ir.Loop:
    return ir.Loop(made[0], "data", *PLACE, made[1])


def guarded(made: tuple[ir.Seq, ir.Seq, ir.Seq]) -> ir.Try:
    body, handler, final = made
    return ir.Try(body, [ir.Except((), handler)], ir.Seq(), final)


def trees(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    seq = st.lists(items, max_size=3).map(block)
    return (
        st.tuples(seq, seq).map(branch)
        | st.tuples(seq, st.integers(0, 3)).map(loop)
        | seq.map(lambda body: ir.Frame(body, None, "f"))
        | st.tuples(seq, seq, seq).map(guarded)
    )


LEAVES = (
    st.integers(0, 9).map(slow)
    | st.just(None).map(lambda _: ir.Return(None, PLACE[0]))
    | st.just(None).map(lambda _: ir.Break())
    | st.just(None).map(lambda _: ir.Continue())
)
SEQUENCES = st.lists(st.recursive(LEAVES, trees, max_leaves=6), max_size=4).map(block)


def paths(item: Any) -> set[tuple[float, str]]:
    """Every way through a tree: what it costs and how it ends; an exception may come before and after each step."""
    match item:
        case ir.Slow(seconds=seconds):
            return {(seconds or 0.0, "on")}
        case ir.Return():
            return {(0.0, "return")}
        case ir.Break():
            return {(0.0, "break")}
        case ir.Continue():
            return {(0.0, "continue")}
        case ir.Branch(then=then, orelse=orelse):
            return paths(then) | paths(orelse)
        case ir.Frame(body=body):
            return {(cost, "on" if end == "return" else end) for cost, end in paths(body)}
        case ir.Loop(body=body, rounds=rounds):
            return around(paths(body), rounds or 0)
        case ir.Try(body=body, handlers=handlers, final=final):
            fails = {(cost, "on") for cost in prefixes(body)}
            ways = paths(body) | chained(fails, paths(handlers[0].body))
            return {
                (cost + more, end if last == "on" else last)
                for (cost, end), (more, last) in product(ways, paths(final))
            }
        case _:
            ways = {(0.0, "on")}
            for one in item.items:
                ways = chained(ways, paths(one))
            return ways


def chained(ways: set[tuple[float, str]], more: set[tuple[float, str]]) -> set[tuple[float, str]]:
    ended = {way for way in ways if way[1] != "on"}
    return ended | {(cost + then, end) for cost, last in ways if last == "on" for then, end in more}


def around(body: set[tuple[float, str]], rounds: int) -> set[tuple[float, str]]:
    ways, done = {(0.0, "on")}, {(0.0, "on")}
    for _ in range(rounds):
        ways = chained({way for way in ways if way[1] == "on"}, body)
        done |= {(cost, "on") for cost, end in ways if end == "break"}
        done |= {way for way in ways if way[1] == "return"}
        ways = {(cost, "on") for cost, end in ways if end in {"on", "continue"}}
        done |= ways
    return done


def prefixes(seq: ir.Seq) -> set[float]:
    """What may have passed when the body raises: any of its ways to the end, which is the longest of each."""
    return {cost for cost, _ in paths(seq)}


@given(SEQUENCES)
def test_the_worst_case_is_the_longest_of_all_paths(tree: ir.Seq) -> None:
    flow: Any = SimpleNamespace(lowered=SimpleNamespace(tree=tree))
    worst = worst_case(flow, lambda _: True)
    assert worst.seconds == max(cost for cost, _ in paths(tree))
    assert worst.seconds == sum(seconds for _, seconds, _ in worst.parts)
    assert worst.unbounded == ()
