"""``--stdin-filename``: what comes on standard input is checked as if a file held it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

_WRITING = {
    "is_fixing": "--fix",
    "write_baseline": "--write-baseline",
    "prune_baseline": "--prune-baseline",
    "diff_base": "--diff-base",
}


def reading(command: Callable[..., None]) -> Callable[..., None]:
    """The option that names the file."""
    option = click.option(
        "--stdin-filename",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Check what comes on standard input as if FILE held it, which need not be there.",
    )
    return option(command)


def paths_given(paths: tuple[Path, ...], options: dict[str, Any]) -> tuple[Path, ...]:
    """The paths to check: the file that standard input stands for, where one is named; ``-`` may be said besides."""
    file = options["stdin_filename"]
    if file is None:
        if Path("-") in paths:
            raise click.UsageError("what comes on standard input needs a --stdin-filename")
        return paths
    if paths not in {(), (Path("-"),)}:
        raise click.UsageError("--stdin-filename goes with no other paths")
    wrong = [option for name, option in _WRITING.items() if options[name]]
    if wrong:
        raise click.UsageError(f"--stdin-filename does not go with {wrong[0]}: that is for files as they are")
    return (file,)


def planned(file: Path | None, base: Path) -> dict[str, bytes]:
    """What standard input says that the file holds, by its path below the root; nothing where it does hold that."""
    if file is None:
        return {}
    from fenceline.discovery import path_below

    data = sys.stdin.buffer.read()
    try:
        is_written = file.read_bytes() == data
    except OSError:
        is_written = False
    return {} if is_written else {path_below(base, file): data}
