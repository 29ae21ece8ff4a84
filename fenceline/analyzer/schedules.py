"""What the rules about scheduled work ask of an entry."""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer.entries import Entry


def scheduled(entry: Entry) -> Iterator[Entry]:
    """The ways in which something fires the function by the clock."""
    return (one for one in entry.ways() if one.what == "job")


def scheduler_name(job: Entry) -> str:
    """What fires a job, as its reader would say."""
    return job.name or "a loop"


def limit_of(entry: Entry) -> float | None:
    """The hard limit of one run in seconds, by whichever way it is run; None where there is none or it is not known."""
    limits = [one.number("limit") for one in entry.ways()]
    return min((one for one in limits if one is not None), default=None)


def may_overlap(job: Entry, entry: Entry) -> bool:
    """Whether the next run of a job may start while the last one goes on, by what its scheduler says."""
    if "guarded" in {one.word("overlap") for one in entry.ways()}:
        return False
    if any(one.facts.get("unique") for one in entry.ways()):
        return False
    instances = job.number("max_instances")
    if instances is not None:
        return instances > 1
    return job.word("overlap") == "allowed"
