"""``fenceline check`` and ``fenceline fix``."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from fenceline.commands.running import FAILED, FOUND, choosing, deliver, leave, note_errors, run_over
from fenceline.terminal import terminal_width

if TYPE_CHECKING:
    from fenceline.report.document import Report
    from fenceline.report.fixes import Diff


@click.command()
@choosing
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the report to a file.")
@click.option("--statistics", is_flag=True, help="Counts per rule, and where the time went.")
@click.option("--show-fixes", is_flag=True, help="Look for fixes, and show what they change.")
@click.option("--fix", "is_fixing", is_flag=True, help="Make the safe fixes; report what is left.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix: make those that need a person's look, too.")
def check(paths: tuple[Path, ...], root: Path | None, **options: Any) -> None:
    """Check the Python files at or below PATHS (the current directory).

    Exit code: 0 nothing found, 1 findings, 2 usage, configuration or internal error, or a file that could not be fixed.
    """
    if options["is_fixing"]:
        if options["statistics"] or options["show_fixes"]:
            raise click.UsageError("--fix goes neither with --statistics nor with --show-fixes")
        _fix(paths, root, {**options, "diff": False}, with_stories=True)
    if options["unsafe_fixes"]:
        raise click.UsageError("--unsafe-fixes goes with --fix only")
    from fenceline.engine import check as run_check

    base, config, report = run_over(run_check, paths, root, options, with_fixes=options["show_fixes"])
    diff = None
    if options["show_fixes"]:
        from fenceline.passes import diff_of_fix

        diff = functools.partial(diff_of_fix, base)
    deliver(_rendered(report, config.output_format, options, diff), options["output"])
    note_errors(report)
    leave(report, exit_zero=options["exit_zero"])


@click.command()
@choosing
@click.option("--unsafe-fixes", is_flag=True, help="Make fixes that need a person's look, too.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change, as a patch.")
def fix(paths: tuple[Path, ...], root: Path | None, **options: Any) -> None:
    """Fix the hazards in the Python files at or below PATHS (the current directory) where a fix is sure to be right.

    Exit code: 0 nothing is left, 1 findings are left, 2 usage, configuration or internal error, or a file that could
    not be changed. With --diff: 0 nothing would change, 1 something would.
    """
    _fix(paths, root, {**options, "output": None}, with_stories=False)


def _fix(paths: tuple[Path, ...], root: Path | None, options: dict[str, Any], *, with_stories: bool) -> NoReturn:
    from fenceline.passes import diff, write
    from fenceline.passes import fix as run_fix

    base, config, fixed = run_over(run_fix, paths, root, options, unsafe=options["unsafe_fixes"])
    is_diff = options["diff"]
    failed = {} if is_diff else write(fixed, base)
    if config.output_format == "json":
        from fenceline.report import json

        text = json.render_fixed(fixed, failed, is_diff=is_diff)
    else:
        from fenceline.report.text import render_fixed

        text = render_fixed(
            fixed,
            failed,
            width=terminal_width(sys.stdout) if options["output"] is None else None,
            is_quiet=options["quiet"],
            is_diff=is_diff,
            with_stories=with_stories,
        )
    if is_diff and config.output_format == "text":
        click.echo(diff(fixed), nl=False)
        click.echo("" if options["quiet"] else text, nl=False, err=True)
    else:
        deliver(text, options["output"])
    for path, reason in failed.items():
        click.echo(f"fenceline: {path!a} is not changed: {reason}", err=True)
    note_errors(fixed.report)
    if failed:
        sys.exit(FAILED)
    if is_diff and not fixed.report.has_internal_error:
        sys.exit(FOUND if fixed.changes and not options["exit_zero"] else 0)
    leave(fixed.report, exit_zero=options["exit_zero"])


def _rendered(report: Report, output_format: str, options: dict[str, Any], diff: Diff | None) -> str:
    if output_format == "json":
        from fenceline.report import json

        return json.render(report)
    from fenceline.report import text

    width = terminal_width(sys.stdout) if options["output"] is None else None
    return text.render(report, width=width, is_quiet=options["quiet"], statistics=options["statistics"], diff=diff)
