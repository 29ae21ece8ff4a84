"""The forms that a report can take, by name. What makes one is imported when one is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenceline.report.document import Fixed, Report
    from fenceline.report.fixes import Diff


@dataclass(frozen=True, slots=True)
class View:
    """What is asked of a report for people: other formats hold everything and ask for nothing but ``statistics``.

    ``width`` is that of the terminal in characters, None where there is none. ``diff`` shows below each finding what
    its fix changes. Of a report on what was fixed: ``is_patch`` where nothing was written, ``with_stories`` where what
    is left is told in full.
    """

    width: int | None = None
    is_quiet: bool = False
    statistics: bool = False
    diff: Diff | None = None
    is_patch: bool = False
    with_stories: bool = False


@dataclass(frozen=True, slots=True)
class Format:
    """One form. ``module`` is that of its renderer in this package, with ``render(report) -> str``.

    ``needs_fixes``: fixes are looked for even if nobody else asks for them. ``is_for_people``: the renderer takes a
    view, and what it returns is coloured; the text of all others is data, written as UTF-8 as it is.
    ``tells_changes``: the module can also say what was fixed; others then report what is left. ``tells_statistics``: it
    can also say what the run has cost. ``summary_in`` is the environment variable with the name of a file that a
    summary is added to; the module makes that with ``summary``.
    """

    name: str
    module: str
    needs_fixes: bool = False
    is_for_people: bool = False
    tells_changes: bool = False
    tells_statistics: bool = False
    summary_in: str = ""

    def render(self, report: Report, view: View) -> str:
        """The report in this form. A path that is not UTF-8 may leave lone surrogates in it."""
        module = self._renderer()
        how: dict[str, object] = {"with_statistics": view.statistics} if self.tells_statistics else {}
        if self.is_for_people:
            how |= {"width": view.width, "is_quiet": view.is_quiet, "diff": view.diff}
        return str(module.render(report, **how))

    def render_fixed(self, fixed: Fixed, failed: Mapping[str, str], view: View) -> str:
        """What was fixed and what is left; ``failed`` says of files that could not be changed why."""
        if not self.tells_changes:
            return self.render(fixed.report, view)
        how: dict[str, object] = {"is_diff": view.is_patch}
        if self.is_for_people:
            how |= {"width": view.width, "is_quiet": view.is_quiet, "with_stories": view.with_stories}
        return str(self._renderer().render_fixed(fixed, failed, **how))

    def render_summary(self, report: Report, taken: int) -> str:
        """What is added to the file of summaries, which holds ``taken`` bytes already."""
        module = self._renderer()
        return str(module.summary(report, module.MOST_SUMMARY - taken))

    def _renderer(self) -> ModuleType:
        return importlib.import_module(f"fenceline.report.{self.module}")


FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format("text", "text", is_for_people=True, tells_changes=True, tells_statistics=True),
        Format("json", "json", tells_changes=True, tells_statistics=True),
        Format("html", "html", needs_fixes=True),
        Format("sarif", "sarif"),
        Format("sarif-github", "sarif_github"),
        Format("github", "github", summary_in="GITHUB_STEP_SUMMARY"),
        Format("gitlab", "gitlab"),
        Format("junit", "junit"),
        Format("markdown", "markdown"),
    )
}
