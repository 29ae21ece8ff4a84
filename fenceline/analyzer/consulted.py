"""What is consulted on the way to an answer: noted while it is worked out, and again when it is taken from a memo.

A question is asked of the project (what a file holds, where a name leads, which files call a function), and what comes
of a file depends on the answers alone. Memos are shared by files: whoever takes from one what somebody else has worked
out depends on all that this was worked out from.

Notes are numbers: of questions, and of groups of notes, each of which has been met once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")

SMALL = 8
"""A group of so few notes is taken apart: others then hold its notes, and not it."""

Question = tuple[str, ...]
"""What is asked, its kind first."""


def digest_of(names: Iterable[str]) -> str:
    """A short answer that stands for a long one; '' for nothing."""
    text = "\0".join(names)
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=12).hexdigest() if text else ""


class _Start:
    """Where in a log something began to be worked out; ``within`` another thing, when that one is done."""

    __slots__ = ("log", "position", "within")

    def __init__(self, log: _Log, position: int) -> None:
        self.log = log
        self.position = position
        self.within: _Start | None = None


class _Log:
    """The notes of one examination in order, and what was begun to be worked out in it."""

    __slots__ = ("begun", "notes")

    def __init__(self) -> None:
        self.notes: list[int] = []
        self.begun: list[_Start] = []

    def begin(self, position: int) -> _Start:
        start = _Start(self, position)
        self.begun.append(start)
        return start

    def notes_since(self, start: _Start) -> int:
        """From where the notes begin that belong to what was begun there; what was begun since is within it."""
        begun = self.begun
        while begun and begun[-1] is not start and begun[-1].position >= start.position:
            begun.pop().within = start
        return start.position


class Notebook:
    """What is consulted of one project in this process, and what each question was answered."""

    def __init__(self) -> None:
        self._numbers: dict[Question, int] = {}
        self._groups: dict[frozenset[int], int] = {frozenset(): 0}
        self._entries: list[tuple[Question, str] | frozenset[int]] = [frozenset()]
        self.log = _Log()

    def number_of(self, question: Question, answer: str) -> int:
        """The number of a question. Within one run, nobody gets another answer to it."""
        number = self._numbers.get(question)
        if number is None:
            number = self._numbers[question] = len(self._entries)
            self._entries.append((question, answer))
        return number

    def note(self, number: int) -> None:
        """Note what has a number already."""
        notes = self.log.notes
        if not notes or notes[-1] != number:
            notes.append(number)

    def consult(self, question: Question, answer: str) -> None:
        """Note that a question was asked, and what the answer was."""
        self.note(self.number_of(question, answer))

    def number_of_both(self, one: int, other: int) -> int:
        """One number for two."""
        return self._group((one, other))

    @contextmanager
    def apart(self) -> Iterator[dict[Question, str]]:
        """What is consulted within the block goes into what this gives, when it ends, and not to who is around it."""
        found: dict[Question, str] = {}
        outer, self.log = self.log, _Log()
        try:
            yield found
        finally:
            found.update(self._asked(self.log.notes))
            self.log = outer

    def begin(self) -> _Start:
        """Something is worked out from here on."""
        return self.log.begin(len(self.log.notes))

    def end(self, start: _Start | None) -> int:
        """One number for all that was noted since the start.

        What was begun in no log that is being written comes of everything in this one.
        """
        log = self.log
        if start is None or start.log is not log:
            start = log.begin(0)
        while start.within is not None:
            start = start.within
        position = log.notes_since(start)
        number = self._group(log.notes[position:])
        log.notes[position:] = [number]
        return number

    def _group(self, notes: Iterable[int]) -> int:
        found: set[int] = set()
        for note in notes:
            entry = self._entries[note]
            if isinstance(entry, frozenset) and len(entry) <= SMALL:
                found |= entry
            else:
                found.add(note)
        if len(found) == 1:
            return found.pop()
        key = frozenset(found)
        number = self._groups.get(key)
        if number is None:
            number = self._groups[key] = len(self._entries)
            self._entries.append(key)
        return number

    def _asked(self, notes: Iterable[int]) -> dict[Question, str]:
        """The questions of these notes and of all groups in them, with their answers."""
        seen = set(notes)
        pending = list(seen)
        found: dict[Question, str] = {}
        while pending:
            entry = self._entries[pending.pop()]
            if isinstance(entry, frozenset):
                new = entry - seen
                seen |= new
                pending += new
            else:
                found[entry[0]] = entry[1]
        return found


class Memo(dict[Any, T]):
    """A dict of what was worked out, each with what was consulted for that since its key was asked for in vain."""

    __slots__ = ("_notebook", "_notes", "_starts")

    def __init__(self, notebook: Notebook) -> None:
        super().__init__()
        self._notebook = notebook
        self._notes: dict[Any, int] = {}
        self._starts: dict[Any, _Start] = {}

    def _met(self, key: Any) -> bool:
        log = self._notebook.log
        if dict.__contains__(self, key):
            number = self._notes[key]
            if number and (not log.notes or log.notes[-1] != number):
                log.notes.append(number)
            return True
        start = self._starts.get(key)
        if start is None or start.log is not log:
            self._starts[key] = log.begin(len(log.notes))
        return False

    def __contains__(self, key: object) -> bool:
        return self._met(key)

    def get(self, key: Any, default: Any = None) -> Any:
        """As of any dict."""
        return dict.__getitem__(self, key) if self._met(key) else default

    def __getitem__(self, key: Any) -> T:
        self._met(key)
        return dict.__getitem__(self, key)

    def __setitem__(self, key: Any, value: T) -> None:
        self._notes[key] = self._notebook.end(self._starts.get(key))
        dict.__setitem__(self, key, value)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """As of any dict."""
        if not self._met(key):
            self[key] = default
        return dict.__getitem__(self, key)

    def __delitem__(self, key: Any) -> None:
        dict.__delitem__(self, key)
        del self._notes[key]
        self._starts.pop(key, None)

    def pop(self, key: Any, default: Any = None) -> Any:
        """As of any dict; what is taken out is not noted."""
        self._notes.pop(key, None)
        self._starts.pop(key, None)
        return super().pop(key, default)
