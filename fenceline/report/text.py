"""Findings for people: one line that says what and why, and the interleaving that shows it, a lane a replica."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from fenceline.analyzer.finding import Finding, Reached, Severity
from fenceline.report import statistics
from fenceline.report.document import Fixed, Report, Repository, Summary
from fenceline.report.fixes import (
    Diff,
    changed_lines,
    diff_shown,
    fix_lines,
    fixed_line,
    fixes_line,
    left_lines,
)
from fenceline.report.lanes import lanes
from fenceline.report.plain import INDENT, counted, printable
from fenceline.rules import suppression_without_reason, unreadable_source, unused_suppression

WIDTH_OF_NO_TERMINAL = 140
_ON_COMMENTS = {unused_suppression.RULE.code, suppression_without_reason.RULE.code}
_NO_HAZARDS = {*_ON_COMMENTS, unreadable_source.RULE.code}
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}


def render(
    report: Report,
    *,
    width: int | None = None,
    is_quiet: bool = False,
    with_statistics: bool = False,
    diff: Diff | None = None,
) -> str:
    """The whole report, with colour; whoever prints it strips what the place cannot show.

    ``width`` is that of the terminal in characters, None when there is none to fit; ``is_quiet`` leaves only the
    first line of each finding; with ``diff`` what its fix changes is shown below each finding.
    """
    if is_quiet:
        blocks = ["\n".join(headline(finding) for finding in report.findings)] if report.findings else []
    else:
        blocks = ["\n".join((*story(one, width), *fix_lines(one), *diff_shown(one, diff))) for one in report.findings]
        if report.repositories:
            blocks.append("\n".join(repository_lines(report)))
        blocks.append("\n".join(line for line in (closing_line(report), fixes_line(report)) if line))
    if with_statistics:
        blocks.append("\n".join(statistics.lines(report)))
    return "\n\n".join(blocks) + "\n" if blocks else ""


def render_fixed(
    fixed: Fixed,
    failed: Mapping[str, str],
    *,
    width: int | None = None,
    is_quiet: bool = False,
    is_diff: bool = False,
    with_stories: bool = False,
) -> str:
    """What was fixed and what is left; of files in ``failed``, which could not be changed, nothing is said.

    ``is_diff``: nothing was written; ``with_stories``: what is left is told in full.
    """
    changed = list(changed_lines(fixed, failed, is_quiet=is_quiet))
    left = fixed.report.findings
    if is_quiet:
        lines = [*changed, *(headline(finding) for finding in left)]
        return "\n".join(lines) + "\n" if lines else ""
    told = ([*(story(one, width) if with_stories else [headline(one)]), *left_lines(one, fixed)] for one in left)
    blocks = ["\n".join(lines) for lines in (changed, *told) if lines]
    return "\n\n".join([*blocks, fixed_line(fixed, failed, is_diff=is_diff)]) + "\n"


def headline(finding: Finding) -> str:
    """``path:line:column: CODE name: message``."""
    place = click.style(f"{printable(finding.path)}:{finding.line}:{finding.column}", bold=True)
    code = click.style(finding.rule, fg=_COLOURS[finding.severity], bold=True)
    return f"{place}: {code} {finding.name}: {printable(finding.message)}"


def story(finding: Finding, width: int | None) -> Iterator[str]:
    """The lines of one finding."""
    yield headline(finding)
    yield from (INDENT + line for line in opening(finding))
    yield from lanes(finding.trace, finding.path, width or WIDTH_OF_NO_TERMINAL)
    yield from (INDENT + line for line in closing(finding))


def opening(finding: Finding) -> Iterator[str]:
    """What is said before the interleaving: who runs the code, and what happens."""
    if finding.reached is not None:
        yield click.style(printable(reached_line(finding.reached)), dim=True)
    if finding.premise:
        yield printable(finding.premise)


def closing(finding: Finding) -> Iterator[str]:
    """What is said after the interleaving: what comes of it, and the places that it did not show."""
    if finding.consequence:
        yield click.style(printable(finding.consequence), italic=True)
    told = {(step.path, step.line) for step in finding.trace}
    for place in finding.related:
        if (place.path, place.line) not in told:
            yield f"{printable(place.path)}:{place.line}:{place.column}: {printable(place.message)}"


def reached_line(reached: Reached) -> str:
    """``reached from POST /checkout: shop/views.py:31 → shop/cart.py:88 (and 2 more ways)``."""
    places = " → ".join(f"{one.path}:{one.line}" for one in reached.chain)
    more = f" (and {reached.more} more {_plural(reached.more, 'way')})" if reached.more else ""
    return f"reached from {reached.title}: {places}{more}"


def repository_lines(report: Report) -> Iterator[str]:
    """A table of the repositories, those that failed with the reason."""
    rows = [("repository", "files", "findings", "errors", "seconds"), *map(repository_cells, report.repositories)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row, one in zip(rows, (None, *report.repositories), strict=True):
        cells = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        line = "  ".join((row[0].ljust(widths[0]), *cells))
        if one is None:
            yield click.style(line, dim=True)
        elif one.failure:
            yield f"{line}  {click.style('failed', fg='red')}: {printable(one.failure)}"
        else:
            yield line + ("  taken over" if one.is_taken_over else "")


def repository_cells(one: Repository) -> tuple[str, ...]:
    """What is counted of a repository, in words that fit into a line."""
    summary = one.report.summary
    return (
        printable(one.name),
        str(summary.files),
        str(summary.findings),
        str(len(summary.errors)),
        f"{one.seconds:.1f}",
    )


def _over_all(report: Report) -> str:
    """`` of 12 repositories (3 taken over from an earlier run, 1 failed)``."""
    if not report.repositories:
        return ""
    counts = {
        "taken over from an earlier run": sum(one.is_taken_over for one in report.repositories),
        "failed": sum(bool(one.failure) for one in report.repositories),
    }
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f" of {counted(len(report.repositories), 'repository', 'repositories')}{f' ({told})' if told else ''}"


def closing_line(report: Report) -> str:
    """``Found 3 hazards in 120 files (1.2 s).``."""
    summary = report.summary
    if not summary.files and not report.findings:
        return f"No Python files to check{_over_all(report)}{_left_out(summary)}."
    hazards = sum(finding.rule not in _NO_HAZARDS for finding in report.findings)
    comments = sum(finding.rule in _ON_COMMENTS for finding in report.findings)
    unread = len({error.path for error in summary.errors if error.kind != "failed"})
    found = (
        f"Found {hazards or 'no'} {_plural(hazards, 'hazard')}{_not_shown(summary)} in {counted(summary.files, 'file')}"
        f"{_over_all(report)}"
    )
    wrong = f"; {counted(comments, 'suppression')} to mend" if comments else ""
    partly = f"; {unread} could not be read in full" if unread else ""
    return f"{found}{wrong}{partly} ({summary.seconds:.1f} s)."


def _not_shown(summary: Summary) -> str:
    counts = {
        "suppressed": summary.suppressed,
        "in the baseline": summary.baselined,
        "there before": summary.unchanged,
    }
    not_shown = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f" ({not_shown})" if not_shown else ""


def _left_out(summary: Summary) -> str:
    left_out = ", ".join(f"{count} {reason}" for reason, count in summary.skipped.items())
    return f" (left out: {left_out})" if left_out else ""


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
