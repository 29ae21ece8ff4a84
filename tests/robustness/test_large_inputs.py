"""Very long files and functions: the work grows with their length, counted in calls of functions, not in seconds."""

from __future__ import annotations

import cProfile
from collections.abc import Callable
from pathlib import Path

import pytest

from fenceline.analyzer import nodes
from fenceline.analyzer.finding import Confidence, Finding
from fenceline.analyzer.models import load_models
from fenceline.linking.analysis import analyse_file, open_project
from fenceline.linking.judging import CANDIDATES_A_FUNCTION, STATE_CAP
from fenceline.rules import all_rules
from fenceline.timings import Timings

MODELS = load_models()
STORE = "import redis\n\nclient = redis.Redis()\n\n"
ROWS = """\
from django.db import models


class Row(models.Model):
    a = models.IntegerField()
    b = models.IntegerField()

"""
SESSION = """\
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Wallet(Base):
    __tablename__ = "wallets"
    id: Mapped[int] = mapped_column(primary_key=True)
    cents: Mapped[int]

"""


def function(head: str, start: str, *parts: str) -> str:
    return f"{head}\ndef entry(x):\n{start}{''.join(parts)}"


LONG: dict[str, Callable[[int], str]] = {
    "commands": lambda n: function(STORE, "", *(f"    client.incr(f'k{i}:{{x}}')\n" for i in range(n))),
    "tests and commands": lambda n: function(
        STORE, "", *(f"    if not client.get('k{i}'):\n        client.set('k{i}', x)\n" for i in range(n // 2))
    ),
    "saves in branches": lambda n: function(
        ROWS,
        "",
        *(
            f"    row{i} = Row.objects.get(pk=x + {i})\n    if row{i}.a > {i}:\n        row{i}.b = row{i}.a + 1\n"
            f"        row{i}.save()\n    else:\n        row{i}.save(update_fields=['a'])\n"
            for i in range(n // 2)
        ),
    ),
    "rows of a session": lambda n: function(
        SESSION,
        "    session = Session()\n",
        *(
            f"    w{i} = session.get(Wallet, x + {i})\n    if w{i}.cents > {i}:\n        w{i}.cents += 1\n"
            for i in range(n // 2)
        ),
        "    session.commit()\n",
    ),
    "locks": lambda n: function(
        STORE, "", *(f"    with client.lock('l{i}', timeout=5):\n        client.incr('k{i}')\n" for i in range(n // 2))
    ),
    "handlers": lambda n: function(
        STORE,
        "",
        *(f"    try:\n        client.incr('k{i}')\n    except OSError:\n        client.decr('k')\n" for i in range(n)),
    ),
    "branches without effects": lambda n: function(
        STORE,
        "    v = client.get('k')\n    t = 0\n",
        *(f"    if x[{i}]:\n        t = t + {i}\n" for i in range(n)),
        "    client.set('k', int(v) + t)\n",
    ),
    "calls of functions": lambda n: function(
        STORE + "".join(f"def part{i}(x):\n    client.incr(f'k{i}:{{x}}')\n\n\n" for i in range(n)),
        "",
        *(f"    part{i}(x)\n" for i in range(n)),
    ),
    "views": lambda n: STORE + ROWS + "".join(
        f"def view{i}(request, pk):\n    row = Row.objects.get(pk=pk)\n    if row.a > {i}:\n"
        f"        client.incr('seen:{i}')\n    return str(row.a)\n\n\n"
        for i in range(n)
    ),
    "a class": lambda n: f"{STORE}class Big:\n" + "".join(
        f"    def method{i}(self, x):\n        y = self.method{i * 7 % n}(x) if x else None\n"
        f"        if y:\n            client.incr('k{i}')\n        return y or x\n\n"
        for i in range(n)
    ),
    "a dict": lambda n: function(
        STORE + "TABLE = {\n" + "".join(f"    'key{i}': {{'a': {i}}},\n" for i in range(n)) + "}\n\n",
        "    client.set('k', TABLE[x]['a'])\n",
    ),
    "statements": lambda n: function(
        STORE, "    v = client.get('k')\n", *(f"    v = v + {i}\n" for i in range(n)), "    client.set('k', v)\n"
    ),
}  # fmt: skip

MORE = {"saves in branches": 10, "locks": 14}
"""Where each pair of what a function does is looked at, that much: some hundreds in one function are bounded enough."""


def work_for(source: str, folder: Path) -> tuple[int, list[Finding], Timings]:
    """How many calls of functions the analysis of a file takes, what it finds, and what it has looked at."""
    folder.joinpath("program.py").write_text(source, encoding="utf-8")
    project, timings = open_project(folder, MODELS), Timings()
    profile = cProfile.Profile(builtins=False)
    found = profile.runcall(analyse_file, project, "program.py", all_rules(), timings)
    return sum(entry.callcount for entry in profile.getstats()), found, timings


@pytest.mark.parametrize("shape", LONG)
def test_work_grows_with_the_length(shape: str, tmp_path: Path):
    small, _, _ = work_for(LONG[shape](40), tmp_path)
    large, _, _ = work_for(LONG[shape](160), tmp_path)
    assert large < MORE.get(shape, 6) * small


def test_of_a_function_with_hundreds_of_hazards_so_many_are_judged_and_no_more(tmp_path: Path):
    _, found, timings = work_for(LONG["tests and commands"](400), tmp_path)
    assert timings.candidates == CANDIDATES_A_FUNCTION
    assert len(found) == CANDIDATES_A_FUNCTION


def test_what_is_too_large_to_be_explored_is_suspected(tmp_path: Path):
    steps = (f"    if client.get('k') == {i}:\n        client.set('k', x + {i})\n" for i in range(200))
    work, found, _ = work_for(function(STORE, "", *steps), tmp_path)
    assert found
    assert {one.confidence for one in found} == {Confidence.LOW}
    assert work < 40 * 100 * STATE_CAP


def test_of_a_file_of_thousands_of_functions_only_those_that_are_asked_for_are_read(tmp_path: Path, monkeypatch):
    read: list[str] = []
    whole = nodes.Later.__init__

    def counted(self, how):
        whole(self, lambda: read.append("body") or how())

    monkeypatch.setattr(nodes.Later, "__init__", counted)
    tmp_path.joinpath("large.py").write_text("".join(f"def f{i}(x):\n    return x + {i}\n" for i in range(10_000)))
    source = "from large import f7\n" + function(STORE, "    client.set('k', f7(client.get('k')))\n")
    assert len(work_for(source, tmp_path)[1]) == 1
    assert len(read) <= 3
