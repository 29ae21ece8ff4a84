"""What is said of fixes to people: below a finding, in the closing line, and after files have been changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import click

from fenceline.analyzer.finding import Finding, Fix
from fenceline.report.document import Change, Fixed, Report
from fenceline.report.plain import INDENT, counted, printable
from fenceline.rules import all_rules

SAFE, UNSAFE = "safe", "unsafe"
_DIFF_COLOURS = {"+": "green", "-": "red", "@": "cyan"}

Diff = Callable[[Fix], Sequence[str]]
"""The lines of a unified diff of what a fix changes, the two with names first for each file."""


def diff_shown(finding: Finding, diff: Diff | None) -> Iterator[str]:
    """What the fix of a finding changes."""
    if diff is not None and finding.fix is not None:
        for line in diff(finding.fix):
            text = printable(line.rstrip("\r\n").expandtabs(4))
            yield INDENT + click.style(text, fg=_DIFF_COLOURS.get(line[:1]))


def fix_lines(finding: Finding) -> Iterator[str]:
    """How a finding can be fixed, or why it cannot; nothing where no fixes were looked for."""
    fix = finding.fix
    if fix is not None:
        why = f" – {fix.why_unsafe}" if fix.why_unsafe else ""
        command = _command(finding.rule, fix)
        yield f"{INDENT}fix ({_standing(fix)}): {printable(fix.title + why)}{command}"
        yield from (f"{INDENT}  {printable(line)}" for note in fix.notes for line in note.splitlines())
    else:
        yield from (f"{INDENT}no fix: {printable(reason)}" for reason in finding.unfixed)


def _standing(fix: Fix) -> str:
    states = f" in {counted(fix.states, 'state')}" if fix.states else ""
    return f"{fix.applicability}, verified{states}" if fix.verified else fix.applicability


def _command(rule: str, fix: Fix) -> str:
    options = {SAFE: "", UNSAFE: "--unsafe-fixes "}.get(fix.applicability)
    return "" if options is None else f"        fenceline fix --select {rule} {options}--diff"


def fixes_line(report: Report) -> str:
    """What ``fenceline fix`` can do about the findings of a report; '' for nothing."""
    if not report.with_fixes:
        fixable = {rule.code for rule in all_rules() if rule.is_fixable}
        count = sum(finding.rule in fixable for finding in report.findings)
        return f"There are fixers for {_of_them(count, report)}: fenceline fix --diff" if count else ""
    safe, unsafe = (_count(report, kind) for kind in (SAFE, UNSAFE))
    parts = [f"fenceline fix ends {_of_them(safe, report)}"] if safe else []
    if unsafe:
        parts.append(f"--unsafe-fixes {unsafe} more" if safe else f"fenceline fix --unsafe-fixes ends {unsafe} of them")
    return f"{', '.join(parts)}." if parts else ""


def _of_them(count: int, report: Report) -> str:
    return f"{count} of them" if count < len(report.findings) else "all of them" if count > 1 else "it"


def _count(report: Report, applicability: str) -> int:
    return sum(one.fix is not None and one.fix.applicability == applicability for one in report.findings)


def changed_lines(fixed: Fixed, failed: Mapping[str, str], *, is_quiet: bool) -> Iterator[str]:
    """A line for each file that was changed, and below it what was done and what is left to do by hand."""
    for change in fixed.changes:
        if change.path in failed:
            continue
        codes = ", ".join(sorted({one.rule for one in change.findings}))
        path = click.style(printable(change.path), bold=True)
        count = counted(len(change.findings), "fix", "fixes")
        yield f"{path}: {count} ({codes})"
        if not is_quiet:
            yield from _made(change)


def _made(change: Change) -> Iterator[str]:
    for finding in change.findings:
        fix = finding.fix
        if fix is not None:
            where = f" in {finding.function}" if finding.function else ""
            yield f"{INDENT}{finding.rule}{printable(where)}: {printable(fix.title)}"
            yield from (f"{INDENT}  {printable(line)}" for note in fix.notes for line in note.splitlines())


def left_lines(finding: Finding, fixed: Fixed) -> Iterator[str]:
    """Why a finding is still there."""
    reason = fixed.refused.get(finding.fingerprint)
    if reason is not None:
        yield f"{INDENT}not fixed: {printable(reason)}"
    elif finding.fix is not None or finding.unfixed:
        yield from fix_lines(finding)
    elif not any(rule.is_fixable for rule in all_rules() if rule.code == finding.rule):
        yield f"{INDENT}no fix: there is no fixer for {finding.rule}"


def fixed_line(fixed: Fixed, failed: Mapping[str, str], *, is_diff: bool) -> str:
    """``Fixed 3 hazards in 2 files; 4 are left, 1 of which --unsafe-fixes ends (1.2 s).``."""
    changes = [change for change in fixed.changes if change.path not in failed]
    count = len({one: None for change in changes for one in change.findings})
    done = "Would fix" if is_diff else "Fixed"
    what = f"{counted(count, 'hazard')} in {counted(len(changes), 'file')}" if count else "nothing"
    left = len(fixed.report.findings)
    unsafe = _count(fixed.report, UNSAFE)
    more = f", of which --unsafe-fixes ends {unsafe}" if unsafe else ""
    rest = f"; {left} {'is' if left == 1 else 'are'} left{more}" if left else ""
    again = "; there is more to fix: run it again" if fixed.is_cut else ""
    broken = f"; {counted(len(failed), 'file')} could not be changed" if failed else ""
    return f"{done} {what}{rest}{again}{broken} ({fixed.report.summary.seconds:.1f} s)."
