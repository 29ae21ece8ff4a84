"""Which findings a baseline knows: by what they are, and among those that are alike by what their code says.

A match is looked for in rounds, the surest first. What is left of the entries then can match what has moved: a function
that is no longer in the file of its entry is looked for in other files, and in the same file under another name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

from fenceline.analyzer.finding import Finding, fingerprint_of
from fenceline.baseline import Entry

IsGone = Callable[[str, str | None], bool]
"""Whether a file is gone, or has no function of this name any more."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the findings that an entry stands for: the number of the entry, which of it, how its code was worded."""

    number: int
    place: int
    wording: str


@dataclass(frozen=True, slots=True)
class Matching:
    """``of`` gives for the positions of findings what they match; ``left`` is what nothing matches."""

    of: dict[int, Slot]
    left: list[Slot]


def match(entries: Sequence[Entry], findings: Sequence[Finding], is_gone: IsGone) -> Matching:
    """Match findings with entries, each at most once; of findings that are alike, earlier ones go first."""
    found: dict[int, Slot] = {}
    left = [slot for number, one in enumerate(entries) for slot in _slots(number, one)]
    for key_of_entry, key_of_finding, has_moved in _ROUNDS:
        waiting: dict[Hashable, list[Slot]] = defaultdict(list)
        for slot in left:
            waiting[key_of_entry(entries[slot.number], slot.wording)].append(slot)
        for position, finding in enumerate(findings):
            key = key_of_finding(finding) if position not in found else None
            for slot in waiting.get(key, ()) if key is not None else ():
                if not has_moved or is_gone(entries[slot.number].path, entries[slot.number].function):
                    found[position] = slot
                    waiting[key].remove(slot)
                    break
        taken = set(found.values())
        left = [slot for slot in left if slot not in taken]
    return Matching(found, left)


def part_of(entries: Sequence[Entry], slots: Sequence[Slot]) -> Iterator[Entry]:
    """The entries for these alone."""
    by_number: dict[int, list[str]] = defaultdict(list)
    for one in slots:
        by_number[one.number].append(one.wording)
    for number, wordings in sorted(by_number.items()):
        yield replace(entries[number], wordings=tuple(sorted(filter(None, wordings))), count=len(wordings))


def _slots(number: int, entry: Entry) -> Iterator[Slot]:
    wordings = [*entry.wordings, *[""] * entry.count][: entry.count]
    return (Slot(number, place, one) for place, one in enumerate(wordings))


# -------------------------------------------------------------------- rounds: the same key for an entry and a finding

_Key = Hashable  # None: this round is not for it
_OfEntry = Callable[[Entry, str], _Key]
_OfFinding = Callable[[Finding], _Key]


def _same(part: Callable[[str], str]) -> tuple[_OfEntry, _OfFinding]:
    """The same rule, file and fingerprint, and the same part of the wording."""

    def of_entry(entry: Entry, wording: str) -> _Key:
        return (*entry.place, part(wording)) if part(wording) else None

    def of_finding(one: Finding) -> _Key:
        return (one.path, one.rule, one.identity, part(one.wording)) if part(one.wording) else None

    return of_entry, of_finding


def _all(wording: str) -> str:
    return wording


def _first(wording: str) -> str:
    return wording.partition(":")[0]


def _second(wording: str) -> str:
    return wording.partition(":")[2]


def _place_of(one: Finding) -> _Key:
    return one.path, one.rule, one.identity


def _function_and_wording(entry: Entry, wording: str) -> _Key:
    return (entry.path, entry.rule, entry.function, wording) if wording else None


def _function_and_wording_from_elsewhere(one: Finding) -> _Key:
    """Callers have their own words for a cell; that of the function itself is not known if it was not looked at."""
    return (one.path, one.rule, one.function, one.wording) if one.wording and not one.is_own else None


def _known_from_elsewhere(one: Finding) -> _Key:
    """As a finding is known that only callers have shown: see :func:`_function_and_wording_from_elsewhere`."""
    return (one.path, one.rule, fingerprint_of(one.rule, one.function, "", one.wording)) if one.wording else None


def _anywhere(entry: Entry, wording: str) -> _Key:
    return (entry.rule, entry.fingerprint, wording) if wording else None


def _any_function(entry: Entry, wording: str) -> _Key:
    return (entry.path, entry.rule, wording) if wording else None


_ROUNDS: tuple[tuple[_OfEntry, _OfFinding, bool], ...] = (
    (*_same(_all), False),
    (*_same(_first), False),
    (*_same(_second), False),
    (lambda entry, _: entry.place, _place_of, False),
    (lambda entry, _: entry.place, _known_from_elsewhere, False),
    (_function_and_wording, _function_and_wording_from_elsewhere, False),
    (_anywhere, lambda one: (one.rule, one.identity, one.wording) if one.wording else None, True),
    (lambda entry, _: (entry.rule, entry.fingerprint), lambda one: (one.rule, one.identity), True),
    (_any_function, lambda one: (one.path, one.rule, one.wording) if one.wording else None, True),
)
"""For entries, for findings, and whether it is for functions that have left their file."""
