"""``fenceline models``: what is known of libraries."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fenceline.commands.running import FOUND, Failure
from fenceline.terminal import colour_allowed, terminal_width, write_out

if TYPE_CHECKING:
    from fenceline.inventory import Inventory


class _ModelsGroup(click.Group):
    """``models LIBRARY`` is short for ``models show LIBRARY``, and ``models`` for ``models show``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        is_meant = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if is_meant else ["show", *args])


@click.group(cls=_ModelsGroup)
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
