"""Which files are worth parsing, decided on their bytes alone."""

from __future__ import annotations

import re
from collections.abc import Iterable

SHORT = 4
"""A token below this length stands in half of all words, so it has to be a word of its own."""


class Relevance:
    """Whether a file mentions anything that a model speaks of; with no tokens to look for, every file is relevant."""

    def __init__(self, tokens: Iterable[str]) -> None:
        words = sorted({token.encode("utf-8") for token in tokens if token}, key=lambda word: (-len(word), word))
        self._pattern = re.compile(b"|".join(map(_sought, words))) if words else None

    def is_relevant(self, data: bytes) -> bool:
        """Over-approximates: the token may stand in a comment."""
        return self._pattern is None or self._pattern.search(data) is not None


def _sought(word: bytes) -> bytes:
    return rb"\b%b\b" % re.escape(word) if len(word) < SHORT else re.escape(word)
