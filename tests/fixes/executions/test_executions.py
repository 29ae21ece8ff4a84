"""Each fix is executed: before it concurrent workers reach a bad outcome on the real servers, after it they do not.

What was measured stands in ``<case>.run.json`` beside the run file, and ``docs/executions.md`` is generated from these
files; here it is measured anew.
"""

from __future__ import annotations

import dataclasses
import json

import pytest

from tests.fixes.executions.declared import CASES, all_executions
from tests.fixes.executions.measuring import Bench

EXECUTIONS = {f"{one.rule}/{one.name}": one for one in all_executions()}


@pytest.mark.parametrize("key", EXECUTIONS)
def test_execution(key: str, bench: Bench, request: pytest.FixtureRequest):
    case = EXECUTIONS[key]
    measured = bench.measure(case)
    assert measured.before.bad > 0, "nothing bad happens before the fix"
    assert measured.after.bad == 0, measured.after.shown
    assert measured.alone[0] == measured.alone[1], "one worker alone gets something else"
    if request.config.getoption("--update-goldens"):
        case.figures.write_text(json.dumps(measured.figures(case), indent=1, ensure_ascii=False) + "\n", "utf-8")
    assert json.loads(case.figures.read_text("utf-8")) == measured.figures(case)


def test_every_figure_has_its_case():
    assert set(CASES.rglob("*.run.json")) == {one.figures for one in EXECUTIONS.values()}


@pytest.mark.parametrize("key", ["get-then-update/example 0", "release-without-ownership/example 0"])
def test_no_fix_is_seen(key: str, bench: Bench):
    case = EXECUTIONS[key]
    assert bench.measure(dataclasses.replace(case, after=case.before)).after.bad > 0


def test_a_row_lock_after_the_read_is_seen_to_be_none(bench: Bench):
    case = EXECUTIONS["orm-read-modify-write/example 0"]
    late = case.before.replace("def spend", "from django.db import transaction\n\n@transaction.atomic\ndef spend")
    late = late.replace("    account.points", "    Account.objects.select_for_update().first()\n    account.points", 1)
    assert bench.measure(dataclasses.replace(case, after=late)).after.bad > 0


def test_a_lost_effect_is_seen(bench: Bench):
    case = EXECUTIONS["racy-dedupe/example 0"]
    measured = bench.measure(dataclasses.replace(case, after=case.after.replace("    send_mail(", "    str(")))
    assert measured.alone[0] != measured.alone[1]
