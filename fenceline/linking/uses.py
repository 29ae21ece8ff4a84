"""What objects of the project are, whose classes cannot be read, by what they are asked for.

``notify = VendorCelery()`` of a package that is not there: somewhere the project writes
``@notify.task(bind=True, acks_late=True)``, with options that the objects of one library only have. The model files say
which (``known_by``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fenceline.analyzer import ir, nodes
from fenceline.analyzer.lower import functions_of, new_lowering
from fenceline.analyzer.project import ModuleInfo
from fenceline.analyzer.values import Data, External, Object, Value
from fenceline.sources import modules_with

if TYPE_CHECKING:
    from fenceline.linking.analysis import Analysis


USED = "used as"
"""The kind of the question what a global is by what it is asked for."""


class ProjectUses:
    """See :data:`fenceline.analyzer.lower_access.USES`. Built once a process, when it is first asked."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._kinds: dict[str, str] | None = None

    def __call__(self, qualified: str) -> str:
        """The type id of a global of the project or of a package that is not known, '' for nothing that is seen."""
        self.prepare()
        question = USED, qualified
        self._analysis.project.notebook.consult(question, self.answer(question))
        return self._kinds.get(qualified, "") if self._kinds is not None else ""

    def answer(self, question: tuple[str, ...]) -> str:
        """The type id of a global, by its qualified name."""
        self.prepare()
        return self._kinds.get(question[1], "") if self._kinds is not None else ""

    def prepare(self) -> None:
        """Find out all that is shown, unless it is known."""
        if self._kinds is None:
            self._kinds = {}  # while it is being built, nothing is known
            try:
                shown = self._analysis.parts.of(USED, "", lambda: [list(one) for one in self._shown()])
            except BaseException:
                self._kinds = None  # nor is it after that
                raise
            self._kinds = dict(shown)

    def _shown(self) -> Iterator[tuple[str, str]]:
        words = b"|".join(re.escape(one.encode()) for one in sorted(self._analysis.models.known_by))
        for module in modules_with(self._analysis, re.compile(rb"@[\w.]+\.(?:" + words + rb")\s*\(")):
            for _, node, _ in functions_of(module):
                for decorator in node.decorators:
                    if isinstance(decorator, nodes.Call) and isinstance(decorator.func, nodes.Attribute):
                        kind, options = self._analysis.models.known_by.get(decorator.func.attr, ("", frozenset()))
                        if any(one.name in options for one in decorator.keywords):
                            yield _name_of(self._value(module, decorator.func.value)), kind

    def _value(self, module: ModuleInfo, node: nodes.Expr) -> Value:
        analysis = self._analysis
        return new_lowering(analysis.project, analysis.models, module, analysis.memo).aside(module).evaluate(node)


def _name_of(value: Value) -> str:
    match value:
        case Data(term=ir.Shared(label=name)) | Object(ident=ir.Shared(label=name)):
            return name
        case External(qualified=name):
            return name
        case _:
            return ""
