"""What ``fenceline check`` does with a baseline besides reading it: write it, prune it, say what is stale in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fenceline.commands.running import Failure

if TYPE_CHECKING:
    from fenceline.baseline import Entry
    from fenceline.config import Config
    from fenceline.report.document import Report

MOST_SHOWN = 5
_OWN_PLACE = "."


def keeping(command: Callable[..., None]) -> Callable[..., None]:
    """The options that change a baseline, or compare with a revision."""
    write = click.option(
        "--write-baseline",
        is_flag=False,
        flag_value=_OWN_PLACE,
        metavar="[FILE]",
        help="Write all findings to the baseline: from now on only new ones are shown."
        "  [default: that of the configuration, or fenceline-baseline.json]",
    )
    prune = click.option("--prune-baseline", is_flag=True, help="Take out of the baseline what is not found any more.")
    since = click.option(
        "--diff-base",
        metavar="REF",
        help="Show only what is new since the last commit shared with REF, wherever it stands (git).",
    )
    return write(prune(since(command)))


def check_options(options: dict[str, Any]) -> None:
    """Ends the program with what does not go together."""
    chosen = [name for name in ("write_baseline", "prune_baseline", "no_baseline") if options[name]]
    if len(chosen) > 1:
        one, other = (f"--{name.replace('_', '-')}" for name in chosen[:2])
        raise click.UsageError(f"{one} does not go with {other}")
    if options["diff_base"] is not None and (options["write_baseline"] or options["is_fixing"]):
        one = "--write-baseline" if options["write_baseline"] else "--fix"
        raise click.UsageError(f"--diff-base does not go with {one}")
    if options["is_fixing"] and (options["write_baseline"] or options["prune_baseline"]):
        raise click.UsageError("--fix does not change the baseline: fix first, then write or prune it")


def place_to_write(options: dict[str, Any], config: Config, root: Path) -> Path | None:
    """The file that is to be written, None where none is. Raises BaselineError for one that is no place for it."""
    from fenceline.baseline import DEFAULT_NAME, check_place

    wanted = options["write_baseline"]
    if not wanted:
        return None
    file = (config.baseline or root / DEFAULT_NAME) if wanted == _OWN_PLACE else Path(wanted)
    check_place(file)
    return file


def change(report: Report, file: Path | None, config: Config, options: dict[str, Any]) -> Report:
    """Write or prune the baseline as the options say; the report as it is from then on."""
    from fenceline.baseline import BaselineError

    try:
        if file is not None:
            return _written(report, file, is_quiet=options["quiet"])
        if options["prune_baseline"]:
            return _pruned(report, config.baseline, is_quiet=options["quiet"])
    except BaselineError as error:
        raise Failure(str(error)) from error
    if not options["quiet"]:
        _note_stale(report, config.baseline)
    return report


def _written(report: Report, file: Path, *, is_quiet: bool) -> Report:
    from fenceline.baseline import write_baseline
    from fenceline.baselining import rewritten, silenced

    entries = rewritten(report)
    write_baseline(file, entries)
    counts = {
        "new": len(report.findings),
        "not found any more": _count(report.baseline.stale) if report.baseline else 0,
        "not looked at": _count(report.baseline.unseen) if report.baseline else 0,
    }
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    if not is_quiet:
        click.echo(
            f"fenceline: {_findings(_count(entries))} in {_shown(file)}" + (f" ({told})" if told else ""), err=True
        )
    return silenced(report)


def _pruned(report: Report, file: Path | None, *, is_quiet: bool) -> Report:
    from fenceline.baseline import without, write_baseline

    if report.baseline is None or file is None:
        raise click.UsageError("--prune-baseline: there is no baseline; name it with --baseline")
    stale = report.baseline.stale
    if stale:
        write_baseline(file, without(report.baseline.entries, stale))
    if not is_quiet:
        click.echo(f"fenceline: {_findings(_count(stale))} taken out of {_shown(file)}", err=True)
    return replace(report, baseline=replace(report.baseline, stale=()))


def _note_stale(report: Report, file: Path | None) -> None:
    stale = report.baseline.stale if report.baseline is not None else ()
    if not stale:
        return
    what, them = ("is", "it") if _count(stale) == 1 else ("are", "them")
    told = f"{_findings(_count(stale))} in {_shown(file)} {what} not found any more; --prune-baseline takes {them} out"
    click.echo(f"fenceline: {told}", err=True)
    for one in stale[:MOST_SHOWN]:
        function = f" in {one.function}" if one.function else ""
        times = f" ({one.count} times)" if one.count > 1 else ""
        click.echo(f"    {one.path!s}: {one.rule}{function}{times}".encode("utf-8", "backslashreplace"), err=True)
    if len(stale) > MOST_SHOWN:
        click.echo(f"    and {len(stale) - MOST_SHOWN} more", err=True)


def _shown(file: Path | None) -> str:
    """The file as it can be named from here."""
    own, here = Path(os.path.abspath(file or "")), Path.cwd()  # noqa: PTH100 - resolve() would follow a link
    return str(own.relative_to(here) if own.is_relative_to(here) else own)


def _count(entries: Sequence[Entry]) -> int:
    return sum(one.count for one in entries)


def _findings(count: int) -> str:
    return f"{count} finding{'' if count == 1 else 's'}"
