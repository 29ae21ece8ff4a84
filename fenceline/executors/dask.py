"""Workers of a Dask cluster, which may be other machines and have nothing of the project but what is sent to them."""

from __future__ import annotations

import contextlib
import importlib
import logging
import secrets
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager
from typing import Any

from fenceline.examine import Examiner
from fenceline.executors import remote
from fenceline.executors.executor import Chunk, ExecutorError, Pending
from fenceline.executors.snapshot import Snapshot, snapshot_of
from fenceline.outcomes import Settings

SECONDS_TO_CONNECT = 10.0
SECONDS_WITHOUT_WORKERS = 60.0
"""So long nobody may be there to do the work: a worker that has died is started anew in a few seconds."""

SECONDS_BETWEEN_LOOKS = 2.0
SECONDS_TO_CLEAN_UP = 5.0
WITHOUT_EXTRA = "--executor dask://… needs the package distributed: pip install 'fenceline[dask]'"


class Dask:
    """A cluster, by the address of its scheduler (``tcp://HOST:PORT``). It is connected to when it is needed."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._client: Any = None

    def workers(self, files: int) -> int:
        """All worker processes of the cluster, but no more than there are files. Raises ExecutorError."""
        client = self._connected()
        with _explained(self.address):
            if not _threads(client):
                try:
                    client.wait_for_workers(1, timeout=SECONDS_WITHOUT_WORKERS)
                except TimeoutError as error:
                    raise ExecutorError(f"{self.address}: the scheduler has no workers") from error
            return max(1, min(files, len(_threads(client))))

    @contextmanager
    def pool(self, settings: Settings, workers: int) -> Iterator[DaskPool]:
        """Send what the workers need; what they have written out of it is removed at the end."""
        client = self._connected()
        with _explained(self.address):
            pool = DaskPool(client, settings, sorted(_threads(client))[:workers], self.address)
        try:
            yield pool
        finally:
            pool.close()

    def close(self) -> None:
        """Leave the cluster, which goes on without us."""
        if self._client is not None:
            client, self._client = self._client, None
            with _silent():
                client.close(timeout=SECONDS_TO_CLEAN_UP)

    def _connected(self) -> Any:
        if self._client is None:
            try:
                distributed = importlib.import_module("distributed")
            except ImportError as error:
                raise ExecutorError(WITHOUT_EXTRA) from error
            with _silent(), _explained(self.address):
                self._client = distributed.Client(
                    self.address, timeout=SECONDS_TO_CONNECT, set_as_default=False, name="fenceline"
                )
            try:
                self._check_programs()
            except BaseException:
                self.close()
                raise
        return self._client

    def _check_programs(self) -> None:
        """Raises ExecutorError unless the scheduler and all workers run what we run."""
        client = self._client
        with _explained(self.address):
            try:
                programs = {f"the scheduler at {self.address}": client.run_on_scheduler(remote.program)}
            except ImportError as error:
                programs = {f"the scheduler at {self.address}": error}
            programs |= {
                f"the worker at {address}": said
                for address, said in client.run(remote.program, on_error="return").items()
            }
        for who, said in sorted(programs.items()):
            _check_program(who, said)


class DaskPool:
    """As :class:`fenceline.executors.executor.Pool`.

    When a worker dies, the scheduler gives what it was at to another; only what has killed several of them is given up
    (``distributed.scheduler.allowed-failures``), and then it is lost.
    """

    ahead = 2  # the next chunk should be there when one is done
    lost: tuple[type[BaseException], ...] = (Exception,)  # KilledWorker, CancelledError, what cannot be sent

    def __init__(self, client: Any, settings: Settings, workers: Collection[str], address: str) -> None:
        self._client = client
        self._address = address
        self._workers = list(workers)
        self._snapshot: Snapshot = snapshot_of(settings)
        self._here: Examiner | None = None
        self._key = secrets.token_hex(8)
        self._executor: Executor = client.get_executor(pure=False)
        self._data = _sent(client, remote.packed(self._snapshot), self._key)
        self._snapshot.files = dict.fromkeys(self._snapshot.files, b"")  # they are on their way
        self._seen = time.monotonic()

    def submit(self, worker: int, chunk: Chunk) -> Pending:
        """Have a chunk examined by that worker, or by another if it is gone; here, if it could not be sent."""
        if not all(map(self._snapshot.holds, chunk)):
            return self._done_here(chunk)
        submit: Callable[..., Pending] = self._executor.submit
        place = {"workers": [self._workers[worker]], "allow_other_workers": True} if self._workers else {}
        return submit(remote.examine_there, self._key, remote.program(), self._data, chunk, **place)

    def wait(self, pending: Collection[Pending]) -> Collection[Pending]:
        """Those that are done, as soon as one is."""
        while True:
            done = wait(pending, timeout=SECONDS_BETWEEN_LOOKS, return_when=FIRST_COMPLETED).done
            if done:
                self._check(done)
                return done
            self._check_for_workers()

    def close(self) -> None:
        """Cancel what is not done, and have the workers remove what was written out."""
        with _silent(), contextlib.suppress(Exception):
            self._executor.shutdown(wait=False)
            self._data.release()
            if self._client.status == "running":
                self._client.run(remote.forget, self._key, on_error="ignore", callback_timeout=SECONDS_TO_CLEAN_UP)

    def _done_here(self, chunk: Chunk) -> Pending:
        done: Pending = Future()
        self._here = self._here or Examiner(self._snapshot.settings)
        done.set_result([self._here.examine(path) for path in chunk])
        return done

    def _check(self, done: Collection[Pending]) -> None:
        """A worker that came later may run another program."""
        self._seen = time.monotonic()
        for one in done:
            error = None if one.cancelled() else one.exception()
            if isinstance(error, remote.OtherProgramError):
                _check_program("a worker", error.args[0])
            if isinstance(error, ImportError):
                _check_program("a worker", error)

    def _check_for_workers(self) -> None:
        """Nothing was done for a while: is there anybody at work?"""
        with _explained(self._address):
            is_there = self._client.status == "running" and bool(_threads(self._client))
        if is_there:
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > SECONDS_WITHOUT_WORKERS:
            raise ExecutorError(f"{self._address}: no worker is left to do the rest")


def _sent(client: Any, data: bytes, key: str) -> Any:
    """The data as the outcome of a task: the scheduler can have it made again, which it cannot with what is scattered.

    It goes through the scheduler, which is meant; hence no warning of its size.
    """
    config = importlib.import_module("dask.config")
    with config.set({"distributed.admin.large-graph-warning-threshold": "10GB"}):
        return client.submit(remote.kept, data, pure=False, key=f"fenceline-{key}")


def _threads(client: Any) -> dict[str, int]:
    """The addresses of all workers, each a process, with their numbers of threads."""
    return dict(client.nthreads(callback_timeout=SECONDS_TO_CONNECT))


def _check_program(who: str, said: object) -> None:
    """Raises ExecutorError if somebody runs another program than we do, or cannot run it."""
    if isinstance(said, BaseException):
        raise ExecutorError(f"{who} cannot run fenceline: {type(said).__name__}: {said}")
    assert isinstance(said, dict)
    own = remote.program()
    for name, here in own.items():
        there = said.get(name)
        if there != here:
            raise ExecutorError(f"{who} runs another program: {name} is {there} there and {here} here")


@contextmanager
def _explained(address: str) -> Iterator[None]:
    """What goes wrong between us and the cluster, as one line."""
    try:
        yield
    except (OSError, TimeoutError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ExecutorError(f"{address}: the scheduler cannot be reached: {reason}") from error


@contextmanager
def _silent() -> Iterator[None]:
    """Within the block, Dask does not log: what matters of it is said by us."""
    logger = logging.getLogger("distributed")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
