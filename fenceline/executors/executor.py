"""What examines chunks of files, and what everybody who does so promises."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:  # who only wants to know the error needs no workers
    from concurrent.futures import Future

    from fenceline.outcomes import FileResult, Settings

Chunk = tuple[str, ...]
"""Files that are examined one after the other by one worker."""

Pending: TypeAlias = "Future[list[FileResult]]"
"""What comes of a chunk: one result a file, in the order of the chunk."""


class ExecutorError(Exception):
    """Workers that cannot be had, or that cannot be used; one line for the user."""


class Pool(Protocol):
    """Workers that have been told the settings of a run, numbered from 0. Leaving it ends them, or gives them back.

    ``ahead`` is how many chunks a worker is given before it has done the first. ``lost`` is what a future raises whose
    worker has died, and what submitting raises when there is no worker of that number any more.
    """

    ahead: int
    lost: tuple[type[BaseException], ...]

    def submit(self, worker: int, chunk: Chunk) -> Pending:
        """Have a chunk examined, by that worker if that can be: it knows what it has seen."""
        ...

    def wait(self, pending: Collection[Pending]) -> Collection[Pending]:
        """Those that are done, as soon as one is. Raises ExecutorError when nobody is left who could do the rest."""
        ...


@runtime_checkable
class Watched(Protocol):
    """A pool that knows what its workers are at."""

    def at(self) -> Collection[str]:
        """The files that are being examined; from any thread, at any time."""
        ...


class Executor(Protocol):
    """A place that has workers. A result depends on the settings and the file, not on who examines it."""

    def workers(self, files: int) -> int:
        """How many workers that many files are shared between; 0: this process examines them itself.

        Raises ExecutorError.
        """
        ...

    def pool(self, settings: Settings, workers: int) -> AbstractContextManager[Pool]:
        """Start workers, or connect to them. Raises ExecutorError."""
        ...
