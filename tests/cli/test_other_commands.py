"""``rules``, ``explain``, ``--version``, ``--help``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import fenceline
from fenceline.rules import all_rules
from fenceline.rules.rule import HEADINGS
from tests.cli.conftest import Run

HEAVY = ("tree_sitter", "tree_sitter_python", "libcst", "jinja2", "astroid")


def test_rules_as_json(run: Run):
    outcome = run("rules", "--format", "json")
    entries = json.loads(outcome.out)
    assert outcome.code == 0
    assert [entry["code"] for entry in entries] == sorted(entry["code"] for entry in entries)
    assert {"code", "name", "summary", "default", "fixable", "severity"} <= set(entries[0])
    assert ("FEN003", "unreadable-source") in {(entry["code"], entry["name"]) for entry in entries}


def test_rules_as_text(run: Run):
    lines = run("rules").out.splitlines()
    assert len(lines) == len(all_rules())
    assert ["FEN003", "unreadable-source", "on"] in [line.split()[:3] for line in lines]


@pytest.mark.parametrize("wanted", ["FEN003", "fen003", "unreadable-source"])
def test_explain(run: Run, wanted: str):
    outcome = run("explain", wanted)
    assert outcome.code == 0
    assert outcome.out.startswith("FEN003 unreadable-source\n")
    assert all(heading in outcome.out for heading in HEADINGS)
    assert "    def reserve(sku):\n        return stock[sku]\n" in outcome.out


def test_explain_an_unknown_rule(run: Run):
    outcome = run("explain", "unreadable-sauce")
    assert outcome.code == 2
    assert outcome.err == "Error: no rule is called 'unreadable-sauce'; did you mean 'unreadable-source'?\n"


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_every_rule_is_documented(rule):
    places = [rule.doc.find(f"\n{heading}\n{'-' * len(heading)}\n") for heading in HEADINGS]
    assert -1 not in places, "a heading of the docstring is missing"
    assert places == sorted(places)


def test_codes_and_names_are_unique():
    assert len({rule.code for rule in all_rules()}) == len({rule.name for rule in all_rules()}) == len(all_rules())


def test_a_rule_bears_the_name_of_its_module():
    folder = Path(fenceline.__file__).parent / "rules"
    assert all((folder / f"{rule.name.replace('-', '_')}.py").is_file() for rule in all_rules())


def test_version(program: Run):
    assert program("--version").out == f"fenceline {fenceline.__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["check", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]):
    code = (
        "import sys\nfrom fenceline.cli import cli\n"
        f"try:\n    cli.main({arguments!r})\nexcept SystemExit:\n    pass\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)"
    )
    source = str(Path(fenceline.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={"PYTHONPATH": source}
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_no_such_command(program: Run):
    outcome = program("chek")
    assert outcome.code == 2
    assert "No such command 'chek'" in outcome.err


def test_check_never_imports_the_rewriter(project):
    project({"a.py": "import redis\n"})
    code = (
        "import sys\nfrom fenceline.cli import cli\n"
        "try:\n    cli.main(['check', 'a.py'])\nexcept SystemExit:\n    pass\nsys.exit('libcst' in sys.modules)"
    )
    source = str(Path(fenceline.__file__).parents[1])
    assert subprocess.run([sys.executable, "-c", code], check=False, env={"PYTHONPATH": source}).returncode == 0


def test_an_internal_error_outside_of_a_file(project):
    project({"a.py": ""})
    code = (
        "import sys, fenceline.engine, fenceline.cli\n"
        "fenceline.engine.check = None\nsys.argv = ['fenceline', 'check']\nfenceline.cli.main()\n"
    )
    source = str(Path(fenceline.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={"PYTHONPATH": source}
    )
    assert done.returncode == 2
    assert done.stderr == "fenceline: internal error: TypeError: 'NoneType' object is not callable\n"
