"""Where reports go: ``--output-format`` and ``--output`` in pairs, in the order in which they were given."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fenceline.commands.running import Failure
from fenceline.report.formats import FORMATS, Format
from fenceline.terminal import colour_allowed, terminal_width, write_file, write_out

if TYPE_CHECKING:
    from fenceline.report.document import Report

FORMAT, OUTPUT = "output_format", "output"
_STANDARD_OUTPUT = Path("-")


@dataclass(frozen=True, slots=True)
class Target:
    """A report that was asked for: its format, None for that of the configuration, and its file, None for stdout."""

    format: str | None = None
    path: Path | None = None


class PairedOutputs(click.Command):
    """A command that is handed ``targets`` in the place of ``output_format`` and ``output``.

    The values of the two options come apart; only the parser knows in which order they were given.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As of any command; what is left of the arguments comes back."""
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        rest = super().parse_args(ctx, args)
        if not ctx.resilient_parsing:
            values = {name: iter(ctx.params.pop(name) or ()) for name in (FORMAT, OUTPUT)}
            names = [str(one.name) for one in order if one.name in values]
            try:
                ctx.params["targets"] = paired([(name, next(values[name])) for name in names])
            except click.UsageError as error:
                ctx.fail(error.message)
        return rest


def reporting(command: Callable[..., None]) -> Callable[..., None]:
    """The options of :class:`PairedOutputs`."""
    output = click.option(
        "--output",
        multiple=True,
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
        help="Write the report to a file.  [default: -, standard output]",
    )
    output_format = click.option(
        "--output-format",
        "--format",
        FORMAT,
        multiple=True,
        type=click.Choice(list(FORMATS)),
        help="Form of the report; for several, repeat it, each with its --output behind it.  [default: text]",
    )
    return output_format(output(command))


def paired(given: Sequence[tuple[str, Any]]) -> tuple[Target, ...]:
    """The reports that options ask for, which are given by their names and values in the order of the command line.

    An output belongs to the format before it; where there is but one format, or none, the output may stand before it.
    """
    formats: list[str | None] = [value for name, value in given if name == FORMAT] or [None]
    outputs: list[list[Path]] = [[] for _ in formats]
    number = -1
    for name, value in given:
        if name == FORMAT:
            number += 1
        elif number < 0 and len(formats) > 1:
            raise click.UsageError(f"--output {value} belongs behind the --output-format that it is for")
        else:
            outputs[max(number, 0)].append(value)
    targets = tuple(_target(*pair) for pair in zip(formats, outputs, strict=True))
    _check_different(targets)
    return targets


def _target(name: str | None, outputs: Sequence[Path]) -> Target:
    if len(outputs) > 1:
        which = f"--output-format {name}" if name else "one report"
        raise click.UsageError(f"two outputs for {which}: {outputs[0]} and {outputs[1]}")
    return Target(name, outputs[0] if outputs and outputs[0] != _STANDARD_OUTPUT else None)


def _check_different(targets: Sequence[Target]) -> None:
    """Two reports in one place would be none."""
    seen: dict[str | None, Target] = {}
    for one in targets:
        place = os.path.realpath(one.path) if one.path is not None else None
        if place in seen:
            where = "standard output: give one of them an --output behind it" if place is None else str(one.path)
            raise click.UsageError(f"{seen[place].format} and {one.format} would both go to {where}")
        seen[place] = one


def check_places(targets: Sequence[Target]) -> None:
    """Ends the run before it begins if a report has nowhere to go."""
    for one in targets:
        if one.path is not None and not one.path.parent.is_dir():
            raise Failure(f"{one.path}: cannot be written: there is no directory {one.path.parent}")


def formats_of(targets: Sequence[Target], configured: str) -> list[Format]:
    """The formats that are meant; ``configured`` is that of the configuration."""
    return [FORMATS[one.format or configured] for one in targets]


def deliver(
    targets: Sequence[Target],
    configured: str,
    render: Callable[[Format, int | None], str],
    patch: bytes | None = None,
    *,
    is_quiet: bool = False,
) -> None:
    """Make all reports, then write them, that on standard output last.

    ``render`` is given a format and the width of the terminal, None where the report does not go to one. A ``patch``
    takes the place of a report for people on standard output; that goes to standard error then, if not ``is_quiet``.
    """
    formats = formats_of(targets, configured)
    width = terminal_width(sys.stdout)
    texts = [render(form, width if one.path is None else None) for one, form in zip(targets, formats, strict=True)]
    printed: list[tuple[str, Format]] = []
    for one, form, text in zip(targets, formats, texts, strict=True):
        if one.path is None:
            printed.append((text, form))
        else:
            _write(one.path, click.unstyle(text) if form.is_for_people else text)
    if patch is not None and all(form.is_for_people for _, form in printed):
        click.echo(patch, nl=False)
    for text, form in printed:
        if not form.is_for_people:
            click.echo(text.encode("utf-8", "backslashreplace"), nl=False)
        elif patch is None:
            write_out(text, colour=colour_allowed(sys.stdout))
        elif not is_quiet:
            click.echo(text, nl=False, err=True)


def add_summaries(targets: Sequence[Target], configured: str, report: Report) -> None:
    """Add what a format says in a few words to the file that its environment variable names, if it is set."""
    for form in dict.fromkeys(formats_of(targets, configured)):
        name = os.environ.get(form.summary_in) if form.summary_in else None
        if name:
            try:
                with Path(name).open("ab") as file:
                    gap = b"\n" if file.tell() else b""
                    text = form.render_summary(report, file.tell() + len(gap))
                    file.write(gap + text.encode("utf-8", "backslashreplace"))
            except OSError as error:
                raise Failure(f"{name}: cannot be written: {error.strerror or error}") from error


def _write(path: Path, text: str) -> None:
    try:
        write_file(path, text)
    except OSError as error:
        raise Failure(f"{path}: cannot be written: {error.strerror or error}") from error
