"""One file of a run, from its bytes to its findings; whatever is wrong with it stays its own affair."""

from __future__ import annotations

import importlib
import os
import time
import traceback
from contextlib import suppress

from fenceline.analyzer import syntax
from fenceline.analyzer.assigned import HELD
from fenceline.analyzer.demand import Demand
from fenceline.analyzer.entries import REGISTRY
from fenceline.analyzer.inference import INFERENCE, Inference
from fenceline.analyzer.models import load_models
from fenceline.analyzer.nodes import Broken
from fenceline.analyzer.relevance import Relevance
from fenceline.analyzer.source import Source, SourceError, read_source
from fenceline.analyzer.work import taken
from fenceline.fixers.settings import FixSettings
from fenceline.kept import Learned
from fenceline.linking.analysis import Offer, analyse_file, open_project
from fenceline.linking.held import ProjectHeld
from fenceline.linking.registry import ProjectRegistry
from fenceline.memory import peak_bytes
from fenceline.outcomes import FileResult, Settings, broken_finding, internal_error, unreadable_finding
from fenceline.report.document import RunError
from fenceline.rules import all_rules, unreadable_source
from fenceline.suppressions import has_ours, suppressions_in

SECONDS_BETWEEN_PEAKS = 0.05

DEBUG_VARIABLE = "FENCELINE_DEBUG"


class Examiner:
    """Examines files one by one, with what they share loaded once."""

    def __init__(self, settings: Settings) -> None:
        """Raises :class:`fenceline.analyzer.models.ModelError` for a model file that cannot be used."""
        self.settings = settings
        self.rules = tuple(rule for rule in all_rules() if rule.code in settings.codes)
        models = load_models(settings.models)
        offer = _offer(settings.fixes)
        self.project = open_project(settings.root, models, settings.search, settings.least, offer, settings.kept)
        relevance = Relevance(models.tokens)
        held = self.project.memo[HELD]
        assert isinstance(held, ProjectHeld)
        registry = self.project.memo[REGISTRY]
        assert isinstance(registry, ProjectRegistry)
        self.registry = registry
        layout, facts = self.project.project.layout, self.project.indexes.facts
        self.demand = Demand(layout, relevance, held.words, facts)
        self.inference = Inference(models, layout, self.demand.imported_by, facts)
        self.project.memo[INFERENCE] = self.inference
        self._told = 0  # how many of the files that were parsed have been told of
        self._peak, self._peak_asked = 0, 0.0

    def prepare(self) -> None:
        """Have what files share found out before any is examined: who is about to be copied does it for all copies.

        What goes wrong is said when it is asked for again, of a file.
        """
        with suppress(Exception), self.project.project.notebook.apart():
            self.registry.prepare()
            self.project.indexes.calling("")

    def leave_prepared_to_another(self) -> None:
        """What was done to prepare is counted by another copy."""
        self._told = len(self.project.project.parsed)
        taken()
        self.project.indexes.facts.taken()
        self.project.parts.taken()

    def examine(self, path: str) -> FileResult:
        """Never raises for what the file holds: the result tells what was wrong."""
        result = FileResult(path)
        notebook = self.project.project.notebook
        try:
            with notebook.apart() as asked:
                self._examine(path, result)
        except SourceError as error:
            self._report_unreadable(result, error.message)
        except Exception as error:  # noqa: BLE001 - one bad file must not end the run
            if os.environ.get(DEBUG_VARIABLE) == "1":
                traceback.print_exc()
            result.errors.append(internal_error(path, error))
        failed = self.registry.failed.get(self.project.project.root / path)
        if failed is not None and not result.errors:
            result.errors.append(internal_error(path, failed))
        known = self.project.project.parsed
        result.parsed.update(str(one) for one in known[self._told :])
        self._told = len(known)
        result.asked, result.work = self.inference.taken(), taken()
        result.process, result.peak = os.getpid(), self._peak_now()
        if self.settings.kept is not None:
            result.learned = Learned(asked, self.project.indexes.facts.taken(), self.project.parts.taken())
        return result

    def _examine(self, path: str, result: FileResult) -> None:
        self.project.project.layout.reads(self.settings.root / path)
        with result.timings.phase("read"):
            source = read_source(self.settings.root / path)
            result.lines = source.line_count
            if has_ours(source.data):
                result.suppressions = suppressions_in(source)
        with result.timings.phase("demand"):
            is_asked_for = result.is_asked_for = self.demand.is_asked_for(source.path, source.data)
        with result.timings.phase("parse"):
            broken = self._broken_in(source, is_asked_for=is_asked_for)
        for part in broken:
            self._report_broken(result, source, part)
        if is_asked_for:
            with result.timings.phase("analyse"):
                self.registry.prepare()  # before anything is half known
                result.findings += analyse_file(self.project, path, self.rules, result.timings, result.reached)
        if result.findings and not result.suppressions:  # blanket ones, for every rule of every tool
            result.suppressions = suppressions_in(source)

    def _peak_now(self) -> int:
        """The peak as it was some milliseconds ago at most: asking may take longer than examining a file."""
        now = time.perf_counter()
        if now - self._peak_asked > SECONDS_BETWEEN_PEAKS:
            self._peak, self._peak_asked = peak_bytes(), now
        return self._peak

    def _broken_in(self, source: Source, *, is_asked_for: bool) -> list[Broken]:
        """What is broken is said of every file, also where nothing can matter; a file is parsed once."""
        module = self.project.project.module_of(source.path) if is_asked_for else None
        if module is not None:
            return module.tree.broken
        return [] if syntax.is_whole(source) else syntax.parse(source).broken

    def _report_unreadable(self, result: FileResult, reason: str) -> None:
        result.errors.append(RunError(result.path, "unreadable", reason))
        if unreadable_source.RULE.code in self.settings.codes:
            result.findings.append(unreadable_finding(result.path, reason))

    def _report_broken(self, result: FileResult, source: Source, part: Broken) -> None:
        reason = f"{part.name}: {part.reason}" if part.name else part.reason
        result.errors.append(RunError(result.path, "unreadable", reason, part.span.line, part.span.column))
        if unreadable_source.RULE.code in self.settings.codes:
            result.findings.append(broken_finding(result.path, source, part))


def _offer(settings: FixSettings | None) -> Offer | None:
    if settings is None:
        return None
    # only here: nothing else needs what it imports to rewrite code
    fixing = importlib.import_module("fenceline.fixing")
    return lambda analysis, hit, module: fixing.offer(analysis, hit, module, settings)
