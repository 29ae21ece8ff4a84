"""What commands share: the options that choose findings, a run with them, and how it ends.

Exit codes: 0 nothing found, 1 findings, 2 usage or internal error.
"""

from __future__ import annotations

import dataclasses
import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from fenceline.terminal import progress_on

if TYPE_CHECKING:
    from fenceline.config import Config
    from fenceline.executors.dask import Dask
    from fenceline.report.document import Report
    from fenceline.threshold import Threshold

Outcome = TypeVar("Outcome")
FOUND, FAILED, INTERRUPTED = 1, 2, 130


class Failure(click.ClickException):
    """Something that ends the run with one line on standard error."""

    exit_code = FAILED


def _split(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _threshold(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Threshold | None:
    from fenceline.threshold import threshold_from

    try:
        return None if value is None else threshold_from(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not {error}") from error


def _cluster(context: click.Context, _parameter: click.Parameter, value: str | None) -> Dask | None:
    from fenceline.executors.chosen import cluster_from

    try:
        cluster = None if value is None else cluster_from(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is none of {error}") from error
    if cluster is not None:
        context.call_on_close(cluster.close)
    return cluster


_Command = Callable[..., None]


def choosing(command: _Command) -> _Command:
    """The options that say which findings of which files are meant, and how the run goes."""
    root = click.option(
        "--root",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="The project's directory.  [default: the nearest pyproject.toml or .git above the paths]",
    )
    baseline = click.option(
        "--baseline",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File with known findings, which are not shown.  [default: that of the configuration]",
    )
    paths = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
    return paths(root(deciding(baseline(command))))


def deciding(command: _Command) -> _Command:
    """Those of these options that hold for any project."""
    options = (
        click.option(
            "--select", multiple=True, callback=_split, help="Rules to apply: codes, prefixes (FEN2), names, ALL."
        ),
        click.option("--ignore", multiple=True, callback=_split, help="Rules not to apply."),
        click.option("--extend-select", multiple=True, callback=_split, help="Rules to apply besides."),
        click.option("--exclude", multiple=True, metavar="PATTERN", help="Paths to leave out, as in .gitignore."),
        click.option("--force-exclude", is_flag=True, help="Leave out excluded files even if they are named."),
        click.option(
            "--min-confidence",
            type=click.Choice(["low", "medium", "high"]),
            help="How sure to be.  [default: medium]",
        ),
        click.option(
            "--min-severity",
            type=click.Choice(["info", "warning", "error"]),
            help="How bad a hazard has to be.  [default: info]",
        ),
        click.option(
            "--fail-on",
            metavar="SEVERITY/CONFIDENCE",
            callback=_threshold,
            help="Exit with 1 only if a finding is at least this: error, high, warning/high.  [default: any]",
        ),
        click.option("--jobs", type=click.IntRange(min=1), help="Worker processes.  [default: as many as pay]"),
        click.option(
            "--executor",
            metavar="local|dask://HOST:PORT",
            callback=_cluster,
            help="Where files are examined: here, or by the workers of a Dask cluster.  [default: local]",
        ),
        click.option("--no-cache", is_flag=True, help="Neither use nor keep results of earlier runs."),
        click.option("--no-baseline", is_flag=True, help="Show known findings, too."),
        click.option("--exit-zero", is_flag=True, help="Exit with 0 even if something was found."),
        click.option("--quiet", "-q", is_flag=True, help="One line a finding, nothing else."),
    )
    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(options), command)


def run_over(
    run: Callable[..., Outcome], paths: tuple[Path, ...], root: Path | None, options: dict[str, Any], **how: bool
) -> tuple[Path, Config, Outcome]:
    """The project's directory, its settings as the options overrule them, and what a run with them comes to."""
    from fenceline.analyzer.model_shape import ModelError
    from fenceline.baseline import BaselineError
    from fenceline.config import ConfigError, load_config
    from fenceline.discovery import PathError, find_root
    from fenceline.executors.executor import ExecutorError
    from fenceline.revisions import GitError
    from fenceline.selection import UnknownSelectorError

    try:
        wanted = paths or (root or Path(),)
        base = root.resolve() if root else find_root(wanted)
        config = overruled(load_config(base), options)
        with progress_on(sys.stderr, is_wanted=not options["quiet"]) as progress:
            return base, config, run(wanted, config, base, progress, **how)
    except (BaselineError, ConfigError, ExecutorError, GitError, PathError, ModelError, UnknownSelectorError) as error:
        raise Failure(" ".join(str(error).split())) from error


def overruled(config: Config, options: dict[str, Any]) -> Config:
    """The settings of the project, overruled by those of the command line."""
    from fenceline.analyzer.finding import Confidence, Severity
    from fenceline.ignorefiles import is_pattern
    from fenceline.selection import Selection

    for pattern in options["exclude"]:
        if not is_pattern(pattern):
            raise click.BadParameter(f"{pattern!r} is no pattern as in .gitignore", param_hint="--exclude")
    if options["jobs"] and options["executor"]:
        raise click.UsageError("--jobs is for processes of this machine; a cluster has as many workers as it has")
    layer = Selection(options["select"] or None, options["extend_select"], options["ignore"])
    least, worst = options["min_confidence"], options["min_severity"]
    return dataclasses.replace(
        config,
        selections=(*config.selections, layer),
        exclude=(*config.exclude, *options["exclude"]),
        force_exclude=config.force_exclude or options["force_exclude"],
        min_confidence=Confidence(least) if least else config.min_confidence,
        min_severity=Severity(worst) if worst else config.min_severity,
        fail_on=options["fail_on"] or config.fail_on,
        jobs=options["jobs"] or config.jobs,
        cache_dir=None if options["no_cache"] else config.cache_dir,
        executor=options["executor"],
        baseline=None if options["no_baseline"] else options.get("baseline") or config.baseline,
    )


def note_errors(report: Report) -> None:
    """What went wrong on our side goes to standard error."""
    for entry in report.summary.errors:
        if entry.kind == "internal":
            click.echo(f"fenceline: internal error in {entry.path!a}: {entry.message}", err=True)
        elif entry.kind == "failed":
            click.echo(f"fenceline: {entry.path!a} is not checked: {entry.message}", err=True)


def leave(report: Report, config: Config, *, exit_zero: bool) -> NoReturn:
    """End the program as the report says."""
    if report.has_internal_error:
        sys.exit(FAILED)
    is_failure = any(config.fail_on.is_met_by(finding) for finding in report.findings)
    sys.exit(FOUND if is_failure and not exit_zero else 0)
