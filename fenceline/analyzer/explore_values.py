"""Values of the explorer: hash-consed uninterpreted terms, and the table of answers to what is not interpreted.

A value is a small int; equal terms have equal ints, so states hash fast and comparing values is comparing ints. Ints
are given in order of appearance, which depends on the program alone: results do not depend on hash seeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Form = tuple[str | int, ...]
Question = tuple[str | int, ...]

ABSENT = 0
TRUE = 1
FALSE = 2
_FIRST_CHILD = {"apply": 2, "bag": 1, "init": 1, "cell": 4, "keyed": 2}
_LISTS = frozenset({"list", "append", "extend", "+"})
_PER_RUN = frozenset({"arg", "fresh", "result"})
_COUNTED = frozenset({"+", "-"})


@dataclass(frozen=True, slots=True)
class Semantics:
    """One switch for each line of what an outcome compares; all on. A test turns one off to show what it is for.

    ``may_hold_falsehood``: what a cell holds at first may be an empty or false value. A fix may assume that it is none.
    """

    ends_count: bool = True
    ends_by_kind: bool = True
    refused_runs: bool = True
    shared_clock: bool = True
    equal_args: bool = True
    interpreted_guards: bool = True
    one_table: bool = True
    unanswered_is_hostile: bool = True
    first_before_last: bool = True
    attempt_is_a_step: bool = True
    attribution: bool = True
    fill: bool = True
    commit_visibility: bool = True
    locks_to_the_end: bool = True
    absent_rows_lock_nothing: bool = True
    unique_waits: bool = True
    rollback_drops: bool = True
    hooks_wait: bool = True
    direction_more: bool = True
    expires_once: bool = True
    idempotency_keys: bool = True
    may_hold_falsehood: bool = True


class UnansweredError(Exception):
    """The table has no answer to this question yet: the machine tries each of ``answers``."""

    def __init__(self, question: Question, answers: tuple[int, ...]) -> None:
        super().__init__(question)
        self.question = question
        self.answers = answers


class Values:
    """Interns terms. ``of`` the same form is the same int."""

    def __init__(self) -> None:
        self._ids: dict[Form, int] = {}
        self.forms: list[Form] = []
        self._constants: dict[int, object] = {}
        self._erased: dict[int, int] = {}
        self.of(("absent",))
        self.const(True)
        self.const(False)

    def of(self, form: Form) -> int:
        """The number of a term."""
        found = self._ids.get(form)
        if found is None:
            found = self._ids[form] = len(self.forms)
            self.forms.append(form)
        return found

    def const(self, value: object) -> int:
        """None is the absent value."""
        if value is None:
            return ABSENT
        made = self.of(("const", type(value).__name__, repr(value)))
        self._constants.setdefault(made, value)
        return made

    def kind(self, value: int) -> str:
        """The first word of the term."""
        return str(self.forms[value][0])

    def applied(self, label: str, args: list[int]) -> int:
        """A function of values; whether a value that is known is true is known, and what is missing counts as 0."""
        if label == "truth" and len(args) == 1:
            known = self.truth(args[0])
            if known is not None:
                return TRUE if known else FALSE
        if label in _COUNTED and args[:1] == [ABSENT]:
            args = [self.const(0), *args[1:]]
        return self.of(("apply", label, *args))

    def is_const(self, value: int) -> bool:
        """Whether the source states the value."""
        return value in self._constants

    def is_same_constant(self, one: int, other: int) -> bool:
        """Equality of known values as Python has it: a count of 1 is True."""
        if one == other or one not in self._constants or other not in self._constants:
            return one == other
        return self._constants[one] == self._constants[other]

    def truth(self, value: int) -> bool | None:
        """The truth of a value where it is known."""
        if value == ABSENT:
            return False
        return bool(self._constants[value]) if value in self._constants else self._is_filled(self.forms[value])

    def _is_filled(self, form: Form) -> bool | None:
        """Whether a list that is made and added to step by step has anything in it, where that is known."""
        if form[0] != "apply" or form[1] not in _LISTS:
            return None
        if form[1] == "list":
            return len(form) > _FIRST_CHILD["apply"]
        if form[1] == "append":
            return True
        parts = [int(child) for child in form[_FIRST_CHILD["apply"] :]]
        if form[1] == "+" and not any(self.forms[one][:2] == ("apply", "list") for one in parts):
            return None
        known = [self.truth(one) for one in parts]
        return True if True in known else None if None in known else False

    def text(self, value: int) -> str | None:
        """How a trace prints a value that is known; None for one that gets a number."""
        if value == ABSENT:
            return "absent"
        return repr(self._constants[value]) if value in self._constants else None

    def bag_add(self, bag: int, row: int) -> int:
        """The bag with one row more; a bag is a multiset."""
        form = self.forms[bag]
        rows = [] if bag == ABSENT else [int(r) for r in form[1:]] if form[0] == "bag" else [bag]
        return self.of(("bag", *sorted([*rows, row])))

    def contains(self, value: int, part: int) -> bool:
        """Whether one is computed from the other."""
        form = self.forms[value]
        start = _FIRST_CHILD.get(str(form[0]))
        return start is not None and any(c == part or self.contains(int(c), part) for c in form[start:])

    def erase(self, value: int) -> int:
        """The value with the identity of its run forgotten: what run A made equals what run B made."""
        found = self._erased.get(value)
        if found is None:
            found = self._erased[value] = self.of(self._erased_form(self.forms[value]))
        return found

    def _erased_form(self, form: Form) -> Form:
        kind = str(form[0])
        if kind in _PER_RUN:
            return (*form[:-1], -1)
        start = _FIRST_CHILD.get(kind)
        if start is None:
            return form
        children = [self.erase(int(child)) for child in form[start:]]
        return (*form[:start], *(sorted(children) if kind == "bag" else children))


class Tables:
    """Interns tables of answers; a table only ever grows."""

    def __init__(self) -> None:
        self._ids: dict[frozenset[tuple[Question, int]], int] = {}
        self._extended: dict[tuple[int, Question, int], int] = {}
        self.answers: list[Mapping[Question, int]] = []
        self.empty = self._intern({})

    def _intern(self, answers: Mapping[Question, int]) -> int:
        key = frozenset(answers.items())
        found = self._ids.get(key)
        if found is None:
            found = self._ids[key] = len(self.answers)
            self.answers.append(answers)
        return found

    def extend(self, table: int, question: Question, answer: int) -> int:
        """The table with one answer more."""
        key = (table, question, answer)
        found = self._extended.get(key)
        if found is None:
            found = self._extended[key] = self._intern({**self.answers[table], question: answer})
        return found
