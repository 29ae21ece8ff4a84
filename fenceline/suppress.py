"""The findings of a run without those that comments suppress, and with what is wrong with those comments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fenceline.analyzer.finding import Finding, Fix
from fenceline.analyzer.source import SourceError, file_bytes, read_source
from fenceline.closely import Examine, look_closely
from fenceline.config import Config
from fenceline.ledger import REASONLESS, UNUSED, Ledger, Unused
from fenceline.linking.called import names_called_by
from fenceline.outcomes import FileResult, Settings
from fenceline.report.document import Suppressed
from fenceline.rules import all_rules
from fenceline.suppressions import IGNORE_FILE, NOQA, Suppression, suppressions_in
from fenceline.tidying import without


def suppress(
    findings: Sequence[Finding], results: Sequence[FileResult], settings: Settings, config: Config, examine: Examine
) -> tuple[list[Finding], list[Suppressed]]:
    """The findings that are left, and those that are suppressed; of any confidence, in no particular order.

    ``examine`` gives the results of further files, or of the same ones with other settings.
    """
    if not config.with_noqa:
        results = [replace(one, suppressions=_heeded(one.suppressions, config)) for one in results]
    known = {one.path: one.suppressions for one in results if one.suppressions or one.findings}
    ledger = Ledger(all_rules(), known, lambda path: _heeded(_suppressions_of(settings.root / path), config))
    shown, hidden = ledger.split(findings)
    if REASONLESS.code in settings.codes:
        ledger.sort_out((one for path in known for one in ledger.reasonless(path)), shown, hidden)
    if UNUSED.code in settings.codes:
        unused, doubtful = _unused(ledger, results, settings, config, examine)
        with_fixes = settings.fixes is not None
        remarks = ledger.remarks(unused, doubtful, lambda one: _fix_of(one, settings) if with_fixes else None)
        ledger.sort_out(remarks, shown, hidden)
    return shown, hidden


def _heeded(suppressions: tuple[Suppression, ...], config: Config) -> tuple[Suppression, ...]:
    return tuple(one for one in suppressions if config.with_noqa or one.kind != NOQA)


def _fix_of(unused: Unused, settings: Settings) -> Fix | None:
    """The edit that takes away what suppresses nothing."""
    path = settings.root / unused.path
    try:
        return without(unused, read_source(path), file_bytes(path))
    except (SourceError, OSError):
        return None


def _suppressions_of(path: Path) -> tuple[Suppression, ...]:
    """Those of a file that was not examined, or in which nothing was found."""
    try:
        return suppressions_in(read_source(path))
    except SourceError:
        return ()


def _unused(
    ledger: Ledger, results: Sequence[FileResult], settings: Settings, config: Config, examine: Examine
) -> tuple[list[Unused], frozenset[str]]:
    """What has suppressed nothing, and the files of which it cannot be said for sure.

    Nothing is said of files that could not be read in full. What seems to be unused is looked at again: at every
    confidence, with every rule that a prefix or a blanket suppression speaks of, and from the files outside the run
    that name its functions.
    """
    judged = [one.path for one in results if one.suppressions and not one.errors]
    unused = [one for path in judged for one in ledger.unused(path, settings.codes)]
    suspects = [one for one in unused if ledger.may_be_used(one)]
    if not suspects:
        return unused, frozenset()
    names: dict[str, set[str]] = {}
    for one in suspects:
        names.setdefault(one.path, set()).update(_names_around(one, settings.root))
    wanted = frozenset[str]().union(*(ledger.wanted(one) for one in suspects))
    closer = look_closely(names, wanted, results, settings, config, examine)
    doubtful = closer.doubtful
    if closer.results:
        ledger.split(finding for one in (*results, *closer.results) for finding in one.findings)
    if any(error.kind == "internal" for one in (*results, *closer.results) for error in one.errors):
        doubtful = frozenset(names)
    return [one for path in judged for one in ledger.unused(path, settings.codes)], doubtful


def _names_around(unused: Unused, root: Path) -> set[str]:
    """The names by which the functions are called that a suppression stands in, or is for."""
    if unused.suppression.kind != IGNORE_FILE:
        function = unused.suppression.function
        return names_called_by(function) if function else set()
    # only here: most suppressions suppress something
    from fenceline.analyzer.comments import definitions_in  # noqa: PLC0415

    try:
        defined = definitions_in(read_source(root / unused.path))
    except SourceError:
        return set()
    return set().union(*(names_called_by(one.name) for one in defined))
