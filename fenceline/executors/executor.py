"""What examines chunks of files, and what everybody who does so promises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Protocol

from fenceline.outcomes import FileResult, Settings

Chunk = tuple[str, ...]
"""Files that are examined one after the other by one worker."""


class ExecutorError(Exception):
    """Workers that cannot be had, or that cannot be used; one line for the user."""


class Pool(Protocol):
    """Workers that have been told the settings of a run. Leaving it ends them, or gives them back."""

    lost: tuple[type[BaseException], ...]
    """What a future raises whose worker has died, and what submitting raises when no worker is left."""

    def submit(self, chunk: Chunk) -> Future[list[FileResult]]:
        """Have a chunk examined; one result a file, in the order of the chunk."""
        ...

    def as_completed(self, futures: Sequence[Future[list[FileResult]]]) -> Iterator[Future[list[FileResult]]]:
        """Each future when it is done. Raises ExecutorError when nobody is left who could do the rest."""
        ...


class Executor(Protocol):
    """A place that has workers. A result depends on the settings and the file, not on who examines it."""

    def workers(self, files: int) -> int:
        """How many workers that many files are shared between; 0: this process examines them itself."""
        ...

    def pool(self, settings: Settings, workers: int) -> AbstractContextManager[Pool]:
        """Start workers, or connect to them. Raises ExecutorError."""
        ...
