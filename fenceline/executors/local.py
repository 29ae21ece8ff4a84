"""Worker processes of this machine."""

from __future__ import annotations

import multiprocessing
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker

from fenceline.analyzer.source import plan_to_write
from fenceline.collector import collect_seldom
from fenceline.examine import Examiner
from fenceline.executors.executor import Chunk, Pending
from fenceline.executors.forked import ForkedPool, can_fork, forked
from fenceline.executors.places import Place
from fenceline.executors.processors import usable_processors
from fenceline.interrupts import end_with_parent, leave_interrupts_to_parent, undisturbed
from fenceline.outcomes import FileResult, Settings

FILES_PER_WORKER = 60
"""Below it, starting a process costs more than it saves."""


class Local:
    """Processes of this machine: ``jobs`` of them, None for as many as pay.

    ``is_apart``: there is one at least, so that what a file does to it is not done to this process.
    """

    def __init__(self, jobs: int | None = None, *, is_apart: bool = False) -> None:
        self.jobs = jobs
        self.is_apart = is_apart

    def workers(self, files: int) -> int:
        """As many as asked for, else one a processor that this process may use, if there is work for each."""
        count = min(self.jobs, files) if self.jobs else min(usable_processors(), files // FILES_PER_WORKER)
        return count if count > 1 else int(self.is_apart)

    @contextmanager
    def pool(self, settings: Settings, workers: int) -> Iterator[ForkedPool | LocalPool]:
        """Copies of this process where that can be, else new ones; one alone is new, another has died of its files."""
        if workers > 1 and can_fork():
            with forked(settings, workers) as pool:
                yield pool
            return
        with self._spawned(settings, workers) as spawned:
            yield spawned

    @contextmanager
    def _spawned(self, settings: Settings, workers: int) -> Iterator[LocalPool]:
        context = multiprocessing.get_context("spawn")
        others = set(multiprocessing.active_children())
        resource_tracker.ensure_running()  # else the first worker starts it, and it lets signals through meanwhile
        with ExitStack() as stack:
            places = [Place() for _ in range(workers)]
            made = (ProcessPoolExecutor(1, context, _start_worker, (settings, place)) for place in places)
            processes = [stack.enter_context(one) for one in made]
            try:
                yield LocalPool(processes, places)
            except BaseException:
                for worker in set(multiprocessing.active_children()) - others:
                    worker.kill()  # what it is at may take long, and nobody waits for it any more
                for process in processes:
                    process.shutdown(wait=False, cancel_futures=True)
                raise


class LocalPool:
    """As :class:`fenceline.executors.executor.Pool`. One worker that dies leaves the others alone."""

    ahead = 1
    lost: tuple[type[BaseException], ...] = (BrokenProcessPool,)

    def __init__(self, processes: Sequence[ProcessPoolExecutor], places: Sequence[Place]) -> None:
        self._processes = processes
        self._places = places

    def submit(self, worker: int, chunk: Chunk) -> Pending:
        """Have a chunk examined."""
        with undisturbed():  # the first chunk starts the worker
            return self._processes[worker].submit(_examine_chunk, chunk)

    def wait(self, pending: Collection[Pending]) -> Collection[Pending]:
        """Those that are done, as soon as one is."""
        return wait(pending, return_when=FIRST_COMPLETED).done

    def at(self) -> Collection[str]:
        """The files that the workers are at."""
        return [place.path for place in self._places if place.path]


_examiner_of_worker: list[Examiner] = []
_place_of_worker: list[Place] = []


def _start_worker(settings: Settings, place: Place) -> None:
    leave_interrupts_to_parent()
    end_with_parent()
    plan_to_write(settings.planned_files())
    _examiner_of_worker[:], _place_of_worker[:] = [Examiner(settings)], [place]
    collect_seldom()


def _examine_chunk(chunk: Chunk) -> list[FileResult]:
    try:
        return [_examined(path) for path in chunk]
    finally:
        _place_of_worker[0].note()


def _examined(path: str) -> FileResult:
    _place_of_worker[0].note(path)
    return _examiner_of_worker[0].examine(path)
