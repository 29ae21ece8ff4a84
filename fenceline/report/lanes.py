"""A trace as text: one lane a replica, time running down, line numbers in the gutters."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click

from fenceline.analyzer.steps import TraceStep
from fenceline.report.plain import printable

LEAST_LANE, MOST_LANE = 38, 46
NARROWEST_LANE = 16
LEAST_GUTTER, INDENT, GAP = 4, 2, 2
LONGEST_LABEL = 24
_ARROW = " → "


@dataclass(frozen=True, slots=True)
class _Layout:
    """Widths in characters: the gutter with its line numbers, the steps beside it, and the whole terminal."""

    gutter: int
    lane: int
    terminal: int

    def start(self, index: int) -> int:
        """The column at which the gutter of a lane begins."""
        return index * (self.gutter + GAP + self.lane)

    def room(self, index: int) -> int:
        """How far a step of this lane may reach: nothing stands to its right."""
        return self.terminal - self.start(index) - self.gutter - GAP


def lanes(trace: Sequence[TraceStep], path: str, width: int) -> Iterator[str]:
    """The lines of a trace whose finding lies in ``path``; nothing for an empty one.

    A lane is as wide as its longest step, within limits; what is longer is wrapped. A trace with one actor has one
    lane and no header.
    """
    if not trace:
        return
    actors = sorted({step.actor for step in trace})
    labels = [_label(step, path) for step in trace]
    told = {actor: _told([step for step in trace if step.actor == actor]) for actor in actors}
    gutter = max(LEAST_GUTTER, INDENT + max(map(len, labels)))
    longest = max(len(line) for lines in told.values() for line in lines)
    layout = _Layout(gutter, _lane_width(longest, gutter, width, len(actors)), width)
    if len(actors) > 1:
        yield _header(actors, layout)
    remaining = {actor: iter(lines) for actor, lines in told.items()}
    for step, label in zip(trace, labels, strict=True):
        index = actors.index(step.actor)
        column = max(map(len, told[step.actor]))
        for line in _cell(next(remaining[step.actor]), step, column, layout.lane, layout.room(index)):
            number = click.style(label.rjust(gutter), dim=True)
            yield f"{' ' * layout.start(index)}{number}{' ' * GAP}{line}"
            label = ""  # noqa: PLW2901 - the number stands beside the first line only


def _header(actors: Sequence[str], layout: _Layout) -> str:
    cells = (" " * (layout.gutter + GAP) + f"replica {actor}" for actor in actors)
    return "".join(cell.ljust(layout.start(1)) for cell in cells).rstrip()


def _label(step: TraceStep, path: str) -> str:
    """The line, with its file when that is another than the finding's."""
    if step.path == path:
        return str(step.line)
    label = printable(f"{step.path}:{step.line}")
    return label if len(label) <= LONGEST_LABEL else "…" + label[1 - LONGEST_LABEL :]


def _lane_width(longest: int, gutter: int, width: int, count: int) -> int:
    fitting = width // count - gutter - GAP
    return max(NARROWEST_LANE, min(max(longest, LEAST_LANE), MOST_LANE, fitting))


def _told(steps: Sequence[TraceStep]) -> list[str]:
    """The steps of one lane, each with what it yields, the arrows below each other."""
    texts = [printable(step.text) for step in steps]
    column = max((len(text) for text in texts if len(text) <= LEAST_LANE), default=0)
    return [
        text.ljust(column) + _ARROW + printable(step.value) if step.value else text
        for step, text in zip(steps, texts, strict=True)
    ]


def _cell(told: str, step: TraceStep, column: int, lane: int, room: int) -> Iterator[str]:
    """The lines of one step: its note beside it where there is room, else below."""
    lines = _wrapped(told, lane, first="", rest="  ")
    note = printable(step.note)
    is_aligned = len(told) + GAP <= column <= lane
    beside = told.ljust(column) if is_aligned else told + " " * GAP
    if note and len(lines) == 1 and len(beside) + len(note) <= room:
        yield beside + click.style(note, fg="yellow")
        return
    yield from lines
    if note:
        yield from (click.style(line, fg="yellow") for line in _wrapped(note, lane, first="  ", rest="  "))


def _wrapped(text: str, width: int, *, first: str, rest: str) -> list[str]:
    if len(first) + len(text) <= width:
        return [first + text]
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
