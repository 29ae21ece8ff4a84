"""The rules, listed."""

from __future__ import annotations

import json
from collections.abc import Sequence

from fenceline.rules.rule import Rule


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
