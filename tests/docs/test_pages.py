"""Pages about rules, for the documentation and on a terminal, and about libraries."""

from __future__ import annotations

import click
import pytest

from fenceline.analyzer.models import model_files
from fenceline.inventory import Inventory, Library
from fenceline.report.accuracy import accuracy_of, readings
from fenceline.report.libraries import SCRIPT, described, file_of, library_page
from fenceline.report.pages import on_terminal, page
from fenceline.rules import all_rules
from fenceline.selection import rule_called
from tests.cli.conftest import Run, run

__all__ = ["run"]


def test_explain_prints_the_page(run: Run):
    rule = rule_called(all_rules(), "FEN206")
    assert run("explain", "FEN206").out == click.unstyle(on_terminal(page(rule)))


def test_a_page_on_a_terminal_has_the_text_of_the_page_and_none_of_its_marks():
    rule = rule_called(all_rules(), "FEN201")
    markdown, shown = page(rule), on_terminal(page(rule))
    words = markdown.replace("```python", "").replace("```diff", "").replace("```", "").replace("#", " ").split()
    plain = click.unstyle(shown)
    assert [one.strip("<>-") for one in words if one.strip("<>-")] == [
        one.strip("<>-") for one in plain.replace("#", " ").split() if one.strip("<>-")
    ]
    assert "```" not in plain
    assert "\n## " not in plain
    assert f"    {click.style('+    if client.set', fg='green')}"[:-4] in shown


def test_a_page_shows_what_a_fix_changes_and_why_it_is_not_safe():
    shown = page(rule_called(all_rules(), "FEN205"))
    assert "`fenceline fix` (unsafe): " in shown
    assert "Before it is applied somebody has to look: " in shown


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("FEN203", "Of 35 findings that were read in nine applications, 29 were true (83 %)."),
        ("FEN202", "Of 1 finding that was read in nine applications, 1 was true."),
        ("FEN209", "Of 2 findings that were read in nine applications, none was true."),
        ("FEN101", "It was not met at the default confidence"),
    ],
)
def test_how_often_a_rule_is_right(code: str, text: str):
    assert accuracy_of(code).startswith(text)


def test_what_was_read_are_findings_of_rules_that_there_are():
    assert readings().keys() <= {rule.code for rule in all_rules()}
    assert all(0 <= one.true <= one.judged for known in readings().values() for one in known)
    assert sum(one.true for known in readings().values() for one in known if one.name == "nine applications") == 131


@pytest.fixture(scope="module")
def libraries() -> list[Library]:
    return described(Inventory(model_files()).libraries.values())


def test_every_name_that_is_known_of_a_library_stands_on_its_page(libraries: list[Library]):
    for library in libraries:
        text = library_page(library)
        names = {name for item in library.items for name in item.names if item.section != SCRIPT}
        assert {name for name in names if name not in text} == set(), library.name
        methods = {name for item in library.of("type") for name in item.data.get("methods", {})}
        assert {name for name in methods if name not in text} == set(), library.name


def test_pages_of_libraries_are_well_formed(libraries: list[Library]):
    assert len({file_of(one) for one in libraries}) == len(libraries)
    for library in libraries:
        for line in library_page(library).splitlines():
            assert line.count("`") % 2 == 0, line
            assert "``" not in line, line


def test_scripts_are_no_library(libraries: list[Library]):
    assert "compare_and_delete" not in {one.name for one in libraries}
    assert "redis" in {one.name for one in libraries}
