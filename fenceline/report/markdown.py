"""Findings as Markdown: for the summary of a job, a comment on a change, a page of a wiki.

Nothing that comes from the code becomes markup: it stands in code that it cannot end, or its signs are escaped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from fenceline.analyzer.finding import Confidence, Finding
from fenceline.report.document import Report, Repository, RunError, Suppressed
from fenceline.report.places import seen_from_repository
from fenceline.report.plain import counted, printable
from fenceline.report.text import closing_line, repository_cells
from fenceline.report.told import told, worst_first

_MARKS = re.compile(r"[\\`*_\[\]<>|~&#$]|(?<=:)/(?=/)|(?<=\bwww)\.")
_LONGEST_IN_TABLE = 300


def render(report: Report, most: int | None = None) -> str:
    """The report, the worst findings first; with ``most`` as much of it as that many bytes hold."""
    report = seen_from_repository(report)
    head = _joined(_head(report))
    tail = _joined(_tail(report))
    if most is not None and len((head + tail).encode()) > most - _ROOM_FOR_NOTE:
        tail = ""
    findings = worst_first(report.findings)
    room = None if most is None else most - _ROOM_FOR_NOTE - len((head + tail).encode())
    blocks, left = _fitting((_joined(_finding(one)) for one in findings), room)
    rest = len(findings) - len(blocks)
    note = _joined(iter([f"{counted(rest, 'more finding')}: there is no room for {_them(rest)} here."])) if left else ""
    text = "\n".join(part for part in (head, *blocks, note, tail) if part)
    return text if most is None or len(text.encode()) <= most else ""


_ROOM_FOR_NOTE = 200


def _them(count: int) -> str:
    return "it" if count == 1 else "them"


def _joined(parts: Iterator[str]) -> str:
    return "".join(f"{part}\n" for part in parts)


def _fitting(blocks: Iterator[str], room: int | None) -> tuple[list[str], bool]:
    """As many blocks as there is room for, in bytes, and whether any is left."""
    taken: list[str] = []
    for block in blocks:
        if room is not None:
            room -= len(block.encode()) + 1
            if room < 0:
                return taken, True
        taken.append(block)
    return taken, False


def _head(report: Report) -> Iterator[str]:
    yield "# Fenceline\n"
    yield escaped(closing_line(report))
    if report.repositories:
        yield ""
        yield "| repository | files | findings | errors | seconds | |"
        yield "|---|--:|--:|--:|--:|---|"
        yield from map(_repository, report.repositories)
    if report.findings:
        yield ""
        yield "| rule | hazard | severity | findings | high | medium | low |"
        yield "|---|---|---|--:|--:|--:|--:|"
        yield from _counts(report)


def _repository(one: Repository) -> str:
    name, *counts = repository_cells(one)
    said = f"failed: {one.failure}" if one.failure else "taken over" if one.is_taken_over else ""
    return f"| {' | '.join((code(name, in_table=True), *counts, escaped(said)))} |"


def _counts(report: Report) -> Iterator[str]:
    """A row a rule: how many findings, and how sure they are."""
    rules = sorted({(one.rule, one.name) for one in report.findings})
    known = Counter((one.rule, one.confidence) for one in report.findings)
    for code, name in rules:
        bad = sorted({one.severity for one in report.findings if one.rule == code}, reverse=True)
        sure = [known[code, confidence] for confidence in reversed(Confidence)]
        cells = " | ".join(str(count or "") for count in sure)
        yield f"| {code} | {name} | {', '.join(map(str, bad))} | {sum(sure)} | {cells} |"


def _finding(finding: Finding) -> Iterator[str]:
    place = code(f"{finding.path}:{finding.line}")
    where = f" in {code(finding.function)}" if finding.function else ""
    yield f"## {finding.rule} {finding.name}: {place}\n"
    yield f"{str(finding.severity).capitalize()}, confidence {finding.confidence}{where}: {escaped(finding.message)}"
    if text := told(finding):
        yield ""
        yield fenced(text)


def _tail(report: Report) -> Iterator[str]:
    by_comment = [one for one in report.suppressed if one.where == "comment"]  # those of a baseline stand in its file
    if by_comment:
        yield f"## Suppressed: {len(by_comment)}\n"
        yield "| rule | place | reason |"
        yield "|---|---|---|"
        yield from map(_suppressed, by_comment)
    if report.summary.errors:
        gap = "\n" if by_comment else ""
        yield f"{gap}## Not read in full: {len({error.path for error in report.summary.errors})}\n"
        yield from (_error(error) for error in report.summary.errors)


def _suppressed(one: Suppressed) -> str:
    finding = one.finding
    place = code(f"{finding.path}:{finding.line}", in_table=True)
    reason = one.reason if len(one.reason) <= _LONGEST_IN_TABLE else one.reason[: _LONGEST_IN_TABLE - 1] + "…"
    return f"| {finding.rule} {finding.name} | {place} | {escaped(reason)} |"


def _error(error: RunError) -> str:
    line = f":{error.line}" if error.line else ""
    return f"- {code(error.path + line)}: {escaped(error.message)}"


def escaped(text: str) -> str:
    """A text in which no character is a mark, no address becomes a link, and nobody is called by name."""
    marked = _MARKS.sub(lambda found: "\\" + found[0], printable(text))
    return re.sub(r"@(?=\w)", "@&#8203;", marked)


def code(text: str, *, in_table: bool = False) -> str:
    """A text as code within a line; there are enough backquotes around it that those in it end nothing."""
    shown = printable(text)
    fence = "`" * (_longest_run(shown) + 1)
    gap = " " if not shown or "`" in (shown[0], shown[-1]) else ""
    inner = shown.replace("|", "\\|") if in_table else shown
    return f"{fence}{gap}{inner}{gap}{fence}"


def fenced(text: str) -> str:
    """A text of several lines as code."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}text\n{text}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
