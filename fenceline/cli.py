"""The command line. Only this module knows of exit codes: 0 nothing found, 1 findings, 2 usage or internal error.

What a command needs is imported when it runs, so that ``--help`` and ``--version`` answer at once.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from fenceline import __version__
from fenceline.terminal import colour_allowed, progress_on, terminal_width, write_file, write_out

if TYPE_CHECKING:
    from fenceline.config import Config
    from fenceline.inventory import Inventory
    from fenceline.report.document import Report

FOUND, FAILED, INTERRUPTED = 1, 2, 130


class Failure(click.ClickException):
    """Something that ends the run with one line on standard error."""

    exit_code = FAILED


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="fenceline", message="%(prog)s %(version)s")
def cli() -> None:
    """Find concurrency bugs between processes in Python code, and see the interleaving that shows each."""


def _split(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The project's directory.  [default: the nearest pyproject.toml or .git above the paths]",
)
@click.option("--select", multiple=True, callback=_split, help="Rules to apply: codes, prefixes (FEN2), names, ALL.")
@click.option("--ignore", multiple=True, callback=_split, help="Rules not to apply.")
@click.option("--extend-select", multiple=True, callback=_split, help="Rules to apply besides.")
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Paths to leave out, as in .gitignore.")
@click.option("--force-exclude", is_flag=True, help="Leave out excluded files even if they are named.")
@click.option(
    "--min-confidence", type=click.Choice(["low", "medium", "high"]), help="How sure to be.  [default: medium]"
)
@click.option("--output-format", "--format", "output_format", type=click.Choice(["text", "json"]))
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the report to a file.")
@click.option("--statistics", is_flag=True, help="Counts per rule, and where the time went.")
@click.option("--jobs", type=click.IntRange(min=1), help="Worker processes.  [default: as many as pay]")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if something was found.")
@click.option("--quiet", "-q", is_flag=True, help="One line a finding, nothing else.")
def check(paths: tuple[Path, ...], root: Path | None, **options: Any) -> None:
    """Check the Python files at or below PATHS (the current directory).

    Exit code: 0 nothing found, 1 findings, 2 usage, configuration or internal error.
    """
    from fenceline.analyzer.models import ModelError
    from fenceline.config import ConfigError, load_config
    from fenceline.discovery import PathError, find_root
    from fenceline.engine import check as run_check
    from fenceline.selection import UnknownSelectorError

    try:
        wanted = paths or (root or Path(),)
        base = root.resolve() if root else find_root(wanted)
        config = _with_options(load_config(base), options)
        with progress_on(sys.stderr, is_wanted=not options["quiet"]) as progress:
            report = run_check(wanted, config, base, progress)
    except (ConfigError, PathError, ModelError, UnknownSelectorError) as error:
        raise Failure(" ".join(str(error).split())) from error
    _deliver(report, config.output_format, options)
    _leave(report, exit_zero=options["exit_zero"])


def _with_options(config: Config, options: dict[str, Any]) -> Config:
    """The settings of the project, overruled by those of the command line."""
    from fenceline.analyzer.finding import Confidence
    from fenceline.ignorefiles import is_pattern
    from fenceline.selection import Selection

    for pattern in options["exclude"]:
        if not is_pattern(pattern):
            raise click.BadParameter(f"{pattern!r} is no pattern as in .gitignore", param_hint="--exclude")
    layer = Selection(options["select"] or None, options["extend_select"], options["ignore"])
    least = options["min_confidence"]
    return dataclasses.replace(
        config,
        selections=(*config.selections, layer),
        exclude=(*config.exclude, *options["exclude"]),
        force_exclude=config.force_exclude or options["force_exclude"],
        min_confidence=Confidence(least) if least else config.min_confidence,
        output_format=options["output_format"] or config.output_format,
        jobs=options["jobs"] or config.jobs,
    )


def _deliver(report: Report, output_format: str, options: dict[str, Any]) -> None:
    """Write the report where it was asked for; what went wrong on our side goes to standard error."""
    output: Path | None = options["output"]
    text = _rendered(report, output_format, options)
    if output is None:
        write_out(text, colour=colour_allowed(sys.stdout))
    else:
        try:
            write_file(output, text)
        except OSError as error:
            raise Failure(f"{output}: cannot be written: {error.strerror or error}") from error
    for entry in report.summary.errors:
        if entry.kind == "internal":
            click.echo(f"fenceline: internal error in {entry.path!a}: {entry.message}", err=True)


def _rendered(report: Report, output_format: str, options: dict[str, Any]) -> str:
    if output_format == "json":
        from fenceline.report import json

        return json.render(report)
    from fenceline.report import text

    width = terminal_width(sys.stdout) if options["output"] is None else None
    return text.render(report, width=width, is_quiet=options["quiet"], statistics=options["statistics"])


def _leave(report: Report, *, exit_zero: bool) -> NoReturn:
    if report.has_internal_error:
        sys.exit(FAILED)
    sys.exit(FOUND if report.findings and not exit_zero else 0)


@cli.command()
@click.argument("rule", metavar="CODE|NAME")
def explain(rule: str) -> None:
    """What a rule claims, why it matters, when the code is fine, and the interleaving that an example shows."""
    from fenceline.demonstration import findings_in
    from fenceline.report.rules import explanation
    from fenceline.rules import all_rules
    from fenceline.selection import UnknownSelectorError, rule_called

    try:
        found = rule_called(all_rules(), rule)
    except UnknownSelectorError as error:
        raise Failure(str(error)) from error
    has_story = found.query is not None and found.examples
    shown = findings_in(found.examples[0].bad or "", besides=(found.code,)) if has_story else ()
    write_out(explanation(found, shown, terminal_width(sys.stdout)), colour=colour_allowed(sys.stdout))


@cli.command()
@click.option("--output-format", "--format", "output_format", type=click.Choice(["text", "json"]), default="text")
def rules(output_format: str) -> None:
    """List the rules."""
    from fenceline.report.rules import listed_as_json, listed_as_text
    from fenceline.rules import all_rules

    listed = listed_as_json if output_format == "json" else listed_as_text
    write_out(listed(all_rules()), colour=colour_allowed(sys.stdout))


class _ModelsGroup(click.Group):
    """``models LIBRARY`` is short for ``models show LIBRARY``, and ``models`` for ``models show``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        is_meant = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if is_meant else ["show", *args])


@cli.group(cls=_ModelsGroup)
def models() -> None:
    """What is known of libraries: list it, show it, check it against what is installed."""


_ROOT_OF_MODELS = click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The project's directory, for its own model files.  [default: the nearest pyproject.toml or .git]",
)


@models.command()
@click.argument("libraries", nargs=-1, metavar="[LIBRARY]...")
@_ROOT_OF_MODELS
@click.option("--output-format", "--format", "output_format", type=click.Choice(["text", "json"]), default="text")
def show(libraries: tuple[str, ...], root: Path | None, output_format: str) -> None:
    """List the libraries that something is known of, or show all that is known of LIBRARY."""
    from fenceline.report.models import as_json, listed_as_text, shown

    inventory, _ = _inventory(root)
    wanted = [inventory.libraries[name] for name in _libraries_called(inventory, libraries)]
    if output_format == "json":
        text = as_json(wanted, is_detailed=bool(libraries))
    elif libraries:
        text = "\n".join(shown(library, terminal_width(sys.stdout)) for library in wanted)
    else:
        text = listed_as_text(wanted)
    write_out(text, colour=colour_allowed(sys.stdout))


@models.command("check")
@click.argument("libraries", nargs=-1, metavar="[LIBRARY]...")
@_ROOT_OF_MODELS
@click.option(
    "--python",
    metavar="PATH",
    default=sys.executable,
    help="The interpreter in which the libraries are installed.  [default: the one that runs this]",
)
@click.option("--strict", is_flag=True, help="What is not installed is a problem too.")
def check_models(libraries: tuple[str, ...], root: Path | None, python: str, strict: bool) -> None:
    """Look up all that the model files say of libraries in the installed ones, or of LIBRARY alone.

    The libraries are imported, in processes of their own; the project is not.

    Exit code: 0 no problem, 1 problems, 2 usage, configuration or internal error.
    """
    import shutil

    from fenceline.report.models import closing_line, verdict_as_text
    from fenceline.verification import InterpreterError, verify

    inventory, base = _inventory(root)
    interpreter = shutil.which(python)
    if interpreter is None:
        raise click.BadParameter(f"there is no program {python!r}", param_hint="--python")
    wanted = _libraries_called(inventory, libraries)
    verdicts = []
    try:
        for verdict in verify(inventory, wanted, str(Path(interpreter).absolute()), base):
            write_out(verdict_as_text(verdict), colour=colour_allowed(sys.stdout))
            verdicts.append(verdict)
    except InterpreterError as error:
        raise click.BadParameter(str(error), param_hint="--python") from error
    write_out(closing_line(verdicts, interpreter), colour=colour_allowed(sys.stdout))
    if any(one.problems or (strict and not one.is_complete) for one in verdicts):
        sys.exit(FOUND)


def _inventory(root: Path | None) -> tuple[Inventory, Path]:
    """What the shipped model files and those of the project know, and the project's directory."""
    from fenceline.analyzer.models import ModelError, add_model, model_files
    from fenceline.analyzer.models import Models as AllModels
    from fenceline.config import ConfigError, load_config
    from fenceline.discovery import PathError, find_root
    from fenceline.installed import installed_models
    from fenceline.inventory import Inventory

    try:
        base = root.resolve() if root else find_root((Path(),))
        files = model_files((*installed_models(), *load_config(base).models))
        known = AllModels()
        for file in files:
            add_model(known, file)
    except (ConfigError, PathError, ModelError) as error:
        raise Failure(" ".join(str(error).split())) from error
    own = [dataclasses.replace(file, name=_below(Path(file.name), base)) if file.is_own else file for file in files]
    return Inventory(own), base


def _below(path: Path, base: Path) -> str:
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else str(path)


def _libraries_called(inventory: Inventory, names: tuple[str, ...]) -> list[str]:
    """The libraries by the names of their packages or modules; all when none is named."""
    from fenceline.inventory import UnknownLibraryError

    try:
        return [inventory.called(name).name for name in names] or list(inventory.libraries)
    except UnknownLibraryError as error:
        raise click.UsageError(str(error)) from error


def main() -> NoReturn:
    """The entry point of the program: every way out has its exit code, and none shows a traceback."""
    try:
        cli.main(prog_name="fenceline", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        sys.exit(exit_.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(FAILED)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except Exception as error:
        if os.environ.get("FENCELINE_DEBUG") == "1":
            raise
        click.echo(f"fenceline: internal error: {type(error).__name__}: {error}", err=True)
        sys.exit(FAILED)
    sys.exit(0)
