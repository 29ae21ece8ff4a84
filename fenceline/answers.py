"""Answers to the questions that examinations ask, put again when files have changed."""

from __future__ import annotations

from collections.abc import Sequence

from fenceline.analyzer.assigned import HELD
from fenceline.analyzer.consulted import Question
from fenceline.analyzer.lower_access import USES
from fenceline.examine import Examiner
from fenceline.kept import Learned
from fenceline.linking import routes
from fenceline.linking.called import called_names
from fenceline.linking.held import HOLDING, WORDS
from fenceline.linking.indexes import CALLING
from fenceline.linking.judging import WRITERS
from fenceline.linking.uses import USED
from fenceline.linking.writers import WRITING
from fenceline.outcomes import Settings


class Answers:
    """``settings`` hold what is kept, of which as much is used as counts. The examiner is there to go on with."""

    def __init__(self, settings: Settings) -> None:
        self.examiner = Examiner(settings)
        self._analysis = self.examiner.project
        self._layout = self._analysis.project.layout
        self._root = self._analysis.project.root

    def prepare(self) -> None:
        """Have what modules add put together, unless it is, or is being."""
        self.examiner.registry.prepare()

    def now(self, question: Question) -> str | None:
        """The answer of today, None where it is not known."""
        with self._layout.notebook.apart():
            return self._answer(question)

    def updated(self, question: Question, answer: str, changed: Sequence[str]) -> str:
        """As :meth:`fenceline.linking.indexes.Indexes.updated`."""
        return self._analysis.indexes.updated(question, answer, [self._root / one for one in changed])

    def called_in(self, path: str) -> set[str]:
        """The names that are called in a file; none for one that is gone."""
        return set((self._analysis.indexes.facts.of(CALLING, self._root / path, called_names) or "").split())

    def outline_of(self, path: str) -> dict[str, object]:
        """What others ask of a file that import from it, by kind of fact."""
        return {
            **self.examiner.demand.facts_of(self._root / path),
            **self.examiner.inference.facts_of(self._root / path),
        }

    def learned(self) -> Learned:
        """What was found out on the way to answers."""
        return Learned({}, self._analysis.indexes.facts.taken(), self._analysis.parts.taken())

    def _answer(self, question: Question) -> str | None:
        below = self._layout.below_root
        match question:
            case ("find", dotted, *near):
                found = self._layout.find(dotted, tuple(self._root / one for one in near))
            case ("submodule", package, name):
                found = self._layout.submodule(self._root / package, name)
            case ("package root", folder):
                found = self._layout.package_root(self._root / folder / "__init__.py")
            case _:
                return self._answer_of_project(question)
        return "" if found is None else below(found)

    def _answer_of_project(self, question: Question) -> str | None:
        memo = self._analysis.memo
        match question[0]:
            case "targets" | "effects":
                return self.examiner.demand.answer(question)
            case "reaches a package":
                return str(self.examiner.inference.reaches(self._root / question[1]))
            case "ways" | "setting" | "jobs" | "task called":
                return self.examiner.registry.answer(question)
            case "route" | "mounted":
                return routes.answer(self._analysis, question)
            case "used as" | "holding" | "words held" | "writing":
                return str(memo[_HOLDERS[question[0]]].answer(question))  # type: ignore[attr-defined]
            case _:
                return self._analysis.indexes.answer(question)


_HOLDERS = {USED: USES, HOLDING: HELD, WORDS: HELD, WRITING: WRITERS}
