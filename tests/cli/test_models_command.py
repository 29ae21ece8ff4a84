"""``fenceline models``: listed, shown, checked."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from fenceline.inventory import Inventory
from fenceline.report import models as models_report
from tests.cli.conftest import Run

CONFIG = '[tool.fenceline]\nmodels = ["conf/stockroom.toml"]\n'
OURS = """
[[evidence]]
package = "stockroom"
version = ">=2.1"

[[type]]
id = "stockroom.client"
names = ["stockroom.Client"]
role = "kv"
[type.methods]
take = { op = "kv.update", params = ["sku", "n"], key = "sku", delta = "n", sign = -1 }
charge = { op = "external", what = "charge", cases = [{ when = { dry = "present" }, op = "none" }], params = ["dry"] }

[[type]]
id = "stockroom.lock"
names = ["stockroom.Lock"]
role = "lock"

[[entry]]
kind = "decorator"
what = "task"
names = ["stockroom.job"]
delivery = "at-least-once"

[[setting]]
names = ["STOCK_ACKS_LATE"]
applies = ["stockroom.job"]
fact = "delivery"

[raises]
absent = ["stockroom.Missing"]
"""


@pytest.fixture
def ours(project) -> Path:
    return project({"pyproject.toml": CONFIG, "conf/stockroom.toml": OURS})


def test_list(ours: Path, run: Run):
    outcome = run("models")
    lines = {line.split()[0]: line for line in outcome.out.splitlines()}
    assert outcome.code == 0
    assert list(lines) == sorted(lines)
    assert lines["stockroom"].split()[1] == ">=2.1"
    known = "1 type, 2 calls, 1 lock, 1 effect, 1 task, 1 exception, 1 setting"
    assert lines["stockroom"].endswith(f"  {known} (conf/stockroom.toml, yours)")
    assert lines["redis"].endswith("redis.toml, scripts.toml)")


def test_list_as_json(ours: Path, run: Run):
    document = json.loads(run("models", "--format", "json").out)
    jsonschema.validate(document, models_report.schema())
    stockroom = next(one for one in document["libraries"] if one["library"] == "stockroom")
    assert stockroom == {
        "library": "stockroom",
        "sources": [{"file": "conf/stockroom.toml", "own": True, "version": ">=2.1", "modules": ["stockroom"]}],
        "counts": {"types": 1, "calls": 2, "locks": 1, "effects": 1, "tasks": 1, "exceptions": 1, "settings": 1},
    }


def test_show(ours: Path, run: Run):
    out = run("models", "stockroom").out
    assert out.splitlines()[:2] == ["stockroom", "    conf/stockroom.toml (yours): facts of stockroom >=2.1"]
    for line in (
        "        take(sku, n): kv.update, key: sku, delta: n, sign: -1",
        "        charge(dry): external (charge)",
        "            when dry is present: none",
        "    stockroom.job; kind: decorator; what: task; delivery: at-least-once",
        "    STOCK_ACKS_LATE; applies: stockroom.job; fact: delivery",
        "    absent: stockroom.Missing",
    ):
        assert line in out.splitlines()


@pytest.mark.parametrize("name", ["djangorestframework", "rest_framework", "DjangoRestFramework"])
def test_show_by_package_or_module(ours: Path, run: Run, name: str):
    assert run("models", "show", name).out.startswith("djangorestframework\n")


def test_every_library_can_be_shown(ours: Path, run: Run):
    libraries = [one["library"] for one in json.loads(run("models", "--format", "json").out)["libraries"]]
    document = json.loads(run("models", "--format", "json", *libraries).out)
    jsonschema.validate(document, models_report.schema())
    assert all(one["entries"] for one in document["libraries"])
    assert run("models", *libraries).code == 0


def test_unknown_library(ours: Path, run: Run):
    outcome = run("models", "stockrom")
    assert outcome.code == 2
    assert "nothing is known of a library 'stockrom'; did you mean 'stockroom'?" in outcome.err


@pytest.mark.parametrize("arguments", [["models"], ["models", "check"]])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tokens = [", "conf/stockroom.toml: "),
        ('[[function]]\nname = "a.b"\nop = "kv.raed"', "conf/stockroom.toml:3: a.b: no such operation: 'kv.raed'"),
        ('[[type]]\nid = "t"\nnames = "a.B"', "conf/stockroom.toml:2: t: names must be a list of strings"),
        ('[[entry]]\nnames = ["a.b"]\nkind = "decorator"', "conf/stockroom.toml:2: a.b: a entry needs 'what'"),
    ],
)
def test_broken_file(project, run: Run, arguments: list[str], text: str, message: str):
    project({"pyproject.toml": CONFIG, "conf/stockroom.toml": text})
    outcome = run(*arguments)
    assert outcome.code == 2
    assert message in outcome.err


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    place = folder.parent / "installed"
    metadata = place / "stockroom-2.2.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: stockroom\nVersion: 2.2\n")
    (place / "stockroom.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(place))


GOOD = """
class Client:
    def take(self, sku, n): ...
    def charge(self, dry): ...
class Lock: ...
class Missing(Exception): ...
def job(f): ...
"""


def test_check_finds_nothing(ours: Path, run: Run, monkeypatch: pytest.MonkeyPatch):
    installed(ours, monkeypatch, GOOD)
    outcome = run("models", "check", "stockroom", "--strict")
    assert outcome.code == 0
    assert outcome.out.splitlines()[0] == "stockroom 2.2: ok (6 names)"
    assert outcome.out.splitlines()[1].endswith(": 1 ok, 0 with problems, 0 not installed.")


def test_check_finds_a_problem(ours: Path, run: Run, monkeypatch: pytest.MonkeyPatch):
    installed(ours, monkeypatch, GOOD.replace("sku, n)", "sku, count)"))
    outcome = run("models", "check", "stockroom")
    assert outcome.code == 1
    assert outcome.out.splitlines()[:2] == [
        "stockroom 2.2: 1 problem",
        "    conf/stockroom.toml: stockroom.client: stockroom.Client.take(sku, count) has no parameter 'n'",
    ]


def test_check_of_what_is_not_installed(ours: Path, run: Run):
    outcome = run("models", "check", "stockroom")
    assert outcome.out.splitlines()[0] == "stockroom: not installed"
    assert outcome.code == 0
    assert run("models", "check", "stockroom", "--strict").code == 1


@pytest.mark.parametrize("python", ["no-such-python", "conf/stockroom.toml"])
def test_check_with_no_interpreter(ours: Path, run: Run, python: str):
    outcome = run("models", "check", "stockroom", "--python", python)
    assert outcome.code == 2
    assert "Invalid value for --python" in outcome.err


def test_inventory_of_nothing():
    assert Inventory(()).libraries == {}
