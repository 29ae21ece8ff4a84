"""Worker processes that are copies of this one: what all of them need is read once, and is in memory once.

Only where nothing else is going on in this process: a copy has no threads but its own, and the locks of the others
would never be released in it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Collection, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess

from fenceline.activity import THREAD_THAT_SHOWS
from fenceline.collector import collect_seldom, seldom_collecting
from fenceline.examine import Examiner
from fenceline.executors.executor import Chunk, Pending
from fenceline.executors.places import Place
from fenceline.interrupts import end_with_parent, leave_interrupts_to_parent, undisturbed
from fenceline.outcomes import FileResult, Settings

SECONDS_TO_END = 5.0
"""How long a worker is waited for that has nothing more to do."""


class LostWorkerError(Exception):
    """A worker has died."""


def can_fork() -> bool:
    """Whether this process may be copied: on Linux, with no threads. (On macOS, system libraries do not survive it.)"""
    is_alone = all(one is threading.main_thread() or one.name == THREAD_THAT_SHOWS for one in threading.enumerate())
    return sys.platform == "linux" and is_alone and not multiprocessing.current_process().daemon


@contextmanager
def forked(settings: Settings, workers: int) -> Iterator[ForkedPool]:
    """Workers that know what is known here. Leaving the block ends them."""
    with seldom_collecting():
        examiner = Examiner(settings)
        examiner.prepare()
        collect_seldom()
        pool = ForkedPool()
        try:
            with undisturbed():  # else a signal might end a worker, and not this process
                for _ in range(workers):
                    pool.add(examiner)
            yield pool
        except BaseException:
            pool.kill()
            raise
        finally:
            pool.end()


class ForkedPool:
    """As :class:`fenceline.executors.executor.Pool`."""

    ahead = 1
    lost: tuple[type[BaseException], ...] = (LostWorkerError,)

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("fork")
        self._processes: list[ForkProcess] = []
        self._ends: list[Connection] = []
        self._asked: dict[Connection, Pending] = {}
        self._places: list[Place] = []

    def add(self, examiner: Examiner) -> None:
        """Start one more worker, before any has been given work."""
        ours, theirs = self._context.Pipe()
        place = Place()
        others = [*self._ends, ours]
        process = self._context.Process(target=_work, args=(len(self._ends), examiner, theirs, others, place))
        process.start()
        theirs.close()  # so that the worker's end closes when the worker ends
        self._processes.append(process)
        self._places.append(place)
        self._ends.append(ours)

    def submit(self, worker: int, chunk: Chunk) -> Pending:
        """Have a chunk examined."""
        end = self._ends[worker]
        try:
            end.send(chunk)
        except OSError as error:
            raise LostWorkerError from error
        pending: Pending = Future()
        self._asked[end] = pending
        return pending

    def wait(self, pending: Collection[Pending]) -> Collection[Pending]:
        """Those that are done, as soon as one is."""
        done: list[Pending] = []
        for end in wait([end for end, one in self._asked.items() if one in pending]):
            assert isinstance(end, Connection)
            one = self._asked.pop(end)
            try:
                one.set_result(end.recv())
            except (EOFError, OSError):
                one.set_exception(LostWorkerError("a worker has died"))
            done.append(one)
        return done

    def at(self) -> Collection[str]:
        """The files that the workers are at."""
        return [place.path for place in self._places if place.path]

    def kill(self) -> None:
        """End all workers in the midst of what they are at."""
        for process in self._processes:
            process.kill()

    def end(self) -> None:
        """Tell all workers that there is nothing more to do, and wait until they are gone."""
        for end in self._ends:
            end.close()
        for process in self._processes:
            process.join(SECONDS_TO_END)
            if process.is_alive():
                process.kill()
                process.join()
            process.close()


def _work(number: int, examiner: Examiner, end: Connection, others: list[Connection], place: Place) -> None:
    """What a worker does: chunk after chunk, until its parent closes the other end, or is gone."""
    leave_interrupts_to_parent()
    end_with_parent()
    for name in ("SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    for one in others:  # else nobody's end would close while a worker lives
        one.close()
    if number:
        examiner.leave_prepared_to_another()
    with suppress(EOFError, OSError):
        while True:
            chunk: Chunk = end.recv()
            found: list[FileResult] = []
            for path in chunk:
                place.note(path)
                found.append(examiner.examine(path))
            place.note()
            end.send(found)
    os._exit(0)
