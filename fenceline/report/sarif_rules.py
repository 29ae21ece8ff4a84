"""The rules as SARIF describes them: what a place that shows alerts tells its readers of the rule."""

from __future__ import annotations

import inspect
from typing import Any

from fenceline.analyzer.finding import Severity
from fenceline.report.accuracy import FEW, accuracy_of, readings
from fenceline.report.prose import as_markdown
from fenceline.rules import all_rules
from fenceline.rules.rule import Rule

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
MOST_TAGS = 20
"""What GitHub takes of a rule."""

MOST_DESCRIPTION = 1024
"""Characters of a description that GitHub takes."""

_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_PRECISIONS = ((0.95, "very-high"), (0.8, "high"), (0.5, "medium"), (0.0, "low"))


def described_rules() -> list[dict[str, Any]]:
    """Every rule, in the order of their codes, whether it was applied or not."""
    return [_described(rule) for rule in all_rules()]


def _described(rule: Rule) -> dict[str, Any]:
    description: dict[str, Any] = {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary[:MOST_DESCRIPTION]},
        "fullDescription": {"text": _claim(rule)[:MOST_DESCRIPTION]},
        "help": {"text": _help(rule, inspect.cleandoc(rule.doc)), "markdown": _help(rule, as_markdown(rule.doc))},
        "defaultConfiguration": {"enabled": rule.default_on, "level": LEVELS[rule.severity]},
        "properties": _properties(rule),
    }
    if rule.references:
        description["helpUri"] = rule.references[0]
    return description


def _claim(rule: Rule) -> str:
    """What its documentation says before the first heading, and what the rule claims."""
    parts = [part for part in inspect.cleandoc(rule.doc).split("\n\n") if part][:2]
    return " ".join(" ".join(_without_heading(part).split()) for part in parts).replace("``", "`")


def _without_heading(part: str) -> str:
    lines = part.splitlines()
    return "\n".join(lines[2:] if len(lines) > 1 and set(lines[1]) == {"-"} else lines)


def _help(rule: Rule, text: str) -> str:
    parts = [text]
    if rule.query is not None:
        parts.append(accuracy_of(rule.code))
    parts.append(f"On the command line: `fenceline explain {rule.code}`.")
    if rule.references:
        parts.append("\n".join(f"- <{one}>" for one in rule.references))
    return "\n\n".join(parts) + "\n"


def _properties(rule: Rule) -> dict[str, Any]:
    family = {"0": "maintainability"}.get(rule.code[3], "concurrency")
    tags = ["reliability", family, *sorted(rule.faults)]
    properties: dict[str, Any] = {"tags": tags[:MOST_TAGS], "problem.severity": _PROBLEMS[rule.severity]}
    judged = sum(one.judged for one in readings().get(rule.code, ()))
    if judged >= FEW:
        share = sum(one.true for one in readings()[rule.code]) / judged
        properties["precision"] = next(name for least, name in _PRECISIONS if share >= least)
    return properties
