"""``fenceline report``: the findings as a page to read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from fenceline.commands.outputs import Target, check_places, deliver
from fenceline.commands.running import FAILED, choosing, note_errors, run_over
from fenceline.report.formats import Format, View

PAGE = Path("fenceline-report.html")


@click.command()
@choosing
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default=PAGE,
    show_default=True,
    help="Where the page goes; - is standard output.",
)
def report(paths: tuple[Path, ...], root: Path | None, output: Path, **options: Any) -> None:
    """Write one HTML page about the Python files at or below PATHS (the current directory).

    The page has each finding with its interleaving, its code and its fix. It needs no server, no network and no other
    file.

    Exit code: 0 the page is written, whatever it says; 2 usage, configuration or internal error.
    """
    from fenceline.engine import check

    target = Target("html", None if output == Path("-") else output)
    check_places([target])
    _, _, made = run_over(check, paths, root, options, with_fixes=True)

    def render(form: Format, _width: int | None) -> str:
        return form.render(made, View())

    deliver([target], "html", render)
    if target.path is not None and not options["quiet"]:
        count = len(made.findings)
        click.echo(f"{output}: {count or 'no'} finding{'' if count == 1 else 's'}", err=True)
    note_errors(made)
    if made.has_internal_error:
        sys.exit(FAILED)


for _option in report.params:
    if isinstance(_option, click.Option):
        _option.hidden = _option.name in {"fail_on", "exit_zero"}  # taken, so that one set of options fits all commands
        if _option.name == "quiet":
            _option.help = "Do not say where the page is."
