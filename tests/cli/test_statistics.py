"""What a run has cost: counted work, time and memory by phase; and that none of it is in a report that is compared."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
import pytest

from fenceline import memory
from fenceline.effort import Effort, SlowFile, effort_of
from fenceline.memory import Memory
from fenceline.outcomes import FileResult
from fenceline.report import statistics
from fenceline.report.document import Report, Summary
from fenceline.timings import Timings
from tests.cli.conftest import Run
from tests.small_shop import RACE, SHOP

Write = Callable[[Mapping[str, str | bytes]], Path]


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FENCELINE_NO_CACHE")


def figures(run: Run, *arguments: str) -> dict[str, Any]:
    found = run("check", "--format", "json", "--statistics", "--jobs", "1", *arguments).report()["statistics"]
    assert isinstance(found, dict)
    return found


def test_work_is_counted(project: Write, run: Run):
    project(SHOP)
    found = figures(run)
    assert found["files"] == {"cached": 0, "asked_for": 2, "parsed": 2}  # other.py and __init__.py cannot matter
    assert (found["work"]["trees"], found["work"]["functions"]) == (2, 3)
    assert found["work"]["definitions"] == 3  # left, take and order
    assert found["work"]["bodies"] >= 5  # each its own, and left and take in order
    assert found["work"]["programs"] == 1
    assert 0 < found["work"]["states"] < 1_000
    assert found["candidates"]["count"] == 1
    assert "/shop/views.py:" in found["candidates"]["slowest"]


def test_the_same_work_is_done_again(project: Write, run: Run):
    project(SHOP)
    assert figures(run)["work"] == figures(run)["work"]


def test_no_work_is_done_for_what_is_kept(project: Write, run: Run, kept: None):
    project(SHOP)
    figures(run)
    again = figures(run)
    assert again["files"] == {"cached": 4, "asked_for": 0, "parsed": 0}
    assert set(again["work"].values()) == {0}
    assert (again["phases"], again["slowest"], again["candidates"]["count"]) == ({}, [], 0)


def test_nothing_that_matters_is_nothing_to_do(project: Write, run: Run):
    project({f"m{n}.py": "x = 1\n" for n in range(5)})
    found = figures(run)
    assert found["files"] == {"cached": 0, "asked_for": 0, "parsed": 0}
    assert set(found["work"].values()) == {0}


def test_phases_have_time_and_memory(project: Write, run: Run):
    project(SHOP)
    found = figures(run)
    assert set(found["run"]) == {"discover", "examine", "suppress"}
    assert set(found["phases"]) >= {"read", "demand", "parse", "lower", "propose", "explore"}
    assert all(
        one["seconds"] >= 0 and one["memory"] >= 0 for one in (*found["run"].values(), *found["phases"].values())
    )
    together = sum(one["seconds"] for one in found["phases"].values())
    assert together <= found["run"]["examine"]["seconds"] + 0.001  # nothing is counted twice
    assert found["memory"]["together"] == sum(found["memory"]["processes"]) > 10_000_000


def test_slow_files_are_told(project: Write, run: Run):
    project({**SHOP, "race.py": RACE})
    slowest = figures(run)["slowest"]
    assert {one["path"] for one in slowest} == {"race.py", *SHOP}
    assert [one["seconds"] for one in slowest] == sorted((one["seconds"] for one in slowest), reverse=True)


def test_each_process_has_its_memory(project: Write, program: Run):
    project({f"m{n}.py": RACE for n in range(6)})
    found = program("check", "--format", "json", "--statistics", "--jobs", "2").report()["statistics"]
    assert len(found["memory"]["processes"]) == 3
    assert all(one > 10_000_000 for one in found["memory"]["processes"])


@pytest.mark.parametrize("arguments", [[], ["--show-fixes"]])
def test_the_result_is_the_same_to_the_byte(project: Write, program: Run, kept: None, arguments: list[str]):
    project({**SHOP, **{f"m{n}.py": RACE for n in range(6)}, "broken.py": "def f(:\n"})

    def printed(*more: str) -> str:
        return program("check", "--format", "json", *arguments, *more).out

    cold = printed("--no-cache", "--jobs", "1")
    assert len(json.loads(cold)["findings"]) == 8
    assert printed("--no-cache", "--jobs", "2") == cold
    assert printed("--jobs", "8") == cold
    assert printed() == cold  # from what is kept now
    counted = json.loads(printed("--statistics"))
    assert counted.pop("statistics")["files"]["cached"] == 11
    assert counted == json.loads(cold)


def test_a_phase_inside_another_is_counted_once():
    timings = Timings()
    with timings.phase("outer"):
        time.sleep(0.01)
        with timings.phase("inner"):
            time.sleep(0.05)
    assert timings.phases["outer"] < timings.phases["inner"]
    assert timings.seconds == pytest.approx(timings.phases["outer"] + timings.phases["inner"])
    assert timings.longest_phase == "inner"


def test_the_memory_of_a_phase_is_what_the_peak_rises_by():
    timings = Timings()
    with timings.phase("outer"), timings.phase("inner"):
        taken = bytearray(memory.peak_bytes() + 50_000_000)
    assert len(taken) > 50_000_000
    assert timings.memory["inner"] > 10_000_000
    assert timings.memory.get("outer", 0) < 10_000_000


def test_a_system_that_does_not_tell_is_said_to(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(memory, "resource", None)
    assert memory.peak_bytes() == 0
    effort = effort_of(Timings(), [FileResult("a.py", timings=Timings({"read": 1.0}), process=1)])
    report = Report((), Summary(files=1, parsed=0, lines=1, findings=0, seconds=1.0, effort=effort))
    assert statistics.figures(report.summary)["memory"] is None
    assert "memory     unknown: this system does not tell" in statistics.lines(report)


def test_people_are_told_the_same():
    work = Timings({"read": 0.25, "explore": 1.5}, {"explore": 30 * 1024 * 1024})
    effort = Effort(
        Timings({"discover": 0.125}),
        3,
        memory=Memory((50 * 1024 * 1024, 70 * 1024 * 1024)),
        slowest=(SlowFile("shop/views.py", 1.25, "explore"),),
        processes=1,
    )
    summary = Summary(files=9, parsed=2, lines=100, findings=0, seconds=2.0, cached=4, timings=work, effort=effort)
    lines = [click.unstyle(line) for line in statistics.lines(Report((), summary))]
    assert lines[:5] == [
        "files      9 (4 kept, 3 asked for, 2 parsed)",
        "lines      100 in 2.00 s (50 lines/s)",
        "run        discover 0.125 s",
        "work       read 0.250 s, explore 1.500 s (+30 MiB)",
        "memory     at most 50 MiB, its workers 70: 120 MiB together",
    ]
    assert lines[5] == (
        "done       0 trees and 0 functions read, 0 definitions lowered with 0 bodies, "
        "0 programs explored in 0 states, by 1 process"
    )
    assert lines[-1] == "slow       1.250 s shop/views.py (most of it: explore)"
