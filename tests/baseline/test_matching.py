"""Which findings a baseline knows, on findings made in memory."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fenceline.analyzer.finding import Finding, fingerprint_of
from fenceline.baseline import Entry, entries_of, united, without
from fenceline.matching import Slot, match, part_of
from tests.cli.conftest import made


def finding(key: str = "stock", wording: str = "aa:bb", **changes) -> Finding:
    rule, function = changes.pop("rule", "FEN201"), changes.pop("function", "reserve")
    fingerprint = fingerprint_of(rule, function, key)
    return made(rule, function=function, fingerprint=fingerprint, wording=wording, **changes)


def nothing_is_gone(_path: str, _function: str | None) -> bool:
    return False


def all_is_gone(_path: str, _function: str | None) -> bool:
    return True


def new_of(known: list[Finding], now: list[Finding], is_gone=nothing_is_gone) -> list[Finding]:
    found = match(entries_of(known), now, is_gone).of
    return [one for n, one in enumerate(now) if n not in found]


def left_of(known: list[Finding], now: list[Finding], is_gone=nothing_is_gone) -> int:
    return len(match(entries_of(known), now, is_gone).left)


def test_what_is_known_is_not_new():
    known = [finding(), finding(rule="FEN202"), finding("price")]
    moved = [finding(line=90, message="said otherwise"), finding("price", line=3), finding(rule="FEN202")]
    assert new_of(known, moved) == []


@pytest.mark.parametrize(
    "other",
    [finding(rule="FEN202"), finding(function="release"), finding("price"), finding(path="shop/orders.py")],
    ids=["rule", "function", "key", "file"],
)
def test_what_is_not_the_same_is_new(other):
    assert new_of([finding()], [other]) == [other]


def test_edited_code_is_still_known():
    assert new_of([finding(wording="aa:bb")], [finding(wording="cc:dd")]) == []


def test_a_second_hit_is_new_and_not_the_first_that_was_known():
    old, second = finding(wording="aa:bb", line=20), finding(wording="cc:dd", line=10)
    assert new_of([old], [second, old]) == [second]


@pytest.mark.parametrize("wording", ["aa:xx", "xx:bb"])
def test_of_two_that_are_alike_the_one_with_more_of_the_old_code_is_known(wording):
    edited, second = finding(wording=wording, line=20), finding(wording="cc:dd", line=10)
    assert new_of([finding(wording="aa:bb")], [second, edited]) == [second]


def test_hits_are_counted():
    assert new_of([finding(line=1), finding(line=2)], [finding(line=n) for n in (1, 2, 3)]) == [finding(line=3)]
    assert left_of([finding(line=n) for n in (1, 2, 3)], [finding(line=2)]) == 2


def test_a_function_that_left_its_file_is_known_in_another():
    moved = finding(path="shop/orders.py")
    assert new_of([finding()], [moved], all_is_gone) == []
    assert new_of([finding()], [moved]) == [moved]


def test_each_file_has_its_own():
    here, there = finding(), finding(path="shop/orders.py")
    assert new_of([here], [here, there], all_is_gone) == [there]
    assert new_of([here, there], [there, here], all_is_gone) == []


def test_a_function_that_left_its_file_is_known_under_another_name_in_it():
    renamed = finding(function="reserve_all")
    assert new_of([finding()], [renamed], all_is_gone) == []
    assert new_of([finding()], [renamed]) == [renamed]
    edited = finding(function="reserve_all", wording="cc:dd")
    assert new_of([finding()], [edited], all_is_gone) == [edited]


def seen_by_callers(key: str = "of the caller") -> Finding:
    wording = "aa:bb"
    fingerprint = fingerprint_of("FEN201", "reserve", "", wording)
    return made("FEN201", function="reserve", fingerprint=fingerprint, wording=wording, is_own=False, message=key)


def test_what_only_callers_show_and_what_the_function_shows_itself_is_one():
    assert new_of([finding()], [seen_by_callers()]) == []
    assert new_of([seen_by_callers()], [finding()]) == []


def test_another_key_in_the_same_code_is_new():
    assert new_of([finding("stock")], [finding("price")]) == [finding("price")]


FINDINGS = st.builds(
    finding,
    st.sampled_from(["stock", "price"]),
    st.sampled_from(["aa:bb", "aa:cc", "dd:bb", ""]),
    function=st.sampled_from(["reserve", "release", None]),
    path=st.sampled_from(["a.py", "b.py"]),
    line=st.integers(1, 50),
)


@given(
    st.lists(FINDINGS, max_size=12), st.lists(FINDINGS, max_size=5), st.randoms(use_true_random=False), st.booleans()
)
def test_every_finding_takes_its_own_entry_at_most(known, more, rng: random.Random, gone):
    now = [*known, *more]
    rng.shuffle(now)
    matching = match(entries_of(known), now, all_is_gone if gone else nothing_is_gone)
    assert len(set(matching.of.values())) == len(matching.of)
    assert len(matching.of) == len(known)  # whatever is new, each known one has taken the place of one
    assert matching.left == []
    assert match(entries_of(now), now, nothing_is_gone).left == []


@given(st.lists(FINDINGS, max_size=12), st.integers(0, 12))
def test_what_is_taken_away_is_stale(known, n):
    entries = entries_of(known)
    left = match(entries, known[n:], nothing_is_gone).left
    stale = list(part_of(entries, left))
    assert sum(one.count for one in stale) == len(known[:n])
    pruned = without(entries, stale)
    assert sum(one.count for one in pruned) == len(known[n:])
    assert match(pruned, known[n:], nothing_is_gone).left == []
    assert sum(one.count for one in united([*pruned, *stale])) == len(known)


def test_entries_that_people_have_changed_still_match():
    entry = Entry("FEN201", "shop/stock.py", "reserve", "", finding().identity, wordings=("aa:bb", "x"), count=1)
    assert match([entry], [finding()], nothing_is_gone).left == []
    assert match([Entry(**{**_fields(entry), "wordings": (), "count": 2})], [finding()], nothing_is_gone).left == [
        Slot(0, 1, "")
    ]


def _fields(entry: Entry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in ("rule", "path", "function", "message", "fingerprint", "reason")}
