"""The examples of each rule: documentation, and tests of what the rule claims."""

from __future__ import annotations

import itertools
import textwrap

import pytest

from fenceline.analyzer.finding import Finding
from fenceline.demonstration import findings_in
from fenceline.rules import all_rules, unreadable_source
from fenceline.rules.rule import HEADINGS, MOST_EXAMPLES, Example, Rule
from tests.cli.conftest import Run, run

__all__ = ["run"]

EXPECTED = {
    "FEN001": "unused-suppression",
    "FEN002": "suppression-without-reason",
    "FEN003": "unreadable-source",
    "FEN201": "get-then-update",
    "FEN202": "read-modify-write",
    "FEN203": "orm-read-modify-write",
    "FEN204": "orm-check-then-act",
    "FEN205": "check-then-create",
    "FEN213": "sql-select-then-update",
    "FEN304": "publish-before-commit",
}
RACES = [rule for rule in all_rules() if rule.query is not None]
RULES = pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)


def programs(kind: str) -> list[object]:
    """Every example of every rule that has this kind of code."""
    return [
        pytest.param(rule, code, id=f"{rule.code}-{example.title.replace(' ', '-')}")
        for rule in all_rules()
        for example in rule.examples
        if (code := getattr(example, kind)) is not None
    ]


def told(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{one.line}: {one.rule} {one.message}" for one in findings]


@pytest.mark.parametrize(("rule", "code"), programs("bad"))
def test_bad_code_is_found_by_its_rule_alone(rule: Rule, code: str):
    findings = findings_in(code, besides=(rule.code,))
    assert {one.rule for one in findings} == {rule.code}, told(findings)


@pytest.mark.parametrize(("rule", "code"), programs("good"))
def test_good_code_is_left_in_peace(rule: Rule, code: str):
    assert told(findings_in(code, besides=(rule.code,))) == []


@pytest.mark.parametrize(("rule", "code"), programs("good") + programs("bad"))
def test_code_compiles(rule: Rule, code: str):
    if rule is unreadable_source.RULE and code == rule.examples[0].bad:
        with pytest.raises(SyntaxError):
            compile(code, "example.py", "exec", dont_inherit=True)
    else:
        compile(code, "example.py", "exec", dont_inherit=True)


@pytest.mark.parametrize(("rule", "code"), [one for one in programs("bad") if one.values[0] in RACES])
def test_bad_code_has_a_trace_of_two_runs(rule: Rule, code: str):
    for finding in findings_in(code, besides=(rule.code,)):
        assert {step.actor for step in finding.trace} == {"A", "B"}


@RULES
def test_rule_has_two_to_four_examples_each_with_both_sides(rule: Rule):
    least = 2 if rule in RACES else 1
    assert least <= len(rule.examples) <= MOST_EXAMPLES
    assert all(example.bad and example.good for example in rule.examples)
    assert len({example.title for example in rule.examples}) == len(rule.examples)


@RULES
def test_docstring_opens_with_the_hazard_and_has_the_headings(rule: Rule):
    lines = textwrap.dedent(rule.doc).splitlines()
    headings = [before for before, line in itertools.pairwise(lines) if line and not line.strip("-")]
    assert headings == list(HEADINGS)
    assert lines[0].endswith(".")


def test_rules_lists_what_is_built(run: Run):
    listed = dict(line.split()[:2] for line in run("rules").out.splitlines())
    assert EXPECTED.items() <= listed.items()


@pytest.mark.parametrize("rule", RACES, ids=lambda rule: rule.code)
def test_explain_shows_what_is_found_in_the_first_example(run: Run, rule: Rule):
    out = run("explain", rule.name).out
    for heading in HEADINGS:
        assert f"\n{heading}\n" in out
    for example in rule.examples:
        assert_shows(out, example)
    shown = out.partition("`fenceline check` says:\n")[2].partition("\nExample")[0]
    assert f"{rule.code} {rule.name}" in shown
    assert "replica A" in shown
    assert "replica B" in shown


def assert_shows(out: str, example: Example) -> None:
    assert f"Example: {example.title}\n" in out
    for code in (example.bad, example.good):
        assert code is None or textwrap.indent(code.strip("\n"), "    ") in out
