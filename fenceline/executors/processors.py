"""How many processors this process may use."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def usable_processors(groups: Path = GROUPS, membership: Path = MEMBERSHIP) -> int:
    """Those that the scheduler may give us (taskset), and no more than the time that a container is allowed."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([count, *map(math.ceil, _quotas(groups, membership))]))


def _quotas(groups: Path, membership: Path) -> Iterator[float]:
    """Processors that the control groups of this process allow, of each that sets a limit.

    Linux, Documentation/admin-guide/cgroup-v2.rst, ``cpu.max``: microseconds in a period, and the period; the limits of
    all groups above hold as well. Version 1 has two files, mounted at ``cpu`` or ``cpu,cpuacct``.
    """
    try:
        lines = membership.read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if controllers and "cpu" not in controllers.split(","):
            continue
        folder = groups / controllers if controllers else groups
        parts = [part for part in path.split("/") if part not in ("", "..")]
        for n in range(len(parts) + 1):
            quota = _quota(folder.joinpath(*parts[:n]), is_first_version=bool(controllers))
            if quota is not None:
                yield quota


def _quota(folder: Path, *, is_first_version: bool) -> float | None:
    names = ("cpu.cfs_quota_us", "cpu.cfs_period_us") if is_first_version else ("cpu.max",)
    try:
        quota, period = (int(word) for name in names for word in (folder / name).read_text("ascii").split())
    except (OSError, ValueError):  # no such limit, or "max"
        return None
    return quota / period if quota > 0 and period > 0 else None
