"""The page of a rule, in Markdown: what the documentation shows, and what ``fenceline explain`` prints.

What a page shows of the program, the trace of an example and the diff of its fix, is made by the program itself.
"""

from __future__ import annotations

import difflib
import re
import textwrap
from collections.abc import Iterator

import click

from fenceline.analyzer.finding import Finding
from fenceline.demonstration import findings_in
from fenceline.fixers import all_fixers
from fenceline.fixers.edits import apply_edits
from fenceline.report.accuracy import accuracy_of
from fenceline.report.plain import INDENT
from fenceline.report.prose import as_markdown
from fenceline.report.text import story
from fenceline.rules.rule import Example, Rule

WIDTH = 110
"""The width of the traces of a page, in characters."""

LINE = 120
"""The width of prose."""

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def page(rule: Rule, width: int = WIDTH) -> str:
    """All that there is to say of a rule; traces are as wide as ``width`` characters."""
    parts = [f"# {rule.code} {rule.name}", as_markdown(rule.doc), _facts(rule)]
    if rule.query is not None:
        parts += ["## How often it is right", _filled(accuracy_of(rule.code))]
    for example in rule.examples:
        parts += _example(rule, example, width)
    if rule.references:
        parts += ["## References", "\n".join(f"- <{one}>" for one in rule.references)]
    return "\n\n".join(parts) + "\n"


def _facts(rule: Rule) -> str:
    standing = f"Severity: {rule.severity}. {'On' if rule.default_on else 'Off'} by default."
    fixes = f"Fixes: {fixes_of(rule)}." if rule.is_fixable else "There is no automatic fix."
    return _filled(f"{standing} {fixes}")


def _filled(text: str) -> str:
    return textwrap.fill(text, LINE, break_long_words=False, break_on_hyphens=False)


def fixes_of(rule: Rule) -> str:
    """What its fixers do, the first that holds is offered; '' where there is none."""
    return "; ".join([*(all_fixers()[name].title for name in rule.fixers), *([rule.fixed_as] if rule.fixed_as else [])])


def _example(rule: Rule, example: Example, width: int) -> Iterator[str]:
    yield f"## Example: {example.title}"
    if example.bad is not None:
        yield f"```python\n{example.bad.strip()}\n```"
        found = findings_in(example.bad, besides=(rule.code,), with_fixes=rule.is_fixable)
        stories = "\n".join(click.unstyle(line) for one in found for line in story(one, width))
        yield f"`fenceline check` says:\n\n```\n{stories}\n```"
        yield from (part for one in found if one.rule == rule.code for part in _fixed(one, example.bad))
    if example.good is not None:
        yield f"Nothing is said of:\n\n```python\n{example.good.strip()}\n```"


def _fixed(finding: Finding, code: str) -> Iterator[str]:
    """What a fixer makes of an example, or why they all leave it alone; nothing for a rule that has none."""
    fix = finding.fix
    if fix is None:
        yield from (f"`fenceline fix` leaves it: {reason}." for reason in finding.unfixed)
        return
    why = f" Before it is applied somebody has to look: {fix.why_unsafe}." if fix.why_unsafe else ""
    new = apply_edits(code, [(e.line, e.column, e.end_line, e.end_column, e.text) for e in fix.edits])
    patch = "\n".join([*difflib.unified_diff(code.splitlines(), new.splitlines(), n=2, lineterm="")][2:])
    yield f"`fenceline fix` ({fix.applicability}): {fix.title}.{why}\n\n```diff\n{patch}\n```"
    yield from (f"Besides:\n\n```\n{note}\n```" for note in fix.notes)


def on_terminal(markdown: str) -> str:
    """A page for a terminal: headings in bold, code indented, diffs in colour, the marks gone."""
    fence: str | None = None
    lines: list[str] = []
    for line in markdown.splitlines():
        if line.startswith("```"):
            fence = line[3:] if fence is None else None
        elif fence is not None:
            colour = _COLOURS.get(line[:1]) if fence == "diff" else None
            lines.append(INDENT + click.style(line, fg=colour) if line else "")
        elif line.startswith("#"):
            lines.append(click.style(line.lstrip("# "), bold=True))
        else:
            lines.append(re.sub(r"^- <(.*)>$", r"  \1", line))
    return "\n".join(lines) + "\n"
