"""Examining many files, here or by workers. The results are the same, in the order of the files."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future

from fenceline.analyzer.models import load_models
from fenceline.analyzer.source import as_if_written
from fenceline.examine import Examiner
from fenceline.executors.executor import Chunk, Executor, Pool
from fenceline.outcomes import FileResult, Progress, Settings, internal_error

CHUNKS_PER_WORKER = 8


def examine_files(
    settings: Settings, paths: Sequence[str], executor: Executor, progress: Progress | None = None
) -> list[FileResult]:
    """The results of all files, in their order. Raises ModelError before any file is examined, and ExecutorError."""
    note = progress or (lambda _done, _all: None)
    workers = executor.workers(len(paths)) if paths else 0
    with as_if_written(settings.planned_files()):
        if not workers:
            return list(_one_by_one(Examiner(settings), paths, note))
        load_models(settings.models)  # what is wrong with a model file is said here, not by a worker that dies of it
        results = _by_workers(settings, paths, executor, workers, note)
    return [results[path] for path in paths]


def _one_by_one(examiner: Examiner, paths: Sequence[str], note: Progress) -> Iterator[FileResult]:
    for done, path in enumerate(paths, start=1):
        yield examiner.examine(path)
        note(done, len(paths))


def _by_workers(
    settings: Settings, paths: Sequence[str], executor: Executor, workers: int, note: Progress
) -> dict[str, FileResult]:
    results: dict[str, FileResult] = {}
    with executor.pool(settings, workers) as pool:
        for future in pool.as_completed(_submitted(pool, _chunks(paths, workers))):
            results.update(_outcome(pool, future))
            note(len(results), len(paths))
    for result in _with_care(settings, executor, [path for path in paths if path not in results]):
        results[result.path] = result
        note(len(results), len(paths))
    return results


def _chunks(paths: Sequence[str], workers: int) -> list[Chunk]:
    size = max(1, len(paths) // (workers * CHUNKS_PER_WORKER))
    return [tuple(paths[start : start + size]) for start in range(0, len(paths), size)]


def _submitted(pool: Pool, chunks: Sequence[Chunk]) -> list[Future[list[FileResult]]]:
    futures: list[Future[list[FileResult]]] = []
    with contextlib.suppress(*pool.lost):  # a worker may have died already
        for chunk in chunks:
            futures.append(pool.submit(chunk))  # noqa: PERF401 - those submitted count
    return futures


def _outcome(pool: Pool, future: Future[list[FileResult]]) -> dict[str, FileResult]:
    try:
        return {result.path: result for result in future.result()}
    except pool.lost:
        return {}


def _with_care(settings: Settings, executor: Executor, paths: Sequence[str]) -> Iterator[FileResult]:
    """Examine what is left when a worker has died, one file at a time, so that the file it died of is known."""
    pending = deque(paths)
    while pending:
        with executor.pool(settings, 1) as pool:
            is_alive = True
            while pending and is_alive:
                path = pending.popleft()
                try:
                    yield pool.submit((path,)).result()[0]
                except pool.lost as error:
                    is_alive = False
                    yield FileResult(path, errors=[internal_error(path, error)])
