"""The command line. Only this module knows of exit codes: 0 nothing found, 1 findings, 2 usage or internal error.

What a command needs is imported when it runs, so that ``--help`` and ``--version`` answer at once.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from fenceline import __version__
from fenceline.terminal import colour_allowed, progress_on, terminal_width, write_file, write_out

if TYPE_CHECKING:
    from fenceline.config import Config
    from fenceline.inventory import Inventory
    from fenceline.report.document import Report
    from fenceline.report.fixes import Diff

_Outcome = TypeVar("_Outcome")
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


_Command = Callable[..., None]


def _choosing(command: _Command) -> _Command:
    """The options that say which findings of which files are meant, and in which form they are reported."""
    options = (
        click.argument("paths", nargs=-1, type=click.Path(path_type=Path)),
        click.option(
            "--root",
            type=click.Path(path_type=Path, exists=True, file_okay=False),
            help="The project's directory.  [default: the nearest pyproject.toml or .git above the paths]",
        ),
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
        click.option("--output-format", "--format", "output_format", type=click.Choice(["text", "json"])),
        click.option("--jobs", type=click.IntRange(min=1), help="Worker processes.  [default: as many as pay]"),
        click.option("--exit-zero", is_flag=True, help="Exit with 0 even if something was found."),
        click.option("--quiet", "-q", is_flag=True, help="One line a finding, nothing else."),
    )
    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(options), command)


@cli.command()
@_choosing
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

    base, config, report = _run(run_check, paths, root, options, with_fixes=options["show_fixes"])
    diff = None
    if options["show_fixes"]:
        from fenceline.passes import diff_of_fix

        diff = functools.partial(diff_of_fix, base)
    _deliver(_rendered(report, config.output_format, options, diff), options["output"])
    _note_errors(report)
    _leave(report, exit_zero=options["exit_zero"])


@cli.command()
@_choosing
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

    base, config, fixed = _run(run_fix, paths, root, options, unsafe=options["unsafe_fixes"])
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
        _deliver(text, options["output"])
    for path, reason in failed.items():
        click.echo(f"fenceline: {path!a} is not changed: {reason}", err=True)
    _note_errors(fixed.report)
    if failed:
        sys.exit(FAILED)
    if is_diff and not fixed.report.has_internal_error:
        sys.exit(FOUND if fixed.changes and not options["exit_zero"] else 0)
    _leave(fixed.report, exit_zero=options["exit_zero"])


def _run(
    run: Callable[..., _Outcome], paths: tuple[Path, ...], root: Path | None, options: dict[str, Any], **how: bool
) -> tuple[Path, Config, _Outcome]:
    """The project's directory, its settings as the options overrule them, and what a run with them comes to."""
    from fenceline.analyzer.models import ModelError
    from fenceline.config import ConfigError, load_config
    from fenceline.discovery import PathError, find_root
    from fenceline.selection import UnknownSelectorError

    try:
        wanted = paths or (root or Path(),)
        base = root.resolve() if root else find_root(wanted)
        config = _with_options(load_config(base), options)
        with progress_on(sys.stderr, is_wanted=not options["quiet"]) as progress:
            return base, config, run(wanted, config, base, progress, **how)
    except (ConfigError, PathError, ModelError, UnknownSelectorError) as error:
        raise Failure(" ".join(str(error).split())) from error


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


def _deliver(text: str, output: Path | None) -> None:
    """Write a report where it was asked for."""
    if output is None:
        write_out(text, colour=colour_allowed(sys.stdout))
        return
    try:
        write_file(output, text)
    except OSError as error:
        raise Failure(f"{output}: cannot be written: {error.strerror or error}") from error


def _note_errors(report: Report) -> None:
    """What went wrong on our side goes to standard error."""
    for entry in report.summary.errors:
        if entry.kind == "internal":
            click.echo(f"fenceline: internal error in {entry.path!a}: {entry.message}", err=True)


def _rendered(report: Report, output_format: str, options: dict[str, Any], diff: Diff | None) -> str:
    if output_format == "json":
        from fenceline.report import json

        return json.render(report)
    from fenceline.report import text

    width = terminal_width(sys.stdout) if options["output"] is None else None
    return text.render(report, width=width, is_quiet=options["quiet"], statistics=options["statistics"], diff=diff)


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
