"""What single files say on their bytes alone, kept by content: what is read of a file is read once.

A fact is of a kind, and a function of the bytes and the models; it is a value that JSON has.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fenceline.analyzer.source import file_bytes

Facts = dict[str, dict[str, Any]]
"""Kind → digest of a content → fact."""


class FileFacts:
    """The facts of the files below a root. ``digests`` are those of what files hold, by their paths relative to it.

    Of a file that has no digest there nothing is kept for other runs.
    """

    def __init__(
        self,
        root: Path,
        digests: Mapping[str, str] | None = None,
        kept: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self._prefix = f"{root}{os.sep}"
        self._digests = digests or {}
        self._kept = kept or {}
        self._found: Facts = {}
        self._new: Facts = {}

    def of(self, kind: str, path: Path, read: Callable[[bytes], Any]) -> Any:
        """What a file says, as ``read`` gives it for the bytes; None for one that cannot be read."""
        try:
            return self.known(kind, path, lambda: read(file_bytes(path)))
        except OSError:
            return None

    def known(self, kind: str, path: Path, read: Callable[[], Any]) -> Any:
        """The same, where ``read`` has got the bytes."""
        digest = self._digests.get(str(path).removeprefix(self._prefix))
        if not digest:
            return read()
        for facts in (self._kept, self._found):
            if digest in facts.get(kind, ()):
                return facts[kind][digest]
        fact = self._found.setdefault(kind, {})[digest] = self._new.setdefault(kind, {})[digest] = read()
        return fact

    def taken(self) -> Facts:
        """What has been read since this was called last, and may be kept."""
        new, self._new = self._new, {}
        return new
