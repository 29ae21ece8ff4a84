"""Examining many files, here or by workers. The results are the same, in the order of the files."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from fenceline.activity import goes_on_with
from fenceline.analyzer.models import load_models
from fenceline.analyzer.source import as_if_written
from fenceline.collector import seldom_collecting
from fenceline.examine import Examiner
from fenceline.executors.executor import Executor, ExecutorError, Pending, Pool, Watched
from fenceline.executors.shares import Shares
from fenceline.outcomes import FileResult, Progress, Settings, internal_error

EXAMINING = "examining"
"""The phase in which files are examined."""


def examine_files(
    settings: Settings,
    paths: Sequence[str],
    executor: Executor,
    progress: Progress | None = None,
    examiner: Examiner | None = None,
) -> list[FileResult]:
    """The results of all files, in their order. Raises ModelError before any file is examined, and ExecutorError.

    ``examiner`` is one for these settings that is there already.
    """
    note = progress or (lambda _done, _all: None)
    workers = executor.workers(len(paths)) if paths else 0
    with as_if_written(settings.planned_files()):
        if not workers:
            with seldom_collecting():
                return list(_one_by_one(examiner or Examiner(settings), paths, note))
        load_models(settings.models)  # what is wrong with a model file is said here, not by a worker that dies of it
        results = _by_workers(settings, paths, executor, workers, note)
    return [results[path] for path in paths]


def _one_by_one(examiner: Examiner, paths: Sequence[str], note: Progress) -> Iterator[FileResult]:
    at: list[str] = []
    goes_on_with(EXAMINING, lambda: tuple(at))
    for done, path in enumerate(paths, start=1):
        at[:] = [path]
        yield examiner.examine(path)
        note(done, len(paths))


def _by_workers(
    settings: Settings, paths: Sequence[str], executor: Executor, workers: int, note: Progress
) -> dict[str, FileResult]:
    shares = Shares(paths, {path: _size_of(settings, path) for path in paths}, workers)
    results: dict[str, FileResult] = {}
    with executor.pool(settings, workers) as pool:
        goes_on_with(EXAMINING, pool.at if isinstance(pool, Watched) else tuple)
        for result in _shared(pool, shares, workers):
            results[result.path] = result
            note(len(results), len(paths))
    for result in _with_care(settings, executor, [path for path in paths if path not in results]):
        results[result.path] = result
        note(len(results), len(paths))
    return results


def _size_of(settings: Settings, path: str) -> int:
    """Bytes of a file: how much work it is cannot be known, but none is more than what is large."""
    if path in settings.planned:
        return len(settings.planned[path])
    try:
        return (settings.root / path).stat().st_size
    except (OSError, ValueError):
        return 0


def _shared(pool: Pool, shares: Shares, workers: int) -> Iterator[FileResult]:
    """What comes of all files but those whose worker has died."""
    running: dict[Pending, int] = {}
    for worker in [*range(workers)] * pool.ahead:
        _go_on(pool, shares, worker, running)
    while running:
        for pending in pool.wait(running):
            worker = running.pop(pending)
            _go_on(pool, shares, worker, running)
            yield from _outcome(pool, pending)


def _go_on(pool: Pool, shares: Shares, worker: int, running: dict[Pending, int]) -> None:
    """Give a worker its next chunk. One that has died gets none, and others take what was meant for it."""
    chunk = shares.take(worker)
    if chunk is not None:
        try:
            running[pool.submit(worker, chunk)] = worker
        except pool.lost:
            shares.give_back(worker, chunk)


def _outcome(pool: Pool, pending: Pending) -> list[FileResult]:
    try:
        return pending.result()
    except pool.lost:
        return []


def _with_care(settings: Settings, executor: Executor, paths: Sequence[str]) -> Iterator[FileResult]:
    """Examine what is left when a worker has died, one file at a time, so that the file it died of is known."""
    left = deque(paths)
    while left:
        with executor.pool(settings, 1) as pool:
            is_alive = True
            while left and is_alive:
                path = left.popleft()
                try:
                    pending = pool.submit(0, (path,))
                    pool.wait([pending])
                    yield pending.result()[0]
                except ExecutorError:
                    raise
                except pool.lost as error:
                    is_alive = False
                    yield FileResult(path, errors=[internal_error(path, error)])
