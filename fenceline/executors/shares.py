"""Which worker examines which files.

A worker keeps what it has found out about the project: functions that were lowered, programs that were explored. Files
that lie side by side ask for the same, so each worker has a stretch of the sorted list, and goes through it in order.
Who has come to the end of its own takes the second half of the longest that is left.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence

from fenceline.executors.executor import Chunk

CHUNKS_PER_WORKER = 16
MOST_FILES = 16
"""Of a chunk: progress is told, and work divided anew, between chunks."""

LARGE = 2.0
"""A file that is so many times what a chunk should be is begun with: nobody should wait for it at the end."""


class Shares:
    """The work of a run that nobody has begun. ``sizes`` says of each file how much work it may be, in bytes."""

    def __init__(self, paths: Sequence[str], sizes: Mapping[str, int], workers: int) -> None:
        self._sizes = sizes
        total = sum(sizes[path] + 1 for path in paths)
        self._left = [deque[Chunk]() for _ in range(workers)]
        before = 0
        for chunk in self._cut(paths, total / (workers * CHUNKS_PER_WORKER)):
            self._left[before * workers // total].append(chunk)
            before += self._size(chunk)
        for stretch in self._left:
            _begin_with_large(stretch, self._size, LARGE * total / (workers * CHUNKS_PER_WORKER))

    def take(self, worker: int) -> Chunk | None:
        """The next chunk for a worker; None when nothing is left."""
        own = self._left[worker]
        if not own:
            own.extend(self._half_of_longest())
        return own.popleft() if own else None

    def give_back(self, worker: int, chunk: Chunk) -> None:
        """What a worker has taken and cannot do; whoever comes to the end of its own may take it."""
        self._left[worker].appendleft(chunk)

    def _cut(self, paths: Sequence[str], size: float) -> list[Chunk]:
        """Neighbours together, as long as they stay below a size."""
        chunks: list[list[str]] = []
        taken = size
        for path in paths:
            own = self._sizes[path] + 1
            if taken + own > size or len(chunks[-1]) >= MOST_FILES:
                chunks.append([])
                taken = 0
            chunks[-1].append(path)
            taken += own
        return [tuple(chunk) for chunk in chunks]

    def _half_of_longest(self) -> deque[Chunk]:
        longest = max(self._left, key=lambda stretch: sum(map(self._size, stretch)))
        half = sum(map(self._size, longest)) / 2
        taken: deque[Chunk] = deque()
        while longest and sum(map(self._size, taken)) < half:
            taken.appendleft(longest.pop())
        return taken

    def _size(self, chunk: Chunk) -> int:
        return sum(self._sizes[path] + 1 for path in chunk)


def _begin_with_large(stretch: deque[Chunk], size: Callable[[Chunk], int], limit: float) -> None:
    """Stable: what is not large stays in the order of the files."""
    stretch.extend(sorted([stretch.popleft() for _ in range(len(stretch))], key=lambda chunk: size(chunk) < limit))
