"""The story of a finding as plain text, for the formats that have one place for it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator

import click

from fenceline.analyzer.finding import Finding
from fenceline.analyzer.steps import TraceStep
from fenceline.report.fixes import fix_lines
from fenceline.report.lanes import lanes
from fenceline.report.plain import INDENT, printable
from fenceline.report.text import WIDTH_OF_NO_TERMINAL, closing, opening

WIDTH = WIDTH_OF_NO_TERMINAL
"""Of the lanes, in characters: what shows code lets its readers scroll."""


def told(finding: Finding) -> str:
    """The interleaving in lanes with what stands around it, and how it can be fixed; without the first line."""
    drawn = textwrap.dedent(click.unstyle("\n".join(lanes(finding.trace, finding.path, WIDTH))))
    fixing = (line.removeprefix(INDENT) for line in fix_lines(finding))
    lines = (*opening(finding), *([drawn] if drawn else ()), *closing(finding), *fixing)
    return click.unstyle("\n".join(lines))


def told_in_turn(finding: Finding) -> Iterator[str]:
    """The same a line a step, for places that show neither columns nor a fixed pitch."""
    yield from map(click.unstyle, opening(finding))
    several = len({step.actor for step in finding.trace}) > 1
    for number, step in enumerate(finding.trace, start=1):
        yield f"{number}. {_step(step, finding.path, with_actor=several)}"
    yield from map(click.unstyle, closing(finding))
    for line in fix_lines(finding):
        yield re.sub(r" {3,}", ": ", click.unstyle(line).strip())  # the command stands apart on a terminal


def _step(step: TraceStep, path: str, *, with_actor: bool) -> str:
    place = f"line {step.line}" if step.path == path else f"{step.path}:{step.line}"
    actor = f"{step.actor}, " if with_actor else ""
    value = f" → {step.value}" if step.value else ""
    note = f" ({step.note})" if step.note else ""
    return printable(f"{actor}{place}: {step.text}{value}{note}")


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """The most severe first, of those the surest; else in their order."""
    return sorted(findings, key=lambda one: (one.severity, one.confidence), reverse=True)
