"""The rules themselves, listed and explained."""

from __future__ import annotations

import inspect
import json
import textwrap
from collections.abc import Iterator, Sequence

import click

from fenceline.analyzer.finding import Finding
from fenceline.report.text import story
from fenceline.rules.rule import HEADINGS, Example, Rule


def listed_as_text(rules: Sequence[Rule]) -> str:
    """A line a rule: code, name, whether it is on, its summary."""
    width = max((len(rule.name) for rule in rules), default=0)
    return "".join(
        f"{rule.code}  {rule.name.ljust(width)}  {'on    ' if rule.default_on else 'opt-in'}  {rule.summary}\n"
        for rule in rules
    )


def listed_as_json(rules: Sequence[Rule]) -> str:
    """A JSON list with an object a rule."""
    entries = [
        {
            "code": rule.code,
            "name": rule.name,
            "summary": rule.summary,
            "default": rule.default_on,
            "fixable": rule.is_fixable,
            "severity": str(rule.severity),
        }
        for rule in rules
    ]
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


def explanation(rule: Rule, shown: Sequence[Finding] = (), width: int | None = None) -> str:
    """All that a rule says of itself, for a terminal; ``shown`` is what was found in its first example."""
    facts = [f"severity {rule.severity}", "on by default" if rule.default_on else "opt-in"]
    facts.append("fixable" if rule.is_fixable else "no automatic fix")
    lines = [click.style(f"{rule.code} {rule.name}", bold=True), ", ".join(facts), "", rule.summary, ""]
    lines += _documentation(rule.doc)
    for number, example in enumerate(rule.examples):
        lines += ["", click.style(f"Example: {example.title}", bold=True), *_example(example)]
        if shown and not number:
            lines += ["  what is found in the hazard:", *_stories(shown, width)]
    if rule.references:
        lines += ["", click.style("References", bold=True), *(f"  {reference}" for reference in rule.references)]
    return "\n".join(lines) + "\n"


def _documentation(doc: str) -> Iterator[str]:
    """The docstring, its underlined headings in bold and the underlines gone."""
    for line in inspect.cleandoc(doc).splitlines():
        if line in HEADINGS:
            yield click.style(line, bold=True)
        elif not line or line.strip("-"):
            yield line


def _stories(findings: Sequence[Finding], width: int | None) -> Iterator[str]:
    for finding in findings:
        yield from (f"    {line}" for line in story(finding, width and width - 4))


def _example(example: Example) -> Iterator[str]:
    for label, code in (("hazard", example.bad), ("fine", example.good)):
        if code is not None:
            yield f"  {label}:"
            yield textwrap.indent(textwrap.dedent(code).strip("\n"), "    ")
