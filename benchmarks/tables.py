"""The tables of docs/performance.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.rounds import Row, Tree, spread

START, END = "<!-- measured: start -->", "<!-- measured: end -->"
_OTHERS = ("version", "filling", "warm", "changed", "single", "no-cache", "one-process")


def page_with(page: str, tables: str) -> str:
    """The page with these tables in place of what stood between its marks."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{tables}\n{END}{after}"


def write_page(path: Path, trees: Sequence[Tree], about: dict[str, Any]) -> None:
    """Put the tables into a page that has the marks."""
    path.write_text(page_with(path.read_text(encoding="utf-8"), tables_of(trees, about)), encoding="utf-8")


def tables_of(trees: Sequence[Tree], about: dict[str, Any]) -> str:
    """All tables, and what was measured when and on what."""
    parts = [_about(about)]
    for tree in trees:
        if tree.hazards is None and tree.lines:
            parts += [f"### {tree.name}: {tree.files:,} files, {tree.lines:,} lines", *_tables_of(tree)]
    grown = [tree for tree in trees if tree.hazards is not None or not tree.lines]
    if grown:
        parts += ["### Synthetic trees", _growth(grown)]
    return "\n\n".join(parts)


def _about(about: dict[str, Any]) -> str:
    versions = ", ".join(f"{one}" for one in about["versions"])
    before, after = about["load"]
    rounds = (
        "one round, in which every command ran"
        if about["rounds"] == 1
        else f"{about['rounds']} rounds, in each every command"
    )
    return (
        f"Measured on {about['date']}: {about['machine']}; {rounds} once. "
        f"The average number of processes that wanted to run was {before} before and {after} after, our own included. "
        f"{versions}."
    )


def _tables_of(tree: Tree) -> Iterable[str]:
    beside = [row for row in tree.rows if row.name not in _OTHERS]
    if beside:
        own = next((row for row in beside if row.name == "fenceline" and row.runs), None)
        base = spread(one.cpu for one in own.runs)[1] if own is not None else None
        head = [
            "",
            "CPU, seconds",
            "of the clock, seconds",
            "peak memory, MiB",
            "lines a second of CPU",
            "CPU beside ours",
        ]
        yield _table(head, [_beside(row, tree.lines, base) for row in beside])
    situations = [row for row in tree.rows if row.name in _OTHERS]
    if situations:
        head = ["Fenceline where …", "of the clock, seconds", "CPU, seconds", "peak memory, MiB"]
        yield _table(
            head, [[row.title, *_seconds(row, "wall"), *_seconds(row, "cpu"), _memory(row)] for row in situations]
        )


def _beside(row: Row, lines: int, base: float | None) -> list[str]:
    if not row.runs:
        return [row.title, row.said, "", "", "", ""]
    cpu = spread(one.cpu for one in row.runs)[1]
    was_ended = row.runs[-1].exit_code is None
    rate = "" if was_ended else f"{lines / cpu:,.0f}"
    times = "" if base is None else f"{'over ' if was_ended else ''}{_share(cpu / base)}"
    return [row.title, *_seconds(row, "cpu"), *_seconds(row, "wall"), _memory(row), rate, times]


def _share(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def _seconds(row: Row, what: str) -> list[str]:
    """The median, with the least and the most."""
    if not row.runs:
        return [row.said]
    least, middle, most = spread(getattr(one, what) for one in row.runs)
    if row.runs[-1].exit_code is None:
        return [f"over {most:.0f} ({row.said})"]
    text = f"{middle:.2f}" if len(row.runs) == 1 else f"{middle:.2f} ({least:.2f}–{most:.2f})"
    return [f"{text} {row.said}".strip()]


def _memory(row: Row) -> str:
    return f"{max(one.peak for one in row.runs) / 2**20:.0f}" if row.runs else ""


def _growth(trees: Sequence[Tree]) -> str:
    head = [
        "files",
        "lines",
        "hazards put there",
        "found",
        "CPU, seconds",
        "a file, ms",
        "times the row above",
        "peak memory, MiB",
    ]
    rows: list[list[str]] = []
    above: float | None = None
    for tree in trees:
        row = tree.rows[0]
        cpu = spread(one.cpu for one in row.runs)[1]
        expected, found = (f"{one:,}" for one in tree.hazards) if tree.hazards is not None else ("", "")
        each = f"{1000 * cpu / tree.files:.2f}"
        times = f"{cpu / above:.2f}" if above is not None else ""
        rows.append(
            [f"{tree.files:,}", f"{tree.lines:,}", expected, found, *_seconds(row, "cpu"), each, times, _memory(row)]
        )
        above = cpu
    return _table(head, rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
