"""One command as a whole: all its processes, from its start to its end."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

SECONDS_BETWEEN_SAMPLES = 0.02


@dataclass(frozen=True, slots=True)
class Measured:
    """``wall`` and ``cpu`` in seconds: of the clock, and user and system time of all processes.

    ``peak`` is the most that all processes held together at one moment, in bytes: the sum of their resident sets, in
    which what they share counts several times. ``largest`` is the most that any one of them held, as the kernel says.
    ``exit_code`` is None where the limit of time was reached and everything was ended.
    """

    wall: float
    cpu: float
    peak: int
    largest: int
    processes: int
    exit_code: int | None


def measured(
    command: Sequence[str],
    folder: Path,
    limit: float,
    output: Path | None = None,
    environment: dict[str, str] | None = None,
) -> Measured:
    """Run a command in a folder for ``limit`` seconds at most; what it prints goes to ``output``, or nowhere.

    Raises OSError for a program that cannot be started.
    """
    with open(output or os.devnull, "wb") as out:  # noqa: PTH123 - the null device as well
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        watch = _Watch(process.pid, started + limit)
        watch.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        watch.stop()
        process.returncode = os.waitstatus_to_exitcode(status)
    cpu = used.ru_utime + used.ru_stime
    if watch.was_ended:
        cpu = max(cpu, watch.cpu)  # of those that were killed nobody was told
    largest = watch.largest
    if used.ru_maxrss > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss:  # a process begins with what we have had
        largest = max(used.ru_maxrss * 1024, watch.largest)
    exit_code = None if watch.was_ended else process.returncode
    return Measured(wall, cpu, max(watch.peak, largest), largest, watch.processes, exit_code)


@dataclass(eq=False)
class _Watch:
    """Looks at a process and all below it every few milliseconds, and ends them at a moment of the clock."""

    pid: int
    deadline: float
    peak: int = 0
    largest: int = 0
    cpu: float = 0.0
    processes: int = 0
    was_ended: bool = False
    _known: dict[int, float] = field(default_factory=dict)
    _is_over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin to look, in a thread of its own."""
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """The process has ended."""
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(SECONDS_BETWEEN_SAMPLES):
            if time.perf_counter() > self.deadline:
                self.was_ended = True
                _end_all(self.pid)
                return
            self._sample()

    def _sample(self) -> None:
        sizes: list[int] = []
        for one in _tree(self.pid):
            try:
                with one.oneshot():
                    sizes.append(one.memory_info().rss)
                    times = one.cpu_times()
                    self._known[one.pid] = times.user + times.system
            except psutil.Error:
                continue
        self.peak = max(self.peak, sum(sizes))
        self.largest = max(self.largest, *sizes, 0)
        self.processes = max(self.processes, len(sizes))
        self.cpu = sum(self._known.values())


def _tree(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def _end_all(pid: int) -> None:
    """End a process that was started as the first of its session, and everything that it has started."""
    for one in _tree(pid):
        try:
            one.kill()
        except psutil.Error:
            continue
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
