"""What runs in the worker processes of a cluster. Nothing of the project is there but what was sent."""

from __future__ import annotations

import contextlib
import functools
import pickle
import tempfile
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

from fenceline.collector import seldom_collecting
from fenceline.examine import Examiner
from fenceline.executors.executor import Chunk
from fenceline.executors.snapshot import Snapshot, as_here, write_out
from fenceline.outcomes import FileResult
from fenceline.program import versions
from fenceline.stamps import Stamps

MOST_ROOMS = 2
"""Projects that a worker keeps: two runs may share a cluster."""

MOST_REMEMBERED = 100
"""Runs that are over, of which a chunk may still be on its way."""

_LEVEL = 1
"""Of the compression: source code becomes a quarter, and the network is rarely slower than that."""


class OtherProgramError(Exception):
    """A worker runs another program than the one that asks; the argument is what it runs."""


@functools.cache
def program() -> dict[str, str]:
    """What this process runs."""
    return versions(Stamps(None))


def packed(snapshot: Snapshot) -> bytes:
    """What is sent, once for each worker."""
    return zlib.compress(pickle.dumps(snapshot), _LEVEL)


class RemoteError(Exception):
    """What went wrong with a chunk, in words alone."""


def kept(data: bytes) -> bytes:
    """The same: as the outcome of a task it is passed from worker to worker, and made again when one has died."""
    return data


def examine_there(key: str, asked_by: dict[str, str], data: bytes, chunk: Chunk) -> list[FileResult]:
    """One result a file. ``key`` is the name of the run, ``asked_by`` the program that it belongs to.

    Threads of one process wait for each other: they share what was found out about the project.
    """
    own = program()
    if own != asked_by:
        raise OtherProgramError(own)
    try:
        return _examined(key, data, chunk)
    except Exception as error:  # noqa: BLE001 - what it holds may be too deep to be sent; nobody would get an answer
        message = f"{type(error).__name__}: {error}"
    raise RemoteError(message)


def _examined(key: str, data: bytes, chunk: Chunk) -> list[FileResult]:
    with _one_at_a_time, seldom_collecting():
        if key in _over:
            return []
        try:
            return _room(key, data).examine(chunk)
        finally:
            _clean_up()


def forget(key: str) -> None:
    """The run is over: what was written out for it is removed, at the end of the chunk that is being examined."""
    _over[key] = None
    if _one_at_a_time.acquire(blocking=False):
        try:
            _clean_up()
        finally:
            _one_at_a_time.release()


def _clean_up() -> None:
    for key in [one for one in _rooms if one in _over]:
        _rooms.pop(key).close()
    while len(_over) > MOST_REMEMBERED:
        _over.pop(next(iter(_over)))


class _Room:
    """A project that was written out, and what was found out about it."""

    def __init__(self, data: bytes) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="fenceline-", dir=_scratch(), ignore_cleanup_errors=True)
        self.close: Callable[[], None] = self.folder.cleanup
        self.path = Path(self.folder.name).resolve()
        # what we ourselves have sent; who may talk to a worker may have it run anything
        self.snapshot: Snapshot = pickle.loads(zlib.decompress(data))  # noqa: S301
        self.examiner = Examiner(write_out(self.snapshot, self.path))
        self.snapshot.files.clear()  # they are on the disk now

    def examine(self, chunk: Chunk) -> list[FileResult]:
        return [as_here(self.examiner.examine(path), self.snapshot, self.path) for path in chunk]


_rooms: dict[str, _Room] = {}
_over: dict[str, None] = {}
_one_at_a_time = threading.Lock()


def _room(key: str, data: bytes) -> _Room:
    if key in _rooms:
        _rooms[key] = _rooms.pop(key)  # the last one used is the last
    else:
        while len(_rooms) >= MOST_ROOMS:
            _rooms.pop(next(iter(_rooms))).close()
        _rooms[key] = _Room(data)
    return _rooms[key]


def _scratch() -> str | None:
    """The worker's own directory: what workers that were killed have left there, their cluster removes."""
    with contextlib.suppress(ImportError, ValueError):
        from distributed import get_worker  # noqa: PLC0415 - tests call this without a cluster

        return str(get_worker().local_directory)
    return None
