"""What ``--statistics`` tells: counts per rule, and what the run has cost. All of it differs from run to run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from fenceline.effort import Effort
from fenceline.report.document import Inferred, Report, Summary
from fenceline.report.plain import counted, printable
from fenceline.timings import Timings

_MEBIBYTE = 1024 * 1024


def lines(report: Report) -> Iterator[str]:
    """For people: counts per rule, then how much was read in which time."""
    counts: dict[tuple[str, str], int] = {}
    for finding in report.findings:
        counts[finding.rule, finding.name] = counts.get((finding.rule, finding.name), 0) + 1
    for (code, name), count in sorted(counts.items()):
        yield f"{count:6}  {code} {name}"
    summary, effort = report.summary, report.summary.effort
    rate = summary.lines / summary.seconds if summary.seconds else 0.0
    skipped = "".join(f", {count} {reason}" for reason, count in summary.skipped.items())
    yield f"files      {summary.files} ({_of_files(summary)}{f'; left out{skipped[1:]}' if skipped else ''})"
    yield f"lines      {summary.lines} in {summary.seconds:.2f} s ({rate:,.0f} lines/s)"
    yield f"run        {_phases(effort.run)}"
    yield f"work       {_phases(summary.timings) or 'none'}"
    yield f"memory     {_memory(effort)}"
    yield f"done       {_done(effort)}"
    yield f"astroid    {_inferred(summary.inferred)}"
    yield f"candidates {_candidates(summary.timings)}"
    for one in effort.slowest:
        yield f"slow       {one.seconds:.3f} s {printable(one.path)} (most of it: {one.phase})"


def figures(summary: Summary) -> dict[str, Any]:
    """The same for machines; times in seconds, memory in bytes, None where the system does not tell."""
    effort, timings = summary.effort, summary.timings
    memory = effort.memory
    return {
        "seconds": round(summary.seconds, 3),
        "run": _phases_told(effort.run, is_known=memory.is_known),
        "phases": _phases_told(timings, is_known=memory.is_known),
        "memory": {"processes": list(memory.peaks), "together": memory.together} if memory.is_known else None,
        "files": {"cached": summary.cached, "asked_for": effort.asked_for, "parsed": summary.parsed},
        "work": asdict(effort.work),
        "candidates": {
            "count": timings.candidates,
            "seconds": round(timings.candidate_seconds, 6),
            "max_seconds": round(timings.slowest_seconds, 6),
            "slowest": timings.slowest_place,
        },
        "inference": {
            "asked": summary.inferred.asked,
            "answered": summary.inferred.answered,
            "helped": summary.inferred.helped,
            "seconds": round(summary.inferred.seconds, 6),
        },
        "slowest": [{"path": one.path, "seconds": round(one.seconds, 6), "phase": one.phase} for one in effort.slowest],
    }


def _phases_told(timings: Timings, *, is_known: bool) -> dict[str, Any]:
    return {
        name: {"seconds": round(seconds, 6), "memory": timings.memory.get(name, 0) if is_known else None}
        for name, seconds in timings.phases.items()
    }


def _of_files(summary: Summary) -> str:
    return f"{summary.cached} kept, {summary.effort.asked_for} asked for, {summary.parsed} parsed"


def _phases(timings: Timings) -> str:
    return ", ".join(f"{name} {seconds:.3f} s{_grown(timings, name)}" for name, seconds in timings.phases.items())


def _grown(timings: Timings, name: str) -> str:
    grown = timings.memory.get(name, 0) / _MEBIBYTE
    return f" (+{grown:.0f} MiB)" if grown >= 1 else ""


def _memory(effort: Effort) -> str:
    memory = effort.memory
    if not memory.is_known:
        return "unknown: this system does not tell"
    own, *others = (round(one / _MEBIBYTE) for one in memory.peaks)
    together = round(memory.together / _MEBIBYTE)
    workers = f", its workers {' + '.join(map(str, others))}: {together} MiB together" if others else ""
    return f"at most {own} MiB{workers}"


def _done(effort: Effort) -> str:
    work = effort.work
    return (
        f"{counted(work.trees, 'tree')} and {counted(work.functions, 'function')} read, "
        f"{counted(work.definitions, 'definition')} lowered "
        f"with {counted(work.bodies, 'body', 'bodies')}, "
        f"{counted(work.programs, 'program')} explored in {counted(work.states, 'state')}, "
        f"by {counted(effort.processes, 'process', 'processes')}"
    )


def _candidates(timings: Timings) -> str:
    if not timings.candidates:
        return "0"
    mean = timings.candidate_seconds / timings.candidates
    slowest = f"{1000 * timings.slowest_seconds:.1f} ms at {printable(timings.slowest_place)}"
    return f"{timings.candidates} (mean {1000 * mean:.1f} ms, max {slowest})"


def _inferred(inferred: Inferred) -> str:
    seconds = f" ({inferred.seconds:.2f} s)" if inferred.asked else ""
    return f"asked {inferred.asked}, answered {inferred.answered}, helped {inferred.helped}{seconds}"
