"""``fenceline fleet``: many repositories, one report."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fenceline.commands.outputs import PairedOutputs, add_summaries, check_places, deliver, formats_of, reporting
from fenceline.commands.running import Failure, deciding, leave, note_errors, overruled
from fenceline.report.formats import Format, View

if TYPE_CHECKING:
    from fenceline.config import Config
    from fenceline.fleet import Place
    from fenceline.report.document import Repository

STATE = Path(".fenceline_fleet")


@click.command(cls=PairedOutputs)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True, dir_okay=False, exists=True))
@deciding
@reporting
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    default=STATE,
    show_default=True,
    help="Where the results of finished repositories are kept, so that a run that was ended goes on where it was.",
)
@click.option("--statistics", is_flag=True, help="Counts per rule, and where the time went.")
def fleet(file: Path, state: Path, **options: Any) -> None:
    """Check many repositories, and write one report over all.

    FILE has a directory a line, relative to FILE; "-" is standard input. Each is checked with its own configuration.
    One that fails does not stop the others.

    Exit code: 0 nothing found (of what --fail-on asks for), 1 findings, 2 usage, configuration or internal error, or a
    repository that could not be checked.
    """
    from fenceline.config import Config
    from fenceline.fleet import scan

    targets, common = options["targets"], overruled(Config(), options)
    check_places(targets)
    places = _places(file)
    _reach(common)
    if not options["no_cache"]:
        _make(state)
    report = scan(
        places,
        functools.partial(_settled, options=options),
        None if options["no_cache"] else state.absolute(),
        None if options["quiet"] else _tell,
        with_fixes=any(form.needs_fixes for form in formats_of(targets, common.output_format)),
    )

    def render(form: Format, width: int | None) -> str:
        return form.render(report, View(width, options["quiet"], options["statistics"]))

    deliver(targets, common.output_format, render)
    add_summaries(targets, common.output_format, report)
    note_errors(report)
    leave(report, common, exit_zero=options["exit_zero"])


def _places(file: Path) -> list[Place]:
    from fenceline.fleet import FleetError, places_in

    is_standard_input = file == Path("-")
    try:
        data = sys.stdin.buffer.read() if is_standard_input else file.read_bytes()
        return places_in(data.decode("utf-8"), Path.cwd() if is_standard_input else file.absolute().parent)
    except FleetError as error:
        raise Failure(f"{file}: {error}") from error
    except UnicodeDecodeError as error:
        raise Failure(f"{file}: not UTF-8 (byte {error.start})") from error
    except OSError as error:
        raise Failure(f"{file}: cannot be read: {error.strerror or error}") from error


def _make(state: Path) -> None:
    """Said before the work: without it nothing could be taken over."""
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"--state {state}: cannot be written: {error.strerror or error}") from error


def _reach(common: Config) -> None:
    """A cluster that cannot be used fails the run, and not each repository."""
    from fenceline.executors.executor import ExecutorError

    if common.executor is not None:
        try:
            common.executor.workers(1)
        except ExecutorError as error:
            raise Failure(" ".join(str(error).split())) from error


def _settled(config: Config, options: dict[str, Any]) -> Config:
    """The settings of a repository, overruled; whoever is here, what it does to a process is not done to this one."""
    import dataclasses

    from fenceline.executors.local import Local

    config = overruled(config, options)
    if config.executor is not None:
        return config
    return dataclasses.replace(config, executor=Local(config.jobs, is_apart=True))


def _tell(done: int, of: int, one: Repository) -> None:
    from fenceline.report.plain import counted, printable

    summary = one.report.summary
    said = f"{counted(summary.files, 'file')}, {counted(summary.findings, 'finding')}, {one.seconds:.1f} s"
    if one.failure:
        said = f"failed: {printable(one.failure)}"
    elif one.is_taken_over:
        said += ", taken over"
    click.echo(f"[{done}/{of}] {printable(one.name)}: {said}", err=True)
