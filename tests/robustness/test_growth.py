"""What a file costs grows with its length, not with the square of it."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fenceline.analyzer.models import load_models
from fenceline.linking.analysis import analyse_file, open_project
from fenceline.rules import all_rules
from fenceline.timings import Timings

MODELS = load_models()
HEAD = """\
import redis
from celery import shared_task
from django.db import models, transaction

client = redis.Redis()


class Item(models.Model):
    left = models.IntegerField()
    state = models.CharField(max_length=9)


@shared_task
def tell(item):
    pass


def found(key):
    return client.get(f"item:{key}")

"""
KEYS = """
def take_{n}(key, amount):
    if int(client.get(f"item:{{key}}")) > len(found(amount)):
        client.decrby(f"item:{{key}}", {n})
    return {n}
"""
ROWS = """
class View{n}:
    def post(self, pk, amount):
        item = Item.objects.get(pk=pk)
        if item.state == "new":
            item.left -= amount
            item.state = "s{n}"
            item.save()
            tell.delay(item.pk)
"""
CHAINS = """
def step_{n}(key):
    value = client.hget("steps", key)
    return step_{next}(value) if value else {n}
"""


def seconds_for(source: str, folder: Path, at_least: int = 0) -> float:
    """Processor time, so that what else the machine does has no say."""
    folder.joinpath("program.py").write_text(source, encoding="utf-8")
    project = open_project(folder, MODELS)
    started = time.process_time()
    findings = analyse_file(project, "program.py", all_rules(), Timings())
    assert len(findings) >= at_least
    return time.process_time() - started


def functions(text: str, count: int) -> str:
    return HEAD + "".join(text.format(n=n, next=n + 1) for n in range(count))


@pytest.mark.parametrize(("text", "found"), [(KEYS, 1), (ROWS, 1), (CHAINS, 0)], ids=["keys", "rows", "chains"])
def test_time_grows_with_the_number_of_functions(text: str, found: int, tmp_path: Path):
    small, middle, large = (seconds_for(functions(text, n), tmp_path, found * n) for n in (50, 200, 800))
    assert middle < 8 * small + 0.1
    assert large < 8 * middle + 0.1


def one_function(*lines: str) -> str:
    body = textwrap.indent("".join(lines), "    ")
    return f"{HEAD}\ndef entry(pk, amount):\n    item = Item.objects.get(pk=pk)\n{body}"


LONG: dict[str, Callable[[int], str]] = {
    "stores": lambda n: f"item.left = item.left + {n}\n",
    "saves": lambda n: f"item.left = item.left + {n}\nitem.save()\n",
    "branches": lambda n: f"if item.left > {n}:\n    item.state = 's{n}'\n    item.save()\n",
    "branches that differ": lambda n: (
        f"if amount == {n}:\n    x{n} = item.left\nelse:\n    x{n} = client.get('k{n}')\n"
    ),
    "branches that leave": lambda n: f"if item.left == {n}:\n    return client.incr('k{n}')\n",
    "commands": lambda n: f"a = client.get('k{n % 7}')\nclient.set('k{n % 7}', a + 1)\n",
    "loops": lambda n: f"for one in Item.objects.filter(left={n}):\n    one.left += item.left\n    one.save()\n",
    "handlers": lambda n: f"try:\n    item.save()\nexcept ValueError:\n    client.delete('k{n}')\n",
    "calls": lambda n: f"found(found({n}))\n",
}


@pytest.mark.parametrize("shape", LONG)
def test_a_long_function_takes_seconds_at_most(shape: str, tmp_path: Path):
    source = one_function(*(LONG[shape](n) for n in range(400)))
    assert seconds_for(source, tmp_path) < 30


@pytest.mark.parametrize("depth", [20, 60])
@pytest.mark.parametrize(
    ("opening", "closing"), [("if item.left > {n}:\n", ""), ("with transaction.atomic():\n", ""),
                             ("try:\n", "except ValueError:\n    item.save()\n")], ids=["if", "with", "try"],
)  # fmt: skip
def test_a_deep_function_takes_seconds_at_most(opening: str, closing: str, depth: int, tmp_path: Path):
    text = "item.left += 1\nitem.save()\n"
    for n in range(depth):
        text = opening.format(n=n) + textwrap.indent(text, "    ") + closing
    assert seconds_for(one_function(text), tmp_path) < 20
