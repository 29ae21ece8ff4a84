"""Which files are worth parsing, decided on their bytes alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_BLANKED = bytes(one if chr(one).isalnum() or one == ord("_") else ord(" ") for one in range(128)) + b" " * 128
_LITERAL = re.compile(r"[^*.()\[\]]+")

MOST_WORDS = 200_000
"""How many words are kept that nothing is said of."""


@dataclass(frozen=True, slots=True)
class _Token:
    """A token as it is looked for: by its longest literal part first, which is cheap, then as a whole."""

    literal: bytes
    pattern: re.Pattern[bytes]


def words_of(data: bytes) -> frozenset[bytes]:
    """Everything between what is no letter, digit or underscore, numbers too; several times as quick as a pattern."""
    return frozenset(data.translate(_BLANKED).split())


@dataclass(slots=True, eq=False)
class Relevance:
    """Whether a file mentions anything that a model speaks of; with no tokens to look for, every file is relevant.

    A token is a whole word, or several, as they stand in the source. ``*`` in it is any beginning, middle or end of
    a word; after a dot and before a bracket there may be blanks.
    """

    tokens: Iterable[str]
    _words: dict[bytes, list[_Token]] = field(default_factory=dict, init=False, repr=False)
    _parts: dict[bytes, list[_Token]] = field(default_factory=dict, init=False, repr=False)
    _plain: set[bytes] = field(default_factory=set, init=False, repr=False)  # words without any part in them
    _holding: dict[bytes, tuple[bytes, ...]] = field(default_factory=dict, init=False, repr=False)  # and with which

    def __post_init__(self) -> None:
        for text in sorted({one for one in self.tokens if one.strip("*")}):
            literal = max(_LITERAL.findall(text), key=len)
            token = _Token(literal.encode(), re.compile(_pattern(text).encode()))
            if literal.isidentifier() and f"*{literal}" not in text and f"{literal}*" not in text:
                self._words.setdefault(token.literal, []).append(token)
            else:
                part = max(words_of(token.literal), key=len, default=b"")  # of ``from rq`` one word, for a beginning
                self._parts.setdefault(part, []).append(token)

    def is_relevant(self, data: bytes, words: frozenset[bytes] | None = None) -> bool:
        """Over-approximates: the token may stand in a comment. ``words`` are those of the data, where known."""
        found = next(self._present(data, words_of(data) if words is None else words), None)
        return found is not None or not (self._words or self._parts)

    def places(self, data: bytes) -> list[int]:
        """Where tokens begin, as offsets in ascending order."""
        present = self._present(data, words_of(data))
        return sorted({match.start() for token in present for match in token.pattern.finditer(data)})

    def _present(self, data: bytes, words: frozenset[bytes]) -> Iterator[_Token]:
        for word in self._words.keys() & words:
            yield from (one for one in self._words[word] if one.pattern.search(data))
        for part in {part for word in words - self._plain for part in self._parts_in(word)}:
            yield from (one for one in self._parts[part] if one.literal in data and one.pattern.search(data))

    def _parts_in(self, word: bytes) -> tuple[bytes, ...]:
        """Projects use the same words again and again: each is looked at once."""
        if word not in self._holding:
            found = tuple(part for part in self._parts if part in word)
            if not found and len(self._plain) < MOST_WORDS:
                self._plain.add(word)
            if not found:
                return ()
            self._holding[word] = found
        return self._holding[word]


def _pattern(token: str) -> str:
    """A token as a regular expression. What ``*`` at an end stands for need not be matched: any text may be there."""
    start = r"\b" if re.match(r"\w", token[0]) else ""
    end = r"\b" if re.match(r"\w", token[-1]) else ""
    parts = {"*": r"\w*", ".": r"\.\s*", "(": r"\s*\("}
    body = "".join(parts.get(char, re.escape(char)) for char in token.strip("*"))
    return f"{start}{body}{end}"
