"""What is left of the results of an earlier run when some files have changed.

Of each result it is known which questions its examination has asked of the project: what files hold, where names lead,
which files call a function, what is registered for it. A result counts as long as each of them has the answer that it
had. What single files say, and what modules add to what the whole project knows, is kept the same way, so that an
answer of which something has changed is worked out again from what has not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fenceline.analyzer.consulted import Question
from fenceline.contents import Contents
from fenceline.kept import Asked, Kept, Learned
from fenceline.outcomes import Settings

if TYPE_CHECKING:
    from fenceline.answers import Answers

_OF_SHAPE = frozenset({"find", "submodule", "package root", "named"})
"""The kinds of the questions that are answered by which files there are."""

_OF_PARTS = frozenset({"ways", "setting", "jobs", "task called", "used as"})
"""The kinds of the questions that are answered by what modules add to what the project knows of how it is run."""

Record = tuple[Any, list[int]]
"""Something that is kept, with the numbers of the questions that it depends on."""


class State:
    """What was kept of a project at one time, as JSON has it. Each answer in it was right at that time."""

    def __init__(self, body: Any = None) -> None:
        body = body or {}
        self.contents: dict[str, str] = dict(body.get("contents", {}))
        self.shape: str = str(body.get("shape", ""))
        self.questions: list[Question] = [tuple(one) for one in body.get("questions", [])]
        self.answers: list[str] = list(body.get("answers", []))
        self.files: dict[str, Record] = dict(body.get("files", {}))
        self.parts: dict[str, Record] = dict(body.get("parts", {}))
        self.facts: dict[str, dict[str, Any]] = dict(body.get("facts", {}))

    def body(self) -> dict[str, Any]:
        """The same as one value."""
        return dict(vars(self))


class Left:
    """What of a state still counts, for a project with these contents."""

    def __init__(self, state: State, contents: Contents, settings: Settings) -> None:
        self._state = state
        self._contents = contents
        self._settings = settings
        self._holds: dict[int, bool] = {}
        before, now = state.contents, contents.files
        self._changed = sorted(one for one in before.keys() | now.keys() if before.get(one) != now.get(one))
        self._has_shape = state.shape == contents.shape
        self._is_same = not self._changed and self._has_shape

    def record_of(self, path: str) -> Any | None:
        """The record of a file's result, None where it does not count."""
        return self._counting(self._state.files.get(path))

    def part(self, key: str) -> Any | None:
        """What a module adds, None where it does not count."""
        return self._counting(self._state.parts.get(key))

    def updated(self, question: Question) -> str | None:
        """The answer, as it is now, to a question that was answered by reading files; None if it was not asked."""
        number = self._numbers.get(question)
        if number is None or self._is_same:
            return None if number is None else self._state.answers[number]
        return self.answers.updated(question, self._state.answers[number], self._changed)

    @cached_property
    def kept(self) -> Kept:
        """All of it that can be sent to others."""
        if not self._state.files and not self._state.parts:
            return Kept(self._contents.files)
        by_reading = {one: self.updated(one) for one in self._numbers if one[0] in {"written", "importing"}}
        parts = {key: part for key in self._state.parts if (part := self.part(key)) is not None}
        answers = {question: said for question, said in by_reading.items() if said is not None}
        return Kept(self._contents.files, self._state.facts, answers, parts)

    @cached_property
    def answers(self) -> Answers:
        """Who answers questions about the project as it is now."""
        from fenceline.answers import Answers  # noqa: PLC0415 - where nothing has changed, nothing is asked

        kept = Kept(self._contents.files, self._state.facts, _Asking(self.updated), _Asking(self.part))
        return Answers(replace(self._settings, kept=kept))

    @cached_property
    def _numbers(self) -> dict[Question, int]:
        return {question: number for number, question in enumerate(self._state.questions)}

    def _counting(self, record: Record | None) -> Any | None:
        return record[0] if record is not None and all(map(self._is_right, record[1])) else None

    def _is_right(self, number: int) -> bool:
        """Whether a question still has its answer."""
        if self._is_same:
            return True
        if self._state.questions[number][0] in _OF_PARTS:
            self.answers.prepare()  # which asks for what the parts depend on, this question perhaps
        known = self._holds.get(number)
        if known is None:
            self._holds[number] = False  # what leads back to itself is worked out again
            known = self._holds[number] = self._judged(self._state.questions[number], self._state.answers[number])
        return known

    def _judged(self, question: Question, answer: str) -> bool:
        kind = question[0]
        if kind == "content":
            return self._state.contents.get(question[1]) == self._contents.files.get(question[1])
        if kind in _OF_SHAPE and self._has_shape:
            return True
        if kind == "targets" and self._has_shape and question[1] not in self._changed:
            return True
        if kind == "calling" and self._has_shape:
            return question[1] not in self._called_otherwise or self.answers.now(question) == answer
        if kind in {"effects", "reaches a package"} and self._has_shape and not self._is_outlined_otherwise:
            return True
        if kind in {"written", "importing"}:
            return self.updated(question) == answer
        return self.answers.now(question) == answer

    @cached_property
    def _called_otherwise(self) -> set[str]:
        """The names that files which have changed call now and did not, or the other way round."""
        before = self._state.facts.get("calling", {})
        found: set[str] = set()
        for path in self._changed:
            found |= set(before.get(self._state.contents.get(path, ""), "").split()) ^ self.answers.called_in(path)
        return found

    @cached_property
    def _is_outlined_otherwise(self) -> bool:
        """Whether files that have changed import or define other things than before, or use others in them."""
        for path in self._changed:
            digest = self._state.contents.get(path, "")
            for kind, now in self.answers.outline_of(path).items():
                known = self._state.facts.get(kind, {})
                if digest in known and known[digest] != now:
                    return True
        return False

    # --------------------------------------------------------------------- keeping

    def with_more(self, results: Mapping[str, tuple[Any, Learned]]) -> State:
        """The state of now: what still counts, and what was found out of these files (record, and what was learned)."""
        state, table = State(), _Table()
        state.contents, state.shape = dict(self._contents.files), self._contents.shape
        learned = [one for _, one in results.values()]
        if not self._is_same and "answers" in vars(self):
            learned.append(self.answers.learned())
        for path in self._state.files.keys() - results.keys():
            self._keep(state.files, path, self._state.files, table)
        for path, (record, one) in results.items():
            state.files[path] = record, table.numbers(one.asked)
        made = {key: part for one in learned for key, part in one.parts.items()}
        for key in self._state.parts.keys() - made.keys():
            self._keep(state.parts, key, self._state.parts, table)
        for key, (part, asked) in made.items():
            state.parts[key] = part, table.numbers(asked)
        state.facts = self._facts_with(one.facts for one in learned)
        state.questions, state.answers = list(table.known), list(table.known.values())
        return state

    def _keep(self, into: dict[str, Record], name: str, records: Mapping[str, Record], table: _Table) -> None:
        if self._counting(records[name]) is not None:
            record, numbers = records[name]
            asked = {self._state.questions[one]: self._state.answers[one] for one in numbers}
            into[name] = record, table.numbers(asked)

    def _facts_with(self, more: Iterable[Mapping[str, Mapping[str, Any]]]) -> dict[str, dict[str, Any]]:
        present = set(self._contents.files.values())
        found: dict[str, dict[str, Any]] = {}
        for facts in (self._state.facts, *more):
            for kind, known in facts.items():
                found.setdefault(kind, {}).update({digest: fact for digest, fact in known.items() if digest in present})
        return found


class _Table:
    """The questions of a state in the making, with their answers."""

    def __init__(self) -> None:
        self.known: dict[Question, str] = {}
        self._numbers: dict[Question, int] = {}

    def numbers(self, asked: Asked) -> list[int]:
        for question, answer in asked.items():
            if question not in self._numbers:
                self._numbers[question] = len(self.known)
                self.known[question] = answer
        return sorted(self._numbers[question] for question in asked)


class _Asking(Mapping[Any, Any]):
    """A mapping of which each item is worked out when it is asked for; None for none."""

    def __init__(self, ask: Callable[[Any], Any]) -> None:
        self._ask = ask

    def get(self, key: Any, default: Any = None) -> Any:
        """As of any mapping."""
        found = self._ask(key)
        return default if found is None else found

    def __getitem__(self, key: Any) -> Any:
        found = self._ask(key)
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0
