"""A trace as text: one lane a replica, time running down, line numbers in the gutters."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

import click

from fenceline.analyzer.ir import TraceStep

LEAST_LANE, MOST_LANE = 38, 46
NARROWEST_LANE = 20
LEAST_GUTTER = 4
LONGEST_LABEL = 24
_ARROW = " → "


def lanes(trace: Sequence[TraceStep], path: str, width: int) -> Iterator[str]:
    """The lines of a trace whose finding lies in ``path``; nothing for an empty one.

    A lane is as wide as its longest step, within limits; what is longer is wrapped. A trace with one actor has one
    lane and no header.
    """
    if not trace:
        return
    actors = sorted({step.actor for step in trace})
    labels = [_label(step, path) for step in trace]
    gutter = max(LEAST_GUTTER, *map(len, labels))
    lane = _lane_width(trace, gutter, width, len(actors))
    if len(actors) > 1:
        yield _row([" " * (gutter + 2) + f"replica {actor}" for actor in actors], gutter + 2 + lane)
    for step, label in zip(trace, labels, strict=True):
        start = actors.index(step.actor) * (gutter + 2 + lane)
        room = width - start - gutter - 2
        for n, line in enumerate(_cell(step, trace, min(lane, max(room, NARROWEST_LANE)), room)):
            number = click.style((label if n == 0 else "").rjust(gutter), dim=True) if n == 0 else " " * gutter
            yield f"{' ' * start}{number}  {line}".rstrip()


def _row(cells: Sequence[str], width: int) -> str:
    return "".join(cell.ljust(width) for cell in cells).rstrip()


def _label(step: TraceStep, path: str) -> str:
    """The line, with its file when that is another than the finding's."""
    if step.path == path:
        return str(step.line)
    label = f"{step.path}:{step.line}"
    return label if len(label) <= LONGEST_LABEL else f"…/{step.path.rsplit('/', 1)[-1]}:{step.line}"


def _lane_width(trace: Sequence[TraceStep], gutter: int, width: int, count: int) -> int:
    longest = max(len(_with_value(step, trace)) for step in trace)
    wanted = min(max(longest, LEAST_LANE), MOST_LANE)
    fitting = (width - count * (gutter + 2)) // count
    return max(NARROWEST_LANE, min(wanted, fitting))


def _with_value(step: TraceStep, trace: Sequence[TraceStep]) -> str:
    """The step and what it yields, the arrows of one lane below each other."""
    if not step.value:
        return step.text
    column = max(len(other.text) for other in trace if other.actor == step.actor and len(other.text) <= LEAST_LANE)
    return f"{step.text.ljust(column)}{_ARROW}{step.value}"


def _cell(step: TraceStep, trace: Sequence[TraceStep], lane: int, room: int) -> Iterator[str]:
    """The lines of one step: the note beside it where there is room, else below."""
    first, *more = _wrapped(_with_value(step, trace), lane)
    if not step.note:
        yield from (first, *more)
        return
    column = max(len(_with_value(other, trace)) for other in trace if other.actor == step.actor)
    beside = first.ljust(column) if not step.value and len(first) + 2 <= column <= lane else f"{first}  "
    if not more and len(beside) + len(step.note) <= room:
        yield beside + click.style(step.note, fg="yellow")
        return
    yield from (first, *more)
    yield from (click.style(line, fg="yellow") for line in _wrapped(step.note, lane, indent="  "))


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    if len(indent) + len(text) <= width:
        return [indent + text]
    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent or "  ", break_on_hyphens=False
    ) or [indent]
