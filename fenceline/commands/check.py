"""``fenceline check`` and ``fenceline fix``."""

from __future__ import annotations

import dataclasses
import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from fenceline.commands.baselines import change, check_options, keeping, place_to_write
from fenceline.commands.outputs import PairedOutputs, add_summaries, check_places, deliver, formats_of, reporting
from fenceline.commands.running import FAILED, FOUND, choosing, leave, note_errors, run_over
from fenceline.commands.standard_input import paths_given, planned, reading
from fenceline.report.formats import Format, View

if TYPE_CHECKING:
    from fenceline.config import Config
    from fenceline.report.document import Report


@click.command(cls=PairedOutputs)
@choosing
@reporting
@keeping
@reading
@click.option("--statistics", is_flag=True, help="Counts per rule, and where the time went.")
@click.option("--show-fixes", is_flag=True, help="Look for fixes, and show what they change.")
@click.option("--fix", "is_fixing", is_flag=True, help="Make the safe fixes; report what is left.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix: make those that need a person's look, too.")
def check(paths: tuple[Path, ...], root: Path | None, **options: Any) -> None:
    """Check the Python files at or below PATHS (the current directory).

    Exit code: 0 nothing found (of what --fail-on asks for), 1 findings, 2 usage, configuration or internal error, or a
    file that could not be fixed.
    """
    check_options(options)
    paths = paths_given(paths, options)
    if options["is_fixing"]:
        if options["statistics"] or options["show_fixes"]:
            raise click.UsageError("--fix goes neither with --statistics nor with --show-fixes")
        _fix(paths, root, {**options, "diff": False}, with_stories=True)
    if options["unsafe_fixes"]:
        raise click.UsageError("--unsafe-fixes goes with --fix only")
    targets = options["targets"]
    check_places(targets)
    base, config, (report, file) = run_over(functools.partial(_check, options), paths, root, options)
    report = change(report, file, config, options)
    diff = None
    if options["show_fixes"]:
        from fenceline.passes import diff_of_fix

        diff = functools.partial(diff_of_fix, base)

    def render(form: Format, width: int | None) -> str:
        return form.render(report, View(width, options["quiet"], options["statistics"], diff))

    deliver(targets, config.output_format, render)
    add_summaries(targets, config.output_format, report)
    note_errors(report)
    leave(report, config, exit_zero=options["exit_zero"])


def _check(
    options: dict[str, Any], paths: tuple[Path, ...], config: Config, base: Path, progress: Any
) -> tuple[Report, Path | None]:
    """A run, and the file of the baseline that is to be written after it.

    It looks for fixes where they are asked for, or where the form of a report is not complete without.
    """
    from fenceline.engine import check as run_check

    file = place_to_write(options, config, base)
    if file is not None:
        config = dataclasses.replace(config, baseline=file if file.exists() else None)
    formats = formats_of(options["targets"], config.output_format)
    with_fixes = options["show_fixes"] or any(form.needs_fixes for form in formats)
    if options["diff_base"] is not None:
        from fenceline.comparing import check_since

        return check_since(options["diff_base"], paths, config, base, progress, with_fixes=with_fixes), file
    text = planned(options["stdin_filename"], base)
    return run_check(paths, config, base, progress, with_fixes=with_fixes, planned=text), file


@click.command(cls=PairedOutputs)
@choosing
@reporting
@click.option("--unsafe-fixes", is_flag=True, help="Make fixes that need a person's look, too.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change, as a patch.")
def fix(paths: tuple[Path, ...], root: Path | None, **options: Any) -> None:
    """Fix the hazards in the Python files at or below PATHS (the current directory) where a fix is sure to be right.

    Exit code: 0 nothing is left (of what --fail-on asks for), 1 findings are left, 2 usage, configuration or internal
    error, or a file that could not be changed. With --diff: 0 nothing would change, 1 something would.
    """
    _fix(paths, root, options, with_stories=False)


def _fix(paths: tuple[Path, ...], root: Path | None, options: dict[str, Any], *, with_stories: bool) -> NoReturn:
    from fenceline.passes import diff, write
    from fenceline.passes import fix as run_fix

    targets = options["targets"]
    check_places(targets)
    base, config, fixed = run_over(run_fix, paths, root, options, unsafe=options["unsafe_fixes"])
    is_diff = options["diff"]
    failed = {} if is_diff else write(fixed, base)

    def render(form: Format, width: int | None) -> str:
        view = View(width, options["quiet"], is_patch=is_diff, with_stories=with_stories)
        return form.render_fixed(fixed, failed, view)

    deliver(targets, config.output_format, render, patch=diff(fixed) if is_diff else None, is_quiet=options["quiet"])
    add_summaries(targets, config.output_format, fixed.report)
    for path, reason in failed.items():
        click.echo(f"fenceline: {path!a} is not changed: {reason}", err=True)
    note_errors(fixed.report)
    if failed:
        sys.exit(FAILED)
    if is_diff and not fixed.report.has_internal_error:
        sys.exit(FOUND if fixed.changes and not options["exit_zero"] else 0)
    leave(fixed.report, config, exit_zero=options["exit_zero"])
