"""Which files are worth parsing, decided on their bytes alone."""

from __future__ import annotations

import re
from collections.abc import Iterable


class Relevance:
    """Whether a file mentions anything that a model speaks of; with no tokens to look for, every file is relevant."""

    def __init__(self, tokens: Iterable[str]) -> None:
        words = sorted({token.encode("utf-8") for token in tokens if token}, key=lambda word: (-len(word), word))
        self._pattern = re.compile(b"|".join(map(re.escape, words))) if words else None

    def is_relevant(self, data: bytes) -> bool:
        """Over-approximates: the token may stand in a comment."""
        return self._pattern is None or self._pattern.search(data) is not None
