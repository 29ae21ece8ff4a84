"""Examining many files: in this process, or in several. The results are the same, in the order of the files."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from fenceline.analyzer.models import load_models
from fenceline.analyzer.source import as_if_written, plan_to_write
from fenceline.examine import Examiner
from fenceline.outcomes import FileResult, Progress, Settings, internal_error

FILES_PER_WORKER = 60
"""Below it, starting a process costs more than it saves."""

CHUNKS_PER_WORKER = 8


def worker_count(jobs: int | None, files: int) -> int:
    """How many processes to use: as many as asked for, else as many as pay; 1 is this process."""
    return max(1, min(jobs, files) if jobs else min(_processors(), files // FILES_PER_WORKER))


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def examine_files(
    settings: Settings, paths: Sequence[str], workers: int, progress: Progress | None = None
) -> list[FileResult]:
    """The results of all files, in their order. Raises ModelError before any file is examined."""
    with as_if_written(settings.planned_files()):
        return _examined(settings, paths, workers, progress)


def _examined(settings: Settings, paths: Sequence[str], workers: int, progress: Progress | None) -> list[FileResult]:
    note = progress or (lambda _done, _all: None)
    if workers <= 1:
        return list(_one_by_one(Examiner(settings), paths, note))
    load_models(settings.models)  # what is wrong with a model file is said here, not by a worker that dies of it
    results = _in_processes(settings, paths, workers, note)
    return [results[path] for path in paths]


def _one_by_one(examiner: Examiner, paths: Sequence[str], note: Progress) -> Iterator[FileResult]:
    for done, path in enumerate(paths, start=1):
        yield examiner.examine(path)
        note(done, len(paths))


def _in_processes(settings: Settings, paths: Sequence[str], workers: int, note: Progress) -> dict[str, FileResult]:
    size = max(1, len(paths) // (workers * CHUNKS_PER_WORKER))
    chunks = [paths[start : start + size] for start in range(0, len(paths), size)]
    results: dict[str, FileResult] = {}
    with _pool(settings, workers) as pool:
        try:
            for future in as_completed(_submitted(pool, chunks)):
                results.update(_outcome(future))
                note(len(results), len(paths))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
    for result in _with_care(settings, [path for path in paths if path not in results]):
        results[result.path] = result
        note(len(results), len(paths))
    return results


def _submitted(pool: ProcessPoolExecutor, chunks: Sequence[Sequence[str]]) -> list[Future[list[FileResult]]]:
    futures: list[Future[list[FileResult]]] = []
    with contextlib.suppress(BrokenProcessPool):  # a worker may have died already
        for chunk in chunks:
            futures.append(pool.submit(_examine_chunk, chunk))  # noqa: PERF401 - those submitted count
    return futures


def _outcome(future: Future[list[FileResult]]) -> dict[str, FileResult]:
    try:
        return {result.path: result for result in future.result()}
    except BrokenProcessPool:
        return {}


def _with_care(settings: Settings, paths: Sequence[str]) -> Iterator[FileResult]:
    """Examine what is left when a worker has died, one file at a time, so that the file it died of is known."""
    pending = deque(paths)
    while pending:
        with _pool(settings, 1) as pool:
            is_alive = True
            while pending and is_alive:
                path = pending.popleft()
                try:
                    yield pool.submit(_examine_chunk, [path]).result()[0]
                except BrokenProcessPool as error:
                    is_alive = False
                    yield FileResult(path, errors=[internal_error(path, error)])


def _pool(settings: Settings, workers: int) -> ProcessPoolExecutor:
    """Processes are spawned on every platform: a fork would copy threads and locks that it does not know."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(settings,))


_examiner_of_worker: list[Examiner] = []


def _start_worker(settings: Settings) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started the workers ends them
    threading.Thread(target=_end_with_parent, daemon=True).start()
    plan_to_write(settings.planned_files())
    _examiner_of_worker[:] = [Examiner(settings)]
    gc.freeze()


def _end_with_parent() -> None:
    """A process that was killed ends nobody: its workers would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _examine_chunk(paths: Sequence[str]) -> list[FileResult]:
    return [_examiner_of_worker[0].examine(path) for path in paths]
